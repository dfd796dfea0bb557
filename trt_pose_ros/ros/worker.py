"""The two threads that work while the node is active.

The executor's thread takes messages in; one thread here runs the network over the newest frames of all cameras at once,
the other makes and sends messages, so that the next batch is computed meanwhile. Between them there is room for one
result: a slow output holds the network back instead of piling up.
"""

import queue
import threading
from dataclasses import asdict

from .cameras import NewestFrames
from .image_conversion import ImageError, to_bgr
from .statistics import StageTimes


class Worker:
    """Runs from construction to :meth:`stop`.

    Args:
        pipeline: the :class:`~trt_pose_ros.pipeline.PosePipeline`; this thread is its only user.
        parameters: the node's :class:`~trt_pose_ros.ros.parameters.Parameters`, read anew for each batch.
        clock: function that returns seconds, monotonic.
        now: function that returns ROS time in seconds.
        logger: for what users can mend; each cause is told at most every ten seconds.
    """

    def __init__(self, pipeline, parameters, clock, now, logger):
        self.frames = NewestFrames()
        self.times = StageTimes()
        self._pipeline, self._parameters = pipeline, parameters
        self._clock, self._now, self._logger = clock, now, logger
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
                    batch.append((camera, message.header, image, arrived))
            if batch:
                self._run(batch)
        self._results.put(None)

    def _convert(self, camera, message):
        try:
            return to_bgr(message)
        except ImageError as error:
            camera.counts["bad"] += 1
            camera.bad[error.cause] += 1
            self._logger.warning(f"image of {camera.name or 'the camera'} dropped: {error}", throttle_duration_sec=10.0)
            return None

    def _run(self, batch):
        started = self._clock()
        if self._pipeline.decoder.options != self._parameters.decoder:
            self._pipeline.decoder = self._pipeline.decoder.with_options(**asdict(self._parameters.decoder))
        try:
            people = self._pipeline([image for _, _, image, _ in batch])
        except Exception as error:  # whatever a runtime raises: the node goes on with the next frame
            for camera, *_ in batch:
                camera.counts["failed"] += 1
            self._complain("pipeline failed", error)
            return
        self.times.add(self._pipeline.times)
        self._results.put((batch, people, started))

    def _complain(self, what, error):
        self._logger.error(f"{what}: {type(error).__name__}: {error}", throttle_duration_sec=10.0)

    def _publish(self):
        while (result := self._results.get()) is not None:
            for (camera, header, image, arrived), poses in zip(*result[:2], strict=True):
                begun = self._clock()
                try:
                    camera.outputs.publish(header, image, poses, self._parameters.live)
                except Exception as error:  # this thread must go on: the other one waits for it
                    camera.counts["failed"] += 1
                    self._complain("publishing failed", error)
                    continue
                camera.counts["processed"] += 1
                ended = self._clock()
                stamp = header.stamp.sec + 1e-9 * header.stamp.nanosec
                self.times.add(
                    {"wait": result[2] - arrived, "publish": ended - begun, "stamp to published": self._now() - stamp}
                )
