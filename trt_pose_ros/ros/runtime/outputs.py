"""A camera's outputs: everything is made only while somebody subscribes to it."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from ...media.drawing import MIN_SCORE, draw_poses
from ...media.encodings import EncodedImage
from ...messages.markers import plane
from ...messages.topics import is_rectified
from ...msg import SkeletonArray
from ...poses import Poses
from ..convert.image import bgr_to_compressed, bgr_to_image
from ..convert.messages import marker_array, skeleton_array
from .calibrations import Calibration
from .qos import PROFILES
from .settings import FixedSettings, LiveSettings

if TYPE_CHECKING:
    from ..convert.body_frames import BodyFrames
    from ..convert.hri import Bodies

_LOG_PERIOD = 10.0  # seconds


class Outputs:
    """The publishers of one camera.

    Args:
        node: that they belong to.
        camera: name of the camera, the namespace of its topics; empty for the only one.
        settings: the FixedSettings, for the quality of service.
        bodies: the node's :class:`~trt_pose_ros.ros.convert.hri.Bodies`, None without hri_msgs.
        body_frames: the node's :class:`~trt_pose_ros.ros.convert.body_frames.BodyFrames`, None without.

    Attributes:
        calibration: the Calibration of the camera's images.
        uncalibrated: why markers lie on the image plane though they should be at a depth; empty where they don't.
    """

    def __init__(
        self,
        node: Node,
        camera: str,
        settings: FixedSettings,
        bodies: Bodies | None = None,
        body_frames: BodyFrames | None = None,
    ) -> None:
        self._node, self._camera, self._bodies, self._body_frames = node, camera, bodies, body_frames
        self._in_space = settings.in_space
        self._own: list[Publisher] = []
        self.uncalibrated = ""
        try:
            self._create(settings)
        except Exception:
            self.destroy()
            raise

    def _create(self, settings: FixedSettings) -> None:
        def publisher(kind: type, topic: str, qos: str) -> Publisher:
            name = f"{self._camera}/{topic}" if self._camera else topic
            self._own.append(self._node.create_publisher(kind, name, PROFILES[qos]))
            return self._own[-1]

        image, info = (
            self._node.resolve_topic_name(f"{self._camera}/{topic}" if self._camera else topic)
            for topic in ("image", "camera_info")
        )
        self.calibration = Calibration(info, is_rectified(image, settings.rectified))
        self._skeletons = publisher(SkeletonArray, "skeletons", settings.skeletons_qos)
        self._annotated = publisher(Image, "annotated", settings.annotated_qos)
        self._compressed = publisher(CompressedImage, "annotated/compressed", settings.annotated_qos)
        self._markers = publisher(MarkerArray, "markers", settings.markers_qos)
        self._hands = self._hand_markers = None
        if settings.find_hands:
            self._hands = publisher(SkeletonArray, "hands", settings.skeletons_qos)
            self._hand_markers = publisher(MarkerArray, "hands/markers", settings.markers_qos)
        self._detections: Publisher | None = None
        if find_spec("vision_msgs"):
            from vision_msgs.msg import Detection2DArray

            self._detections = publisher(Detection2DArray, "detections", settings.skeletons_qos)

    def _all(self) -> list[Publisher]:
        shared = [of_node.publisher for of_node in (self._bodies, self._body_frames) if of_node is not None]
        return [*self._own, *shared]

    def wanted(self) -> bool:
        """Whether anybody subscribes to anything."""
        return any(p.get_subscription_count() for p in self._all())

    def idle(self) -> list[str]:
        """Topics that nobody subscribes to, whose messages are therefore not made."""
        return [p.topic_name for p in self._all() if not p.get_subscription_count()]

    def publish(
        self,
        header: Header,
        image: EncodedImage,
        poses: Poses,
        live: LiveSettings,
        camera_info: CameraInfo | None,
        hands: Poses | None = None,
    ) -> None:
        """Publish what is subscribed to.

        Args:
            header: the image's.
            image: the camera's; not changed.
            poses: the people in it; those below ``live.min_score`` are left out.
            live: the LiveSettings.
            camera_info: the camera's newest CameraInfo, or None.
            hands: of the people, None where they are not looked for.
        """
        height, width = image.height, image.width
        poses = poses[poses.scores >= live.min_score]
        # the skeletons first: a robot waits for them, people wait for the images
        if self._skeletons.get_subscription_count():
            self._skeletons.publish(skeleton_array(poses, header, width, height))
        if hands is not None and self._hands is not None and self._hands.get_subscription_count():
            self._hands.publish(skeleton_array(hands, header, width, height))
        if self._body_frames is not None and self._body_frames.publisher.get_subscription_count():
            self._body_frames.publish(self._camera, poses, header)
        if self._detections is not None and self._detections.get_subscription_count():
            from ..convert.detections import detection_array

            self._detections.publish(detection_array(poses, header))
        if self._bodies is not None and self._bodies.publisher.get_subscription_count():
            self._bodies.publish(self._camera, poses, header, width, height)
        if self._markers.get_subscription_count():
            self._markers.publish(self._marker_array(poses, header, width, height, live, camera_info))
        if hands is not None and self._hand_markers is not None and self._hand_markers.get_subscription_count():
            # their positions are relative to the wrists
            flat = replace(hands, positions=None, position_stddevs=None)
            self._hand_markers.publish(self._marker_array(flat, header, width, height, live, camera_info))
        raw, compressed = self._annotated.get_subscription_count(), self._compressed.get_subscription_count()
        if raw or compressed:
            annotated = draw_poses(image.bgr.copy(), poses, live.labels)
            if hands is not None:
                draw_poses(annotated, hands, labels=False)
            if raw:
                self._annotated.publish(bgr_to_image(annotated, header))
            if compressed:
                self._compressed.publish(bgr_to_compressed(annotated, header, quality=live.jpeg_quality))

    def _marker_array(
        self, poses: Poses, header: Header, width: int, height: int, live: LiveSettings, camera_info: CameraInfo | None
    ) -> MarkerArray:
        """Markers where people are; without a way to know that at the depth that is wanted, or on the image plane.

        The plane is one metre away, and one metre wide.
        """
        poses, self.uncalibrated = poses.confident(MIN_SCORE), ""
        if self._in_space or poses.positions is not None:  # nobody is shown in another place than the true one
            places = np.full(poses.keypoints.shape, np.nan) if poses.positions is None else poses.positions
            frame = Header(stamp=header.stamp, frame_id=poses.position_frame or header.frame_id)
            return marker_array(poses, places, frame)
        camera, depth, style = plane(width, height), 1.0, live.marker_style
        if style != "plane":
            try:
                camera, depth = self.calibration.model(camera_info, width, height), live.marker_depth
            except ValueError as error:
                style, self.uncalibrated = "plane", str(error)
                self._node.get_logger().warning(
                    f"markers are on the image plane: marker_style {live.marker_style} wants a calibrated camera, but "
                    f"{error}",
                    throttle_duration_sec=_LOG_PERIOD,
                )
        places = depth * camera.rays(poses.keypoints[:, :, :2])
        return marker_array(poses, places, header, rays=style == "rays")

    def destroy(self) -> None:
        """Remove the publishers from the node."""
        for publisher in self._own:
            self._node.destroy_publisher(publisher)
        self._own = []
