"""CameraSpace: what is known of the space around a camera's images, as a Scene for each of them.

Nothing of it is needed. What is missing, late or contradicts itself is left out and told; no depth is used of which it
is not known where it was measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from ...geometry import CameraModel
from ...media.errors import ImageError
from ...messages.depth import depth_values
from ...messages.topics import DEPTH_TRANSPORTS, is_rectified
from ...spatial import DepthImage, Scene
from ...stage_times import StageTimes
from ...transform_tree import TransformTree
from ...transforms import Transform
from .calibrations import Calibration
from .nearest import SILENCE, NearestInTime
from .qos import PROFILES
from .sync import DepthSync
from .tf import TransformListener

if TYPE_CHECKING:
    from .settings import FixedSettings

_OFF, _RAW, _COMPRESSED = DEPTH_TRANSPORTS
_ALIKE = 1.0  # pixels that two calibrations may differ by and still be of the same camera


class Frames:
    """The robot's frames, as far as a node's settings need any.

    Args:
        node: that the subscriptions belong to.
        settings: the FixedSettings.

    Raises:
        ImportError: `world_frame` is set and tf cannot be had.
    """

    def __init__(self, node: Node, settings: FixedSettings) -> None:
        self._tree, self._problem = TransformTree(), ""
        self._listener: TransformListener | None = None
        if settings.world_frame or (settings.depth_transport != _OFF and not settings.depth_registered):
            try:
                self._listener = TransformListener(node, self._tree)
            except ImportError as error:
                if settings.world_frame:
                    raise
                self._problem = str(error)

    def find(self, child: str, parent: str, stamp: float) -> Transform:
        """As of TransformTree; ValueError also where there is no tf."""
        if self._problem:
            raise ValueError(self._problem)
        return self._tree.find(child, parent, stamp)

    def destroy(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.destroy()


class CameraSpace:
    """See the module.

    Args:
        camera: name of the camera, the namespace of its topics; empty for the only one.
        settings: the FixedSettings.
        calibration: of the camera's images.
        frames: the node's Frames.
        resolve: function that gives the full name of a topic.

    Attributes:
        counts: frames by their depth: ``depth_used``; ``depth_missing`` (no depth comes); ``depth_late`` (none of their
            time came in time); ``depth_bad`` (it is no depth image); ``depth_unplaced`` (where it was measured is not
            known); ``uncalibrated`` and ``unplaced``: the camera or its place in the world is not known.
        problem: (cause, sentence) of what the last frame had to do without; None where nothing was missing.
        offset: seconds from the last image's stamp to its depth's; NaN without.
    """

    def __init__(
        self,
        camera: str,
        settings: FixedSettings,
        calibration: Calibration,
        frames: Frames,
        resolve: Callable[[str], str],
    ) -> None:
        self._settings, self._calibration, self._frames = settings, calibration, frames
        self._topic = resolve(f"{camera}/depth" if camera else "depth")
        info = f"{camera}/depth/camera_info" if camera else "depth/camera_info"
        self._depth_calibration = Calibration(resolve(info), is_rectified(self._topic, settings.rectified))
        self._depth: NearestInTime | None = None
        self._depth_info: CameraInfo | None = None
        self._compared: tuple[CameraModel, CameraModel, bool] | None = None
        self._subscriptions: list[Subscription] = []
        self.counts: Counter[str] = Counter()
        self.problem: tuple[str, str] | None = None

    @property
    def offset(self) -> float:
        return np.nan if self._depth is None else self._depth.offset

    def subscribe(self, node: Node, clock: Callable[[], float]) -> None:
        """Start to listen to depth, where the settings want it.

        Args:
            node: that the subscriptions belong to.
            clock: function that returns seconds, monotonic.
        """
        transport, qos = self._settings.depth_transport, PROFILES[self._settings.image_qos]
        if transport == _OFF:
            return
        self._depth = NearestInTime(clock)
        kind, topic = (Image, self._topic) if transport == _RAW else (CompressedImage, f"{self._topic}/compressedDepth")
        subscriptions = self._subscriptions  # one by one: what an error leaves can be unsubscribed
        subscriptions.append(node.create_subscription(kind, topic, self._put, qos))
        subscriptions.append(node.create_subscription(CameraInfo, self._depth_calibration.topic, self._inform, qos))

    def _put(self, message: Image | CompressedImage) -> None:
        if self._depth is not None:
            self._depth.put(message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec, message)

    def _inform(self, message: CameraInfo) -> None:
        self._depth_info = message

    def unsubscribe(self, node: Node) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            node.destroy_subscription(subscription)
        self._subscriptions, self.problem = [], None

    def expect(self, stamp: float) -> None:
        """Begin to look for the depth of the image of ``stamp`` seconds."""
        if self._depth is not None:
            self._depth.expect(stamp)

    def scene(
        self,
        header: Header,
        size: tuple[int, int],
        info: CameraInfo | None,
        sync: DepthSync,
        until: float,
        times: StageTimes,
        clock: Callable[[], float],
    ) -> Scene:
        """The Scene of an image that was expected.

        Args:
            header: the image's.
            size: its (width, height).
            info: the camera's newest CameraInfo, or None.
            sync: which depth belongs to it.
            until: seconds of the clock until which it is waited for.
            times: takes ``wait_depth`` and ``decode_depth``.
            clock: function that returns seconds, monotonic.
        """
        self.problem = None
        depth, frames = self._depth, header.frame_id
        stamp = header.stamp.sec + 1e-9 * header.stamp.nanosec
        try:
            camera = self._calibration.model(info, *size)
        except ValueError as error:
            if self._settings.in_space:
                self._miss("camera_info", "uncalibrated", str(error))
            return Scene()
        measured, in_world = None, None
        if depth is not None:
            begun = clock()
            message = depth.take(sync.max_offset, until)
            waited = clock()
            if message is None:
                self._tell_of_missing(depth, sync, stamp)
            else:
                measured = self._measured(message, header, stamp, camera)
            times.add({"wait_depth": waited - begun, "decode_depth": clock() - waited})
        if self._settings.world_frame:
            try:
                in_world = self._frames.find(frames, self._settings.world_frame, stamp)
            except ValueError as error:
                self._miss("world_frame", "unplaced", f"the image's place in {self._settings.world_frame!r}: {error}")
        return Scene(camera, measured, in_world)

    def _miss(self, cause: str, count: str, text: str) -> None:
        self.counts[count] += 1
        self.problem = self.problem or (cause, text)

    def _tell_of_missing(self, depth: NearestInTime, sync: DepthSync, stamp: float) -> None:
        if depth.is_silent():
            text = f"no depth image on {self._topic} for {SILENCE:g} s: is the camera running, its topic and QoS right?"
            self._miss("depth_missing", "depth_missing", text)
        elif stamp == 0:
            self._miss(
                "depth_late", "depth_late", "images without stamps: no depth image can be told to belong to them"
            )
        else:
            near = "none is near" if np.isnan(depth.offset) else f"the nearest is {depth.offset:+.3f} s off"
            self._miss(
                "depth_late",
                "depth_late",
                f"no depth image of the image's time (depth.max_offset {sync.max_offset:g} s) came in time "
                f"(depth.max_wait {sync.max_wait:g} s), {near}: a slow driver, or two clocks",
            )

    def _measured(self, message: Any, header: Header, stamp: float, camera: CameraModel) -> DepthImage | None:
        try:
            made = self._placed(*depth_values(message), message.header.frame_id, header.frame_id, stamp, camera)
        except ImageError as error:
            self._miss(f"depth {error.cause}", "depth_bad", f"depth image dropped: {error}")
            return None
        except ValueError as error:
            self._miss("depth_unplaced", "depth_unplaced", f"depth cannot be used: {error}")
            return None
        self.counts["depth_used"] += 1
        return made

    def _placed(
        self, values: np.ndarray, unit: float, frame: str, image_frame: str, stamp: float, camera: CameraModel
    ) -> DepthImage:
        """The depth image with where it was measured; ValueError where that is not known."""
        height, width = values.shape
        if self._settings.depth_registered:
            camera.scaled_to(width, height)  # of another shape: it is not registered
            return DepthImage(values, unit)
        if not (frame and image_frame):
            raise ValueError(
                f"frame_id is {frame!r} of the depth and {image_frame!r} of the image: both are needed, or "
                "depth_registered: true where depth is taken from the image's viewpoint"
            )
        try:
            own = self._depth_calibration.model(self._depth_info, width, height)
        except ValueError as error:
            raise ValueError(f"{error}; depth_registered: true if it is taken from the image's viewpoint") from None
        if frame != image_frame:
            return DepthImage(values, unit, own, self._frames.find(frame, image_frame, stamp))
        return (
            DepthImage(values, unit)
            if self._is_registered(own, camera)
            else DepthImage(values, unit, own, Transform.identity())
        )

    def _is_registered(self, own: CameraModel, camera: CameraModel) -> bool:
        """Whether depth of the image's frame is of the image's pixels, too, be it of another size."""
        if self._compared is None or self._compared[0] is not own or self._compared[1] is not camera:
            self._compared = own, camera, _alike(own, camera)
        return self._compared[2]


def _alike(own: CameraModel, camera: CameraModel) -> bool:
    try:
        scaled = camera.scaled_to(own.width, own.height)
    except ValueError:
        return False
    right, bottom = own.width - 1, own.height - 1
    pixels = np.array([[0, 0], [right, 0], [0, bottom], [right, bottom], [right / 2, bottom / 2]])
    # written so that NaN is another camera
    return bool((np.abs(scaled.project(own.rays(pixels)) - pixels) <= _ALIKE).all())
