import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import one_stage as oracle

from trt_pose_ros import Topology
from trt_pose_ros.families import find
from trt_pose_ros.families.one_stage import KINDS, OneStageFamily, OneStageOutputs
from trt_pose_ros.geometry import Placement

TOPOLOGY = Topology("three", ("a", "b", "c"), ((0, 1),))
K = 3
SAME = Placement((1.0, 1.0), (0.0, 0.0))
POINTS = np.float32([[[30, 40, 0.9], [31, 50, 0.8], [32, 60, 0.7]], [[80, 20, 0.6], [81, 30, 0.5], [82, 35, 0.4]]])
BOXES = np.float32([[20, 30, 40, 70], [70, 10, 90, 40]])
SCORES = np.float32([0.9, 0.5])


def family(kind="yolo", *, classes=1, topology=TOPOLOGY, **settings):
    outputs = OneStageOutputs(kind, "people", "keypoints" if kind == "rtmo" else "", classes)
    return OneStageFamily(topology, outputs, **settings)


def laid_out(kind, points=POINTS, boxes=BOXES, scores=SCORES, size=(96, 128), dims=3):
    """The arrays, of one image, in which a network of a kind says this."""
    values = points[:, :, :dims].reshape(len(points), K * dims)
    centres, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    height, width = size
    arrays = {
        "yolo": [np.c_[centres, sizes, scores, values].T],
        "yolo_nms": [np.c_[boxes, scores, np.zeros(len(points)), values]],
        "rtmo": [np.c_[boxes, scores], points],
        "movenet": [
            np.c_[
                (points[:, :, [1, 0, 2]] / [height, width, 1]).reshape(len(points), 3 * K),
                boxes[:, [1, 0, 3, 2]] / [height, width, height, width],
                scores,
            ]
        ],
    }[kind]
    return {name: a[None].astype(np.float32) for name, a in zip(("people", "keypoints"), arrays, strict=False)}


def found(kind, arrays, placement=SAME, size=(96, 128), **settings):
    """The people, after the same check that the pipeline makes."""
    made = family(kind, **settings)
    made.check({name: array.shape for name, array in arrays.items()}, *size)
    (poses,) = made(arrays, [placement])
    return poses


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_the_same_of_the_same_people(kind):
    poses = found(kind, laid_out(kind))
    np.testing.assert_allclose(poses.keypoints, POINTS, atol=1e-4)
    np.testing.assert_allclose(poses.scores, SCORES)
    assert poses.topology is TOPOLOGY


