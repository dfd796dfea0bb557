"""pose_node with an RGB-D camera: three processes, real DDS."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from families import dots
from harness import PoseNodeProcess, Process

pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
import rgbd
from spatial.bodies import TOPOLOGY
from visualization_msgs.msg import MarkerArray

from trt_pose_ros.msg import SkeletonArray

# a busy machine may hold up the node for long
PATIENT = {"depth.max_wait": 0.5}
TEST = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A folder with the family and its network, and a recording."""
    folder = dots.install(tmp_path_factory.mktemp("rgbd"))
    model = dots.write_network(folder / "dots.onnx", TOPOLOGY)
    return folder, model, rgbd.record(folder / "recording.npz")


class Rig:
    """A node that wants depth, and RGB-D cameras before it."""

    def __init__(self, tester, folder, model, truth, **parameters):
        self.tester, self.folder, self.truth = tester, folder, truth
        with pytest.MonkeyPatch.context() as patch:  # the family where Python finds it
            patch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
            self.node = PoseNodeProcess(tester, {"model": str(model), "image_qos": "reliable", **parameters})
        self.subscription, self.skeletons = tester.messages(SkeletonArray, self.node.topic("skeletons"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.node.__exit__()
        self.tester.node.destroy_subscription(self.subscription)

    def film(self, **faults):
        """A camera, a context manager."""
        path = os.pathsep.join([str(TEST / "ros"), str(TEST), os.environ.get("PYTHONPATH", "")])
        program = [sys.executable, TEST / "ros" / "rgbd.py", self.node.namespace, self.folder / "recording.npz"]
        return Running(*program, json.dumps(faults), env=os.environ | {"PYTHONPATH": path})

    def located(self, count=8):
        """The next messages in which somebody has a position."""
        self.skeletons.clear()
        seen = lambda: [m for m in self.skeletons if np.isfinite(positions(m)).any()]  # noqa: E731
        self.tester.spin_until(lambda: len(seen()) >= count, lambda: f"positions; {self.node.diagnostics('image')}")
        return seen()

    def unlocated(self, why, count=8):
        """Wait until the diagnostics say why there are no positions; no message from then on has any."""
        report = {}

        def told():
            nonlocal report
            report = self.node.diagnostics("image")
            return why in report["message"]

        self.tester.spin_until(told, lambda: f"{why!r} in {report}")
        self.skeletons.clear()
        self.tester.spin_until(lambda: len(self.skeletons) >= count, "skeletons")
        assert all(m.skeletons for m in self.skeletons)
        assert not any(np.isfinite(positions(m)).any() for m in self.skeletons)
        assert report["level"] == 1
        self.node.wait_for(why)
        return report

    def check(self, messages):
        """Positions are those of the people that each message's image shows; returns the errors in metres."""
        errors = []
        for message in messages:
            number = rgbd.shot_number(message, len(self.truth["positions"]))
            assert message.header.frame_id == message.position_frame == rgbd.IMAGE_FRAME
            for found, person in zip(pixels(message), positions(message), strict=True):
                # people are told apart by their pixels
                distance = np.nanmedian(np.abs(self.truth["keypoints"][number, :, :, :2] - found), axis=(1, 2))
                who = int(np.nanargmin(distance))
                assert distance[who] <= 0.5
                errors.append(np.linalg.norm(self.truth["positions"][number, who] - person, axis=1))
        return np.stack(errors)


class Running(Process):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


@pytest.fixture(scope="module")
def rig(tester, workshop, tf2_msgs):
    with Rig(tester, *workshop, depth_transport="raw", **PATIENT) as made:
        yield made


def pixels(message):
    """float [P, K, 2], NaN where not found."""
    return np.array([[(k.x, k.y) for k in s.keypoints] for s in message.skeletons]).reshape(-1, 17, 2)


def positions(message):
    """float [P, K, 3]."""
    people = [[(k.position.x, k.position.y, k.position.z) for k in s.keypoints] for s in message.skeletons]
    return np.array(people).reshape(-1, 17, 3)


@pytest.mark.parametrize(
    "faults",
    [{}, {"padding": 6}, {"big_endian": True, "padding": 1}, {"float32": True}, {"kind": "small"}, {"kind": "other"}],
    ids=str,
)
def test_people_are_where_they_are(rig, faults):
    with rig.film(**faults):
        errors = rig.check(rig.located())
    assert np.nanmedian(errors) < 0.06
    assert np.nanmax(errors) < 0.3


@pytest.mark.parametrize(
    ("faults", "why", "count"),
    [
        ({"depth": False}, "no depth image on", "depth_missing"),
        ({"shift": 0.3}, "the nearest is", "depth_late"),
        ({"info": False, "kind": "other"}, "camera_info", None),
        ({"depth_info": False}, "depth/camera_info; depth_registered: true if", None),
        ({"kind": "other", "frame": "somewhere"}, "nothing is known of 'somewhere'", "depth_unplaced"),
        ({"cut": True}, "bytes of depth, step", "depth_bad"),
    ],
    ids=str,
)
def test_what_is_missing_is_told_and_nobody_is_placed(tester, workshop, tf2_msgs, faults, why, count):
    """Each in a node of its own, which has never heard a calibration or a frame of another camera."""
    with Rig(tester, *workshop, depth_transport="raw", **PATIENT) as rig, rig.film(**faults):
        report = rig.unlocated(why)
        assert count is None or int(report[count]) > 0
        assert "depth_used" not in report


def test_depth_comes_and_goes(rig):
    """A camera whose depth dies goes on without it, and people are placed again when it returns."""
    for faults in ({}, {"depth": False}, {"kind": "other"}):
        with rig.film(**faults):
            if faults.get("depth", True):
                assert np.nanmax(rig.check(rig.located())) < 0.3
            else:
                rig.unlocated("no depth image on")


def test_late_depth_is_waited_for(rig):
    with rig.film(delay=0.08):
        assert np.nanmax(rig.check(rig.located())) < 0.3


def test_depth_options_are_live_parameters(rig):
    described = rig.node.dump()
    assert described["depth.max_offset"] == 0.02
    assert not rig.node.set_parameters(depth__max_offset=-1.0).successful
    with rig.film():
        rig.located()
        assert rig.node.set_parameters(depth__farthest=0.5).successful
        rig.tester.spin_until(
            lambda: rig.skeletons and not np.isfinite(positions(rig.skeletons[-1])).any(), "people without positions"
        )
        assert rig.node.set_parameters(depth__farthest=described["depth.farthest"]).successful
        rig.located()


def test_compressed_depth_markers_and_frames_of_people(tester, workshop, tf2_msgs):
    from tf2_msgs.msg import TFMessage

    extra = {"depth_transport": "compressed", "body_frames": True, **PATIENT}
    with Rig(tester, *workshop, **extra) as rig:
        frames, markers = tester.messages(TFMessage, "/tf"), tester.messages(MarkerArray, rig.node.topic("markers"))
        with rig.film(transport="compressed"):
            errors = rig.check(rig.located())
            tester.spin_until(lambda: frames[1] and markers[1], "frames and markers")
        for subscription, _ in (frames, markers):
            tester.node.destroy_subscription(subscription)
    assert np.nanmax(errors) < 0.3
    number = rgbd.shot_number(frames[1][-1].transforms[0], 8)
    truth = workshop[2]["positions"][number]
    hips = truth[:, [TOPOLOGY.index("left_hip"), TOPOLOGY.index("right_hip")]].mean(axis=1)
    for body in frames[1][-1].transforms:
        assert body.header.frame_id == rgbd.IMAGE_FRAME
        assert body.child_frame_id.startswith("body_body_")
        moved = body.transform.translation
        assert np.linalg.norm(hips - [moved.x, moved.y, moved.z], axis=1).min() < 0.15
    shown = next(m for m in markers[1][-1].markers if m.ns == "joints")
    truth = workshop[2]["positions"][rgbd.shot_number(shown, 8)].reshape(-1, 3)
    for point in shown.points:
        assert np.linalg.norm(truth - [point.x, point.y, point.z], axis=1).min() < 0.3


def test_without_depth_feet_on_the_floor_tell_where_people_stand(tester, workshop, tf2_msgs):
    with Rig(tester, *workshop, world_frame=rgbd.WORLD) as rig, rig.film(depth=False):
        messages = rig.located()
        stddevs = np.array([k.position_stddev for m in messages for s in m.skeletons for k in s.keypoints])
        errors = rig.check(messages).reshape(-1)
        known = np.isfinite(errors)
        assert np.median(errors[known]) < 0.5
        assert np.mean(errors[known] < 3 * 3**0.5 * stddevs[known]) > 0.9
        assert tester.node.count_subscribers(rig.node.topic("depth")) == 0


def test_without_depth_a_network_tells_the_shape_of_bodies(tester, workshop):
    with Rig(tester, *workshop, lifting=True) as rig, rig.film(depth=False, tf=False):
        errors = rig.check(rig.located())
        assert np.nanmedian(errors) < 0.6  # their distance is told by a usual size only
        assert tester.node.count_subscribers(rig.node.topic("depth")) == 0


def test_without_depth_nothing_is_subscribed_and_nobody_is_placed(tester, workshop):
    with Rig(tester, *workshop) as rig, rig.film(tf=False):
        tester.spin_until(lambda: len(rig.skeletons) > 3, "skeletons")
        assert not any(np.isfinite(positions(m)).any() for m in rig.skeletons)
        assert tester.node.count_subscribers(rig.node.topic("depth")) == 0
        report = rig.node.diagnostics("image")
        assert not any(key.startswith(("depth", "wait_depth", "decode_depth")) for key in report)
        assert "position" not in report["message"]
