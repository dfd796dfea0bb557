"""What is reported of a data set, and the exit code."""

import json

import cv2
import numpy as np
import pytest
from coco_files import CATEGORY, person, write

from trt_pose_ros.cli.main import main
from trt_pose_ros.evaluation.sides import exchanged_people, side_warnings
from trt_pose_ros.topology import Topology

FACING = [[20, 20, 2], [28, 30, 2], [12, 32, 1]]


def check(folder, *options):
    return main(["check", str(folder / "annotations.json"), "--images", str(folder), *options])


def test_a_good_data_set_has_neither_errors_nor_warnings(tmp_path, capsys):
    write(tmp_path, [person(FACING)], images=[{"id": i, "file_name": f"{i}.png"} for i in (1, 2)])
    assert check(tmp_path) == 0
    printed = capsys.readouterr().out
    assert "2 images, 1 annotations of 'person'" in printed
    assert "\nerror" not in printed
    assert "\nwarning" not in printed
    assert "1 images without people" in printed
    assert "nose 100%" in printed
    assert "shoulder 100% of 1" in printed


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"image_id": 9}, "1 annotations of images that are not there: annotation 7: image_id 9"),
        ({"keypoints": [1, 2, 2]}, "1 wrong numbers of keypoints: annotation 7: 3 keypoint numbers"),
        ({"keypoints": [1, 2, 3] * 3}, "1 visibilities other than 0, 1, 2: annotation 7"),
        ({"bbox": [1, 2]}, "1 boxes of other than four numbers: annotation 7"),
        ({"id": 1}, "1 annotation ids used twice: annotation 1"),
    ],
)
def test_errors(tmp_path, capsys, changed, line):
    write(tmp_path, [person(FACING), person(FACING, id=7) | changed])
    assert check(tmp_path) == 1
    assert f"error   {line}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"keypoints": [20, 20, 2, 70, 30, 2, -12, 32, 1]},
            "keypoints outside of their image: annotation 7: left_sh",
        ),
        ({"num_keypoints": 2}, "wrong num_keypoints: annotation 7: 2, but 3"),
        ({"bbox": None}, "annotations without a box: annotation 7"),
        ({"bbox": [10, 10, 0, 30]}, "empty boxes: annotation 7: is 0 x 30"),
        ({"bbox": [10, 10, 60, 30]}, "boxes that reach outside of their image: annotation 7"),
        ({"bbox": [40, 10, 20, 30]}, "people whose keypoints lie outside of their box: annotation 7"),
        ({"area": None}, "people without an area: annotation 7"),
        ({"area": 0}, "people without an area: annotation 7"),
    ],
)
def test_warnings(tmp_path, capsys, changed, line):
    write(tmp_path, [person(FACING), person(FACING, id=7) | changed])
    assert check(tmp_path) == 0
    printed = capsys.readouterr().out
    assert f"warning 1 {line}" in printed
    assert printed.count("\nwarning") == 1


def test_image_files(tmp_path, capsys):
    write(tmp_path, [], images=[{"id": i, "file_name": f"{i}.png"} for i in range(4)])
    (tmp_path / "1.png").unlink()
    (tmp_path / "2.png").write_text("no image")
    cv2.imwrite(str(tmp_path / "3.png"), np.zeros((48, 32, 3), np.uint8))
    assert check(tmp_path) == 1
    printed = capsys.readouterr().out
    assert "error   1 images missing: 1.png" in printed
    assert "error   1 images that cannot be read: 2.png" in printed
    assert "error   1 images of another size than in the JSON: 3.png: 32x48 pixels, in the JSON 64x48" in printed


def test_skeletons(tmp_path, capsys):
    names = ["nose", "left_eye", "tail"]
    category = CATEGORY | {"keypoints": names, "skeleton": [[1, 2], [2, 3]]}
    write(tmp_path, [person([[20, 20, 2], [25, 20, 2], [0, 0, 0]])], categories=[category])
    assert check(tmp_path) == 0
    printed = capsys.readouterr().out
    assert "warning 1 keypoints of one side without their partner: left_eye" in printed
    assert "warning 1 keypoints that are never labelled: tail" in printed
    assert "warning 1 links that are never labelled at both ends: left_eye-tail" in printed
    write(tmp_path, [], categories=[category | {"skeleton": []}])
    assert check(tmp_path) == 0
    assert "warning 1 no links" in capsys.readouterr().out
    write(tmp_path, [], categories=[category | {"skeleton": [[1, 9]]}])
    assert check(tmp_path) == 1
    assert "error   1 skeletons that are none: category" in capsys.readouterr().out