@pytest.mark.parametrize("kind", KINDS)
def test_keypoints_come_to_lie_in_the_image(kind):
    poses = found(kind, laid_out(kind), Placement((2.0, 3.0), (5.0, -7.0)))
    np.testing.assert_allclose(poses.keypoints[:, :, :2], POINTS[:, :, :2] * [2, 3] + [5, -7], atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody(kind):
    nobody = laid_out(kind, scores=np.float32([0.001, 0.0]))
    assert len(found(kind, nobody)) == 0
    none = laid_out(kind, POINTS[:0], BOXES[:0], SCORES[:0])
    assert len(found(kind, none)) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_come_first_and_no_more_than_wanted(kind):
    upside_down = laid_out(kind, POINTS[::-1], BOXES[::-1], SCORES[::-1])
    np.testing.assert_allclose(found(kind, upside_down).scores, SCORES)
    np.testing.assert_allclose(found(kind, upside_down, max_people=1).scores, SCORES[:1])


@pytest.mark.parametrize("kind", ["yolo", "yolo_nms"])
def test_keypoints_without_a_score_have_the_persons(kind):
    poses = found(kind, laid_out(kind, dims=2))
    np.testing.assert_allclose(poses.keypoints[:, :, :2], POINTS[:, :, :2], atol=1e-4)
    np.testing.assert_allclose(poses.keypoints[:, :, 2], np.repeat(SCORES[:, None], K, axis=1))


@pytest.mark.parametrize(("kind", "people"), [("yolo", 1), ("rtmo", 1), ("yolo_nms", 2), ("movenet", 2)])
def test_only_of_networks_that_repeat_people_the_worse_double_goes(kind, people):
    twice = laid_out(kind, POINTS[[0, 0]], BOXES[[0, 0]] + np.float32([[0], [1]]), SCORES)
    assert len(found(kind, twice)) == people
    assert len(found(kind, twice, nms_iou=1.0)) == 2


def test_a_class_is_as_good_as_another():
    (columns,) = laid_out("yolo")["people"]
    columns = np.insert(columns, 5, [0.1, 0.95], axis=0)
    poses = found("yolo", {"people": columns[None]}, classes=2)
    np.testing.assert_allclose(poses.scores, [0.95, 0.9])
    np.testing.assert_allclose(poses.keypoints, POINTS[::-1], atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_faint_or_no_number_is_missing(kind):
    points = POINTS.copy()
    points[0, 0, 0], points[0, 1, 2], points[0, 2, 2], points[1, 0, 2] = np.nan, 0.01, 1.5, np.nan
    poses = found(kind, laid_out(kind, points))
    assert poses.found.tolist() == [[False, False, True], [False, True, True]]
    assert np.isnan(poses.keypoints[~poses.found][:, :2]).all()
    assert poses.keypoints[0, 2, 2] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_person_whose_score_is_no_number_is_nobody(kind):
    poses = found(kind, laid_out(kind, scores=np.float32([np.nan, 0.5])))
    np.testing.assert_allclose(poses.scores, [0.5])


def test_boxes_that_are_no_numbers_do_no_harm():
    boxes = BOXES.copy()
    boxes[0, 2] = np.inf
    np.testing.assert_allclose(found("yolo", laid_out("yolo", boxes=boxes)).scores, [0.5])


@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(1, 3), st.floats(0.1, 1.0))
def test_agrees_with_the_slow_reference(seed, anchors, classes, iou):
    random = np.random.default_rng(seed)
    columns = random.random((4 + classes + 3 * K, anchors), np.float32)
    columns[:4] = columns[:4] * 60 + 5  # crowded, so that there is much to choose
    wanted, scores = oracle.yolo(columns, classes, K, 0.3, iou)
    poses = found(
        "yolo", {"people": columns[None]}, classes=classes, min_score=0.3, nms_iou=iou, min_keypoint_score=0.0
    )
    np.testing.assert_allclose(poses.scores, scores)
    np.testing.assert_allclose(poses.keypoints, wanted)


def test_the_runtimes_memory_is_left_alone():
    arrays = laid_out("rtmo")
    arrays["keypoints"][0, 0, 0, 2] = 2.0
    before = {name: array.copy() for name, array in arrays.items()}
    found("rtmo", arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, before[name])


def test_noise_takes_no_more_than_a_bounded_number_of_people():
    random = np.random.default_rng(0)
    columns = random.random((4 + 1 + 3 * K, 20_000), np.float32) * 600
    columns[4] = 0.5
    assert len(found("yolo", {"people": columns[None]}, max_people=50)) == 50


@pytest.mark.parametrize(
    ("kind", "shapes", "complaint"),
    [
        (
            "yolo",
            {"people": (1, 56, 8400)},
            r"'people' \[1, 56, 8400\] is not that of a network of kind yolo with 3 key",
        ),
        ("yolo", {"people": (1, 14)}, "kind yolo"),
        ("yolo_nms", {"people": (1, 14, 300)}, "kind yolo_nms"),
        ("rtmo", {"people": (1, None, 4), "keypoints": (1, None, K, 3)}, "'people'.* and 'keypoints'"),
        ("rtmo", {"people": (1, None, 5), "keypoints": (1, None, 4, 3)}, "kind rtmo"),
        ("movenet", {"people": (1, 6, 56)}, "kind movenet"),
    ],
)
def test_outputs_of_another_network_are_refused(kind, shapes, complaint):
    with pytest.raises(ValueError, match=complaint):
        family(kind).check(shapes, 96, 128)


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_that_are_not_known_yet_are_no_contradiction(kind):
    shapes = {"rtmo": {"people": (None,) * 3, "keypoints": (None,) * 4}}
    family(kind).check(shapes.get(kind, {"people": (None,) * 3}), 96, 128)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"kind": "yolo5", "people": "a"}, "outputs.kind is 'yolo5', must be one of yolo, yolo_nms, rtmo, movenet"),
        ({"kind": "rtmo", "people": "a"}, "outputs.keypoints is '', but a network of kind rtmo has 2 outputs"),
        ({"kind": "yolo", "people": "a", "keypoints": "b"}, "kind yolo has 1 output"),
        ({"kind": "yolo", "people": "a", "classes": 0}, "outputs.classes is 0"),
    ],
)
def test_a_wrong_description_is_refused(fields, complaint):
    with pytest.raises(ValueError, match=complaint):
        OneStageOutputs(**fields)


def test_its_options_are_checked():
    assert find("one_stage") is OneStageFamily
    with pytest.raises(ValueError, match="nms_iou is 2"):
        family(nms_iou=2)
