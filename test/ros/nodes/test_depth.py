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

from trt_pose_ros.msg import SkeletonArray

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
    with Rig(tester, *workshop, depth_transport="raw") as made:
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