BODY = Topology(
    "body", ("left_eye", "right_eye", "left_shoulder", "right_shoulder", "left_hip", "right_hip", "nose"), ((0, 1),)
)


def crowd(count=40, backs=0.3):
    """Upright people [P, 7, 3]; those who turn their backs show no eyes."""
    rng = np.random.default_rng(0)
    people = np.full((count, 7, 3), 2.0)
    for i in range(count):
        back = i < backs * count
        for pair, width, height in ((0, 3, 10), (2, 20, 30), (4, 15, 80)):
            people[i, pair], people[i, pair + 1] = (50 + width, height, 2), (50 - width, height, 2)
            if back:
                people[i, [pair, pair + 1], 0] = people[i, [pair + 1, pair], 0]
        people[i, :2, 2] *= not back
    people[:, :, :2] += rng.normal(0, 0.5, people[:, :, :2].shape)
    return people


def exchanged(people, *pairs):
    people = people.copy()
    for a in pairs:
        people[:, [a, a + 1]] = people[:, [a + 1, a]]
    return people


def test_exchanged_sides_are_noticed():
    assert list(side_warnings(BODY, crowd())) == []
    (pair,) = side_warnings(BODY, exchanged(crowd(), 2))
    assert (pair.kind, pair.where) == ("pairs whose left and right look exchanged", "shoulder")
    (everything,) = side_warnings(BODY, exchanged(crowd(), 0, 2, 4))
    assert everything.kind == "left and right exchanged all over"
    assert list(side_warnings(BODY, exchanged(crowd(5), 2))) == []  # five people prove nothing


def test_a_person_whose_eyes_are_exchanged_is_named_unless_upside_down():
    people = crowd(3, backs=0)
    people[1] = exchanged(people[1:2], 0)[0]
    people[2, :, :2] = 100 - people[2, :, :2]  # on the head
    annotations = [{"id": i, "image_id": 1} for i in range(3)]
    (problem,) = exchanged_people(BODY, people, annotations, [{"id": 1}])
    assert problem.where == "annotation 1"


def test_files_that_are_no_keypoint_files_end_in_a_sentence(tmp_path, capsys):
    assert check(tmp_path) == 2
    assert capsys.readouterr().err.startswith(f"trt-pose check: no annotation file {tmp_path}")
    (tmp_path / "annotations.json").mkdir()
    assert check(tmp_path) == 2
    assert capsys.readouterr().err == f"trt-pose check: {tmp_path}/annotations.json: Is a directory\n"
    (tmp_path / "annotations.json").rmdir()
    (tmp_path / "annotations.json").write_text(json.dumps({"images": []}))
    assert check(tmp_path) == 2
    assert "has no list of" in capsys.readouterr().err


def test_one_wrong_entry_is_counted_and_the_others_are_still_checked(tmp_path, capsys):
    wrong = person(FACING, id=7) | {"keypoints": "x"}
    write(tmp_path, [person(FACING), 5, wrong, person(FACING, id=8, num_keypoints=2)])
    assert check(tmp_path) == 1
    printed = capsys.readouterr().out
    assert "error   1 entries that are no objects: annotations[1]: is 5, must be an object" in printed
    assert "error   1 keypoints that are not numbers: annotation 7: its keypoints 'x' are not numbers" in printed
    assert "warning 1 wrong num_keypoints: annotation 8: 2, but 3 are labelled" in printed
    assert "nose 100%" in printed


def test_an_image_file_listed_twice_is_noticed(tmp_path, capsys):
    write(tmp_path, [person(FACING)], images=[{"id": i, "file_name": "1.png"} for i in (1, 2)])
    assert check(tmp_path) == 0
    assert "warning 1 image files listed twice: image 2: image 1 is 1.png, too" in capsys.readouterr().out
