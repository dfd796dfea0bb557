"""pose_node: camera images in, skeletons, annotated images and markers out.

A lifecycle node: ``configure`` loads the model, ``activate`` subscribes and starts to work. Unless its parameter
``autostart`` is false it does both by itself.
"""

import sys
import time
from dataclasses import asdict

from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn

from ...msg import SkeletonTopology
from ...pipeline import PosePipeline
from ...preprocess import parse_size
from ..convert.messages import skeleton_topology
from ..runtime.cameras import Camera
from ..runtime.diagnostics import PERIOD, Diagnostics
from ..runtime.lifecycle import answer_impossible_transitions
from ..runtime.outputs import Outputs
from ..runtime.parameters import Parameters
from ..runtime.process import run
from ..runtime.qos import PROFILES
from ..runtime.worker import Worker


class PoseNode(LifecycleNode):
    """See the module.

    Attributes:
        parameters: its :class:`~trt_pose_ros.ros.runtime.parameters.Parameters`; public, rclpy has a ``_parameters``.
        finished: True after the lifecycle's shutdown: the process may end.
    """

    def __init__(self, **kwargs):
        super().__init__("pose_node", **kwargs)
        self.finished = False
        answer_impossible_transitions(self)
        self.parameters = Parameters(self)
        self._diagnostics = Diagnostics(self)
        self._pipeline = self._worker = self._topology = None
        self._cameras = []
        self.create_timer(PERIOD, self._report)
        if self.get_parameter("autostart").value and self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def on_configure(self, state):
        """Load the model and make the publishers; FAILURE, the reason in the log, where a setting is wrong."""
        return self._attempt("configure", self._configure, self._clean_up)

    def on_activate(self, state):
        """Subscribe to the cameras and start working."""
        return self._attempt("activate", self._activate, self._deactivate)

    def on_deactivate(self, state):
        """Finish the frame at hand and stop."""
        self._deactivate()
        return TransitionCallbackReturn.SUCCESS

    def on_cleanup(self, state):
        """Forget model and publishers; the fixed parameters can be set again."""
        self._clean_up()
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state):
        """Stop, whatever the state."""
        self.close()
        return TransitionCallbackReturn.SUCCESS

    def close(self):
        """Stop working and let go of everything."""
        self._deactivate()
        self._clean_up()
        self.finished = True

    def _attempt(self, what, do, undo):
        # rclpy turns an exception into a transition to the error state and says nothing of its cause
        try:
            do()
        except Exception as error:
            self.get_logger().error(f"cannot {what}: {error}")
            undo()
            return TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS

    def _configure(self):
        settings = self.parameters.fixed()
        self._pipeline = PosePipeline.open(
            settings.model or None,
            settings.backend,
            input_size=parse_size(settings.input_size) if settings.input_size else None,
            threads=settings.threads,
            batch=settings.batch or max(1, len(settings.cameras)),
            precision=settings.precision,
            workspace=settings.workspace,
        )
        self.parameters.take_model_defaults(asdict(self._pipeline.family.options))
        self.parameters.locked = True
        names = settings.cameras or ("",)
        height, width = self._pipeline.input_size
        self._cameras = [Camera(name, Outputs(self, name, settings)) for name in names]
        self._topology = self.create_publisher(SkeletonTopology, "topology", PROFILES["latched"])
        self._topology.publish(skeleton_topology(self._pipeline.topology))
        backend, manifest = self._pipeline.backend, self._pipeline.model.manifest
        self.get_logger().info(f"{manifest.name} at {height}x{width} on {backend.device} by {backend.name}")

    def _activate(self):
        settings = self.parameters.fixed()
        self._worker = Worker(self._pipeline, self.parameters, time.monotonic, self._seconds, self.get_logger())
        for camera in self._cameras:
            camera.subscribe(self, settings, self._worker.frames, lambda: self.parameters.live, time.monotonic)
        topics = ", ".join(camera.topic(settings.image_transport) for camera in self._cameras)
        self.get_logger().info(f"waiting for images on {topics}")

    def _deactivate(self):
        for camera in self._cameras:
            camera.unsubscribe(self)
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _clean_up(self):
        for camera in self._cameras:
            camera.outputs.destroy()
        self._cameras = []
        if self._topology is not None:
            self.destroy_publisher(self._topology)
            self._topology = None
        self._pipeline = None
        self.parameters.locked = False

    def _seconds(self):
        return 1e-9 * self.get_clock().now().nanoseconds

    def _report(self):
        state = "unconfigured" if self._pipeline is None else "inactive" if self._worker is None else "active"
        self._diagnostics.publish(
            self.parameters.diagnostics, state, self._pipeline, self._worker, self._cameras, time.monotonic
        )


def main(args=None):
    """Run the node as a process; returns its exit code."""
    return run(PoseNode, args=args)


if __name__ == "__main__":
    sys.exit(main())
