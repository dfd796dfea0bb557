"""follow_person_node as a process: what arrives on cmd_vel, above all when something is wrong."""

import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from geometry_msgs.msg import Twist, TwistStamped
from harness import Process, node_command, unused_namespace, wait_until
from mutations import CASES
from rcl_interfaces.srv import SetParametersAtomically
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from trt_pose_ros.msg import Keypoint, Skeleton, SkeletonArray
from trt_pose_ros.ros.nodes.follow_person_node import FollowPersonNode

sys.path.insert(0, str(Path(__file__).parents[3] / "examples" / "follow_person"))
from simulation import BODY, CAMERA, HEIGHT, WIDTH, Walker

DEGREES = float(np.degrees(2 * np.arctan(WIDTH / 2 / CAMERA.fx)))


def calibration(scale=1.0, focal=CAMERA.fx):
    """The CameraInfo of images of that size and focal length."""
    info = CameraInfo(width=round(scale * WIDTH), height=round(scale * HEIGHT))
    info.k[0] = info.k[4] = focal
    info.k[2], info.k[5] = (info.width - 1) / 2, (info.height - 1) / 2
    return info


class Robot(Process):
    """A follow_person_node, and the camera before it that sees one person; a context manager.

    Attributes:
        commands: the messages on cmd_vel.
        camera_info: what the camera publishes with each image; None: nothing.
        others: skeletons of other people.
    """

    def __init__(self, tester, kind=Twist, **parameters):
        self.tester, namespace = tester, unused_namespace()
        parameters = {"dry_run": False, "field_of_view": DEGREES} | parameters
        super().__init__(*node_command("follow_person_node", namespace=namespace, parameters=parameters))
        self._subscription, self.commands = tester.messages(kind, f"{namespace}/cmd_vel")
        self.others = []
        self._skeletons = tester.publisher(SkeletonArray, f"{namespace}/skeletons")
        self._camera_info, self.camera_info = tester.publisher(CameraInfo, f"{namespace}/camera_info"), None
        service = f"{namespace}/follow_person_node/set_parameters_atomically"
        self._parameters = tester.node.create_client(SetParametersAtomically, service)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        for entity in (self._skeletons, self._camera_info):
            self.tester.node.destroy_publisher(entity)
        self.tester.node.destroy_client(self._parameters)
        self.tester.node.destroy_subscription(self._subscription)

    def see(self, x=3.0, y=0.0, age=0, measured=None, **changes):
        """Publish the skeleton of somebody at (x, y) metres before the robot, in an image of ``age`` seconds.

        Their joints are measured to be ``measured`` metres away; None: they have no positions.
        """
        seen = Walker(lambda t: (x, y)).skeleton(0.0, (0.0, 0.0, 0.0), np.random.default_rng(0), 0.0, 0.0)
        keypoints = [Keypoint(x=float(k.x), y=float(k.y), score=k.score) for k in seen.keypoints]
        for keypoint in keypoints if measured else ():
            ray = measured * CAMERA.rays([keypoint.x, keypoint.y])
            keypoint.position.x, keypoint.position.y, keypoint.position.z = ray.tolist()
            keypoint.position_stddev = 0.03
        now = self.tester.node.get_clock().now().to_msg()
        now.sec -= age
        message = SkeletonArray(
            header=Header(stamp=now),
            keypoint_names=list(BODY),
            image_width=WIDTH,
            image_height=HEIGHT,
            skeletons=[Skeleton(track_id=7, keypoints=keypoints), *self.others],
        )
        for name, value in changes.items():
            setattr(message, name, value)
        if self.camera_info:
            self._camera_info.publish(self.camera_info)
        self._skeletons.publish(message)
        return True

    def see_until(self, condition, what, **scene):
        """Publish the same scene again and again until ``condition()``."""
        self.tester.spin_until(lambda: self.see(**scene) and condition(), what)

    def speed(self):
        """The last commanded speed; NaN before any."""
        return self.commands[-1].linear.x if self.commands else np.nan

    def drive(self):
        """Follow until it drives."""
        self.see_until(lambda: self.speed() > 0.2, lambda: f"a robot that drives: {self.output}")

    def wait_until_it_stands(self, **scene):
        """Wait for a zero command, where ``scene`` is given with that before its camera."""
        stands = lambda: self.commands[-1] == Twist()  # noqa: E731
        if scene:
            self.see_until(stands, "a zero command", **scene)
        else:
            self.tester.spin_until(stands, "a zero command")

    def set_parameters(self, **values):
        """Set parameters, all or nothing; returns the result with its reason."""
        parameters = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
        request = SetParametersAtomically.Request(parameters=parameters)
        return self.tester.call(self._parameters, request).result


