"""The node's state in the standard form, once a second on /diagnostics."""

from __future__ import annotations

import math
import resource
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.node import Node

from ...stage_times import StageTimes
from .settings import DiagnosticsOptions

if TYPE_CHECKING:
    from ...engine.child import Progress
    from ...pipeline import PosePipeline
    from .cameras import CameraStream
    from .worker import Worker

PERIOD = 1.0  # seconds
_OTHER_CLOCK = 3600.0  # seconds: no latency, but stamps that have nothing to do with our clock


class Diagnostics:
    """Publishes one status for the node and one a camera.

    Args:
        node: the node.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._told = float("-inf")  # seconds of the clock when a build was last told of
        self._time: int | None = None  # nanoseconds of the node's clock at the last report
        self._last: dict[
            CameraStream, tuple[float, dict[str, int]]
        ] = {}  # camera -> (seconds, counts) of the last report
        self._heard: dict[
            CameraStream, float
        ] = {}  # camera -> seconds when its count of received frames was last seen to grow

    def publish(
        self,
        options: DiagnosticsOptions,
        state: str,
        pipeline: PosePipeline | None,
        worker: Worker | None,
        cameras: Sequence[CameraStream],
        clock: Callable[[], float],
    ) -> None:
        """Publish a report.

        Args:
            options: the DiagnosticsOptions.
            state: label of the lifecycle state.
            pipeline, worker: None while there is none.
            cameras: list of :class:`~trt_pose_ros.ros.runtime.cameras.CameraStream`.
            clock: function that returns seconds, monotonic.
        """
        now, time = clock(), self._node.get_clock().now()
        stands_still, self._time = time.nanoseconds == self._time, time.nanoseconds
        name = self._node.get_fully_qualified_name().lstrip("/")
        statuses = [self._node_status(name, state, pipeline, worker, stands_still)]
        if worker is None:
            # a silence is counted from the start of listening, and cameras of an earlier configuration are forgotten
            self._last.clear()
            self._heard.clear()
        else:
            statuses += [self._camera_status(f"{name}: {c.name or 'image'}", c, now, options) for c in cameras]
        message = DiagnosticArray(status=statuses)
        message.header.stamp = time.to_msg()
        self._publisher.publish(message)

    def building(self, progress: Progress, clock: Callable[[], float]) -> None:
        """Publish, once a second at most, how far the build of an engine is: nothing else of the node runs then."""
        if clock() - self._told >= PERIOD:
            self._told = clock()
            name = self._node.get_fully_qualified_name().lstrip("/")
            values = {"state": "configuring", "build_percent": f"{progress.percent:.0f}"}
            message = DiagnosticArray(status=[diagnostic_status(name, DiagnosticStatus.WARN, str(progress), values)])
            message.header.stamp = self._node.get_clock().now().to_msg()
            self._publisher.publish(message)

    def _node_status(
        self, name: str, state: str, pipeline: PosePipeline | None, worker: Worker | None, stands_still: bool
    ) -> DiagnosticStatus:
        values = {"state": state, "memory_mb": f"{_resident() / 2**20:.0f}", "cpu_s": f"{_cpu_seconds():.1f}"}
        if pipeline is not None:
            values |= {
                "model": pipeline.model.manifest.name,
                "model_sha256": pipeline.model.sha256,
                "backend": pipeline.backend.name,
                "device": pipeline.backend.device,
                "input_size": "{}x{}".format(*pipeline.input_size),
            }
            if pipeline.model.person is not None:
                values["person_model"] = pipeline.model.person.manifest.name
                values["person_model_sha256"] = pipeline.model.person.sha256
        if worker is not None:
            values |= milliseconds(worker.times)
        if stands_still:
            return diagnostic_status(
                name, DiagnosticStatus.WARN, "ROS time stands still: does anybody publish /clock?", values
            )
        if state == "active":
            return diagnostic_status(name, DiagnosticStatus.OK, "running", values)
        return diagnostic_status(
            name, DiagnosticStatus.WARN, f"{state}: configure and activate the node to start it", values
        )

    def _camera_status(
        self, name: str, camera: CameraStream, now: float, options: DiagnosticsOptions
    ) -> DiagnosticStatus:
        counts = dict(camera.counts)
        before, last = self._last.get(camera, (now, {}))
        self._last[camera] = now, counts
        if counts.get("received", 0) > last.get("received", 0) or camera not in self._heard:
            self._heard[camera] = now
        silence, seconds = now - self._heard[camera], now - before

        def rate(key: str) -> float:
            return (counts.get(key, 0) - last.get(key, 0)) / seconds if seconds > 0 else 0.0

        def status(level: bytes, text: str) -> DiagnosticStatus:
            return diagnostic_status(name, level, text, values)

        idle = camera.outputs.idle()
        values = {"fps_in": f"{rate('received'):.1f}", "fps_out": f"{rate('processed'):.1f}"}
        values |= {key: str(value) for key, value in sorted(counts.items())}
        values |= {f"bad_{cause}": str(number) for cause, number in sorted(camera.bad.items())}
        values |= {key: str(number) for key, number in sorted(camera.space.counts.items())}
        values |= {key: str(number) for key, number in sorted(camera.detections.counts.items())}
        if not math.isnan(camera.space.offset):
            values["depth_offset_ms"] = f"{1e3 * camera.space.offset:.1f}"
        values |= milliseconds(camera.times)
        values["people_deferred"] = str(camera.deferred)
        values["not_made"] = ", ".join(idle) if idle else "everything is subscribed to"
        _, age = camera.times.percentiles().get("age", (0.0, 0.0))
        if silence > options.max_silence:
            return status(
                DiagnosticStatus.ERROR,
                f"no image for {silence:.0f} s: is the camera running, and its topic and QoS right?",
            )
        if rate("bad") or rate("failed") or rate("unsent"):
            return status(DiagnosticStatus.ERROR, "images cannot be used: see the counts and the log")
        if rate("processed") and abs(age) > _OTHER_CLOCK:
            return status(
                DiagnosticStatus.WARN,
                "stamps are not of this clock, so no age is known: a wrong clock, or a recording without use_sim_time",
            )
        if rate("processed") and age > options.warn_age:
            level = DiagnosticStatus.ERROR if age > options.error_age else DiagnosticStatus.WARN
            return status(
                level,
                f"skeletons are {age:.1f} s older than their images: see which stage takes long; "
                "if it is age_at_arrival, the camera or its clock",
            )
        if rate("lost") > options.max_dropped * rate("received"):
            return status(
                DiagnosticStatus.WARN,
                "images are lost on the way: give Fast DDS the profile config/fastdds.xml, at both ends",
            )
        if rate("replaced") > options.max_dropped * max(rate("received"), 1e-9):
            return status(
                DiagnosticStatus.WARN,
                "the network is slower than the camera: frames are dropped; a smaller input_size would help",
            )
        if camera.space.problem is not None:
            return status(DiagnosticStatus.WARN, f"people get no positions: {camera.space.problem[1]}")
        if camera.outputs.uncalibrated:
            return status(
                DiagnosticStatus.WARN,
                f"markers are on the image plane, their style wants a calibrated camera: {camera.outputs.uncalibrated}",
            )
        if not camera.outputs.wanted():
            return status(DiagnosticStatus.OK, "nobody subscribes to any output: frames are skipped")
        return status(DiagnosticStatus.OK, "running")


def diagnostic_status(name: str, level: bytes, message: str, values: Mapping[str, str]) -> DiagnosticStatus:
    """A status of ours; ``values`` are shown beside the message."""
    pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
    return DiagnosticStatus(name=name, level=level, message=message, hardware_id="trt_pose_ros", values=pairs)


def milliseconds(times: StageTimes) -> dict[str, str]:
    """How long each stage takes, for the values of a status."""
    return {
        f"{stage}_ms": f"p50 {1e3 * median:.2f}, p95 {1e3 * p95:.2f}"
        for stage, (median, p95) in times.percentiles().items()
    }


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
