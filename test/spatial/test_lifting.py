"""What the lifting network is shown, what is remembered for it, and what becomes of its answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spatial import shots

from trt_pose_ros import Poses, Topology
from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.poses import MISSING, NO_TRACK, ROOT_RELATIVE
from trt_pose_ros.spatial import Lifter, Locating, Scene
from trt_pose_ros.spatial.lifting.features import PER_IMAGE, SLOTS, SPACING, WIDTH, features

COCO = Topology.load("coco_17")
CAMERA = CameraModel.from_field_of_view(640, 480, 65.0)
SCENE = Scene(CAMERA)


class Recorder:
    """Stands for a network: remembers what it was shown, and says that every body is flat."""

    def __init__(self):
        self.shown = []

    def __call__(self, people):
        self.shown.append(people)
        joints = np.zeros((len(people), 17, 3), np.float32)
        joints[..., :2] = people[:, 0, :34].reshape(-1, 17, 2)
        return joints, np.full((len(people), 17), 0.1, np.float32)


def somebody(seed=0, track_id=1, count=1, topology=COCO):
    rng = np.random.default_rng(seed)
    xy = rng.uniform((200, 100), (400, 400), (count, len(topology.keypoints), 2))
    keypoints = np.concatenate([xy, np.full((*xy.shape[:2], 1), 0.8)], axis=-1)
    return Poses(topology, keypoints, np.ones(count), track_ids=np.arange(track_id, track_id + count))


def rotation(vector):
    angle = np.linalg.norm(vector)
    x, y, z = vector / max(angle, 1e-9)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_the_network_sees_the_same_wherever_people_are_in_the_image(seed):
    """Nearly: the middle of what is seen is not quite the same under another angle."""
    rng = np.random.default_rng(seed)
    joints = rng.normal(size=(17, 3)) * (0.2, 0.5, 0.2) + (0, 0, 4)
    away = rotation(rng.uniform(-0.4, 0.4) * np.array([0.0, 1.0, 0.0]))
    scores = np.where(rng.random(17) < 0.2, 0.0, 0.9)
    scores[:3] = 0.9
    shown = []
    for turn in (np.eye(3), away):
        seen = joints @ turn.T
        vector, back = features(seen / seen[:, 2:], scores, turn @ (0, -1, 0))
        shown.append(vector)
        np.testing.assert_allclose(back @ back.T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(shown[0], shown[1], atol=0.12)


def test_missing_joints_are_zero_and_nobody_is_no_trouble():
    rays = np.full((2, 17, 3), np.nan)
    vector, turn = features(rays, np.zeros((2, 17)), np.zeros((2, 3)))
    assert np.isfinite(vector).all()
    assert not vector[:, :51].any()
    np.testing.assert_array_equal(turn, np.tile(np.eye(3), (2, 1, 1)))
    assert features(rays[:0], np.zeros((0, 17)), np.zeros((0, 3)))[0].shape == (0, PER_IMAGE)


def test_answers_are_turned_back():
    """The recorder's flat body faces the camera wherever it is: seen from there it has the keypoints' form."""
    recorder = Recorder()
    poses = somebody()
    lifted = Lifter(recorder)(poses, SCENE, "front", 0.0)
    assert lifted.position_frame == ROOT_RELATIVE
    rays = CAMERA.rays(poses.keypoints[..., :2])
    expected, turn = features(rays, poses.keypoints[..., 2], np.zeros((1, 3)))
    there = np.einsum("pij,pkj->pki", turn, lifted.positions)
    flat = expected[:, :34].reshape(1, 17, 2)
    size = np.linalg.norm(there[0]) / np.linalg.norm(flat)  # a person's, which the recorder knows nothing of
    np.testing.assert_allclose(there[..., :2], size * flat, atol=1e-5)
    np.testing.assert_allclose(there[..., 2], 0, atol=1e-5)


def test_bodies_that_a_network_shrinks_are_of_the_usual_size():
    """A network that is not sure says the middle of all that may be, which is too small."""
    crowd = shots.crowd(seed=3, people=3, times=[0.0], kinds=("stand",))
    (shot,) = shots.film(crowd, CAMERA, shots.looking(), noise=0, missed=0, wild=0)
    shapes = shot.positions - shot.positions[:, [11, 12]].mean(axis=1, keepdims=True)
    sized = [
        Lifter(lambda people, share=share: (shapes * share, np.full((3, 17), 0.1)))(shot.poses, shot.scene, "front", 0)
        for share in (0.7, 1.0)
    ]
    np.testing.assert_allclose(sized[0].positions, sized[1].positions, atol=1e-5)
    legs = np.linalg.norm(sized[0].positions[:, 11] - sized[0].positions[:, 13], axis=-1)
    assert ((legs > 0.35) & (legs < 0.47)).all()


@pytest.mark.parametrize("rate", [5, 10, 13, 30, 120])
def test_the_past_is_found_by_stamps_at_any_frame_rate(rate):
    recorder = Recorder()
    lifter = Lifter(recorder)
    start = 1.7e9
    images = [somebody(seed) for seed in range(2 * rate)]
    for number, poses in enumerate(images):
        lifter(poses, SCENE, "front", start + number / rate)
    shown = recorder.shown[-1][0]
    rays = [CAMERA.rays(poses.keypoints[..., :2]) for poses in images]
    seen = [features(r, np.full((1, 17), 0.8), np.zeros((1, 3)))[0][0] for r in rays]
    last = len(images) - 1
    for slot in range(SLOTS):
        ages = (last - np.arange(len(images))) / rate / SPACING - slot
        nearest = int(np.argmin(np.abs(ages)))
        if abs(ages[nearest]) < 0.49:
            number = next(n for n in range(len(images)) if np.allclose(seen[n], shown[slot, :PER_IMAGE], atol=1e-5))
            assert abs(ages[number]) <= abs(ages[nearest]) + 0.2  # not all of many images are kept
            assert shown[slot, -1] == pytest.approx(ages[number], abs=1e-4)
        elif abs(ages[nearest]) > 0.51:
            assert not shown[slot].any()


def test_nothing_that_comes_later_is_seen_and_a_clock_that_goes_back_begins_anew():
    recorder = Recorder()
    lifter = Lifter(recorder)
    for stamp in (10.0, 10.1, 10.2):
        lifter(somebody(1), SCENE, "front", stamp)
    assert recorder.shown[-1][0, 1:3].any(axis=1).all()
    lifter(somebody(1), SCENE, "front", 5.0)
    assert not recorder.shown[-1][0, 1:].any()


def test_what_is_remembered_stays_small():
    lifter = Lifter(Recorder())
    for number in range(3000):
        lifter(somebody(1, track_id=number // 5), SCENE, "front", number / 500)
    (people,) = lifter._seen.values()
    assert len(people) <= 500  # those of the last second
    assert max(len(past) for past in people.values()) <= 6 * SLOTS
    lifter(somebody(1, track_id=9999), SCENE, "front", 100.0)
    (people,) = lifter._seen.values()
    assert list(people) == [9999]


def test_cameras_and_people_are_kept_apart():
    recorder = Recorder()
    lifter = Lifter(recorder)
    lifter(somebody(1), SCENE, "front", 0.0)
    lifter(somebody(1), SCENE, "back", 0.1)
    assert not recorder.shown[-1][0, 1:].any()
    lifter(somebody(1, track_id=2), SCENE, "front", 0.1)
    assert not recorder.shown[-1][0, 1:].any()
    lifter(somebody(1), SCENE, "front", 0.2)  # who was away for one image
    assert recorder.shown[-1][0, 2].any()
    assert not recorder.shown[-1][0, 1].any()


def test_people_without_identity_are_judged_by_one_image():
    recorder = Recorder()
    lifter = Lifter(recorder)
    poses = replace(somebody(1), track_ids=np.array([NO_TRACK]))
    for stamp in (0.0, 0.1):
        assert np.isfinite(lifter(poses, SCENE, None, stamp).positions).all()
    assert not recorder.shown[-1][0, 1:].any()


def test_people_of_whom_too_little_is_seen_are_not_lifted():
    recorder = Recorder()
    poses = somebody(1, count=2)
    keypoints = poses.keypoints.copy()
    keypoints[0, 3:] = MISSING
    poses = replace(poses, keypoints=keypoints)
    lifted = Lifter(recorder)(poses, SCENE, "front", 0.0)
    assert recorder.shown[-1].shape == (1, SLOTS, WIDTH)
    assert np.isnan(lifted.positions[0]).all()
    assert np.isfinite(lifted.positions[1]).all()
    assert len(Lifter(recorder)(poses[:0], SCENE, "front", 0.0)) == 0


def test_other_skeletons_are_lifted_by_the_names_of_their_joints():
    topology = Topology.load("human_pose")
    lifted = Lifter(Recorder())(somebody(2, topology=topology), SCENE, "front", 0.0)
    left, right, neck = (topology.index(name) for name in ("left_shoulder", "right_shoulder", "neck"))
    np.testing.assert_allclose(lifted.positions[:, neck], lifted.positions[:, [left, right]].mean(axis=1), atol=1e-6)
    assert np.isfinite(lifted.positions).all()
    assert lifted.topology is topology


def test_a_lifter_needs_a_camera():
    with pytest.raises(ValueError, match="camera is missing"):
        Lifter(Recorder())(somebody(), Scene(), "front", 0.0)


def test_what_was_measured_is_kept_and_completed_at_its_place():
    """A depth camera saw the upper body; the rest comes from a network that is right about the body only."""
    crowd = shots.crowd(seed=3, people=3, times=[0.0], kinds=("stand",))
    (shot,) = shots.film(crowd, CAMERA, shots.looking(), noise=0, missed=0, wild=0)
    root = shot.positions[:, [11, 12]].mean(axis=1, keepdims=True)
    pixels = np.concatenate([shot.pixels, np.full((*shot.pixels.shape[:2], 1), 0.9)], -1)
    measured = np.where(np.arange(17)[:, None] < 11, shot.positions, np.nan)
    stddevs = np.where(np.arange(17) < 11, 0.02, np.nan) * np.ones((3, 1))
    poses = replace(shot.poses, keypoints=pixels, positions=measured, position_stddevs=stddevs)

    def network(people):
        rays = CAMERA.rays(pixels[..., :2])
        _, turns = features(rays, pixels[..., 2], np.tile(shot.scene.in_world.rotation[2], (3, 1)))
        return np.einsum("pij,pkj->pki", turns, shot.positions - root), np.full((3, 17), 0.05)

    locating = Locating()
    locating.lifter, locating.ground = Lifter(network), None
    located = locating.infer(poses, shot.scene, "front", 0.0)
    np.testing.assert_allclose(located.positions[:, :11], measured[:, :11], atol=1e-5)
    off = np.linalg.norm(located.positions - shot.positions, axis=-1)[:, 11:]
    assert (located.position_stddevs[:, 11:] > 0.04).all()
    alone = locating.infer(replace(poses, positions=None, position_stddevs=None), shot.scene, "back", 0.0)
    # whose sizes are guessed
    far = np.linalg.norm(alone.positions - shot.positions, axis=-1)[:, 11:]
    assert off.max() < 0.2
    assert off.mean() < 0.7 * far.mean()
