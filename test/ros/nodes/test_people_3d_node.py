"""people_3d_node as a process: cameras of a rendered scene come and go, and people stay where they are."""

import time

import numpy as np
import pytest
from builtin_interfaces.msg import Time as TimeMessage
from harness import Process, node_command, unused_namespace
from multiview_scene import Scene
from rgbd import publish_static, stamped
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from trt_pose_ros.msg import SkeletonArray
from trt_pose_ros.ros.convert.messages import skeleton_array
from trt_pose_ros.spatial.views import Extrinsics, extrinsics_text

CAMERAS = ("camera0", "camera1", "camera2")


@pytest.fixture(scope="module")
def scene():
    return Scene(len(CAMERAS), people=2, frames=40, seed=3)


@pytest.fixture(scope="module")
def extrinsics(scene, tmp_path_factory):
    path = tmp_path_factory.mktemp("extrinsics") / "cameras.yaml"
    places = {name: view.in_world for name, view in zip(CAMERAS, scene.views, strict=True)}
    path.write_text(extrinsics_text(Extrinsics("hall", places)))
    return path


class Hall(Process):
    """A people_3d_node and the cameras of a scene before it; a context manager.

    Attributes:
        people: the messages on people_3d.
        sent: {nanoseconds of a stamp: number of the frame}.
    """

    def __init__(self, tester, scene, extrinsics, **parameters):
        self.tester, self.scene, self.namespace = tester, scene, unused_namespace()
        parameters = {"cameras": list(CAMERAS), "extrinsics": str(extrinsics)} | parameters
        super().__init__(*node_command("people_3d_node", namespace=self.namespace, parameters=parameters))
        self.wait_for("waiting for skeletons")
        self._subscription, self.people = tester.messages(SkeletonArray, f"{self.namespace}/people_3d")
        self._skeletons = {c: tester.publisher(SkeletonArray, f"{self.namespace}/{c}/skeletons") for c in CAMERAS}
        self._infos = {c: tester.publisher(CameraInfo, f"{self.namespace}/{c}/camera_info") for c in CAMERAS}
        self.sent, self._frame, self._step = {}, 0, 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        for publisher in (*self._skeletons.values(), *self._infos.values()):
            self.tester.node.destroy_publisher(publisher)
        self.tester.node.destroy_subscription(self._subscription)

    def show(self, cameras=CAMERAS, infos=CAMERAS, apart=0.0):
        """Publish the next frame of these cameras, with stamps ``apart`` seconds from one to the next."""
        now = time.time_ns()
        for number, camera in enumerate(CAMERAS):
            if camera in infos:
                self._infos[camera].publish(calibration(self.scene.views[number].camera))
            if camera in cameras:
                stamp = now + round(1e9 * apart * number)
                self.sent[stamp] = self._frame
                header = Header(frame_id=camera, stamp=TimeMessage(sec=stamp // 10**9, nanosec=stamp % 10**9))
                poses = self.scene.films[number][self._frame]
                self._skeletons[camera].publish(skeleton_array(poses, header, 1280, 720))
        if not 0 <= self._frame + self._step < self.scene.frames:
            self._step = -self._step  # back the way they came: nobody jumps
        self._frame += self._step
        self.tester.spin_to(time.monotonic() + 0.04)
        return True

    def show_until(self, condition, what, **how):
        self.tester.spin_until(lambda: self.show(**how) and condition(), what)

    def errors(self, message):
        """Metres of each located keypoint to the nearest person's."""
        stamp = message.header.stamp.sec * 10**9 + message.header.stamp.nanosec
        truth = self.scene.crowd.joints[self.sent[stamp]]
        return np.concatenate([nearest(person, truth) for person in message.skeletons])

    def report(self, camera=""):
        """The last diagnostics of the node or a camera; the cameras go on meanwhile."""
        name = f"{self.namespace}/people_3d_node".lstrip("/")
        return self.tester.last_diagnostics(f"{name}: {camera}" if camera else name)

    def show_until_said(self, text, camera="", **how):
        """Go on until the diagnostics of the node or a camera say so; returns them."""
        said = lambda: text in self.report(camera).get("message", "")  # noqa: E731
        self.show_until(said, lambda: f"{text!r} of {camera or 'the node'}, last: {self.report(camera)}", **how)
        return self.report(camera)


def calibration(camera):
    info = CameraInfo(width=camera.width, height=camera.height, distortion_model="plumb_bob", d=[0.0] * 5)
    info.k = np.array([camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1.0])
    return info


def nearest(person, truth):
    places = np.array([(k.position.x, k.position.y, k.position.z) for k in person.keypoints])
    apart = np.linalg.norm(places - truth, axis=2)
    apart = apart[np.nanmean(apart, axis=1).argmin()]
    return apart[np.isfinite(apart)]


def everybody(hall, count=2):
    """A function that tells whether the last message holds ``count`` people with identities."""
    return lambda: hall.people and [p.track_id >= 0 for p in hall.people[-1].skeletons] == [True] * count


def test_people_in_one_frame_whatever_becomes_of_a_camera(tester, scene, extrinsics):
    with Hall(tester, scene, extrinsics) as hall:
        _, markers = tester.messages(MarkerArray, f"{hall.namespace}/people_3d/markers")
        hall.show_until(everybody(hall), "two people with identities")
        message = hall.people[-1]
        assert (message.header.frame_id, message.position_frame, message.camera) == ("hall", "hall", "")
        assert (message.image_width, message.image_height) == (0, 0)
        assert np.median(hall.errors(message)) < 0.1
        assert all(np.isnan(k.x) and np.isnan(k.y) for p in message.skeletons for k in p.keypoints)
        known = [k for p in message.skeletons for k in p.keypoints if np.isfinite(k.position.x)]
        assert all(k.score > 0 and 0 < k.position_stddev < 0.3 for k in known)
        assert all(k.score == 0 for p in message.skeletons for k in p.keypoints if np.isnan(k.position.x))
        tester.spin_until(lambda: markers, "markers")
        assert {m.header.frame_id for m in markers[-1].markers} == {"hall"}
        identities = {p.track_id for p in message.skeletons}
        assert hall.show_until_said("running")["cameras"] == "3 of 3"

        # one camera dies: the others go on with the same people, and it is said
        assert hall.show_until_said("no skeletons for", "camera2", cameras=CAMERAS[:2])["level"] == 2
        before = len(hall.people)
        hall.show_until(lambda: len(hall.people) > before + 5, "people without it", cameras=CAMERAS[:2])
        hall.show_until(everybody(hall), "the two people", cameras=CAMERAS[:2])
        assert np.median(hall.errors(hall.people[-1])) < 0.15
        assert {p.track_id for p in hall.people[-1].skeletons} == identities
        assert hall.report()["cameras"] == "2 of 3"

        # it returns
        hall.show_until_said("running", "camera2")
        hall.show_until(everybody(hall), "the two people again")
        assert {p.track_id for p in hall.people[-1].skeletons} == identities

        # a second one dies: nobody is told to be anywhere
        assert hall.show_until_said("nobody is located with less than two", cameras=CAMERAS[:1])["level"] == 2
        before = len(hall.people)
        hall.show_until(lambda: len(hall.people) > before + 3, "messages", cameras=CAMERAS[:1])
        assert not hall.people[-1].skeletons


def test_cameras_without_a_common_trigger(tester, scene, extrinsics):
    with Hall(tester, scene, extrinsics, tolerance=0.01) as hall:
        hall.show_until(everybody(hall), "two people with identities", apart=0.004)
        # no two images are within the tolerance: nothing is made of them, and it is said
        hall.show_until_said("within `tolerance`", "camera0", apart=0.015)
        assert not hall.people[-1].skeletons


def test_where_the_cameras_stand_by_tf(tester, scene, tf2_msgs):
    with Hall(tester, scene, "", world_frame="hall") as hall:
        report = hall.show_until_said("tf has no way", "camera0")
        assert "from frame 'camera0' to 'hall'" in report["message"]
        places = zip(CAMERAS, scene.views, strict=True)
        publisher = publish_static(tester.node, [stamped(name, "hall", view.in_world) for name, view in places])
        hall.show_until(everybody(hall), "two people with identities")
        assert hall.people[-1].position_frame == "hall"
        assert np.median(hall.errors(hall.people[-1])) < 0.1
        tester.node.destroy_publisher(publisher)


def test_a_camera_without_calibration_is_left_out_and_named(tester, scene, extrinsics):
    with Hall(tester, scene, extrinsics) as hall:
        hall.show_until(everybody(hall), "two people with identities", infos=CAMERAS[:2])
        report = hall.show_until_said("nothing came on", "camera2", infos=CAMERAS[:2])
        assert report["level"] == 2
        assert f"{hall.namespace}/camera2/camera_info" in report["message"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"cameras": ["one"]}, "two cameras or more"),
        ({"cameras": ["a", "a"]}, "more than once"),
        ({"cameras": ["camera0", "elsewhere"]}, "has no camera elsewhere"),
        ({"extrinsics": "/no/such/file.yaml"}, "/no/such/file.yaml"),
        ({"extrinsics": ""}, "give the parameter `extrinsics`"),
        ({"world_frame": "map"}, "leave world_frame out"),
    ],
)
def test_wrong_parameters_end_it_with_a_sentence(processes, extrinsics, parameters, said):
    given = {"cameras": ["camera0", "camera1"], "extrinsics": str(extrinsics)} | parameters
    process = processes(*node_command("people_3d_node", namespace=unused_namespace(), parameters=given))
    assert process.wait() == 1
    assert said in process.output
    assert "Traceback" not in process.output
