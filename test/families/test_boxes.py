import numpy as np
import pytest

from trt_pose_ros import Topology
from trt_pose_ros.boxes import box_poses
from trt_pose_ros.families.boxes import BoxOptions, BoxOutputs, Family
from trt_pose_ros.geometry import Placement

TOPOLOGY = Topology.load("person_box")
HEIGHT, WIDTH = 64, 96
PLACES = [Placement((1.0, 1.0), (0.0, 0.0)), Placement((2.0, 3.0), (10.0, -5.0))]
# three people, and two boxes that are none: too low a score, and nearly the first one's
BOXES = np.float32([[8, 4, 40, 60], [50, 10, 90, 30], [20, 20, 60, 64], [0, 0, 9, 9], [9, 4, 41, 60]])
SCORES = np.float32([0.9, 0.8, 0.6, 0.1, 0.7])
FOUND = np.array([0, 1, 2])


def family(layout, tensors, shapes, **outputs):
    made = Family(TOPOLOGY, BoxOutputs(layout, tuple(tensors), **outputs))
    made.check(dict(zip(tensors, shapes, strict=True)), HEIGHT, WIDTH)
    return made


def assert_found(people):
    """Two images with the same boxes in the network's input, placed differently."""
    assert len(people) == 2
    for poses, place in zip(people, PLACES, strict=True):
        assert poses.scores.tolist() == pytest.approx(SCORES[FOUND].tolist(), abs=1e-5)
        corners = (BOXES[FOUND] - 0.5) * np.tile(place.scale, 2) + np.tile(place.offset, 2)
        np.testing.assert_allclose(poses.boxes(), corners, atol=2e-3)


def test_boxes_after_suppression_with_classes():
    rows = np.concatenate([BOXES[:4], SCORES[:4, None]], axis=1)
    other = np.concatenate([rows, [[30, 30, 50, 50, 0.95]]])  # something else than a person
    tensors = {"dets": np.stack([other, other]).astype(np.float32), "labels": np.float32([[0, 0, 0, 0, 3]] * 2)}
    assert_found(family("boxes", tensors, [(None, None, 5), (None, None)])(tensors, PLACES))
    tensors = {"dets": np.stack([rows, rows])}
    assert_found(family("boxes", tensors, [(None, None, 5)])(tensors, PLACES))


@pytest.mark.parametrize("classes_first", [True, False])
def test_boxes_and_scores_of_all_classes(classes_first):
    scores = np.stack([np.full(5, 0.9, np.float32), SCORES])  # people are class 1
    scores = scores if classes_first else scores.T
    tensors = {"boxes": np.stack([BOXES] * 2), "scores": np.stack([scores] * 2)}
    assert_found(family("boxes_scores", tensors, [(None, 5, 4), (None, None, None)], person=1)(tensors, PLACES))


def test_ssd():
    rows = [
        [image, 1, score, *(box / [WIDTH, HEIGHT, WIDTH, HEIGHT])]
        for image in range(2)
        for box, score in zip(BOXES[:4], SCORES, strict=False)
    ]
    rows += [[1, 2, 0.9, 0, 0, 1, 1], [-1, 0, 0, 0, 0, 0, 0]]  # another class, and the row that ends the list
    tensors = {"found": np.float32(rows)[None, None]}
    assert_found(family("ssd", tensors, [(1, 1, None, 7)], person=1)(tensors, PLACES))


