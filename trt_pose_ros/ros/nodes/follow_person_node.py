"""follow_person_node: makes a base that takes velocities follow one person.

Subscribes to `skeletons` and `camera_info`, publishes on `cmd_vel` at a fixed rate, whatever arrives or doesn't. In the
dry run, with which it starts unless told otherwise, it only logs what it would publish. Whatever goes wrong in it, the
command is zero.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geometry_msgs.msg import Twist, TwistStamped
from rclpy.clock import Clock, ClockType
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CameraInfo

from ...follow import FOLLOWING, LOST, STALE, STOPPED, WAITING, Command, Follower, FollowOptions
from ...geometry import CameraModel
from ...messages.camera_info import camera_model
from ...msg import SkeletonArray
from ...options import Options, option
from ...poses import NO_TRACK
from ..runtime.parameters import READ_ONLY, GivenParameters, Parameters
from ..runtime.process import run
from ..runtime.qos import PROFILES

_LOG_PERIOD = 1.0  # seconds
_LAST_WORD = 1.0  # seconds that the base gets to take the last, zero command
_NOW = {
    WAITING: "waiting for somebody to follow",
    FOLLOWING: "following",
    STOPPED: "stopped by a raised hand; goes on when it is raised again",
    LOST: "lost; goes on when they are seen again, or follows who raises a hand",
    STALE: "stopped, no usable skeletons arrive",
}
_BLOCKED = "; not driving forwards: somebody is nearer than `clearance`, or at a distance that cannot be told"


@dataclass(frozen=True)
class FixedSettings(Options):
    """What is read at the start."""

    stamped: bool = option(False, "publish geometry_msgs/TwistStamped instead of Twist")
    frame_id: str = option("base_link", "frame_id of the TwistStamped")
    rate: float = option(20.0, "commands a second", low=5.0, high=200.0)
    rectified: bool = option(
        False, "the skeletons are of rectified images: the P of camera_info holds for them, without distortion"
    )


@dataclass(frozen=True)
class LiveSettings(Options):
    """What can be changed at any time, besides the FollowOptions."""

    dry_run: bool = option(True, "only log the commands and publish none: the robot does not move")
    person: int = option(
        NO_TRACK,
        "track id of the person to follow; -1: the one that `choose` describes. Setting it starts the choice again",
        low=-1,
        high=2**31 - 1,
    )
    max_age: float = option(
        1.0, "skeletons of images older than this many seconds are ignored; 0: no limit", low=0.0, high=60.0
    )


class FollowPersonNode(GivenParameters, Node):
    """See the module.

    Attributes:
        finished: True where a parameter is wrong.
        exit_code: 1 then.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("follow_person_node", **kwargs)
        self.finished, self.exit_code = False, 0
        self._commands: Publisher | None = None
        self.parameters = Parameters(self, self._on_change)
        self.parameters.declare(FixedSettings(), READ_ONLY)
        self.parameters.declare(LiveSettings())
        self.parameters.declare(FollowOptions())
        self.parameters.warn_of_unknown()
        try:
            self.parameters.check()
        except ValueError as error:
            self.get_logger().error(str(error))
            self.finished, self.exit_code = True, 1
            return
        fixed, self._live = self.parameters[FixedSettings], self.parameters[LiveSettings]
        self._stamp_frame = fixed.frame_id if fixed.stamped else None
        self._rectified = fixed.rectified
        self._follower = Follower(self.parameters[FollowOptions])
        self._follower.choose(self._live.person)
        self._camera: CameraModel | None = None  # until it is known
        self._camera_problem = ""
        self._told: tuple[str, bool] | None = None  # what was last said of the state
        self._commands = self.create_publisher(
            TwistStamped if fixed.stamped else Twist, "cmd_vel", PROFILES["reliable"]
        )
        self.create_subscription(SkeletonArray, "skeletons", self._on_skeletons, PROFILES["sensor_data"])
        self.create_subscription(CameraInfo, "camera_info", self._on_camera_info, PROFILES["sensor_data"])
        # the time of a simulation or bag can stand still, and the robot must be stopped then too
        self._steady_clock = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(1 / fixed.rate, self._on_timer, clock=self._steady_clock)
        if self._live.dry_run:
            self.get_logger().warning("dry run: cmd_vel stays silent until the parameter dry_run is false")

    def close(self) -> None:
        """Leave the robot standing."""
        if self._commands and not self._live.dry_run:
            self._publish(0.0, 0.0)
            self._commands.wait_for_all_acked(Duration(seconds=_LAST_WORD))

    def _on_change(self, names: set[str]) -> None:
        if self._commands is None:  # it could not start
            return
        live = self.parameters[LiveSettings]
        if live.dry_run and not self._live.dry_run:
            self._publish(0.0, 0.0)
        if self._live.dry_run and not live.dry_run:
            self._follower.halt()  # the robot stands, however fast the dry run was
        self._live, self._follower.options = live, self.parameters[FollowOptions]
        if "person" in names:
            self._follower.choose(live.person)

    def _on_camera_info(self, info: CameraInfo) -> None:
        self._camera, self._camera_problem = None, ""
        try:
            self._camera = camera_model(info, self._rectified)
        except ValueError as error:
            self._camera_problem = f"unusable camera_info: {error}"
            self._complain(self._camera_problem)

    def _on_skeletons(self, array: SkeletonArray) -> None:
        stamp = array.header.stamp
        age = self.get_clock().now().nanoseconds / 1e9 - (stamp.sec + stamp.nanosec / 1e9)
        # written so that NaN is ignored too
        if self._live.max_age and not abs(age) <= self._live.max_age:
            self._complain(
                f"skeletons of an image {age:.1f} s old (max_age) are ignored: a slow network, or two clocks?"
            )
            return
        if self._camera_problem:
            self._follower.distrust_input()
            self._complain(self._camera_problem)
            return
        try:
            self._follower.update(array, self._seconds(), self._camera)
        except Exception as error:  # whatever arrived: the robot stands, and the node goes on
            self._complain(f"unusable skeletons: {error}")

    def _on_timer(self) -> None:
        try:
            command = self._follower.command(self._seconds())
            if self._live.dry_run:
                self.get_logger().info(_in_words(command), throttle_duration_sec=_LOG_PERIOD)
            else:
                self._publish(command.speed, command.turn_rate)
        except Exception as error:
            self._follower.distrust_input()
            self._complain(f"no command: {type(error).__name__}: {error}")
            if not self._live.dry_run:
                self._publish(0.0, 0.0)
            return
        self._tell(command)

    def _tell(self, command: Command) -> None:
        said = (command.state, command.blocked)
        if said != self._told:
            self._told = said
            who = f" (track id {command.track_id})" if command.track_id != NO_TRACK else ""
            self.get_logger().info(_NOW[command.state] + who + _BLOCKED * command.blocked)

    def _publish(self, speed: float, turn_rate: float) -> None:
        assert self._commands is not None
        twist = Twist()
        twist.linear.x, twist.angular.z = speed, turn_rate
        if self._stamp_frame is not None:
            message = TwistStamped(twist=twist)
            message.header.stamp, message.header.frame_id = self.get_clock().now().to_msg(), self._stamp_frame
        else:
            message = twist
        if self._commands is not None:
            self._commands.publish(message)

    def _seconds(self) -> float:
        return self._steady_clock.now().nanoseconds / 1e9

    def _complain(self, text: str) -> None:
        self.get_logger().warning(text, throttle_duration_sec=_LOG_PERIOD)


def _in_words(command: Command) -> str:
    return (
        f"dry run: {command.state}, {command.distance:.2f} m away: "
        f"{command.speed:.2f} m/s, {command.turn_rate:+.2f} rad/s"
    )


def main(args: Sequence[str] | None = None) -> int:
    """Run the node as a process, with ``args`` as in ``sys.argv``; returns its exit code."""
    return run(FollowPersonNode, args=sys.argv if args is None else args)


if __name__ == "__main__":
    sys.exit(main())