def test_follows_and_stops_when_the_input_ends(tester):
    with Robot(tester) as robot:
        robot.drive()
        assert max(command.linear.x for command in robot.commands) <= 0.3
        robot.wait_until_it_stands()
        robot.wait_for("stopped, no usable skeletons arrive")
        # and goes on saying so
        count = len(robot.commands)
        tester.spin_until(lambda: len(robot.commands) > count + 5, "more commands")
        assert all(command == Twist() for command in robot.commands[count:])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_its_last_command_is_zero(tester, number):
    with Robot(tester) as robot:
        robot.drive()
        count = len(robot.commands)
        robot.send(number)
        # the person is there to the end
        robot.see_until(lambda: robot.exit_code is not None, "the end of the process")
        tester.spin_until(lambda: robot.commands[-1] == Twist(), lambda: f"a last zero after {robot.commands[count:]}")
        assert robot.exit_code == 0


def test_measured_distances_count(tester):
    with Robot(tester, distance=1.5, tolerance=0.2) as robot:
        robot.drive()
        robot.wait_until_it_stands(x=2.5, measured=1.6)
        robot.drive()
        # positions in a frame that is not the image's, or of the wall behind, tell nothing of the person
        robot.see_until(lambda: robot.speed() > 0.2, "a robot that drives", x=2.5, measured=1.6, position_frame="map")
        robot.wait_until_it_stands(x=2.5, measured=6.0)


def test_turns_to_the_person(tester):
    with Robot(tester) as robot:
        robot.see_until(lambda: robot.commands and robot.commands[-1].angular.z > 0.2, "a turn to the left", y=1.0)


def test_dry_run_is_the_default_and_publishes_nothing(tester):
    with Robot(tester, dry_run=True) as robot:
        robot.see_until(lambda: "0.30 m/s" in robot.output, lambda: f"a command in words: {robot.output}")
        assert robot.commands == []
    with Robot(tester) as robot:
        robot.drive()
        assert robot.set_parameters(dry_run=True).successful
        robot.wait_until_it_stands()
        count = len(robot.commands)
        robot.see_until(lambda: "dry run: following" in robot.output, "a dry run")
        assert len(robot.commands) == count


def test_dry_run_needs_no_parameter(tester, processes):
    process = processes(*node_command("follow_person_node", namespace=unused_namespace()))
    process.wait_for("dry run: cmd_vel stays silent")


def test_stamped_commands(tester):
    with Robot(tester, TwistStamped, stamped=True, frame_id="jetbot") as robot:
        robot.see_until(lambda: robot.commands and robot.commands[-1].twist.linear.x > 0.1, "a speed")
        header = robot.commands[-1].header
        assert header.frame_id == "jetbot"
        assert header.stamp.sec > 0


def test_unusable_calibration_is_told(tester):
    with Robot(tester) as robot:
        robot.drive()
        robot.camera_info = calibration()
        robot.camera_info.k[0] = np.nan
        robot.wait_until_it_stands(x=3.0)
        robot.see_until(
            lambda: "unusable camera_info: a camera of focal length fx = nan pixels" in robot.output,
            lambda: f"the reason: {robot.output}",
        )
        robot.camera_info = calibration()
        robot.drive()


def test_calibration_for_images_of_another_shape_stops_it(tester):
    with Robot(tester) as robot:
        robot.drive()
        robot.camera_info = calibration()
        robot.camera_info.height = HEIGHT // 2
        robot.wait_until_it_stands(x=3.0)
        robot.see_until(lambda: "have another shape" in robot.output, lambda: f"the reason: {robot.output}")


def test_somebody_close_up_stops_it(tester):
    with Robot(tester) as robot:
        robot.drive()
        nose = [Keypoint(x=np.nan, y=np.nan) for _ in BODY]
        nose[list(BODY).index("nose")] = Keypoint(x=320.0, y=200.0, score=0.9)
        robot.others = [Skeleton(track_id=8, keypoints=nose)]
        robot.wait_until_it_stands(x=3.0)
        robot.see_until(
            lambda: "following (track id 7); not driving forwards: somebody is nearer than `clearance`" in robot.output,
            lambda: f"the reason: {robot.output}",
        )


def test_it_accelerates_from_zero_after_a_dry_run(tester):
    with Robot(tester, dry_run=True, acceleration=0.1) as robot:
        robot.see_until(lambda: "0.30 m/s" in robot.output, lambda: f"a command in words: {robot.output}")
        assert robot.set_parameters(dry_run=False).successful
        robot.see_until(lambda: robot.commands, "a command")
        assert robot.commands[0].linear.x < 0.1


@pytest.mark.parametrize(
    ("scene", "complaint"),
    [
        ({"image_width": 0}, "unusable skeletons: skeletons of an image of 0x480 pixels"),
        ({"keypoint_names": ["nose"]}, "but 1 keypoint_names"),
        ({"age": 30}, "skeletons of an image 30."),
    ],
)
def test_input_that_cannot_be_right_stops_it(tester, scene, complaint):
    with Robot(tester) as robot:
        robot.drive()
        robot.wait_until_it_stands(**scene)
        wait_until(lambda: complaint in robot.output, lambda: f"{complaint!r} in {robot.output}")


