"""The two threads that work while the node is active.

The executor's thread takes messages in. One thread here runs the network over the newest frames of all cameras at once,
the other makes and sends messages, so that the next batch is computed meanwhile. Between them there is room for one
result: a slow output holds the network back instead of letting results pile up.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from builtin_interfaces.msg import Time
from std_msgs.msg import Header

from ...media.encodings import EncodedImage
from ...media.errors import ImageError
from ...messages.images import encoded_image
from ...stage_times import StageTimes
from .cameras import CameraStream, NewestFrames

if TYPE_CHECKING:
    from rclpy.impl.rcutils_logger import RcutilsLogger

    from ...pipeline import PosePipeline
    from ...poses import Poses
    from ...spatial import Scene
    from .settings import PoseParameters

_SILENCE = 10.0  # seconds between two log entries of the same cause


class _Frame(NamedTuple):
    camera: CameraStream
    header: Header
    image: EncodedImage
    arrived: float  # seconds, monotonic
    taken: float  # likewise: when its turn came


class Worker:
    """Runs from construction to :meth:`stop`. No error ends its threads: a frame that causes one is counted.

    Args:
        pipeline: the :class:`~trt_pose_ros.pipeline.PosePipeline`; this thread is its only user.
        parameters: the node's :class:`~trt_pose_ros.ros.runtime.settings.PoseParameters`, read anew for each batch.
        clock: function that returns seconds, monotonic.
        now: function that returns ROS time in seconds.
        logger: for what users can mend; each cause is told at most every ten seconds.

    Attributes:
        frames: the NewestFrames to process.
        times: StageTimes of the pipeline; the stages of a frame before and after it are kept by its camera.
    """

    def __init__(
        self,
        pipeline: PosePipeline,
        parameters: PoseParameters,
        clock: Callable[[], float],
        now: Callable[[], float],
        logger: RcutilsLogger,
    ) -> None:
        self.frames = NewestFrames()
        self.times = StageTimes()
        self._pipeline, self._parameters = pipeline, parameters
        self._clock, self._now, self._logger = clock, now, logger
        self._told: dict[str, float] = {}  # cause -> when it was last logged
        self._results: queue.Queue[list[tuple[_Frame, Poses, Poses | None]] | None] = queue.Queue(maxsize=1)
        self._threads = [
            threading.Thread(target=self._infer, name="infer"),
            threading.Thread(target=self._publish, name="publish"),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the batch at hand, publish it and end both threads."""
        for camera in self.frames.close():
            camera.counts["skipped"] += 1
        for thread in self._threads:
            thread.join()

    def _infer(self) -> None:
        while (frames := self.frames.take()) is not None:
            batch = [
                frame
                for camera, (message, arrived) in frames.items()
                if (frame := self._converted(camera, message, arrived)) is not None
            ]
            if batch:
                try:
                    people = self._find_people(batch)
                    hands: Sequence[Poses | None] = self._pipeline.hands or [None] * len(batch)
                    result = list(zip(batch, people, hands, strict=True))
                except (
                    Exception
                ) as error:  # whatever a runtime or an option raises: the node goes on with the next frame
                    self._failed([frame.camera for frame in batch], error)
                else:
                    self._results.put(result)
        self._results.put(None)

    def _converted(self, camera: CameraStream, message: Any, arrived: float) -> _Frame | None:
        taken = self._clock()
        try:
            image = encoded_image(message)
            camera.times.add({"decode_image": self._clock() - taken})
        except ImageError as error:
            camera.counts["bad"] += 1
            camera.bad[error.cause] += 1
            self._tell(error.cause, f"image of {camera.name or 'the camera'} dropped: {error}")
            return None
        except Exception as error:  # out of memory, say
            self._failed([camera], error)
            return None
        camera.space.expect(_seconds(message.header.stamp))
        camera.detections.expect(_seconds(message.header.stamp), (image.width, image.height))
        return _Frame(camera, message.header, image, arrived, taken)

    def _find_people(self, batch: list[_Frame]) -> list[Poses]:
        pipeline, parameters = self._pipeline, self._parameters
        pipeline.options = parameters.networks
        pipeline.following.tracking, pipeline.following.smoothing = parameters.tracking, parameters.smoothing
        pipeline.following.union = parameters.union
        pipeline.locating.depth, pipeline.locating.ground = parameters.depth, parameters.ground
        people = pipeline(
            [frame.image for frame in batch],
            [frame.camera.name for frame in batch],
            # a driver that leaves the stamp empty: people are followed by the time of arrival
            [_seconds(frame.header.stamp) or frame.arrived for frame in batch],
            [frame.camera.detections.take(frame.arrived) for frame in batch],
            [partial(self._scene, frame) for frame in batch],
        )
        for frame, poses, deferred in zip(batch, people, pipeline.deferred, strict=True):
            frame.camera.deferred += deferred
            frame.camera.detections.count(poses)
        self.times.add(pipeline.times)
        return people

    def _scene(self, frame: _Frame) -> Scene:
        camera, sync = frame.camera, self._parameters.depth_sync
        scene = camera.space.scene(
            frame.header,
            (frame.image.width, frame.image.height),
            camera.info,
            sync,
            frame.arrived + sync.max_wait,
            camera.times,
            self._clock,
        )
        if camera.space.problem is not None:
            cause, text = camera.space.problem
            self._tell(f"{camera.name} {cause}", f"people of {camera.name or 'the camera'} get no positions: {text}")
        return scene

    def _failed(self, cameras: Iterable[CameraStream], error: Exception) -> None:
        for camera in cameras:
            camera.counts["failed"] += 1
        self._tell("failed", f"pipeline failed: {type(error).__name__}: {error}")

    def _tell(self, cause: str, text: str) -> None:
        now = self._clock()
        if now - self._told.get(cause, -math.inf) >= _SILENCE:
            self._told[cause] = now
            self._logger.error(text)

    def _publish(self) -> None:
        while (result := self._results.get()) is not None:
            for frame, poses, hands in result:
                try:
                    self._publish_frame(frame, poses, hands)
                except Exception as error:  # this thread must go on: the other one waits for it
                    frame.camera.counts["unsent"] += 1
                    self._tell("unsent", f"publishing failed: {type(error).__name__}: {error}")
                else:
                    frame.camera.counts["processed"] += 1

    def _publish_frame(self, frame: _Frame, poses: Poses, hands: Poses | None) -> None:
        camera, begun = frame.camera, self._clock()
        camera.outputs.publish(frame.header, frame.image, poses, self._parameters.live, camera.info, hands)
        done = self._clock()
        age = self._now() - _seconds(frame.header.stamp)
        camera.times.add(
            {
                "age_at_arrival": age - (done - frame.arrived),
                "wait": frame.taken - frame.arrived,
                "publish": done - begun,
                "age": age,
            }
        )


def _seconds(stamp: Time) -> float:
    return stamp.sec + 1e-9 * stamp.nanosec
