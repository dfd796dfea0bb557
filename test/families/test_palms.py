import numpy as np
import pytest

from trt_pose_ros import Topology
from trt_pose_ros.families.palms import Family, PalmOutputs
from trt_pose_ros.geometry import Placement

HAND = Topology.load("hand_21")
JOINTS = ("wrist", "index_mcp", "middle_mcp", "ring_mcp", "little_mcp", "thumb_cmc", "thumb_mcp")
OUTPUTS = PalmOutputs("boxes", "scores", JOINTS)
ANCHORS = 24 * 24 * 2 + 12 * 12 * 6
HERE = Placement((1.0, 1.0), (0.0, 0.0))


def family(**options):
    made = Family(HAND, OUTPUTS, **options)
    made.check({"boxes": (None, ANCHORS, 18), "scores": (None, ANCHORS, 1)}, 192, 192)
    return made


def tensors(*palms):
    """Of palms, each (anchor, logit, its 18 values)."""
    boxes, scores = np.zeros((1, ANCHORS, 18), np.float32), np.full((1, ANCHORS, 1), -20, np.float32)
    for anchor, logit, values in palms:
        boxes[0, anchor], scores[0, anchor] = values, logit
    return {"boxes": boxes, "scores": scores}


def test_anchors_are_told_two_a_cell_of_the_fine_grid_then_six_of_the_coarse_one():
    """A palm of each grid, with all joints on the cell's middle: where the cells lie was worked out by hand."""
    values = [0, 0, 10, 10] + [0] * 14
    fine, coarse = 2 * (3 * 24 + 5) + 1, 2 * 24 * 24 + 6 * (7 * 12 + 9) + 4
    (hands,) = family()(tensors((fine, 1.0, values), (coarse, 3.0, values)), [HERE])
    assert hands.keypoint("wrist")[:, :2].tolist() == [[9.5 * 16 - 0.5, 7.5 * 16 - 0.5], [5.5 * 8 - 0.5, 3.5 * 8 - 0.5]]
    np.testing.assert_allclose(hands.scores, [1 / (1 + np.exp(-3)), 1 / (1 + np.exp(-1))], rtol=1e-5)


def test_joints_go_by_name_and_into_the_image():
    values = [0, 0, 40, 40, *range(14)]
    (hands,) = family()(tensors((0, 5.0, values)), [Placement((2.0, 3.0), (10.0, 20.0))])
    for n, name in enumerate(JOINTS):
        expected = (2 * (2 * n + 4 - 0.5) + 10, 3 * (2 * n + 1 + 4 - 0.5) + 20)
        assert hands.keypoint(name)[0, :2] == pytest.approx(expected)
    assert hands.found.sum() == len(JOINTS)


def test_of_boxes_around_one_palm_the_best_counts_and_faint_ones_do_not():
    values = [0, 0, 60, 60] + [0] * 14
    far = 2 * (20 * 24 + 20)
    found = tensors((0, 2.0, values), (2, 3.0, values), (far, -1.0, values))
    assert len(family()(found, [HERE])[0]) == 1
    assert len(family(min_palm_score=0.2)(found, [HERE])[0]) == 2
    assert len(family(max_overlap=1.0)(found, [HERE])[0]) == 2


def test_no_palms_and_no_numbers():
    assert len(family()(tensors(), [HERE])[0]) == 0
    assert len(family()(tensors((0, 5.0, [np.nan] * 18)), [HERE])[0]) == 0


def test_other_shapes_and_joints_are_refused():
    with pytest.raises(ValueError, match=r"output 'scores' has shape \[1, 5, 1\], must be \[batch, 2016, 1\]"):
        Family(HAND, OUTPUTS).check({"boxes": (1, ANCHORS, 18), "scores": (1, 5, 1)}, 192, 192)
    with pytest.raises(ValueError, match=r"outputs.joints are \['palm'\], must be some of topology 'hand_21'"):
        Family(HAND, PalmOutputs("boxes", "scores", ("palm",)))
    with pytest.raises(ValueError, match=r"outputs.anchors are \(2,\)"):
        PalmOutputs("boxes", "scores", JOINTS, anchors=(2,))
