"""people_3d_node: the skeletons of several calibrated cameras in, people in space out.

Subscribes to `<camera>/skeletons` and `<camera>/camera_info` of each camera, publishes `people_3d` in one frame, and
`people_3d/markers`. Where the cameras stand is told by a file, or by tf. The executor's thread takes skeletons in and
puts those of one moment together; another thread locates the people of the newest moment.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from ...media.drawing import MIN_SCORE
from ...msg import SkeletonArray, SkeletonTopology
from ...options import Options, option
from ...poses import Poses
from ...spatial.views import Fusing, InstantOptions, Instants, Seen, Stamped, ViewsOptions, read_extrinsics
from ...stage_times import StageTimes
from ...topology import Topology
from ...tracking import Smoother, SmootherOptions
from ...transform_tree import TransformTree
from ...transforms import Transform
from ..convert.messages import marker_array, skeleton_array, skeleton_topology
from ..runtime.newest import Newest
from ..runtime.parameters import READ_ONLY, GivenParameters, Parameters
from ..runtime.people_diagnostics import camera_status, node_status
from ..runtime.people_views import CameraView, learn_topologies
from ..runtime.process import run
from ..runtime.qos import PROFILES
from ..runtime.settings import check_camera_names
from ..runtime.tf import TransformListener

_LOG_PERIOD = 5.0  # seconds
_PERIOD = 0.01  # seconds between looks at moments that have waited long enough
_REPORT = 1.0  # seconds
_UP = (0.0, 0.0, 1.0)  # in the common frame, by REP 103

Arrived = tuple[SkeletonArray, Seen]


@dataclass(frozen=True)
class FixedSettings(Options):
    """What is read at the start."""

    cameras: tuple[str, ...] = option((), "names of the cameras, each the namespace of its topics; two at least")
    extrinsics: str = option("", "YAML file of where the cameras stand; empty: tf tells, from their images' frame_id")
    world_frame: str = option("", "the frame of the people; empty: that of the extrinsics; with tf it has to be given")
    rectified: bool = option(
        False, "the skeletons are of rectified images: the P of camera_info holds for them, without distortion"
    )


@dataclass(frozen=True)
class LiveSettings(Options):
    """What can be changed at any time, besides the options of the views and of smoothing."""

    smooth: bool = option(False, "take the jitter out of the places of people with an identity")


class People3dNode(GivenParameters, Node):
    """See the module.

    Attributes:
        finished: True where a parameter is wrong.
        exit_code: 1 then.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("people_3d_node", **kwargs)
        self.finished, self.exit_code = False, 0
        self._fusing: Fusing | None = None
        self._busy = threading.Lock()  # while people are located
        self._newest: Newest[dict[str, Stamped[Arrived]]] | None = None
        self._views: list[CameraView] = []
        self.parameters = Parameters(self, self._on_change)
        self.parameters.declare(FixedSettings(), READ_ONLY)
        self.parameters.declare(LiveSettings())
        self.parameters.declare(InstantOptions())
        self.parameters.declare(ViewsOptions(), prefix="views.")
        self.parameters.declare(SmootherOptions(), prefix="smoothing.")
        self.parameters.warn_of_unknown()
        try:
            self.parameters.check()
            self._start()
        except (ValueError, OSError, ImportError) as error:
            self.get_logger().error(str(error))
            self.finished, self.exit_code = True, 1

    def _start(self) -> None:
        fixed = self.parameters[FixedSettings]
        names = list(fixed.cameras)
        check_camera_names(names)
        if len(names) < 2:
            raise ValueError(f"parameter 'cameras' is {names}: people are located by two cameras or more")
        self._places: dict[str, Transform] = {}
        self._world, self._tree = fixed.world_frame, TransformTree()
        if fixed.extrinsics:
            extrinsics = read_extrinsics(fixed.extrinsics)
            missing = sorted(set(names) - set(extrinsics.cameras))
            if missing:
                raise ValueError(f"{fixed.extrinsics} has no camera {', '.join(missing)}")
            self._world, self._places = self._world or extrinsics.frame, dict(extrinsics.cameras)
            if self._world != extrinsics.frame:
                raise ValueError(
                    f"world_frame is {self._world!r}, but {fixed.extrinsics} is of frame {extrinsics.frame!r}: leave "
                    "world_frame out"
                )
        elif not self._world:
            raise ValueError("give the parameter `extrinsics`, or `world_frame` for a frame of tf")
        else:
            self._listener = TransformListener(self, self._tree)
        self._topologies: dict[str, Topology] = {}
        self._smoother: Smoother | None = None
        self._times, self._counts = StageTimes(), Counter[str]()
        self._instants: Instants[Arrived] = Instants(names, self.parameters[InstantOptions])
        self._newest = Newest(self._locate)
        self._people = self.create_publisher(SkeletonArray, "people_3d", PROFILES["reliable"])
        self._markers = self.create_publisher(MarkerArray, "people_3d/markers", PROFILES["reliable"])
        self._topology = self.create_publisher(SkeletonTopology, "people_3d/topology", PROFILES["latched"])
        self._reports = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        learn_topologies(self, names, self._topologies, self._complain)
        self._views = [
            CameraView(self, name, fixed.rectified, self._place, self._topologies, self._on_seen) for name in names
        ]
        # the time of a simulation or bag can stand still
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(_PERIOD, self._hand_on, clock=steady)
        self.create_timer(_REPORT, self._report, clock=steady)
        topics = ", ".join(self.resolve_topic_name(f"{name}/skeletons") for name in names)
        self.get_logger().info(f"waiting for skeletons on {topics}")

    def _on_change(self, names: set[str]) -> None:
        if not self._views:  # it could not start
            return
        self._instants.options = self.parameters[InstantOptions]
        if self._fusing is not None:
            self._fusing.options = self.parameters[ViewsOptions]

    def _place(self, camera: str, frame: str, stamp: float) -> Transform:
        return self._places[camera] if self._places else self._tree.find(frame, self._world, stamp)

    def _on_seen(self, camera: str, message: SkeletonArray, seen: Seen) -> None:
        self._instants.add(camera, Stamped(seen.stamp, time.monotonic(), (message, seen)))
        self._hand_on()

    def _hand_on(self) -> None:
        assert self._newest is not None
        for moment in self._instants.ready(time.monotonic()):
            self._newest.put(moment)

    def _locate(self, moment: dict[str, Stamped[Arrived]]) -> None:
        try:
            with self._busy:
                self._fuse(sorted((item.value for item in moment.values()), key=lambda value: value[1].stamp))
        except Exception as error:  # whatever was in them: the next moment is another one
            self._counts["failed"] += 1
            self._complain(f"a moment could not be used: {type(error).__name__}: {error}")

    def close(self) -> None:
        """Finish the moment at hand and stop."""
        if self._newest is not None:
            self._newest.stop()

    def _fuse(self, arrived: list[Arrived]) -> None:
        begun = time.perf_counter()
        middle = arrived[(len(arrived) - 1) // 2]
        fusing = self._fusing_of(middle[1].poses.topology)
        seen = [s for _, s in arrived if s.poses.topology == fusing.topology]
        self._counts["other_topology"] += len(arrived) - len(seen)
        people = fusing(seen, middle[1].stamp)
        if self.parameters[LiveSettings].smooth:
            if self._smoother is None or self._smoother.topology != fusing.topology:
                self._smoother = Smoother(fusing.topology)
            self._smoother.options = self.parameters[SmootherOptions]
            people = self._smoother.update(people, middle[1].stamp)
        self._counts["moments"] += 1
        self._counts["people"] += len(people)
        self._publish(people, Header(stamp=middle[0].header.stamp, frame_id=self._world))
        age = self.get_clock().now().nanoseconds / 1e9 - middle[1].stamp
        self._times.add({"fuse": time.perf_counter() - begun, "age": age})

    def _fusing_of(self, topology: Topology) -> Fusing:
        """The Fusing of the first skeletons; a new one when more is learned of their topology."""
        known = self._fusing
        if known is None or (known.topology != topology and known.topology.keypoints == topology.keypoints):
            known = self._fusing = Fusing(topology, self._world)
            known.options = self.parameters[ViewsOptions]
            self._topology.publish(skeleton_topology(topology))
        return known

    def _publish(self, people: Poses, header: Header) -> None:
        if self._people.get_subscription_count():
            self._people.publish(skeleton_array(people, header, 0, 0))
        if self._markers.get_subscription_count():
            drawn = people.confident(MIN_SCORE)
            assert drawn.positions is not None
            self._markers.publish(marker_array(drawn, drawn.positions, header, up=_UP))

    def _report(self) -> None:
        name = self.get_fully_qualified_name().lstrip("/")
        assert self._newest is not None
        with self._busy:
            clocks = {} if self._fusing is None else self._fusing.clocks.offsets([v.name for v in self._views])
            counts = {**self._counts, "skipped": self._newest.skipped}
        statuses = [node_status(name, self._world, counts, self._times, self._views)]
        statuses += [camera_status(name, view, self._instants.counts[view.name], clocks) for view in self._views]
        message = DiagnosticArray(status=statuses)
        message.header.stamp = self.get_clock().now().to_msg()
        self._reports.publish(message)

    def _complain(self, text: str) -> None:
        self.get_logger().warning(text, throttle_duration_sec=_LOG_PERIOD)


def main(args: Sequence[str] | None = None) -> int:
    """Run the node as a process, with ``args`` as in ``sys.argv``; returns its exit code."""
    return run(People3dNode, args=sys.argv if args is None else args)


if __name__ == "__main__":
    sys.exit(main())
