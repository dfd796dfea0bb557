from dataclasses import replace

import numpy as np
import pytest

from trt_pose_ros import Poses, Topology
from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.media.plot3d import Plot3d
from trt_pose_ros.transforms import camera_above_floor

TOPOLOGY = Topology("t", ("head", "hip", "foot"), ((0, 1), (1, 2)))
CAMERA = CameraModel.from_field_of_view(640, 480, 65.0)
SIZE = 480, 400
BODY = np.array([(0, -0.3, 0), (0, 0.5, 0), (0, 1.4, 0)])


def people(*places, stddev=0.02, **fields):
    positions = np.array([BODY + place for place in places], np.float32).reshape(-1, 3, 3)
    keypoints = np.ones((len(positions), 3, 3))
    stddevs = np.full(positions.shape[:2], stddev)
    return Poses(TOPOLOGY, keypoints, np.ones(len(positions)), None, positions, position_stddevs=stddevs, **fields)


def coloured(image):
    """Columns [N] of the pixels that have a colour: those of people, all else is grey."""
    return np.nonzero(np.ptp(image.astype(int), axis=2) > 60)[1]


def test_people_stand_where_they_are():
    plot = Plot3d(CAMERA)
    left, right, near, far = (
        coloured(plot.draw(people(place), *SIZE)) for place in ((-1, 0, 3), (1, 0, 3), (0, 0, 1.5), (0, 0, 3.4))
    )
    assert len(left)
    assert len(right)
    assert left.max() < right.min()
    assert len(near) > len(far)


def test_the_view_holds_still_and_only_grows():
    plot, empty = Plot3d(CAMERA), people()
    plot.draw(people((0, 0, 4.8)), *SIZE)
    before = plot.draw(empty, *SIZE)
    plot.draw(people((0.5, 0, 2)), *SIZE)
    np.testing.assert_array_equal(plot.draw(empty, *SIZE), before)
    plot.draw(people((0.5, 0, 9)), *SIZE)
    assert (plot.draw(empty, *SIZE) != before).any()


def test_what_is_not_sure_is_faint():
    sure, guessed = (Plot3d(CAMERA).draw(people((0, 0, 2), stddev=s), *SIZE) for s in (0.02, 0.3))
    difference = np.ptp(sure.astype(int), axis=2).max() - np.ptp(guessed.astype(int), axis=2).max()
    assert difference > 80
    assert (guessed != Plot3d(CAMERA).draw(people(), *SIZE)).any()


def test_labels_are_identity_and_distance(monkeypatch):
    written = []
    monkeypatch.setattr("trt_pose_ros.media.plot3d.draw_labels", lambda image, texts, boxes: written.append(texts))
    poses = replace(people((0, 0, 2), (0, -0.5, 5)), track_ids=np.array([7, -1]))
    Plot3d(CAMERA).draw(poses, *SIZE)
    assert written == [["5.1 m", "#7 2.1 m"]]


def test_people_without_positions_are_left_out():
    nobody = Plot3d(CAMERA).draw(people(), *SIZE)
    flat = replace(people((0, 0, 2)), positions=None)
    unknown = replace(flat, positions=np.full((1, 3, 3), np.nan))
    assert nobody.shape == (400, 480, 3)
    for poses in (flat, unknown):
        np.testing.assert_array_equal(Plot3d(CAMERA).draw(poses, *SIZE), nobody)
    half = people((0, 0, 2))
    half.positions[0, 2] = np.nan
    assert len(coloured(Plot3d(CAMERA).draw(half, *SIZE)))


@pytest.mark.parametrize("place", [(0, 0, 1e6), (1e9, 0, -3), (0, 1e4, 2), (0, 0, 1e-6)])
def test_absurd_places_do_no_harm(place):
    assert Plot3d(CAMERA).draw(people(place, (0, 0, 2)), *SIZE).shape == (400, 480, 3)


@pytest.mark.parametrize("size", [(1, 1), (30, 400), (1000, 60)])
def test_any_size_will_do(size):
    assert Plot3d().draw(people((0, 0, 2)), *size).shape == (size[1], size[0], 3)


def test_a_fisheye_and_one_that_looks_down_have_their_symbol():
    fisheye = CameraModel(640, 480, 200, 200, 319.5, 239.5, "equidistant", (0.0, 0.0, 0.0, 0.0))
    for camera, room in ((fisheye, None), (CAMERA, camera_above_floor(2.5, 0.6))):
        assert len(coloured(Plot3d(camera, room).draw(people((0, 0, 2)), *SIZE)))


def test_positions_elsewhere_are_refused():
    with pytest.raises(ValueError, match="frame 'map'"):
        Plot3d(CAMERA).draw(people((0, 0, 2), position_frame="map"), *SIZE)
