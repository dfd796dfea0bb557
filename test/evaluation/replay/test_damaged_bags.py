"""Damaged, empty, wrong and time-jumping bags: what can be used is, what could not be is told with numbers."""

import os

import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")
pytest.importorskip("mcap", reason="bags need the extra [replay]")
pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")

from making import IMAGE, STEP, TYPES, cdr, write, write_mcap
from replaying import messages, replay, stamp, summary, walking
from tiny_model import picture

from trt_pose_ros.evaluation.results import load_results
from trt_pose_ros.messages.header import header
from trt_pose_ros.messages.images import bgr_to_image

pytestmark = pytest.mark.usefixtures("small_parts")


def image_message():
    return bgr_to_image(picture([]), header(0, "lens", TYPES), TYPES)


def test_bad_images_are_counted_and_the_others_are_read(model, tmp_path, capsys):
    found = messages(30)
    bad = {
        3: (IMAGE, b"\0\1\0\0not a message"),
        5: (IMAGE, cdr(TYPES[IMAGE](**vars(image_message()) | {"encoding": "purple"}))),
        9: (IMAGE, cdr(TYPES[IMAGE](**vars(image_message()) | {"height": 0}))),
        29: (IMAGE, cdr(TYPES[IMAGE](**vars(image_message()) | {"step": 1}))),
    }
    for number, content in bad.items():
        found[number] = (found[number][0], content[0], found[number][2], content[1])
    bag = write(tmp_path / "bag", found)
    assert replay(model, tmp_path / "out", bag, "--annotated", "--batch", 4) == 0
    told = summary(tmp_path / "out")
    assert (told["images"], told["unreadable"]) == (26, {"empty": 1, "encoding": 1, "message": 1, "step": 1})
    assert told["unreadable_images"][0] == "bag, /image, image 3: 17 bytes that are no sensor_msgs/msg/Image"
    indices = [image.index for image, _ in load_results(tmp_path / "out")]
    assert indices == [i for i in range(30) if i not in bad]
    output = capsys.readouterr()
    assert "26 images" in output.out
    assert "not readable: 1 empty, 1 encoding, 1 message, 1 step" in output.out
    assert "encoding 'purple' is not supported" in output.err


def test_times_that_jump_are_told(model, tmp_path, capsys):
    again = messages(10)
    for number, (topic, kind, log_time, data) in enumerate(messages(10)):
        again.append((topic, kind, log_time + 20 * STEP + number, data))
    bag = write(tmp_path / "bag", again)
    assert replay(model, tmp_path / "out", bag) == 0
    assert summary(tmp_path / "out")["jumps_back"] == {"bag, /image": {"times": 1, "largest_s": 0.9}}
    assert "time went back 1 times, by 0.9 s at most" in capsys.readouterr().out
    assert [image.index for image, _ in load_results(tmp_path / "out")] == list(range(20))


def test_images_without_a_stamp_are_followed_by_the_time_of_recording(model, tmp_path):
    found = [
        ("/image", IMAGE, stamp(number), cdr(bgr_to_image(image, header(0, "lens", TYPES), TYPES)))
        for number, image in enumerate(walking(10))
    ]
    assert replay(model, tmp_path / "out", write(tmp_path / "bag", found)) == 0
    assert (summary(tmp_path / "out")["unstamped"], summary(tmp_path / "out")["identities"]) == (10, 2)


def test_of_a_bag_that_is_cut_short_the_beginning_is_used(model, tmp_path, capsys):
    bag = write(tmp_path / "bag", messages(40))
    (file,) = bag.glob("*.mcap")
    os.truncate(file, int(0.6 * file.stat().st_size))
    assert replay(model, tmp_path / "out", bag) == 0
    images = summary(tmp_path / "out")["images"]
    assert 15 <= images < 30
    assert f"; {images} of its messages can be read" in capsys.readouterr().err


def test_lost_images_of_a_damaged_chunk_are_counted(model, tmp_path):
    path = write_mcap(tmp_path / "a.mcap", messages(40), chunk_size=500_000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    assert replay(model, tmp_path / "out", path) == 0
    told = summary(tmp_path / "out")
    assert told["lost"] == 40 - told["images"] > 0
    assert "damaged" in told["problems"][0]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["nowhere"], 2, "there is no bag nowhere"),
        (["{empty}"], 1, "there are no images in"),
        (["{bag}", "--topics", "/other"], 2, "the bag has no images on /other, its images are on /image"),
        (["{bag}", "{bag}"], 2, "is given twice"),
        (["{bag}", "--rate", "recorded", "--jobs", "2"], 2, "--rate recorded is one process's"),
        (["{bag}", "--ray", "auto", "--jobs", "2"], 2, "a cluster has its own number of workers"),
        (["{bag}", "--params", "{params}"], 2, "unknown parameter 'smoth', did you mean 'smooth'?"),
        (["{bag}", "--ray", "nowhere:1"], 2, "no Ray cluster at 'nowhere:1'"),
    ],
)
def test_what_is_wrong_is_one_line(model, tmp_path, capsys, arguments, code, error):
    if "--ray" in arguments:
        pytest.importorskip("ray", reason="clusters need the extra [cluster]")
    (tmp_path / "params.yaml").write_text("pose_node: {ros__parameters: {smoth: true}}")
    places = {
        "bag": write(tmp_path / "bag", messages(2)),
        "empty": write(tmp_path / "empty", []),
        "params": tmp_path / "params.yaml",
    }
    assert replay(model, tmp_path / "out", *(a.format(**places) for a in arguments)) == code
    assert error in capsys.readouterr().err.splitlines()[-1]
