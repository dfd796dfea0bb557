import cv2
import numpy as np
import pytest

from trt_pose_ros.media.labels import draw_labels


def written(width, height, texts, boxes, background=90):
    """The image with labels, and for each label [left, top, right, bottom] of what was changed by it."""
    image = np.full((height, width, 3), background, np.uint8)
    draw_labels(image, texts, np.float32(boxes))
    return image


def extents(image, background=90):
    """Boxes of the connected areas that differ from the background, letters of one label joined."""
    changed = cv2.dilate((image != background).any(axis=2).astype(np.uint8), np.ones((5, 15), np.uint8))
    count, _, areas, _ = cv2.connectedComponentsWithStats(changed)
    return areas[1:count]


def test_a_label_is_white_outlined_in_black_and_above_its_box():
    image = written(640, 480, ["#7"], [[200, 150, 400, 400]])
    assert (image > 180).all(axis=2).any()
    assert (image < 5).all(axis=2).any()
    ((left, top, width, height, _),) = extents(image)
    assert left + width / 2 == pytest.approx(300, abs=12)
    assert top + height == pytest.approx(150, abs=12)
    assert 15 <= height <= 60
    assert width < 80


@pytest.mark.parametrize("box", [[-50, -50, 20, 20], [600, 440, 900, 900], [1e9, 1e9, 2e9, 2e9], [0, 0, 639, 479]])
def test_labels_stay_inside(box):
    image = written(640, 480, ["100 %"], [box])
    inner = image[8:-8, 8:-8]
    assert (inner > 180).any()
    alone = written(640, 480, ["100 %"], [[300, 300, 400, 400]])
    assert abs(int((image > 180).sum()) - int((alone > 180).sum())) < 40


def test_the_size_follows_the_image():
    small, large = (
        extents(written(w, h, ["#1"], [[w / 3, h / 3, w / 2, h / 2]]))[0][3] for w, h in ((320, 240), (3840, 2160))
    )
    assert 10 < small < 30
    assert 60 < large < 200


def test_labels_of_people_close_together_do_not_cover_each_other():
    boxes = [[200 + 4 * i, 150 + 3 * i, 400 + 4 * i, 400 + 3 * i] for i in range(6)]
    texts = [f"#{i}" for i in range(6)]
    together = (written(640, 480, texts, boxes) > 180).sum()
    alone = sum((written(640, 480, [t], [b]) > 180).sum() for t, b in zip(texts, boxes, strict=True))
    assert together == alone


def test_a_crowd_in_a_tiny_image_does_no_harm():
    assert written(1, 1, ["#1"] * 50, [[0, 0, 1, 1]] * 50).shape == (1, 1, 3)


def test_nobody_is_nothing():
    assert (written(64, 48, [], np.empty((0, 4))) == 90).all()
