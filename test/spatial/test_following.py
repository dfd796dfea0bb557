"""Who people are, by the depth road and the tracker: two who meet in the image at different depths and turn back."""

from dataclasses import replace

import numpy as np

from trt_pose_ros.poses import NO_TRACK
from trt_pose_ros.spatial import Locating, Scene
from trt_pose_ros.tracking import Following

from . import shots
from .depth_camera import Sensor

RATE = 10
HIDDEN = 6  # images of the meeting in which a pillar hides both


def meeting():
    """Two people of one height as seen: at 2.8 and 3.6 m; they walk towards each other and turn back."""
    times = np.arange(36) / RATE
    alone = shots.crowd(seed=3, people=1, times=times, kinds=("stand",))
    body = alone.joints[:, 0] - alone.joints[:, 0, [11, 12]].mean(axis=1, keepdims=True) * (1, 1, 0)
    apart = 0.9 * np.abs(times - times.mean())[:, None]
    joints = []
    for ahead, side in ((2.8, -1), (3.6, 1)):
        larger = ahead / 3.2  # so that neither size nor speed in the image tell them apart
        joints.append(larger * body + np.stack([ahead + 0 * apart, side * larger * apart, 0 * apart], axis=2))
    return shots.Crowd(alone.bodies * 2, np.stack(joints, axis=1), times)


def identities(in_space):
    """{person: identities that the person had}."""
    crowd, locating, following = meeting(), Locating(), None
    film = shots.film(crowd, shots.camera(320, 240, 65.0), shots.looking(height=1.2), depth=Sensor(), seed=1)
    had = {0: set(), 1: set()}
    for number, shot in enumerate(film):
        true = shot.poses.track_ids
        poses = replace(shot.poses, track_ids=np.full(len(true), NO_TRACK))
        if abs(number - 17.5) < HIDDEN / 2:
            poses, true = poses[:0], true[:0]
        following = following or Following(poses.topology)
        poses = locating.measure(poses, shot.scene if in_space else Scene())
        for who, given in zip(true.tolist(), following(poses, "", shot.stamp).track_ids.tolist(), strict=True):
            had[who] |= {given} - {NO_TRACK}
    return had


def test_depth_keeps_apart_whom_the_image_exchanges():
    assert [len(ids) for ids in identities(in_space=True).values()] == [1, 1]
    flat = identities(in_space=False)
    assert flat[0] & flat[1], "the image alone should have taken one for the other, else this shows nothing"
