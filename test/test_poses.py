from dataclasses import replace

import numpy as np
import pytest

from trt_pose_ros import Poses, Topology
from trt_pose_ros.poses import LEFT_HAND, PERSON, RIGHT_HAND, ROOT_RELATIVE, stacked

TOPOLOGY = Topology("t", ("nose", "left_eye", "right_eye"), ((0, 1), (0, 2)))
MISSING = (np.nan, np.nan, 0)


def two_people():
    return Poses(TOPOLOGY, [[(1, 2, 0.5), (3, 8, 0.25), MISSING], [MISSING, MISSING, MISSING]], [0.9, 0.1])


def test_arrays_get_the_documented_types_and_defaults():
    poses = two_people()
    assert poses.keypoints.dtype == np.float32
    assert poses.track_ids.tolist() == [-1, -1]
    assert poses.positions is None
    assert poses.position_stddevs is None
    assert poses.kinds.tolist() == [PERSON, PERSON]
    assert poses.kinds.dtype == np.uint8
    assert poses.owner_ids.tolist() == [-1, -1]
    assert len(poses) == 2


def test_boxes_cover_the_found_keypoints_only():
    boxes = two_people().boxes()
    assert boxes[0].tolist() == [1, 2, 3, 8]
    assert np.isnan(boxes[1]).all()
    assert Poses.empty(TOPOLOGY).boxes().shape == (0, 4)


def in_space():
    positions = np.arange(18, dtype=np.float32).reshape(2, 3, 3)
    return replace(two_people(), positions=positions, position_stddevs=np.full((2, 3), 0.1), camera="front")


def test_transformed_maps_pixels_and_leaves_the_rest():
    moved = two_people().transformed(scale=(2, 3), offset=(10, 20))
    assert moved.keypoints[0, 0].tolist() == [12, 26, 0.5]
    assert np.isnan(moved.keypoints[0, 2, :2]).all()
    assert moved.scores.tolist() == two_people().scores.tolist()


def test_confident_leaves_out_faint_people_and_faint_keypoints():
    confident = in_space().confident(0.3)
    assert confident.found.tolist() == [[True, False, False]]
    assert np.isnan(confident.keypoints[0, 1, :2]).all()
    assert np.isnan(confident.positions[0]).all(axis=1).tolist() == [False, True, True]
    assert np.isnan(confident.position_stddevs[0]).tolist() == [False, True, True]
    assert confident.camera == "front"
    assert two_people().confident(0.0).found.tolist() == two_people().found.tolist()


def test_as_topology_goes_by_name_never_by_index():
    other = Topology("o", ("tail", "right_eye", "nose"), ())
    mapped = in_space().as_topology(other)
    assert mapped.positions[0, 2].tolist() == [0, 1, 2]
    assert np.isnan(mapped.positions[0, 0]).all()
    assert mapped.position_stddevs[0].tolist() == pytest.approx([np.nan, 0.1, 0.1], nan_ok=True)
    assert mapped.camera == "front"
    assert mapped.keypoints[0, 2].tolist() == [1, 2, 0.5]
    assert mapped.keypoints[0, 0, 2] == 0
    assert np.isnan(mapped.keypoints[0, 0, :2]).all()


def test_selecting_people():
    poses = two_people()
    assert poses[1].scores.tolist() == pytest.approx([0.1])
    assert len(poses[poses.scores > 0.5]) == 1
    assert len(poses[:0]) == 0
    hands = replace(in_space(), kinds=[LEFT_HAND, RIGHT_HAND], owner_ids=[7, 8])
    assert hands[1].kinds.tolist() == [RIGHT_HAND]
    assert hands[1].owner_ids.tolist() == [8]
    assert hands[1].positions[0, 0].tolist() == [9, 10, 11]
    assert hands[1].camera == "front"


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


def test_stacked_people_keep_what_is_known_of_them():
    known, unknown = in_space(), two_people()
    together = stacked(TOPOLOGY, [known[:1], unknown, known[1:]])
    assert together.scores.tolist() == pytest.approx([0.9, 0.9, 0.1, 0.1])
    np.testing.assert_array_equal(together.positions[[0, 3]], known.positions)
    assert np.isnan(together.positions[1:3]).all()
    assert np.isnan(together.position_stddevs[1:3]).all()
    assert together.camera == "front"
    relative = replace(known, position_frame=ROOT_RELATIVE)
    assert stacked(TOPOLOGY, [unknown, relative]).position_frame == ROOT_RELATIVE
    assert stacked(TOPOLOGY, [unknown, unknown]).positions is None
    assert len(stacked(TOPOLOGY, [])) == 0


def test_people_who_do_not_go_together_are_not_stacked():
    with pytest.raises(ValueError, match="frames"):
        stacked(TOPOLOGY, [in_space(), replace(in_space(), position_frame=ROOT_RELATIVE)])
    with pytest.raises(ValueError, match=r"'t' do not go together with those of \['o'\]"):
        stacked(TOPOLOGY, [two_people(), Poses.empty(Topology("o", ("tail",), ()))])


def known_by_a_box():
    return replace(two_people(), detected_boxes=[[np.nan] * 4, [10, 20, 30, 80]])


def test_the_detected_box_stands_in_for_missing_keypoints():
    assert known_by_a_box().boxes().tolist() == [[1, 2, 3, 8], [10, 20, 30, 80]]
    assert known_by_a_box().confident(0.05).boxes()[1].tolist() == [10, 20, 30, 80]


def test_a_detected_box_goes_where_its_person_goes():
    poses = known_by_a_box()
    moved = poses.transformed(scale=(2, 3), offset=(10, 20))[1]
    assert moved.detected_boxes.tolist() == [[30, 80, 70, 260]]
    both = stacked(TOPOLOGY, [two_people(), poses[1:]])
    assert np.isnan(both.detected_boxes[:2]).all()
    assert both.detected_boxes[2].tolist() == [10, 20, 30, 80]
    assert stacked(TOPOLOGY, [two_people(), two_people()]).detected_boxes is None
    with pytest.raises(ValueError, match=r"detected_boxes has shape \[1, 4\], expected \[2, 4\]"):
        replace(two_people(), detected_boxes=[[1, 2, 3, 4]])


def test_turning_goes_clockwise_about_the_middle_in_the_image_and_in_space():
    before = in_space()
    turned = before.turned(np.pi / 2, (1, 2))
    np.testing.assert_allclose(turned.keypoints[0, 0], [1, 2, 0.5], atol=1e-6)
    np.testing.assert_allclose(turned.keypoints[0, 1], [-5, 4, 0.25], atol=1e-5)
    x, y, z = before.positions[0, 1]
    np.testing.assert_allclose(turned.positions[0, 1], [-y, x, z], atol=1e-5)
    back = turned.turned(-np.pi / 2, (1, 2))
    np.testing.assert_allclose(back.keypoints, before.keypoints, atol=1e-5)
