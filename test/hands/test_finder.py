import numpy as np
import pytest
from hands_scene import BODY, HAND, IMAGE, LEFT_HAND, RIGHT_HAND, HandsOf, body, hand, people

from trt_pose_ros import Poses, Topology
from trt_pose_ros.hands import HAND_STAGES, HandFinder, HandOptions
from trt_pose_ros.hands.finder import distinct_hands


def hands_of(bodies, palm=40.0):
    """The hands of bodies, all of which point up."""
    return [hand(b[BODY.index(f"{side}_wrist"), :2], palm) for b in bodies for side in ("left", "right")]


def finder(bodies, **options):
    return HandFinder(HandsOf(*hands_of(bodies)), HandOptions.of(**options))


def test_each_hand_has_its_side_and_its_owner_whatever_the_network_thinks_of_the_side():
    bodies = [body(150), body(450)]
    found = finder(bodies)([IMAGE], [people(*bodies, ids=[7, 9])], ["front"], [1.0])
    told = {
        (int(o), int(k)): tuple(h[0, :2])
        for o, k, h in zip(found[0].owner_ids, found[0].kinds, found[0].keypoints, strict=True)
    }
    wrists = {
        (i, kind): tuple(b[BODY.index(f"{side}_wrist"), :2].astype(np.float32))
        for i, b in zip((7, 9), bodies, strict=True)
        for side, kind in (("left", LEFT_HAND), ("right", RIGHT_HAND))
    }
    assert told == wrists


def test_hands_of_all_cameras_are_looked_at_together():
    bodies = [body(150), body(450)]
    find = finder(bodies)
    one, none, both = find([IMAGE] * 3, [people(bodies[0]), people(), people(*bodies)])
    assert [len(one), len(none), len(both)] == [2, 0, 4]
    assert len(find.network.regions) == 6
    assert set(find.times) == set(HAND_STAGES.values())
    assert (one.owner_ids == -1).all()


def test_nobody_and_no_images():
    find = finder([])
    assert find([], []) == []
    assert len(find([IMAGE], [people()])[0]) == 0


def test_a_hand_is_looked_for_where_it_was_seen_last_and_moves_with_its_wrist():
    """The forearm points elsewhere in the second image: only the first look's square shows the hand."""
    first = body(300)
    find = finder([first])
    find([IMAGE], [people(first, ids=[1])], ["front"], [0.0])
    later = body(300, left_wrist=(450, 300), left_elbow=(380, 300))
    find.network.hands = [hand((450, 300), 40)]
    find([IMAGE], [people(later, ids=[1])], ["front"], [0.1])
    left = next(r for r in find.network.regions if r.middle[0] > 400)
    assert left.angle == pytest.approx(np.arctan2(0.03, 1), abs=0.1) or left.angle > 6
    assert left.middle == pytest.approx((450, 264), abs=12)


@pytest.mark.parametrize(("stamp", "camera"), [(10.0, "front"), (-5.0, "front"), (0.1, "back")])
def test_what_was_seen_long_ago_after_a_jump_in_time_or_elsewhere_says_nothing(stamp, camera):
    first = body(300)
    find = finder([first])
    find([IMAGE], [people(first, ids=[1])], ["front"], [0.0])
    by_arm = {r.box for r in find.network.regions}
    find([IMAGE], [people(first, ids=[1])], [camera], [stamp])
    assert {r.box for r in find.network.regions} == by_arm


def test_a_hand_that_is_lost_is_looked_for_by_the_arm_again():
    first = body(300)
    find = finder([first])
    find([IMAGE], [people(first, ids=[1])], ["front"], [0.0])
    by_arm = {r.box for r in find.network.regions}
    find.network.hands = []
    find([IMAGE], [people(first, ids=[1])], ["front"], [0.1])
    assert not by_arm & {r.box for r in find.network.regions}
    find([IMAGE], [people(first, ids=[1])], ["front"], [0.2])
    assert {r.box for r in find.network.regions} == by_arm


