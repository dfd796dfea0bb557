"""People in space and their hands in the live page: a real browser, a real pose_node over DDS."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny_model
from families import dots
from harness import Camera, PoseNodeProcess, Process, stamp_in_seconds
from live_page import WebNodeProcess, canvas

pytest.importorskip("aiohttp", reason="the live page needs the extra [web]")
pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
import rgbd
from spatial.bodies import TOPOLOGY
from tiny_top_down import write_hand

from trt_pose_ros import Topology
from trt_pose_ros.msg import SkeletonArray

TEST = Path(__file__).parents[2]
SPACE = "#space-view"


class RgbdCamera(Process):
    """rgbd.py of a recording; a context manager, after which nothing new is published."""

    def __init__(self, namespace, recording):
        path = os.pathsep.join([str(TEST / "ros"), str(TEST), os.environ.get("PYTHONPATH", "")])
        program = [sys.executable, TEST / "ros" / "rgbd.py", namespace, recording, "{}"]
        super().__init__(*program, env=os.environ | {"PYTHONPATH": path})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


@pytest.fixture(scope="module")
def depth_node(tester, tmp_path_factory, tf2_msgs):
    """A pose_node with an RGB-D camera, and the recording that this films."""
    folder = dots.install(tmp_path_factory.mktemp("rgbd"))
    model = dots.write_network(folder / "dots.onnx", TOPOLOGY)
    rgbd.record(folder / "recording.npz", people=2, count=3)
    parameters = {"model": str(model), "image_qos": "reliable", "depth_transport": "raw", "depth.max_wait": 0.5}
    with pytest.MonkeyPatch.context() as patch:  # the family where Python finds it
        patch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        node = PoseNodeProcess(tester, parameters)
    with node:
        yield node, folder / "recording.npz"


def eye(tab):
    """How the page looks at people in space, {name: number or numbers}."""
    return tab.run("(({turn, tilt, distance, target}) => ({turn, tilt, distance, target}))(window.space)")


def seen(places, view, width, height):
    """Pixels float [..., 2] of places [..., 3], z up, as an eye sees them that turns around a target."""
    cos, sin = np.cos(view["turn"]), np.sin(view["turn"])
    turned = (places - view["target"]) @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]]).T
    cos, sin = np.cos(view["tilt"]), np.sin(view["tilt"])
    right, ahead, up = np.moveaxis(turned @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]).T, -1, 0)
    scale = 0.9 * height / (view["distance"] + ahead)
    return np.stack([width / 2 + right * scale, height / 2 - up * scale], axis=-1)


def colored(picture, pixels, bgr):
    """For each pixel [N, 2], whether a colour is there or next to it."""
    columns, rows = np.rint(pixels).astype(int).T
    near = [(rows + dy, columns + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return np.any([np.abs(picture[y, x].astype(int) - bgr).max(axis=-1) < 30 for y, x in near], axis=0)


def share_drawn(tab, people):
    """Of the bones of people [P, K, 3], z up, the share whose middle is drawn in its colour where it has to be."""
    picture = canvas(tab, SPACE)
    height, width = picture.shape[:2]
    view, found = eye(tab), []
    for (a, b), color in zip(TOPOLOGY.links, TOPOLOGY.link_colors, strict=True):
        # lines are straight in the picture, but their middle is not that in space
        ends = seen(people[:, [a, b]], view, width, height)
        middles = ends.mean(axis=1)
        inside = ((middles >= 2) & (middles < [width - 2, height - 2])).all(axis=1)  # and not NaN
        found += colored(picture, middles[inside], color).tolist()
    return np.mean(found) if len(found) > 20 else 0.0


def test_people_are_drawn_in_space_and_can_be_turned(tab, tester, depth_node):
    node, recording = depth_node
    _, messages = tester.messages(SkeletonArray, node.topic("skeletons"))
    with WebNodeProcess(node) as web:
        tab.look(1280)
        tab.open(web.url)
        # the page's own object, as soon as it draws
        tab.run("""import('/static/space.js').then(({Space}) => {
            const draw = Space.prototype.draw;
            Space.prototype.draw = function () { window.space = this; draw.call(this); };
        })""")
        shown = "Number(document.querySelector('figure[data-camera] canvas')?.dataset.stamp ?? 0)"

        def drawn():
            """Whether the people of the picture that the page shows are drawn in space as well, where they are."""
            stamp = tab.run(shown)
            message = next((m for m in reversed(messages) if abs(stamp_in_seconds(m) - stamp) < 1e-6), None)
            if message is None or not message.skeletons or not tab.run("Boolean(window.space?.fitted)"):
                return False
            found = [[k.position for k in person.keypoints] for person in message.skeletons]
            people = np.array([[(p.x, p.z, -p.y) for p in person] for person in found])  # optical frame to z up
            return share_drawn(tab, people) > 0.8  # others may hide some

        with RgbdCamera(node.namespace, recording):
            tester.spin_until(drawn, lambda: f"people in space: {node.output}")
            tab.run(f"document.querySelector('{SPACE}').scrollIntoView({{block: 'center'}})")
            box = tab.run(f"document.querySelector('{SPACE}').getBoundingClientRect().toJSON()")
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            turn = eye(tab)["turn"]
            for kind, right in (("mousePressed", 0), ("mouseMoved", 60), ("mouseMoved", 120), ("mouseReleased", 120)):
                tab("Input.dispatchMouseEvent", type=kind, x=x + right, y=y, button="left", buttons=1, clickCount=1)
            assert abs(eye(tab)["turn"] - turn) == pytest.approx(120 / 150, abs=0.05)
            tester.spin_until(drawn, "them from another side")


# a body whose left forearm is there: hands are looked for beyond it
BODY = replace(tiny_model.TOPOLOGY, keypoints=("nose", "left_elbow", "left_wrist", "right_wrist", "left_ankle", "x"))


def test_hands_are_drawn_over_their_people(tab, tester, tmp_path):
    model = tiny_model.write_model(tmp_path / "body.onnx", topology=BODY)
    parameters = {"model": str(model), "find_hands": True, "hands_model": str(write_hand(tmp_path / "hand.onnx"))}
    person = tiny_model.person(150, 100, 160)
    picture, (x, y) = tiny_model.picture([person]), np.rint(person[2]).astype(int)
    wrist = Topology.load("hand_21").keypoint_colors[0]
    assert wrist != BODY.keypoint_colors[2]
    with PoseNodeProcess(tester, parameters) as node, WebNodeProcess(node) as web, Camera(node) as camera:
        tab.look(1280)
        tab.open(web.url)

        def drawn():
            camera.detect(picture)
            if not tab.run("Boolean(document.querySelector('figure[data-camera]'))"):
                return False
            shown = canvas(tab).astype(int)
            if shown.shape != picture.shape:
                return False
            # fingers of a hand of the tiny network are lines to one place left of it, each over the others, the last
            # ones purple; that colour is nowhere else there
            is_wrist = np.abs(shown[y - 6 : y + 7, x - 6 : x + 7] - wrist).max(axis=2) < 10
            blue, green, red = np.moveaxis(shown[y - 6 : y + 7, x - 90 : x], -1, 0)
            return is_wrist.any() and ((blue > 150) & (green < 150) & (red > 100)).sum() > 30

        tester.spin_until(drawn, lambda: f"a hand: {node.output}")
