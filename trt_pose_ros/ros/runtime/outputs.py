"""A camera's outputs: everything is made only while somebody subscribes to it."""

from importlib.util import find_spec

from builtin_interfaces.msg import Duration
from sensor_msgs.msg import CompressedImage, Image
from visualization_msgs.msg import MarkerArray

from ...drawing import draw_poses
from ...msg import SkeletonArray
from ..convert.image import bgr_to_compressed, bgr_to_image
from ..convert.markers import marker_array
from ..convert.messages import skeleton_array
from ..projection import at_depth, is_calibrated, on_image_plane
from .qos import PROFILES

_MARKER_LIFETIME = Duration(sec=1)


class Outputs:
    """The publishers of one camera.

    Args:
        node: that they belong to.
        camera: name of the camera, the namespace of its topics; empty for the only one.
        settings: the FixedSettings, for the quality of service.
    """

    def __init__(self, node, camera, settings):
        def publisher(kind, topic, qos):
            made = node.create_publisher(kind, f"{camera}/{topic}" if camera else topic, PROFILES[qos])
            self._all.append(made)
            return made

        self._node, self._all = node, []
        self._skeletons = publisher(SkeletonArray, "skeletons", settings.skeletons_qos)
        self._annotated = publisher(Image, "annotated", settings.annotated_qos)
        self._compressed = publisher(CompressedImage, "annotated/compressed", settings.annotated_qos)
        self._markers = publisher(MarkerArray, "markers", settings.markers_qos)
        self._detections = self._bodies = None
        if find_spec("vision_msgs"):
            from vision_msgs.msg import Detection2DArray

            self._detections = publisher(Detection2DArray, "detections", settings.skeletons_qos)
        if find_spec("hri_msgs"):
            from ..convert.hri import Bodies

            self._bodies = Bodies(node, camera, PROFILES[settings.skeletons_qos])
            self._all.append(self._bodies.publisher)

    def wanted(self):
        """Whether anybody subscribes to anything."""
        return any(p.get_subscription_count() for p in self._all)

    def idle(self):
        """Topics that nobody subscribes to, whose messages are therefore not made."""
        return [p.topic_name for p in self._all if not p.get_subscription_count()]

    def publish(self, header, image, poses, live, camera_info):
        """Publish what is subscribed to.

        Args:
            header: the image's.
            image: uint8 [h, w, 3] BGR; not changed.
            poses: the people in it.
            live: the LiveSettings.
            camera_info: the camera's newest CameraInfo, or None.
        """
        height, width = image.shape[:2]
        # the skeletons first: a robot waits for them, people wait for the pictures
        if self._skeletons.get_subscription_count():
            self._skeletons.publish(skeleton_array(poses, header, width, height))
        if self._detections is not None and self._detections.get_subscription_count():
            from ..convert.detections import detection_array

            self._detections.publish(detection_array(poses, header))
        if self._bodies is not None and self._bodies.publisher.get_subscription_count():
            self._bodies.publish(poses, header, width, height)
        if self._markers.get_subscription_count():
            self._markers.publish(_markers(poses, header, width, height, live, camera_info))
        raw, compressed = self._annotated.get_subscription_count(), self._compressed.get_subscription_count()
        if raw or compressed:
            annotated = draw_poses(image.copy(), poses, live.labels, live.draw_min_score)
            if raw:
                self._annotated.publish(bgr_to_image(annotated, header))
            if compressed:
                self._compressed.publish(bgr_to_compressed(annotated, header, live.jpeg_quality))

    def destroy(self):
        """Remove the publishers from the node."""
        if self._bodies is not None:
            self._bodies.destroy()
            self._all.remove(self._bodies.publisher)
        for publisher in self._all:
            self._node.destroy_publisher(publisher)


def _markers(poses, header, width, height, live, camera_info):
    poses = poses.confident(live.draw_min_score)
    if live.marker_style == "plane" or not is_calibrated(camera_info):
        return marker_array(poses, on_image_plane(poses.keypoints, width, height), header, _MARKER_LIFETIME)
    places = at_depth(poses.keypoints, camera_info, live.marker_depth)
    return marker_array(poses, places, header, _MARKER_LIFETIME, rays=live.marker_style == "rays")