def test_a_hand_whose_wrist_is_not_its_bodys_is_somebody_elses():
    somebody = body(300)
    find = finder([])
    find.network.hands = [hand((430, 250), 20)]  # in the left hand's square, 50 pixels off the wrist
    (found,) = find([IMAGE], [people(somebody)])
    assert len(found) == 0


def test_one_hand_is_found_once_for_the_wrist_that_is_nearer():
    """Two wrists lead to the same hand."""
    somebody = body(300, left_wrist=(300, 200), left_elbow=(300, 270), right_wrist=(312, 200), right_elbow=(312, 270))
    find = finder([])
    find.network.hands = [hand((311, 200), 40)]
    (found,) = find([IMAGE], [people(somebody)])
    assert found.kinds.tolist() == [RIGHT_HAND]


@pytest.mark.parametrize(("apart", "count"), [(0.0, 1), (0.1, 1), (0.3, 2)])
def test_two_looks_at_one_hand_differ_by_a_tenth_of_it_and_two_hands_by_more(apart, count):
    one = hand((300, 200))
    other = one + apart * np.ptp(one, axis=0).max() * np.array([1, 0])
    keypoints = np.concatenate([np.stack([one, other]), np.full((2, 21, 1), 0.9)], axis=2)
    kept = distinct_hands(Poses(HAND, keypoints, [0.8, 0.9]), np.array([0.8, 0.9]))
    assert kept.tolist() == [1, 0][:count]


def test_those_who_waited_longest_go_first():
    bodies = [body(100), body(320), body(540)]
    find = finder(bodies, max_hands=2)
    seen = [0] * 3
    for frame in range(9):
        (found,) = find([IMAGE], [people(*bodies, ids=[0, 1, 2])], ["front"], [0.1 * frame])
        assert len(find.network.regions) == 2
        assert find.deferred == [4]
        for owner in found.owner_ids:
            seen[owner] += 1
    assert seen == [6, 6, 6]


def test_people_without_an_identity_keep_nobody_waiting():
    bodies = [body(100), body(320), body(540)]
    find = finder(bodies, max_hands=4)
    for frame in range(3):
        (found,) = find([IMAGE], [people(*bodies, ids=[-1, 1, 2])], ["front"], [0.1 * frame])
        assert sorted(found.owner_ids) == [1, 1, 2, 2]


def test_small_and_doubtful_hands_are_left_out():
    far = body(300, size=12)
    assert len(finder([far])([IMAGE], [people(far)])[0]) == 0
    near = body(300)
    assert len(finder([near], min_hand_score=0.95)([IMAGE], [people(near)])[0]) == 0


def test_what_is_kept_is_of_people_who_are_there():
    find = finder([body(300)])
    for i in range(50):
        find([IMAGE], [people(body(300), ids=[i])], ["front"], [0.1 * i])
    assert len(find._looks["front"]) == 2


def test_joints_that_are_anything_never_end_it():
    random = np.random.default_rng(0)
    find = finder([body(300)], min_hand_score=0.0)
    for _ in range(300):
        keypoints = random.choice([0.0, 1e-30, 5.0, 300.0, 1e30, -1e30, np.nan, np.inf], (3, 17, 3))
        people_ = Poses(BODY, keypoints, random.choice([0.0, 0.5, np.nan], 3), random.integers(-1, 4, 3))
        find([IMAGE], [people_], ["front"], [float(random.normal())])
        for region in find.network.regions:
            assert np.isfinite([*region.box, region.angle]).all()


def test_a_network_for_something_else_is_refused():
    with pytest.raises(ValueError, match=r"hands.onnx finds 'coco_17': a network for hands has topology 'hand_21'"):
        HandFinder(HandsOf(topology=Topology.load("coco_17")), HandOptions())


def test_hand_21_is_the_order_of_mediapipe():
    assert HAND.keypoints[:5] == ("wrist", "thumb_cmc", "thumb_mcp", "thumb_ip", "thumb_tip")
    assert len(HAND.keypoints) == 21
