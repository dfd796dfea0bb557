import cv2
import numpy as np
import pytest

from trt_pose_ros import Poses, Topology
from trt_pose_ros.evaluation.report.pictures import Picture, worst

TOPOLOGY = Topology("t", ("left_a", "right_b"), ((0, 1),))


def person(*points, track_id=-1):
    return Poses(TOPOLOGY, [[(*p, 1) for p in points]], [1], track_ids=[track_id])


def decoded(picture):
    image = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (picture.height, picture.width, 3)
    return image


@pytest.mark.parametrize(("height", "width"), [(480, 640), (1500, 2000), (4000, 100), (1, 1)])
def test_a_picture_is_small_whatever_the_image_is(height, width):
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)  # which no JPEG can make small
    picture = Picture.of(image, Poses.empty(TOPOLOGY))
    assert len(picture.jpeg) < 300_000
    assert max(picture.width, picture.height) <= 960
    decoded(picture)


def test_the_image_itself_stays_as_it_is():
    image = np.zeros((100, 200, 3), np.uint8)
    Picture.of(image, person((20, 50), (180, 50)), person((20, 50), (180, 50)))
    assert not image.any()


def test_people_are_where_they_were_in_the_large_image():
    drawn = decoded(Picture.of(np.zeros((1000, 1920, 3), np.uint8), person((400, 500), (1600, 500))))
    rows, columns = np.nonzero(drawn.max(axis=2) > 60)
    assert abs(rows.mean() - 250) < 2
    assert abs(columns.mean() - 500) < 3


def test_truth_is_drawn_white_and_broken():
    drawn = decoded(Picture.of(np.zeros((300, 600, 3), np.uint8), Poses.empty(TOPOLOGY), person((50, 150), (550, 150))))
    along = drawn[150, 60:540].min(axis=1) > 150
    assert 0.3 < along.mean() < 0.7
    assert np.abs(np.diff(along.astype(int))).sum() > 10


def test_only_identities_are_written_beside_people():
    def ink(track_id):
        poses = person((100, 150), (200, 150), track_id=track_id)
        return decoded(Picture.of(np.zeros((300, 300, 3), np.uint8), poses))[:140].max()

    assert ink(-1) < 30
    assert ink(7) > 200


def test_the_worst_come_first_and_the_faultless_never():
    frames = [{"worst": w} for w in (0.0, 0.5, None, 2.0, 0.5, 0.1)] + [{}]
    assert worst({"frames": frames}) == [3, 1, 4, 5]
    assert worst({"frames": frames}, 2) == [3, 1]
    assert worst({}) == []


def test_the_worst_of_a_stream_are_no_neighbours():
    frames = [{"bag": "a", "topic": topic, "index": i, "worst": 1 + i / 100} for topic in "xy" for i in range(25)]
    assert worst({"frames": frames}) == [24, 49, 14, 39, 4, 29]
