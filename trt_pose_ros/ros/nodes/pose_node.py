"""pose_node: camera images in, skeletons, annotated images and markers out.

A lifecycle node: ``configure`` loads the model, ``activate`` subscribes and starts to work. Unless its parameter
``autostart`` is false it does both by itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.publisher import Publisher

from ...engine.child import Progress
from ...engine.watch import watch
from ...msg import SkeletonTopology
from ...pipeline import PosePipeline
from ...preprocess import parse_size
from ...topology import Topology
from ..convert.body_frames import BodyFrames
from ..convert.messages import skeleton_topology
from ..runtime.cameras import CameraStream
from ..runtime.detections import DetectionStream
from ..runtime.diagnostics import PERIOD, Diagnostics
from ..runtime.lifecycle import refuse_invalid_transitions
from ..runtime.outputs import Outputs
from ..runtime.parameters import GivenParameters
from ..runtime.process import is_ending, run
from ..runtime.qos import PROFILES
from ..runtime.settings import PoseParameters
from ..runtime.space import CameraSpace, Frames
from ..runtime.worker import Worker

if TYPE_CHECKING:
    from ..convert.hri import Bodies


class PoseNode(GivenParameters, LifecycleNode):
    """See the module.

    Attributes:
        parameters: its :class:`~trt_pose_ros.ros.runtime.settings.PoseParameters`; public, rclpy has a ``_parameters``.
        finished: True when the process may end: after the lifecycle's shutdown, or where ``autostart`` failed.
        exit_code: 1 in the latter case.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("pose_node", **kwargs)
        self.finished, self.exit_code = False, 0
        refuse_invalid_transitions(self)
        self.parameters = PoseParameters(self)
        self._diagnostics = Diagnostics(self)
        self._pipeline: PosePipeline | None = None
        self._worker: Worker | None = None
        self._topologies: list[Publisher] = []
        self._bodies: Bodies | None = None
        self._body_frames: BodyFrames | None = None
        self._frames: Frames | None = None
        self._cameras: list[CameraStream] = []
        # the time of a simulation or recording can stand still, and that is when one looks at the diagnostics
        self.create_timer(PERIOD, self._report, clock=Clock(clock_type=ClockType.STEADY_TIME))
        if self.parameters.fixed.autostart:
            started = all(
                t() == TransitionCallbackReturn.SUCCESS for t in (self.trigger_configure, self.trigger_activate)
            )
            self.finished, self.exit_code = not started, int(not started)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model and make the publishers; FAILURE, the reason in the log, where a setting is wrong."""
        return self._attempt("configure", self._configure, self._clean_up)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribe to the cameras and start working."""
        return self._attempt("activate", self._activate, self._deactivate)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Finish the frame at hand and stop."""
        self._deactivate()
        return TransitionCallbackReturn.SUCCESS

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forget model and publishers; the fixed parameters can be set again."""
        self._clean_up()
        self.parameters.drop_networks()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop, whatever the state."""
        self.close()
        return TransitionCallbackReturn.SUCCESS

    def close(self) -> None:
        """Stop working and let go of everything."""
        self._deactivate()
        self._clean_up()
        self.finished = True

    def _attempt(self, what: str, do: Callable[[], None], undo: Callable[[], None]) -> TransitionCallbackReturn:
        # rclpy turns an exception into a transition to the error state and says nothing of its cause
        try:
            do()
        except Exception as error:
            self.get_logger().error(f"cannot {what}: {error}")
            undo()
            return TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS

    def _configure(self) -> None:
        self.parameters.drop_networks()
        self.parameters.check()
        settings = self.parameters.fixed
        names = settings.camera_names()
        with watch(self._tell_of_build):
            pipeline = PosePipeline.open(
                settings.model or None,
                settings.backend,
                input_size=parse_size(settings.input_size) if settings.input_size else None,
                threads=settings.threads,
                batch=settings.batch or len(names),
                precision=settings.precision,
                workspace=settings.workspace,
                person=(settings.person_model or True) if settings.refine else False,
                lifter=(settings.lifting_model or True) if settings.lifting else False,
                hands=(settings.hands_model or True) if settings.find_hands else False,
            )
        self.parameters.take_networks(pipeline.options)
        self._publish_to(names)
        self._publish_topology("topology", pipeline.topology)
        if pipeline.hand_finder is not None:
            self._publish_topology("hands/topology", pipeline.hand_finder.topology)
        self._pipeline = pipeline
        self.parameters.locked = True
        backend, (height, width) = pipeline.backend, pipeline.input_size
        name = pipeline.model.manifest.name
        person = pipeline.model.person
        self.get_logger().info(
            f"{name} at {height}x{width} on {backend.device} by {backend.name}"
            + (f", {person.manifest.name} looks closer" if person else "")
        )

    def _tell_of_build(self, progress: Progress) -> None:
        self.get_logger().warning(str(progress), throttle_duration_sec=5.0)
        self._diagnostics.building(progress, time.monotonic)
        if is_ending():
            raise KeyboardInterrupt

    def _publish_to(self, names: Sequence[str]) -> None:
        """Make the publishers of all cameras; one by one, so that after an error all can be found."""
        settings = self.parameters.fixed
        if find_spec("hri_msgs"):
            from ..convert.hri import Bodies

            self._bodies = Bodies(self, PROFILES[settings.skeletons_qos])
        if settings.body_frames:
            self._body_frames = BodyFrames(self)
        self._frames = Frames(self, settings)
        for name in names:
            outputs = Outputs(self, name, settings, self._bodies, self._body_frames)
            space = CameraSpace(name, settings, outputs.calibration, self._frames, self.resolve_topic_name)
            detections = DetectionStream(name, settings, lambda: self.parameters.detection_sync)
            self._cameras.append(CameraStream(name, outputs, space, detections))

    def _publish_topology(self, topic: str, topology: Topology) -> None:
        self._topologies.append(self.create_publisher(SkeletonTopology, topic, PROFILES["latched"]))
        self._topologies[-1].publish(skeleton_topology(topology))

    def _activate(self) -> None:
        settings = self.parameters.fixed
        assert self._pipeline is not None
        self._worker = Worker(self._pipeline, self.parameters, time.monotonic, self._seconds, self.get_logger())
        for camera in self._cameras:
            camera.subscribe(self, settings, self._worker.frames, lambda: self.parameters.live, time.monotonic)
        topics = ", ".join(self.resolve_topic_name(c.topic(settings.image_transport)) for c in self._cameras)
        self.get_logger().info(f"waiting for images on {topics}")

    def _deactivate(self) -> None:
        for camera in self._cameras:
            camera.unsubscribe(self)
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _clean_up(self) -> None:
        for camera in self._cameras:
            camera.outputs.destroy()
        self._cameras = []
        for shared in (self._bodies, self._body_frames, self._frames):
            if shared is not None:
                shared.destroy()
        self._bodies = self._body_frames = self._frames = None
        for topology in self._topologies:
            self.destroy_publisher(topology)
        self._topologies = []
        self._pipeline = None
        self.parameters.locked = False

    def _seconds(self) -> float:
        return 1e-9 * self.get_clock().now().nanoseconds

    def _report(self) -> None:
        state = "unconfigured" if self._pipeline is None else "inactive" if self._worker is None else "active"
        self._diagnostics.publish(
            self.parameters.diagnostics, state, self._pipeline, self._worker, self._cameras, time.monotonic
        )


def main(args: Sequence[str] | None = None) -> int:
    """Run the node as a process, with ``args`` as in ``sys.argv``; returns its exit code."""
    return run(PoseNode, args=sys.argv if args is None else args)


if __name__ == "__main__":
    sys.exit(main())
