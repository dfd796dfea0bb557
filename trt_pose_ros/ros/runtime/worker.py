"""The two threads that work while the node is active.

The executor's thread takes messages in; one thread here runs the network over the newest frames of all cameras at once,
the other makes and sends messages, so that the next batch is computed meanwhile. Between them there is room for one
result: a slow output holds the network back instead of piling up.
"""

import math
import queue
import threading
from typing import NamedTuple

import numpy as np
from std_msgs.msg import Header

from ..convert.image import ImageError, to_bgr
from .cameras import Camera, NewestFrames
from .statistics import StageTimes

_SILENCE = 10.0  # seconds between two log entries of the same cause


class Worker:
    """Runs from construction to :meth:`stop`.

    Args:
        pipeline: the :class:`~trt_pose_ros.pipeline.PosePipeline`; this thread is its only user.
        parameters: the node's :class:`~trt_pose_ros.ros.runtime.parameters.Parameters`, read anew for each batch.
        clock: function that returns seconds, monotonic.
        now: function that returns ROS time in seconds.
        logger: for what users can mend; each cause is told at most every ten seconds.

    Attributes:
        frames: NewestFrames that it works off.
        times: StageTimes of the pipeline; those of a frame before and after it are its camera's.
    """

    def __init__(self, pipeline, parameters, clock, now, logger):
        self.frames = NewestFrames()
        self.times = StageTimes()
        self._pipeline, self._parameters = pipeline, parameters
        self._clock, self._now, self._logger = clock, now, logger
        self._told = {}  # cause -> when it was last logged
        self._results = queue.Queue(maxsize=1)
        self._threads = [
            threading.Thread(target=self._infer, name="infer"),
            threading.Thread(target=self._publish, name="publish"),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Finish the batch at hand, publish it and end both threads."""
        for camera in self.frames.close():
            camera.counts["skipped"] += 1
        for thread in self._threads:
            thread.join()

    def _infer(self):
        while (frames := self.frames.take()) is not None:
            batch = []
            for camera, (message, arrived) in frames.items():
                image = self._convert(camera, message)
                if image is not None:
                    batch.append(_Frame(camera, message.header, image, arrived))
            if batch:
                self._run(batch)
        self._results.put(None)

    def _convert(self, camera, message):
        try:
            return to_bgr(message)
        except ImageError as error:
            camera.counts["bad"] += 1
            camera.bad[error.cause] += 1
            self._tell(error.cause, f"image of {camera.name or 'the camera'} dropped: {error}")
        except Exception as error:  # out of memory, say: this thread must go on
            self._failed([camera], error)
        return None

    def _run(self, batch):
        started = self._clock()
        pipeline, parameters = self._pipeline, self._parameters
        pipeline.family.options = parameters.decoder
        pipeline.tracking, pipeline.smoothing = parameters.tracking, parameters.smoothing
        try:
            people = pipeline(
                [frame.image for frame in batch],
                [frame.camera.name for frame in batch],
                # a driver that leaves the stamp empty: people are followed by the time of arrival
                [_seconds(frame.header.stamp) or frame.arrived for frame in batch],
            )
        except Exception as error:  # whatever a runtime raises: the node goes on with the next frame
            self._failed([frame.camera for frame in batch], error)
            return
        self.times.add(pipeline.times)
        self._results.put((batch, people, started))

    def _failed(self, cameras, error):
        for camera in cameras:
            camera.counts["failed"] += 1
        self._tell("failed", f"pipeline failed: {type(error).__name__}: {error}")

    def _tell(self, cause, text):
        now = self._clock()
        if now - self._told.get(cause, -math.inf) >= _SILENCE:
            self._told[cause] = now
            self._logger.error(text)

    def _publish(self):
        while (result := self._results.get()) is not None:
            batch, people, started = result
            for (camera, header, image, arrived), poses in zip(batch, people, strict=True):
                begun = self._clock()
                try:
                    camera.outputs.publish(header, image, poses, self._parameters.live, camera.info)
                except Exception as error:  # this thread must go on: the other one waits for it
                    camera.counts["unsent"] += 1
                    self._tell("unsent", f"publishing failed: {type(error).__name__}: {error}")
                    continue
                camera.counts["processed"] += 1
                done = self._clock()
                age = self._now() - _seconds(header.stamp)
                camera.times.add(
                    {
                        "age_at_arrival": age - (done - arrived),
                        "wait": started - arrived,
                        "publish": done - begun,
                        "age": age,
                    }
                )


class _Frame(NamedTuple):
    camera: Camera
    header: Header
    image: np.ndarray  # uint8 [h, w, 3] BGR
    arrived: float  # seconds, monotonic


def _seconds(stamp):
    return stamp.sec + 1e-9 * stamp.nanosec
