"""Where the markers of a camera's outputs are."""

import numpy as np
import pytest
from harness import unused_namespace
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header
from visualization_msgs.msg import Marker, MarkerArray

from trt_pose_ros.media.encodings import EncodedImage
from trt_pose_ros.poses import Poses
from trt_pose_ros.ros.runtime.outputs import Outputs
from trt_pose_ros.ros.runtime.settings import FixedSettings, LiveSettings
from trt_pose_ros.topology import Topology

TOPOLOGY = Topology("points", ("left", "middle"), ((0, 1),))
IMAGE = EncodedImage(np.zeros((480, 640, 3), np.uint8))
# pixels of two keypoints: the first at the left border, the second in the middle of the image
PIXELS = [[0.0, 239.5, 0.9], [319.5, 239.5, 0.9]]


def calibration(width=640, height=480, focal=320.0, **changes):
    info = CameraInfo(width=width, height=height, distortion_model="plumb_bob", d=[0.0] * 5)
    info.k[0], info.k[2], info.k[4], info.k[5] = focal, (width - 1) / 2, focal, (height - 1) / 2
    for name, value in changes.items():
        setattr(info, name, value)
    return info


class Camera:
    """Outputs, whose markers are kept as they are told."""

    def __init__(self, tester, name="", **settings):
        self.name, self.tester = name or unused_namespace().strip("/"), tester
        self.outputs = Outputs(tester.node, self.name, FixedSettings(**settings))
        _, self.received = tester.messages(MarkerArray, f"{self.name}/markers")
        tester.spin_until(self.outputs.wanted, "a subscriber")

    def points(self, info, style="depth", keypoints=PIXELS):
        """[x, y, z] of the joints that are shown."""
        poses = Poses(TOPOLOGY, np.array([keypoints], np.float32), np.array([0.9], np.float32))
        self.received.clear()
        self.outputs.publish(Header(), IMAGE, poses, LiveSettings(marker_style=style, marker_depth=2.0), info)
        self.tester.spin_until(lambda: self.received, "markers")
        joints = next(m for m in self.received[0].markers if m.type == Marker.SPHERE_LIST)
        return [[p.x, p.y, p.z] for p in joints.points]


@pytest.fixture
def camera(tester):
    made = Camera(tester)
    yield made
    made.outputs.destroy()


def test_on_a_plane_that_is_as_wide_as_it_is_away(camera):
    assert camera.points(None, "plane") == [pytest.approx([-319.5 / 640, 0, 1], abs=1e-6), pytest.approx([0, 0, 1])]
    assert camera.outputs.uncalibrated == ""


def test_at_a_depth(camera):
    expected = [pytest.approx([-2 * 319.5 / 320, 0, 2], abs=1e-6), pytest.approx([0, 0, 2], abs=1e-6)]
    assert camera.points(calibration()) == expected
    assert camera.points(calibration(), "rays") == expected


def test_calibrated_at_twice_the_size(camera):
    assert camera.points(calibration(1280, 960, 640.0))[1] == pytest.approx([0, 0, 2], abs=1e-6)


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (None, "nothing came on /{name}/camera_info"),
        (CameraInfo(width=640, height=480), "/{name}/camera_info is of an uncalibrated camera"),
        (calibration(d=[0.1] * 3), "/{name}/camera_info is unusable: distortion model plumb_bob takes"),
        (
            calibration(distortion_model="magic"),
            "/{name}/camera_info is unusable: distortion model 'magic' is not known",
        ),
        (calibration(focal=np.nan), "/{name}/camera_info is unusable: a camera of focal length fx = nan"),
        (calibration(width=640, height=360), "the calibration is for images of 640x360 pixels, these of 640x480"),
    ],
)
def test_without_usable_calibration_it_is_the_plane_and_the_reason_is_told(camera, info, reason):
    plane = camera.points(None, "plane")
    assert camera.points(info) == plane
    assert camera.outputs.uncalibrated.startswith(reason.format(name=camera.name))
    camera.points(calibration())
    assert camera.outputs.uncalibrated == ""


@pytest.mark.parametrize(
    ("name", "said", "bent"),
    [("", "auto", True), ("image_rect", "auto", False), ("", "always", False), ("image_rect", "never", True)],
)
def test_rectified_images_are_not_undistorted_again(tester, name, said, bent):
    namespace = f"{unused_namespace().strip('/')}/{name}".rstrip("/")
    camera = Camera(tester, namespace, rectified=said)
    k = calibration().k.tolist()
    info = calibration(d=[-0.1, 0.0, 0.0, 0.0, 0.0], p=[*k[:3], 0.0, *k[3:6], 0.0, *k[6:], 0.0])
    (x, _, _), _ = camera.points(info)
    camera.outputs.destroy()
    assert (abs(x - -2 * 319.5 / 320) > 0.1) is bent


def test_a_pixel_without_direction_is_not_shown(camera):
    # r (1 - 0.3 r^2) is at most 0.703: no light arrives at the border, which is 0.998 away
    assert len(camera.points(calibration(d=[-0.3, 0.0, 0.0, 0.0, 0.0]))) == 1
