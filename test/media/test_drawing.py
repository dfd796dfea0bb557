import numpy as np
import pytest

from trt_pose_ros import Poses, Topology
from trt_pose_ros.media.drawing import draw_poses, draw_truth

TOPOLOGY = Topology("t", ("left_a", "right_b", "c"), ((0, 1), (1, 2)))


def canvas():
    return np.zeros((100, 200, 3), np.uint8)


def test_joints_and_links_are_where_the_keypoints_are():
    people = Poses(TOPOLOGY, [[(20, 50, 1), (180, 50, 1), (np.nan, np.nan, 0)]], [1])
    image = draw_poses(canvas(), people, labels=False)
    assert image[50, 20].any()
    assert image[50, 100].any()
    assert image[50, 180].any()
    assert not image[:40].any()
    assert not image[60:].any()


def test_faint_keypoints_are_left_out():
    people = Poses(TOPOLOGY, [[(20, 50, 0.05), (180, 50, 1), (np.nan, np.nan, 0)]], [1])
    assert not draw_poses(canvas(), people, labels=False)[:, :100].any()
    assert draw_poses(canvas(), people, labels=False, min_score=0.01)[:, :100].any()


def test_it_draws_in_place():
    image = canvas()
    assert draw_poses(image, Poses(TOPOLOGY, [[(20, 50, 1)] * 3], [1])) is image
    assert image.any()


def test_labels_are_the_identity_or_the_score_and_stay_inside(monkeypatch):
    written = []
    monkeypatch.setattr("trt_pose_ros.media.drawing.draw_labels", lambda image, texts, boxes: written.append(texts))
    person = [[(0, 0, 1), (199, 99, 1), (50, 50, 1)]]
    draw_poses(canvas(), Poses(TOPOLOGY, person * 3, [1, 0.404, 0.05], [12, -1, 3]))
    assert written == [["#12", "40 %"]]


@pytest.mark.parametrize("far", [1e9, -1e9, 4e4])
def test_keypoints_far_outside_do_no_harm(far):
    people = Poses(TOPOLOGY, [[(20, 50, 1), (far, far, 1), (30, -far, 1)]], [1])
    assert draw_poses(canvas(), people).shape == (100, 200, 3)


def test_people_without_keypoints_and_nobody_leave_the_image_alone():
    assert not draw_poses(canvas(), Poses.empty(TOPOLOGY)).any()
    nowhere = Poses(TOPOLOGY, np.full((1, 3, 3), (np.nan, np.nan, 0)), [0.5])
    assert not draw_poses(canvas(), nowhere).any()


def test_who_is_known_by_a_box_alone_is_a_box():
    nothing = np.full((1, 3, 3), (np.nan, np.nan, 0))
    image = draw_poses(canvas(), Poses(TOPOLOGY, nothing, [0.5], detected_boxes=[[20, 30, 90, 80]]), labels=False)
    assert image[30, 20:91].all()
    assert image[30:81, 90].all()
    assert not image[40:70, 30:80].any()
    far = Poses(TOPOLOGY, nothing, [0.5], detected_boxes=[[-1e9, -1e9, 1e9, 1e9]])
    assert draw_poses(canvas(), far).shape == (100, 200, 3)


def test_truth_is_dashed_and_leaves_gaps():
    image = draw_truth(canvas(), Poses(TOPOLOGY, [[(10, 50, 1), (190, 50, 1), (np.nan, np.nan, 0)]], [0]))
    along = image[50, 20:180].min(axis=1) > 200
    assert 0.3 < along.mean() < 0.7
    assert not image[:40].any()


@pytest.mark.parametrize("far", [1e9, -1e9, 4e4])
def test_truth_far_outside_does_no_harm(far):
    people = Poses(TOPOLOGY, [[(20, 50, 1), (far, far, 1), (30, -far, 1)]], [1])
    assert draw_truth(canvas(), people).any()
    assert not draw_truth(canvas(), Poses.empty(TOPOLOGY)).any()
