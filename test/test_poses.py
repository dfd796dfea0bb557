import numpy as np
import pytest

from trt_pose_ros import Poses, Topology

TOPOLOGY = Topology("t", ("nose", "left_eye", "right_eye"), ((0, 1), (0, 2)))
MISSING = (np.nan, np.nan, 0)


def two_people():
    return Poses(TOPOLOGY, [[(1, 2, 0.5), (3, 8, 0.25), MISSING], [MISSING, MISSING, MISSING]], [0.9, 0.1])


def test_arrays_get_the_documented_types_and_defaults():
    poses = two_people()
    assert poses.keypoints.dtype == np.float32
    assert poses.track_ids.tolist() == [-1, -1]
    assert poses.positions is None
    assert len(poses) == 2


def test_boxes_cover_the_found_keypoints_only():
    boxes = two_people().boxes()
    assert boxes[0].tolist() == [1, 2, 3, 8]
    assert np.isnan(boxes[1]).all()
    assert Poses.empty(TOPOLOGY).boxes().shape == (0, 4)


def test_moved_maps_pixels_and_leaves_the_rest():
    moved = two_people().moved(scale=(2, 3), offset=(10, 20))
    assert moved.keypoints[0, 0].tolist() == [12, 26, 0.5]
    assert np.isnan(moved.keypoints[0, 2, :2]).all()
    assert moved.scores.tolist() == two_people().scores.tolist()


def test_sure_leaves_out_faint_people_and_faint_keypoints():
    sure = two_people().sure(0.3)
    assert sure.found.tolist() == [[True, False, False]]
    assert np.isnan(sure.keypoints[0, 1, :2]).all()
    assert two_people().sure(0.0).found.tolist() == two_people().found.tolist()


def test_as_topology_goes_by_name_never_by_index():
    other = Topology("o", ("tail", "right_eye", "nose"), ())
    mapped = two_people().as_topology(other)
    assert mapped.keypoints[0, 2].tolist() == [1, 2, 0.5]
    assert mapped.keypoints[0, 0, 2] == 0
    assert np.isnan(mapped.keypoints[0, 0, :2]).all()


def test_selecting_people():
    poses = two_people()
    assert poses[1].scores.tolist() == pytest.approx([0.1])
    assert len(poses[poses.scores > 0.5]) == 1
    assert len(poses[:0]) == 0


def test_keypoint_by_name():
    assert two_people().keypoint("left_eye")[0].tolist() == [3, 8, 0.25]


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        ({"keypoints": np.zeros((2, 4, 3)), "scores": np.zeros(2)}, "keypoints"),
        ({"keypoints": np.zeros((2, 3, 3)), "scores": np.zeros(3)}, "scores"),
        ({"keypoints": np.zeros((1, 3, 3)), "scores": np.zeros(1), "track_ids": [1, 2]}, "track_ids"),
        ({"keypoints": np.zeros((1, 3, 3)), "scores": np.zeros(1), "positions": np.zeros((1, 3, 2))}, "positions"),
    ],
)
def test_wrong_shapes_are_refused_by_name(arrays, named):
    with pytest.raises(ValueError, match=named):
        Poses(TOPOLOGY, **arrays)
