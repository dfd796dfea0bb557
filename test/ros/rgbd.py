"""An RGB-D camera as a process of its own: images, depth, their calibrations and frames, of generated people.

usage: rgbd.py NAMESPACE RECORDING.npz JSON          JSON: fields of Faults

The stamp of an image is the time, and its last three digits are the number of the shot: :func:`shot_number`.
"""

import array
import json
import sys
import time
from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from families import dots
from geometry_msgs.msg import TransformStamped
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from spatial import shots
from spatial.depth_camera import Sensor
from std_msgs.msg import Header

from trt_pose_ros.geometry import CameraModel
from trt_pose_ros.ros.convert.image import bgr_to_image
from trt_pose_ros.ros.runtime.qos import PROFILES
from trt_pose_ros.ros.runtime.tf import STATIC_QOS
from trt_pose_ros.transforms import Transform

IMAGE_FRAME, DEPTH_FRAME, WORLD = "color_optical", "depth_optical", "floor"
IN_WORLD = shots.looking(height=1.2)
CAMERA = shots.camera(640, 480, 65.0)
DEPTH_CAMERA = shots.camera(640, 400, 75.0)
# 5 cm beside the image's camera, and turned a little
DEPTH_IN_IMAGE = Transform.from_quaternion((-0.05, 0.002, 0.01), (0.0, 0.02, 0.0, (1 - 0.02**2) ** 0.5))


@dataclass(frozen=True)
class Faults:
    """What this camera does, and does wrong."""

    kind: str = "registered"  # registered, other (place and size) or small
    rate: float = 5.0
    delay: float = 0.0  # seconds that depth comes after its image
    shift: float = 0.0  # seconds that the stamps of depth are off
    depth: bool = True  # send any depth
    info: bool = True  # camera_info
    depth_info: bool = True  # depth/camera_info
    tf: bool = True
    padding: int = 0  # bytes behind each row of depth
    big_endian: bool = False
    float32: bool = False
    transport: str = "raw"
    cut: bool = False  # half of the depth's bytes
    frame: str = ""  # of the depth, instead of the true one


def record(path, people=5, count=8, seed=3):
    """Write a recording and return it, as a dict."""
    crowd = shots.crowd(seed, people, np.arange(count) / 15, kinds=("stand", "wave", "walk"))
    kinds = {
        "registered": {},
        "small": {"depth_size": (320, 240)},
        "other": {"depth_camera": DEPTH_CAMERA, "depth_in_image": DEPTH_IN_IMAGE},
    }
    made = {}
    for kind, how in kinds.items():
        film = shots.film(crowd, CAMERA, IN_WORLD, depth=Sensor(), seed=1, noise=0, missed=0, wild=0, **how)
        film = list(film)
        made[f"depth_{kind}"] = np.stack([shot.scene.depth.depths for shot in film])
    made["keypoints"] = np.stack([shot.poses.keypoints for shot in film])
    made["positions"] = np.stack([shot.positions for shot in film])
    made["visible"] = np.stack([shot.visible for shot in film])
    np.savez(path, **made)
    return made


def shot_number(message, count):
    """Which shot of a recording of ``count`` a message's stamp is of."""
    return message.header.stamp.nanosec % 1000 % count


def calibration(camera: CameraModel, header):
    """The CameraInfo of a camera without distortion."""
    info = CameraInfo(
        header=header, width=camera.width, height=camera.height, distortion_model="plumb_bob", d=[0.0] * 5
    )
    info.k[0], info.k[2], info.k[4], info.k[5], info.k[8] = camera.fx, camera.cx, camera.fy, camera.cy, 1.0
    return info


