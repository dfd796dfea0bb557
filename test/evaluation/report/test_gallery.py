import cv2
import making
import numpy as np
import pytest

from trt_pose_ros import Topology
from trt_pose_ros.evaluation.annotations import AnnotationFile
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.report.gallery import worst_pictures
from trt_pose_ros.evaluation.runs import Run, RunFrame

TOPOLOGY = Topology("t", ("a", "b"), ((0, 1),))
COUNT = 6


def result(*keypoints, score=0.9, **more):
    return {"image_id": 0, "category_id": 1, "keypoints": [*keypoints], "score": score, **more}


@pytest.fixture
def truth():
    """Somebody in each of 32x24 pixels, whose second keypoint is not labelled."""
    images = [{"id": i, "file_name": f"{i}.png", "width": 32, "height": 24} for i in range(COUNT)]
    people = [
        {"id": i + 1, "image_id": i, "category_id": 1, "keypoints": [16, 12, 2, 0, 0, 0], "num_keypoints": 1,
         "bbox": [1, 1, 20, 20], "area": 400.0, "iscrowd": 0}
        for i in range(COUNT)
    ]  # fmt: skip
    category = TOPOLOGY.to_category() | {"id": 1}
    data = {"images": images, "annotations": people, "categories": [category]}
    return GroundTruth(AnnotationFile("truth.json", data=data), None)


def run(where, people=()):
    frames = [RunFrame(where(i), list(people), image_id=i) for i in range(COUNT)]
    return Run("r", "replay", "r", TOPOLOGY, frames)


def report(*badness):
    return {"source": {"min_score": 0.1}, "frames": [{"worst": b} for b in badness]}


BAD = report(0, 0.5, 2.0, 0, 1.0, 0)  # the worst: 2, 4, 1


def grey(picture):
    """The value of the background of a picture."""
    return np.median(cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE))


def test_image_files_are_found_by_the_names_of_the_truth(tmp_path, truth):
    for i in range(COUNT):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((24, 32, 3), 40 * i, np.uint8))
    pictures, notes = worst_pictures(BAD, run(lambda i: {"file": f"{i}.png"}), truth, tmp_path)
    assert [(i, grey(p)) for i, p in pictures.items()] == [(2, 80), (4, 160), (1, 40)]
    assert notes == []


def test_what_cannot_be_read_is_said_and_the_others_are_shown(tmp_path, truth):
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((24, 32, 3), np.uint8))
    (tmp_path / "4.png").write_bytes(b"no image")
    pictures, notes = worst_pictures(BAD, run(lambda i: {"file": f"{i}.png"}), truth, tmp_path)
    assert list(pictures) == [2]
    assert ["4.png" in notes[0], "1.png" in notes[1], len(notes)] == [True, True, 2]


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_images_of_a_bag_are_found_by_topic_and_number(tmp_path, truth, storage):
    bag = making.write(tmp_path / "b", making.images(COUNT, ["/left", "/right"]), storage)
    replay = run(lambda i: {"bag": "b", "topic": "/right", "index": i, "stamp": 0})
    pictures, notes = worst_pictures(BAD, replay, truth, bags=[bag])
    assert [(i, grey(p)) for i, p in pictures.items()] == [(2, 2), (4, 4), (1, 1)]
    assert notes == []


def stamp(i):
    return 10**18 + i * making.STEP - 10**6  # as of making.image


def test_images_of_skeletons_are_found_by_their_stamp(tmp_path, truth):
    bag = making.write(tmp_path / "b", making.images(COUNT, ["/left/image", "/right/image"]))
    where = {"bag": "b", "topic": "/left/skeletons", "camera": "left"}
    skeletons = run(lambda i: where | {"index": i + 100, "stamp": stamp(i)})
    pictures, _ = worst_pictures(BAD, skeletons, truth, bags=[bag])
    assert [(i, grey(p)) for i, p in pictures.items()] == [(2, 2), (4, 4), (1, 1)]


def test_skeletons_of_no_certain_camera_have_no_pictures(tmp_path, truth):
    bag = making.write(tmp_path / "b", making.images(COUNT, ["/left/image", "/right/image"]))
    where = {"bag": "b", "topic": "/skeletons", "camera": ""}
    skeletons = run(lambda i: where | {"index": i, "stamp": stamp(i)})
    pictures, notes = worst_pictures(BAD, skeletons, truth, bags=[bag])
    assert pictures == {}
    assert len(notes) == 3


def test_several_bags_are_told_apart_by_name(tmp_path, truth):
    bags = [making.write(tmp_path / name, making.images(COUNT, ["/image"])) for name in ("a", "b")]
    replay = run(lambda i: {"bag": "b" if i == 4 else "c", "topic": "/image", "index": i, "stamp": 0})
    pictures, notes = worst_pictures(BAD, replay, truth, bags=bags)
    assert list(pictures) == [4]
    assert notes[0].startswith("no picture of c, /image, image 1,")


def test_found_and_truth_are_drawn_and_doubtful_people_are_not(tmp_path, truth):
    for i in range(COUNT):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.zeros((24, 32, 3), np.uint8))

    def drawn(*people):
        pictures, _ = worst_pictures(report(1), run(lambda i: {"file": f"{i}.png"}, people), truth, tmp_path)
        return cv2.imdecode(np.frombuffer(pictures[0].jpeg, np.uint8), cv2.IMREAD_COLOR)

    nobody = drawn()
    assert nobody[12, 16].min() > 150  # the truth's dot
    assert nobody[2:6].max() < 40
    assert drawn(result(3, 4, 0.9, 28, 4, 0.9))[2:6].max() > 100
    assert (drawn(result(3, 4, 0.9, 28, 4, 0.9, score=0.05)) == nobody).all()


def test_without_images_there_are_no_pictures(truth):
    assert worst_pictures(BAD, run(lambda i: {"file": f"{i}.png"}), truth) == ({}, [])