def test_calibration_tells_the_distance(tester):
    with Robot(tester) as robot:
        robot.drive()
        # calibrated at half the size, with half the focal length that the person is projected with: half as far
        robot.camera_info = calibration(scale=0.5, focal=CAMERA.fx / 4)
        robot.wait_until_it_stands(x=3.0)
        # of an uncalibrated camera
        robot.camera_info = CameraInfo(width=WIDTH, height=HEIGHT)
        robot.drive()


def test_parameters(tester):
    with Robot(tester) as robot:
        result = robot.set_parameters(max_speed=-1.0, distance=2.0)
        assert not result.successful
        assert "max_speed" in result.reason
        assert "read-only" in robot.set_parameters(rate=10.0).reason
        robot.drive()
        assert robot.set_parameters(max_speed=0.0).successful
        robot.wait_until_it_stands(x=3.0)


def test_person_is_chosen_by_parameter(tester):
    with Robot(tester, person=8) as robot:
        robot.see_until(lambda: "waiting for somebody to follow" in robot.output, "that it waits")
        assert robot.set_parameters(person=7).successful
        robot.drive()


def test_wrong_start_value_ends_it_with_a_reason(processes):
    process = processes(*node_command("follow_person_node", parameters={"max_speed": 9.0}))
    assert process.wait() == 1
    assert "parameter 'max_speed' is 9.0, must be a number from 0.0 to 2.0" in process.output


class TestInProcess:
    """Its callbacks, called by hand: what it publishes is kept."""

    @pytest.fixture
    def node(self, tester):
        overrides = [Parameter("dry_run", value=False)]
        made = FollowPersonNode(context=tester.node.context, parameter_overrides=overrides)
        made.published = []
        made._commands = SimpleNamespace(publish=made.published.append, wait_for_all_acked=lambda _: True)
        yield made
        made.destroy_node()

    def skeletons(self, node, **changes):
        seen = Walker(lambda t: (4.0, 0.0)).skeleton(0.0, (0.0, 0.0, 0.0), np.random.default_rng(0), 0.0, 0.0)
        keypoints = [Keypoint(x=float(k.x), y=float(k.y), score=k.score) for k in seen.keypoints]
        message = SkeletonArray(
            header=Header(stamp=node.get_clock().now().to_msg()),
            keypoint_names=list(BODY),
            image_width=WIDTH,
            image_height=HEIGHT,
            skeletons=[Skeleton(track_id=7, keypoints=keypoints)],
        )
        for name, value in changes.items():
            setattr(message, name, value)
        return message

    def drive(self, node):
        for _ in range(3):
            node._on_skeletons(self.skeletons(node))
            node._on_timer()
            time.sleep(0.02)
        assert node.published[-1].linear.x > 0

    def test_an_error_in_the_command_is_zero(self, node):
        self.drive(node)
        node._follower.command = lambda now: 1 / 0
        node._on_timer()
        assert node.published[-1] == Twist()

    def test_an_error_in_what_arrives_is_zero(self, node):
        self.drive(node)
        node._on_skeletons(SimpleNamespace(header=Header(stamp=node.get_clock().now().to_msg())))
        node._on_timer()
        assert node.published[-1] == Twist()

    @pytest.mark.parametrize("seconds", [-(2**31), -30, 30, 2**31 - 1])
    def test_skeletons_of_another_time_are_ignored(self, node, seconds):
        header = Header()
        header.stamp.sec = seconds if abs(seconds) > 30 else node.get_clock().now().to_msg().sec + seconds
        node._on_skeletons(self.skeletons(node, header=header))
        node._on_timer()
        assert node.published[-1] == Twist()

    def test_mutated_messages(self, node):
        random = np.random.default_rng(8)
        odd = [np.nan, np.inf, -np.inf, -1.0, 0.0, 1.5, 1e30]
        for _ in range(CASES):
            message = self.skeletons(node)
            for _ in range(random.integers(0, 20)):
                keypoint = message.skeletons[0].keypoints[random.integers(0, len(BODY))]
                setattr(keypoint, str(random.choice(["x", "y", "score"])), float(random.choice(odd)))
            if random.random() < 0.3:
                message.image_width = int(random.choice([0, 1, WIDTH, 2**32 - 1]))
            if random.random() < 0.1:
                message.keypoint_names = [
                    str(n) for n in random.choice(["nose", "", "left_hip"], random.integers(0, 20))
                ]
            if random.random() < 0.3:
                message.skeletons.append(Skeleton(track_id=int(random.choice([-(2**31), -1, 7, 2**31 - 1]))))
            info = calibration()
            info.k[random.integers(0, 9)] = float(random.choice(odd))
            info.d = [float(random.choice(odd)) for _ in range(random.integers(0, 9))]
            info.distortion_model = str(random.choice(["", "plumb_bob", "equidistant", "rational_polynomial", "x"]))
            node._on_camera_info(info if random.random() < 0.5 else calibration())
            node._on_skeletons(message)
            node._on_timer()
            twist = node.published[-1]
            assert 0.0 <= twist.linear.x <= 0.3
            assert abs(twist.angular.z) <= 1.0
