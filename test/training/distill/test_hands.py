"""Pictures of hands by a teacher: kept where it agrees with itself, upright, and as the run time crops them."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [train], is not installed")

from trt_pose_ros.hands.squares import Squares, palm_squares
from trt_pose_ros.poses import Poses
from trt_pose_ros.topology import Topology
from trt_pose_training.data.coco import KeypointData
from trt_pose_training.distill.hands import CONTEXT, HandLabeller, to_coco

TOPOLOGY = Topology.load("hand_21")
WIDTH, HEIGHT = 300, 240
TIP = TOPOLOGY.index("index_tip")


def hand(x=150.0, y=140.0, palm=40.0, angle=0.4):
    """float [21, 3]: fingers spread from the wrist at x, y, the hand turned clockwise by ``angle``."""
    points = [(0.0, 0.0)]
    for finger in range(5):
        way = -0.6 + 0.3 * finger
        points += [(length * np.sin(way), -length * np.cos(way)) for length in (1.0, 1.3, 1.5, 1.7)]
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([palm * np.array(points) @ turn.T + (x, y), np.full(21, 0.9)])


def poses(points, score=0.95):
    return Poses(TOPOLOGY, np.float32(points)[None], np.float32([score]))


def teacher(points, score=0.95, off_tip=(0.0, 0.0), family="hand_landmarks"):
    """Sees ``points`` in every region, in the second (mirrored) with the index tip ``off_tip`` off."""

    def answer(regions):
        found = []
        for i, region in enumerate(regions):
            seen = np.array(points)
            if i == 1:
                seen[TIP, :2] += off_tip
                seen[:, 0] = WIDTH - 1 - seen[:, 0]
                middle = WIDTH - 1 - region.middle[0], region.middle[1]
            else:
                middle = region.middle
            square = palm_squares(poses(points))
            off_middle = np.abs(np.subtract(middle, square.middles[0])).max()
            assert len(regions) == 1 or off_middle < 0.04 * square.sides[0]
            found.append(poses(seen, score if len(regions) > 1 else 0.0))
        return found

    class Stub:
        model = SimpleNamespace(path="teacher.tflite", manifest=SimpleNamespace(family=family, topology=TOPOLOGY))

        def __call__(self, regions):
            return answer(regions)

    return Stub()


def pictures(points, seen=None, finders=1, **kwargs):
    labeller = HandLabeller([lambda _: poses(points)] * finders, teacher(points if seen is None else seen, **kwargs))
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for i, (x, y, _) in enumerate(points):
        cv2.circle(image, (round(x), round(y)), 3, (0, 255 if i == TIP else 80, 0), -1)
    return list(labeller(image))


@pytest.mark.parametrize("angle", [0.0, 0.4, -2.0])
@pytest.mark.parametrize("palm", [20.0, 40.0, 70.0])
def test_a_hand_comes_upright_into_the_middle_with_its_joints(palm, angle):
    points = hand(palm=palm, angle=angle)
    picture, empty = pictures(points)
    size = len(picture.image)
    assert picture.image.shape == (size, size, 3)
    assert empty.keypoints is None
    known = picture.keypoints[:, 2] > 0
    assert known.sum() >= 13
    # MediaPipe's crops: the palm points up, in the middle column
    wrist, middle = (picture.keypoints[TOPOLOGY.index(name), :2] for name in ("wrist", "middle_mcp"))
    np.testing.assert_allclose([wrist[0], middle[0]], (size - 1) / 2, atol=1e-3)
    assert wrist[1] > middle[1]
    if known[TIP]:
        x, y = picture.keypoints[TIP, :2].round().astype(int)
        assert picture.image[y, x, 1] > 150


def test_the_square_is_the_box_of_the_crop(tmp_path):
    points = hand()
    picture, empty = pictures(points)
    labels = to_coco(
        [("hand.jpg", len(picture.image), picture.keypoints), ("none.jpg", len(empty.image), None)], TOPOLOGY
    )
    for name in ("hand.jpg", "none.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "hands.json").write_text(json.dumps(labels))
    sample, nobody = KeypointData.load(tmp_path / "hands.json", tmp_path).samples
    assert len(nobody.keypoints) == 0
    size = len(picture.image)
    side = sample.boxes[0, 2] - sample.boxes[0, 0]
    assert side == size / CONTEXT
    # of the picture's own joints, the rule of the run time gives this very square, unturned
    square = palm_squares(poses(picture.keypoints))
    np.testing.assert_allclose(square.middles[0], (sample.boxes[0, :2] + sample.boxes[0, 2:]) / 2, atol=0.5)
    assert square.sides[0] == pytest.approx(side, rel=0.02)
    np.testing.assert_allclose(sample.keypoints[0], picture.keypoints, atol=0.01)


def test_what_looks_disagree_on_is_left_out():
    picture, _ = pictures(hand(), off_tip=(40.0, 0.0))
    assert picture.keypoints[TIP].tolist() == [0, 0, 0]
    assert (np.delete(picture.keypoints[:, 2], TIP) == 2).all()


def test_doubtful_small_and_repeated_hands_are_left_out():
    assert [p.keypoints for p in pictures(hand(), score=0.7)] == [None]
    assert [p.keypoints for p in pictures(hand(palm=10.0))] == [None]
    assert len(pictures(hand(), finders=3)) == 2


def test_squares_without_a_hand_keep_away_from_hands():
    labeller = HandLabeller([], teacher(hand()))
    hands = palm_squares(poses(hand(x=80, y=120, palm=15)))
    for _ in range(100):
        empty = labeller._empty((2000, 3000), hands)
        distance = np.abs(empty.middles[0] - hands.middles[0]).max()
        assert distance > (hands.sides[0] + empty.sides[0]) / 2
    none = Squares(np.full((1, 2), np.nan), np.full(1, np.nan), np.full(1, np.nan))
    assert labeller._empty((50, 50), none).known.all()


def test_another_teacher_is_named():
    with pytest.raises(ValueError, match=r"teacher\.tflite is of family 'heatmap', must be of hand_landmarks"):
        HandLabeller([], teacher(hand(), family="heatmap"))
