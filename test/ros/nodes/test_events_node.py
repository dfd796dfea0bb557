"""events_node as a process: what people before its cameras do is told when it starts, goes on and ends."""

import time

import numpy as np
import pytest
from builtin_interfaces.msg import Time as TimeMessage
from harness import Process, node_command, unused_namespace
from rcl_interfaces.srv import SetParametersAtomically
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from trt_pose_ros import Poses, Topology
from trt_pose_ros.events.event import GONE, OVER, STOPPED, UNKNOWN, Phase
from trt_pose_ros.media.event_drawing import BUSY
from trt_pose_ros.messages.events import read_events
from trt_pose_ros.messages.images import encoded_image
from trt_pose_ros.msg import EventArray, SkeletonArray
from trt_pose_ros.ros.convert.image import bgr_to_image
from trt_pose_ros.ros.convert.messages import skeleton_array
from trt_pose_ros.ros.nodes.events_node import EventsNode

TOPOLOGY = Topology.load("coco_17")
SIZE = WIDTH, HEIGHT = 640, 480
STEP = 0.05  # seconds between the stamps of two images
RULES = """
zones:
  bench: {kind: seat, camera: left, polygon: [[0.2, 0.1], [0.8, 0.1], [0.8, 0.9], [0.2, 0.9]]}
rules:
  on_bench:
    description: Somebody's hips are on the bench.
    zone: seat
    when: {inside: {joint: hips}}
    for: 0.2
    until: 0.2
    gap: 50
"""
BODY = {
    "nose": (0, -110),
    "shoulder": (30, -80),
    "elbow": (45, -30),
    "wrist": (50, 20),
    "hip": (22, 30),
    "knee": (24, 100),
    "ankle": (26, 170),
}


def person(raised=False, x=320.0, y=240.0, without=(), track_id=3):
    """Somebody who stands upright before the camera."""
    places = BODY | ({"elbow": (50, -120), "wrist": (45, -170)} if raised else {})
    keypoints = np.full((1, len(TOPOLOGY.keypoints), 3), (np.nan, np.nan, 0))
    for row, name in enumerate(TOPOLOGY.keypoints):
        joint = name.removeprefix("left_").removeprefix("right_")
        if joint in places and joint not in without:
            dx, dy = places[joint]
            keypoints[0, row] = x + (dx if name.startswith("left") else -dx), y + dy, 0.9
    return Poses(TOPOLOGY, keypoints, [0.9], [track_id])


class Watched(Process):
    """An events_node and the cameras before it; a context manager.

    Time is that of the stamps: the node is shown images as fast as it takes them.

    Attributes:
        events: what came on `events`.
        now: the stamp of the last image, in steps.
    """

    def __init__(self, tester, *cameras, **parameters):
        self.tester, self.namespace = tester, unused_namespace()
        # on a busy machine images are lost on the way: that must not end anything
        defaults = {"input_timeout": 30.0, "raised_hand.gap": 50.0}
        parameters = defaults | ({"cameras": list(cameras)} if cameras else {}) | parameters
        super().__init__(*node_command("events_node", namespace=self.namespace, parameters=parameters))
        self.wait_for("waiting for skeletons")
        self._made = []
        self._topics = {
            c: f"{self.namespace}/{c}/skeletons" if c else f"{self.namespace}/skeletons" for c in cameras or [""]
        }
        self._publishers = {c: tester.publisher(SkeletonArray, topic) for c, topic in self._topics.items()}
        self._received = self.listen(EventArray, "events")
        self._parameters = tester.node.create_client(
            SetParametersAtomically, f"{self.namespace}/events_node/set_parameters_atomically"
        )
        self.now = 20_000_000_000  # steps: a date

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        for subscription in self._made:
            self.tester.node.destroy_subscription(subscription)
        for publisher in self._publishers.values():
            self.tester.node.destroy_publisher(publisher)
        self.tester.node.destroy_client(self._parameters)

    def listen(self, kind, topic, qos="reliable"):
        """The list of messages that come on a topic."""
        subscription, received = self.tester.messages(kind, f"{self.namespace}/{topic}", qos)
        self._made.append(subscription)
        return received

    @property
    def events(self):
        return [event for message in self._received for event in read_events(message)]

    def header(self):
        seconds, steps = divmod(self.now, round(1 / STEP))
        return Header(frame_id="lens", stamp=TimeMessage(sec=seconds, nanosec=round(steps * STEP * 1e9)))

    def show(self, poses=None, camera="", **changes):
        """Publish the skeletons of a camera's next image."""
        self.now += 1
        message = skeleton_array(person()[:0] if poses is None else poses, self.header(), *SIZE)
        for name, value in changes.items():
            setattr(message, name, value)
        self._publishers[camera].publish(message)
        self.tester.spin_to(time.monotonic() + 0.01)
        return True

    def show_until(self, condition, what, *scene, **how):
        """Show the same again and again until ``condition()``."""
        self.tester.spin_until(lambda: self.show(*scene, **how) and condition(), lambda: f"{what}: {self.events}")

    def show_until_phases(self, phases, *scene, **how):
        """Show the same until the phases of the events so far are these, UPDATEs left out."""
        told = lambda: [e.phase.name for e in self.events if e.phase != Phase.UPDATE] == phases  # noqa: E731
        self.show_until(told, phases, *scene, **how)
        return self.events[-1]

    def set_parameters(self, **values):
        """Set parameters (a dot in a name is written __), all or nothing; returns the result with its reason."""
        parameters = [Parameter(n.replace("__", "."), value=v).to_parameter_msg() for n, v in values.items()]
        request = SetParametersAtomically.Request(parameters=parameters)
        return self.tester.call(self._parameters, request).result

    def report(self):
        """The next diagnostics."""
        return self.tester.next_diagnostics(f"{self.namespace}/events_node".lstrip("/"))


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return str(path)


