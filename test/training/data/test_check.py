"""The command that checks and draws."""

import subprocess
import sys

import cv2
import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [train], is not installed")

from coco_files import person, write

from trt_pose_training.data.check import main

FACING = [[20, 20, 2], [28, 30, 2], [12, 32, 1]]


def check(folder, *options):
    return main([str(folder / "annotations.json"), "--images", str(folder), *options])


def test_checking_needs_no_torch(tmp_path):
    write(tmp_path, [person(FACING)])
    program = f"""
import sys
sys.modules["torch"] = None  # importing it fails
from trt_pose_training.data.check import main
sys.exit(main(["{tmp_path}/annotations.json", "--images", "{tmp_path}"]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 images, 1 annotations" in done.stdout


def test_drawing_without_torch_says_so(tmp_path, monkeypatch):
    write(tmp_path, [person(FACING)])
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("trt_pose_training.data.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match="torch"):
        check(tmp_path, "--draw", str(tmp_path / "sheets"))


def test_sheets_show_offenders_and_samples(tmp_path):
    pytest.importorskip("torch", reason="torch, of the extra [train], is not installed")
    crowded = person([0] * 9, id=2, bbox=[40, 0, 24, 48])
    write(tmp_path, [person(FACING), crowded, person(FACING, id=7, num_keypoints=2)])
    sheets = tmp_path / "sheets"
    assert check(tmp_path, "--draw", str(sheets), "--size", "96x128") == 0
    assert {p.name for p in sheets.iterdir()} == {"wrong_num_keypoints.png", "samples.png", "augmented.png"}
    sample = cv2.imread(str(sheets / "samples.png"))[20:]  # below the title
    assert sample.shape == (96, 128, 3)
    left, right = sample[90, 30].astype(int), sample[90, 120].astype(int)
    assert left[2] == left[1]  # grey
    assert right[2] > right[1] + 50  # ignored: red


def test_sheets_of_a_broken_data_set_show_what_they_can(tmp_path, capsys):
    pytest.importorskip("torch", reason="torch, of the extra [train], is not installed")
    write(tmp_path, [person(FACING, id=7) | {"keypoints": [1, 2, 2]}])
    assert check(tmp_path, "--draw", str(tmp_path / "sheets")) == 1
    assert "no sheets of samples" in capsys.readouterr().out
    assert {p.name for p in (tmp_path / "sheets").iterdir()} == {"wrong_numbers_of_keypoints.png"}