def depth_message(values, header, faults):
    """The depth, uint16 mm, as the faults have it."""
    encoding = "32FC1" if faults.float32 else "16UC1"
    if faults.transport == "compressed":
        content = bytes(12) + cv2.imencode(".png", values)[1].tobytes()
        return CompressedImage(
            header=header,
            format="16UC1; compressedDepth png",
            data=array.array("B", content[: len(content) // 2] if faults.cut else content),
        )
    if faults.float32:
        values = np.where(values, np.float32(0.001) * values, np.float32(np.nan)).astype(np.float32)
    values = values.astype(values.dtype.newbyteorder(">" if faults.big_endian else "<"))
    height, width = values.shape
    rows = values.view(np.uint8).reshape(height, -1)
    rows = np.concatenate([rows, np.full((height, faults.padding), 7, np.uint8)], axis=1)
    data = rows[: height // 2] if faults.cut else rows
    return Image(
        header=header,
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(faults.big_endian),
        step=rows.shape[1],
        data=array.array("B", data.tobytes()),
    )


def stamped(child, parent, transform):
    """A TransformStamped that holds always."""
    message = TransformStamped(header=Header(frame_id=parent), child_frame_id=child)
    moved, turned = message.transform.translation, message.transform.rotation
    moved.x, moved.y, moved.z = transform.translation.tolist()
    turned.x, turned.y, turned.z, turned.w = transform.quaternion
    return message


def publish_static(node, transforms):
    """Publish on /tf_static; returns the publisher, which has to live."""
    from tf2_msgs.msg import TFMessage

    publisher = node.create_publisher(TFMessage, "/tf_static", STATIC_QOS)
    publisher.publish(TFMessage(transforms=transforms))
    return publisher


def publish(namespace, recording, faults):
    """Publish until killed."""
    rclpy.init()
    node = rclpy.create_node("rgbd", namespace=namespace)
    qos = PROFILES["reliable"]
    images, infos = node.create_publisher(Image, "image", qos), node.create_publisher(CameraInfo, "camera_info", qos)
    compressed = faults.transport == "compressed"
    depths = node.create_publisher(
        CompressedImage if compressed else Image, "depth/compressedDepth" if compressed else "depth", qos
    )
    depth_infos = node.create_publisher(CameraInfo, "depth/camera_info", qos)
    if faults.tf:
        static = publish_static(  # noqa: F841  lives as long as this function
            node, [stamped(DEPTH_FRAME, IMAGE_FRAME, DEPTH_IN_IMAGE), stamped(IMAGE_FRAME, WORLD, IN_WORLD)]
        )
    model = {"registered": CAMERA, "small": CAMERA.scaled_to(320, 240), "other": DEPTH_CAMERA}[faults.kind]
    frame = faults.frame or (DEPTH_FRAME if faults.kind == "other" else IMAGE_FRAME)
    pictures = [dots.picture(keypoints, CAMERA.width, CAMERA.height) for keypoints in recording["keypoints"]]
    values, waiting, number, due = recording[f"depth_{faults.kind}"], deque(), 0, time.monotonic()
    while True:
        now = time.time_ns() // 1000 * 1000 + number % len(pictures)
        header = Header(frame_id=IMAGE_FRAME, stamp=_time(now))
        images.publish(bgr_to_image(pictures[number % len(pictures)], header))
        if faults.info:
            infos.publish(calibration(CAMERA, header))
        header = Header(frame_id=frame, stamp=_time(now + round(1e9 * faults.shift)))
        waiting.append((time.monotonic() + faults.delay, header, values[number % len(pictures)]))
        # a busy machine makes it slower; nothing is left out
        number, due = number + 1, max(due + 1 / faults.rate, time.monotonic())
        while True:
            if faults.depth and waiting and time.monotonic() >= waiting[0][0]:
                _, header, shot = waiting.popleft()
                depths.publish(depth_message(shot, header, faults))
                if faults.depth_info:
                    depth_infos.publish(calibration(model, header))
            if time.monotonic() >= due:
                break
            time.sleep(0.001)


def _time(nanoseconds):
    return Time(sec=nanoseconds // 10**9, nanosec=nanoseconds % 10**9)


if __name__ == "__main__":
    publish(sys.argv[1], np.load(sys.argv[2]), Faults(**json.loads(sys.argv[3])))