STRIDES = (8, 16, 32)
CELLS = sum(-(-HEIGHT // s) * -(-WIDTH // s) for s in STRIDES)


def cells():
    """(index, column, row, stride) of each cell, in the order of the tensors."""
    index = 0
    for stride in STRIDES:
        for row in range(-(-HEIGHT // stride)):
            for column in range(-(-WIDTH // stride)):
                yield index, column, row, stride
                index += 1


def responsible(box, anchor, taken):
    """A cell whose anchor lies inside a box, of the finest grid that is free."""
    for index, column, row, stride in cells():
        x, y = (column + anchor) * stride, (row + anchor) * stride
        if index not in taken and box[0] < x < box[2] and box[1] < y < box[3] and np.ptp(box[[0, 2]]) / stride < 7:
            taken.add(index)
            return index, x, y, stride
    raise AssertionError("no cell for this box")


def test_yolox():
    values = np.full((CELLS, 7), -4.0, np.float32)
    values[:, 4:] = 0.01
    taken = set()
    for box, score in zip(BOXES, SCORES, strict=True):
        index, x, y, stride = responsible(box, 0, taken)
        centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        values[index] = [*((centre - (x, y)) / stride), *np.log(size / stride), 0.9, 0.2, score / 0.9]
    tensors = {"output": np.stack([values] * 2)}
    assert_found(family("yolox", tensors, [(None, CELLS, 7)], person=1)(tensors, PLACES))


@pytest.mark.parametrize("anchor", [0.0, 0.5])
def test_distances(anchor):
    bins = 8
    values = np.zeros((CELLS, 2 + 4 * bins), np.float32)
    taken = set()
    for box, score in zip(BOXES, SCORES, strict=True):
        index, x, y, stride = responsible(box, anchor, taken)
        sides = np.array([x - box[0], y - box[1], box[2] - x, box[3] - y]) / stride
        low = np.floor(sides).astype(int)
        logits = np.full((4, bins), -40.0)  # between two bins, by how near each is
        logits[range(4), low] = np.log(np.maximum(1 - (sides - low), 1e-12))
        logits[range(4), np.minimum(low + 1, bins - 1)] = np.log(np.maximum(sides - low, 1e-12))
        values[index] = [score, 0.5, *logits.ravel()]
    tensors = {"output": np.stack([values] * 2)}
    made = family("distances", tensors, [(None, CELLS, 2 + 4 * bins)], classes=2, anchor=anchor)
    assert_found(made(tensors, PLACES))


def test_options_hold_at_once():
    tensors = {"boxes": BOXES[None], "scores": SCORES[None, None]}
    made = family("boxes_scores", tensors, [(None, 5, 4), (None, 1, 5)])
    made.options = BoxOptions(min_box_score=0.05, max_overlap=1.0)
    assert len(made(tensors, PLACES[:1])[0]) == 5
    made.options = BoxOptions(min_box_score=0.85)
    assert len(made(tensors, PLACES[:1])[0]) == 1


def test_boxes_that_are_none_are_left_out():
    rows = np.float32([[1, 1, 1, 5, 0.9], [9, 1, 3, 5, 0.9], [np.nan, 1, 3, 5, 0.9], [1, 1, 5, 5, np.nan]])
    (nobody,) = family("boxes", ["dets"], [(1, None, 5)])({"dets": rows[None]}, PLACES[:1])
    assert len(nobody) == 0


@pytest.mark.parametrize(
    ("layout", "shape", "person"),
    [
        ("boxes", (1, 10, 6), 0),
        ("boxes_scores", (1, 4, 10), 0),
        ("ssd", (1, 10, 7), 0),
        ("yolox", (1, CELLS + 1, 7), 0),
        ("yolox", (1, CELLS, 7), 2),
        ("distances", (1, CELLS, 2 + 4 * 8 + 1), 0),
    ],
)
def test_what_is_no_such_network_is_refused(layout, shape, person):
    tensors = ["a", "b"] if layout == "boxes_scores" else ["a"]
    with pytest.raises(ValueError, match="output 'a' has shape"):
        family(layout, tensors, [shape, (1, 1, 1)][: len(tensors)], person=person, classes=2)


def test_wrong_descriptions_are_refused():
    with pytest.raises(ValueError, match="names 2, layout 'yolox' has 1"):
        BoxOutputs("yolox", ("a", "b"))
    with pytest.raises(ValueError, match="layout is 'yolo', must be one of boxes"):
        BoxOutputs("yolo", ("a",))
    with pytest.raises(ValueError, match="must be 'person_box'"):
        Family(Topology.load("coco_17"), BoxOutputs("boxes", ("a",)))


def test_boxes_are_poses():
    poses = box_poses(np.array([[1, 2, 3, 4], [5, 6, 7, 8]]), np.array([0.5, 2.0]))
    assert poses.boxes().tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert poses.scores.tolist() == [0.5, 1.0]
    assert len(box_poses(np.empty((0, 4)), np.empty(0))) == 0


def test_a_network_that_takes_no_batch_is_named():
    tensors = {"dets": np.zeros((1, 3, 5), np.float32)}
    with pytest.raises(ValueError, match=r"'dets' is of 1 images, 2 were given: .*max_batch 1"):
        family("boxes", tensors, [(1, None, 5)])(tensors, PLACES)