def test_an_event_starts_goes_on_and_ends(tester):
    with Watched(tester, rules=["raised_hand"]) as node:
        for _ in range(5):
            node.show(person())
        before = node.now * STEP
        started = node.show_until_phases(["START"], person(raised=True))
        assert (started.kind, started.camera, started.track_ids) == ("raised_hand", "", (3,))
        assert before < started.began < started.stamp <= node.now * STEP + 1e-6
        assert node._received[-1].header.frame_id == "lens"
        decided = started.evidence[0]
        assert decided.track_id == 3
        assert decided.value > decided.limit
        assert any("wrist" in name for name in decided.keypoints)
        # it goes on, and who comes late hears of it
        current = node.listen(EventArray, "events/current", "latched")
        tester.spin_until(lambda: current, "what is going on")
        assert [e.id for e in read_events(current[-1])] == [started.id]
        node.show_until(lambda: node.events[-1].phase == Phase.UPDATE, "an update", person(raised=True))
        # a hand that cannot be seen for a moment is not lowered
        for _ in range(5):
            node.show(person(without=("wrist",)))
        ended = node.show_until_phases(["START", "END"], person())
        assert {e.id for e in node.events} == {started.id}
        assert (ended.reason, ended.began) == (OVER, started.began)
        tester.spin_until(lambda: not current[-1].events, "nothing going on")
        report = node.report()
        assert (report["raised_hand"], report["going_on"], report["message"]) == ("1", "0", "running")
        assert int(report["frames"]) <= node.now - 20_000_000_000
        assert "rules_ms" in report
        # whoever leaves ends theirs
        assert node.set_parameters(raised_hand__gap=0.5).successful
        node.show_until_phases(["START", "END", "START"], person(raised=True))
        assert node.show_until_phases(["START", "END", "START", "END"]).reason == GONE


def test_silence_and_the_end_of_the_node_end_what_goes_on(tester):
    with Watched(tester, rules=["raised_hand"], input_timeout=1.0) as node:
        node.show_until_phases(["START"], person(raised=True))
        last = node.now * STEP
        tester.spin_until(lambda: node.events[-1].phase == Phase.END, "an end")
        ended = node.events[-1]
        assert (ended.reason, ended.stamp) == (UNKNOWN, pytest.approx(last))
        assert node.set_parameters(input_timeout=30.0).successful
        node.show_until_phases(["START", "END", "START"], person(raised=True))
        node.send()
        tester.spin_until(lambda: node.events[-1].phase == Phase.END, "another end")
        assert (node.events[-1].reason, node.wait()) == (STOPPED, 0)


