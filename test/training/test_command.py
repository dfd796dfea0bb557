"""The commands: what users can put right ends in one sentence that names the file, and exit code 2."""

import json
import signal

import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [train], is not installed")

from coco_files import person, write

from trt_pose_training import command, label_hands
from trt_pose_training.data import check, convert, subset

SOMEBODY = [[20, 20, 2], [28, 30, 2], [12, 32, 1]]


def sentence(capsys, main, *arguments):
    """What a command says as it ends in exit code 2."""
    with pytest.raises(SystemExit) as ended:
        command.run(lambda: main([str(argument) for argument in arguments]))
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0].partition(": ")[2]


def test_exit_codes(capsys):
    for returned in (0, 1):
        with pytest.raises(SystemExit) as ended:
            command.run(lambda code=returned: code)
        assert ended.value.code == returned

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        command.run(interrupted)
    assert ended.value.code == 130
    assert capsys.readouterr().err == ""


def test_a_signal_ends_the_work_and_keeps_what_is_done(capsys):
    done = []
    with command.until_stopped():
        for step in range(3):
            done.append(step)
            if step == 1:
                signal.raise_signal(signal.SIGTERM)
    assert done == [0, 1]
    assert capsys.readouterr().err == "stopped; what was done so far is kept\n"


@pytest.mark.parametrize("main", [check.main, subset.main], ids=["check", "subset"])
def test_a_folder_a_long_name_or_no_file_given_as_annotations(tmp_path, capsys, main):
    options = ["--images", tmp_path] if main is check.main else ["--output", tmp_path / "out.json"]
    assert sentence(capsys, main, tmp_path, *options) == f"{tmp_path}: Is a directory"
    long = tmp_path / ("x" * 300)
    assert sentence(capsys, main, long, *options) == f"{long}: File name too long"
    assert sentence(capsys, main, tmp_path / "no.json", *options) == f"no annotation file {tmp_path / 'no.json'}"
    below = tmp_path / "file"
    below.write_text("{}")
    assert sentence(capsys, main, below / "labels.json", *options) == f"{below / 'labels.json'}: Not a directory"


def test_outputs_that_cannot_be_written(tmp_path, capsys):
    file = write(tmp_path, [person(SOMEBODY)])
    assert sentence(capsys, subset.main, file, "--count", 1, "--output", tmp_path) == f"{tmp_path}: Is a directory"
    assert sentence(capsys, subset.main, file, "--count", 1, "--output", "/dev/full") == "No space left on device"
    found = sentence(capsys, subset.main, file, "--count", 1, "--output", file / "small.json")
    assert found in (f"{file}: File exists", f"{file}: Not a directory")


def test_experiments_and_checkpoints_that_are_folders(tmp_path, capsys):
    pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")
    from trt_pose_training import export, train

    assert sentence(capsys, train.main, tmp_path, "--device", "cpu") == f"{tmp_path}: Is a directory"
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000)
    assert sentence(capsys, train.main, deep, "--device", "cpu") == f"{deep}: nested too deeply"
    found = sentence(capsys, export.main, tmp_path, "--output", tmp_path / "x.onnx")
    assert found.startswith(f"{tmp_path} is not a checkpoint")


def test_models_and_weights_that_are_folders(tmp_path, capsys):
    pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")
    pytest.importorskip("onnxruntime", reason="quantising needs onnxruntime")
    from trt_pose_training import import_trt_pose, quantise

    (tmp_path / "folder.onnx").mkdir()
    write(tmp_path, [])
    output = ["--output", tmp_path / "out.onnx"]
    found = sentence(capsys, quantise.main, tmp_path / "folder.onnx", "--images", tmp_path, *output)
    assert str(tmp_path / "folder.onnx") in found
    found = sentence(capsys, import_trt_pose.main, tmp_path, "--input-size", "224x224", *output)
    assert found == f"{tmp_path}: Is a directory"


@pytest.mark.parametrize("content", [[], {}, {"people": 5}, {"people": [5]}, {"people": [{"pose_keypoints_2d": "x"}]}])
def test_openpose_files_that_are_none(tmp_path, capsys, content):
    write(tmp_path, [])
    (tmp_path / "1_keypoints.json").write_text(json.dumps(content))
    arguments = ["openpose", tmp_path, "--images", tmp_path, "--output", tmp_path / "out.json"]
    assert sentence(capsys, convert.main, *arguments).startswith(str(tmp_path / "1_keypoints.json"))


def test_an_image_that_cannot_be_read_is_left_out_of_a_conversion_and_named(tmp_path, capsys):
    write(tmp_path, [], images=[{"id": i, "file_name": f"{i}.png"} for i in (1, 2)])
    for i in (1, 2):
        body = {"people": [{"pose_keypoints_2d": [20, 20, 0.9] * 18}]}
        (tmp_path / f"{i}_keypoints.json").write_text(json.dumps(body))
    (tmp_path / "1.png").write_bytes(b"no image")
    arguments = ["openpose", tmp_path, "--images", tmp_path, "--output", tmp_path / "new" / "out.json"]
    assert convert.main([str(argument) for argument in arguments]) == 0
    printed = capsys.readouterr()
    assert f"left out: {tmp_path}/1.png: " in printed.err
    assert "1 images, 1 people of 18 keypoints" in printed.out
    (tmp_path / "2.png").write_bytes(b"no image")
    assert sentence(capsys, convert.main, *arguments).startswith("none of the 2 images can be read: ")


def test_hands_are_labelled_only_where_somebody_looks_for_them(tmp_path, capsys):
    said = sentence(capsys, label_hands.main, tmp_path, "--output", tmp_path / "out", "--palms", "none")
    assert said == "nobody looks for hands: name a model with --palms or --people"
    assert not (tmp_path / "out").exists()
