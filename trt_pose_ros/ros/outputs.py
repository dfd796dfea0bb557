"""A camera's outputs: everything is made only while somebody subscribes to it."""

from importlib.util import find_spec

from builtin_interfaces.msg import Duration
from sensor_msgs.msg import CompressedImage, Image
from visualization_msgs.msg import MarkerArray

from ..drawing import draw_poses
from ..msg import SkeletonArray
from .image_conversion import bgr_to_compressed, bgr_to_image
from .markers import marker_array
from .messages import skeleton_array
from .qos import PROFILES

_MARKER_LIFETIME = Duration(sec=1)


class Outputs:
    """The publishers of one camera.

    Args:
        node: that they belong to.
        camera: name of the camera, the namespace of its topics; empty for the only one.
        qos: name of a profile of :data:`~trt_pose_ros.ros.qos.PROFILES`.
    """

    def __init__(self, node, camera, qos):
        def publisher(kind, topic):
            return node.create_publisher(kind, f"{camera}/{topic}" if camera else topic, PROFILES[qos])

        self._node = node
        self._skeletons = publisher(SkeletonArray, "skeletons")
        self._annotated = publisher(Image, "annotated")
        self._compressed = publisher(CompressedImage, "annotated/compressed")
        self._markers = publisher(MarkerArray, "markers")
        self._all = [self._skeletons, self._annotated, self._compressed, self._markers]
        self._detections = None
        if find_spec("vision_msgs"):
            from vision_msgs.msg import Detection2DArray

            self._detections = publisher(Detection2DArray, "detections")
            self._all.append(self._detections)

    def wanted(self):
        """Whether anybody subscribes to anything."""
        return any(p.get_subscription_count() for p in self._all)

    def idle(self):
        """Topics that nobody subscribes to, whose messages are therefore not made."""
        return [p.topic_name for p in self._all if not p.get_subscription_count()]

    def publish(self, header, image, poses, live):
        """Publish what is subscribed to.

        Args:
            header: the image's.
            image: uint8 [h, w, 3] BGR; not changed.
            poses: the people in it.
            live: the LiveSettings.
        """
        height, width = image.shape[:2]
        # the skeletons first: a robot waits for them, people wait for the pictures
        if self._skeletons.get_subscription_count():
            self._skeletons.publish(skeleton_array(poses, header, width, height))
        if self._detections is not None and self._detections.get_subscription_count():
            from .detections import detection_array

            self._detections.publish(detection_array(poses, header))
        if self._markers.get_subscription_count():
            self._markers.publish(marker_array(poses, header, width, height, _MARKER_LIFETIME))
        raw, compressed = self._annotated.get_subscription_count(), self._compressed.get_subscription_count()
        if raw or compressed:
            annotated = draw_poses(image.copy(), poses, live.labels)
            if raw:
                self._annotated.publish(bgr_to_image(annotated, header))
            if compressed:
                self._compressed.publish(bgr_to_compressed(annotated, header, live.jpeg_quality))

    def destroy(self):
        """Remove the publishers from the node."""
        for publisher in self._all:
            self._node.destroy_publisher(publisher)