def test_three_cameras_and_their_zones(tester, rules):
    cameras = ("left", "middle", "right")
    with Watched(tester, *cameras, rules=["raised_hand", rules]) as node:
        markers = {c: node.listen(MarkerArray, f"{c}/events/markers") for c in cameras}

        def everywhere():
            for camera in cameras:
                node.show(person(raised=camera == "right"), camera=camera)
            return {(e.camera, e.kind) for e in node.events} == {("left", "on_bench"), ("right", "raised_hand")}

        tester.spin_until(everywhere, lambda: f"both events: {node.events}")
        assert {e.zone for e in node.events if e.camera == "left"} == {"bench"}
        assert len({e.id for e in node.events}) == 2
        tester.spin_until(lambda: everywhere() and all(markers.values()), "markers")
        assert {c for c, found in markers.items() if any(m.ns == "zones" for m in found[-1].markers)} == {"left"}
        # one of them ends, the other goes on

        def lowered():
            node.show(person(), camera="right")
            node.show(person(), camera="left")
            return node.events[-1].phase == Phase.END

        tester.spin_until(lowered, lambda: f"an end: {node.events}")
        assert {e.kind for e in node.events if e.phase == Phase.END} == {"raised_hand"}


def test_annotated_images_are_those_of_pose_node_with_more_drawn(tester):
    with Watched(tester, rules=["raised_hand"]) as node:
        drawn = node.listen(Image, "events/annotated")
        images = tester.publisher(Image, f"{node.namespace}/annotated")
        grey = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)

        def film():
            node.show(person(raised=True))
            images.publish(bgr_to_image(grey, node.header()))
            return drawn and (encoded_image(drawn[-1]).bgr != grey).any()

        tester.spin_until(film, lambda: f"an image with an event: {node.output}")
        picture = encoded_image(drawn[-1]).bgr
        colored = np.isclose(picture, BUSY, atol=30).all(axis=2)
        rows, columns = np.nonzero(colored)
        left, top, right, bottom = person(raised=True).boxes()[0]
        assert np.allclose((columns.min(), rows.min(), columns.max(), rows.max()), (left, top, right, bottom), atol=4)
        assert drawn[-1].header.frame_id == "lens"
        tester.node.destroy_publisher(images)


def test_parameters_of_rules_and_what_cannot_be_right(tester):
    with Watched(tester, rules=["raised_hand"], **{"raised_hand.margin": 1.9}) as node:
        for _ in range(20):
            node.show(person(raised=True))
        assert "raised_hand" in node.set_parameters(raised_hand__margin=99.0).reason
        assert node.events == []
        assert node.set_parameters(raised_hand__margin=0.3, raised_hand__for=0.1).successful
        # no numbers, and a message that contradicts itself
        bad = person(raised=True)
        for value in (np.nan, np.inf, -np.inf, 1e30):
            bad.keypoints[:] = value
            node.show(bad)
        assert node.report().get("failed", "0") == "0"
        node.show(person(raised=True), keypoint_names=["nose"])
        tester.spin_until(lambda: node.report().get("failed") == "1", "a message that failed")
        node.wait_for("unusable skeletons")
        assert node.events == []
        started = node.show_until_phases(["START"], person(raised=True))
        assert started.evidence[0].limit == pytest.approx(0.3)
        # from the past: left out
        now, node.now = node.now, node.now - 5
        node.show(person())
        node.now = now
        assert int(node.report()["late"]) == 1


WRONG = [
    ({"rules": ["raise_hand"]}, "did you mean"),
    ({"rules": ["/no/such/rules.yaml"]}, "/no/such/rules.yaml"),
    ({"zones": "/no/such/zones.yaml"}, "/no/such/zones.yaml"),
    ({"cameras": ["a", "a"]}, "more than once"),
    ({"rules": ["raised_hand"], "raised_hand.margin": -5.0}, "raised_hand.margin"),
    ({"rules": ["raised_hand"], "raised_hand.for": "long"}, "raised_hand.for"),
]


@pytest.mark.parametrize(("parameters", "said"), WRONG)
def test_wrong_parameters_finish_it_with_a_sentence(tester, capfd, parameters, said):
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    node = EventsNode(context=tester.node.context, parameter_overrides=overrides)
    assert (node.finished, node.exit_code) == (True, 1)
    node.close()
    node.destroy_node()
    assert said in capfd.readouterr().err


def test_a_wrong_rule_ends_the_process(processes):
    parameters = {"rules": ["raise_hand"]}
    process = processes(*node_command("events_node", namespace=unused_namespace(), parameters=parameters))
    assert process.wait() == 1
    assert "did you mean" in process.output
    assert "Traceback" not in process.output
