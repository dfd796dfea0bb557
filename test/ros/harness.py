"""Processes with nodes, and the node in this process that talks to them."""

import atexit
import itertools
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from shutil import which

import numpy as np
import rclpy
import yaml
from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from builtin_interfaces.msg import Time as TimeMessage
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import DescribeParameters, GetParameters, ListParameters, SetParametersAtomically
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.time import Time
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from trt_pose_ros.msg import SkeletonArray
from trt_pose_ros.ros.convert.image import bgr_to_image
from trt_pose_ros.ros.runtime import command
from trt_pose_ros.ros.runtime.qos import PROFILES

PATIENCE = 60.0  # seconds after which a condition is given up: far more than it takes, a test machine may be busy
_numbers = itertools.count(1)


class Process:
    """A program whose output is kept.

    Args:
        line: the program and its arguments.
    """

    def __init__(self, *line, env=None):
        self._file = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [str(part) for part in line], stdout=self._file, stderr=subprocess.STDOUT, env=env
        )
        self.pid = self._process.pid
        atexit.register(self.end)  # whatever happens to the test: a node left over would talk to the next ones

    @property
    def output(self):
        """What it has written so far, to stdout and stderr."""
        self._file.seek(0)
        return self._file.read()

    @property
    def exit_code(self):
        """None while it runs."""
        return self._process.poll()

    def wait_for(self, text):
        """Wait until it has written ``text``."""
        wait_until(lambda: text in self.output or self.exit_code is not None, lambda: f"{text!r} in: {self.output}")
        assert text in self.output

    def send(self, number=signal.SIGINT):
        """Send it a signal."""
        self._process.send_signal(number)

    def wait(self):
        """Wait for its end and return the exit code."""
        return self._process.wait(PATIENCE)

    def end(self):
        """End it. Gently, where it lets us: what a killed process leaves in shared memory disturbs later ones."""
        self._process.terminate()
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def node_command(node, **given):
    """The command line of one of our nodes as a process of its own."""
    return command.node_command(f"trt_pose_ros.ros.nodes.{node}", **given)


def parameter_file(path, parameters):
    """Write a parameter file for any node; returns its path."""
    path.write_text(yaml.safe_dump({"/**": {"ros__parameters": dict(parameters)}}))
    return path


def unused_namespace():
    """A namespace for one process: nothing of an earlier test can be mistaken for it."""
    return f"/test{next(_numbers)}"


def wait_until(condition, what="the condition", do=lambda: time.sleep(0.01)):
    """Call ``do`` until ``condition()`` is true and return its value; fail with ``what`` when patience ends."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, f"waited in vain for {what() if callable(what) else what}"
        do()
    return value


class Tester:
    """A node with its executor; a context manager."""

    def __enter__(self):
        self._context = rclpy.context.Context()
        rclpy.init(context=self._context)
        self.node = rclpy.create_node("tester", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._diagnostics = {}
        self.node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 100)
        return self

    def __exit__(self, *_):
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def spin_until(self, condition, what="the condition"):
        """Work off callbacks until ``condition()`` is true; returns its value."""
        return wait_until(condition, what, lambda: self._executor.spin_once(timeout_sec=0.05))

    def spin_to(self, due):
        """Work off callbacks until ``time.monotonic()`` is ``due``."""
        while True:
            left = due - time.monotonic()
            self._executor.spin_once(timeout_sec=max(0.0, left))
            if left <= 0:
                return

    def publisher(self, kind, topic, qos="reliable", matched=True):
        """A publisher; ``matched``: that somebody listens to."""
        made = self.node.create_publisher(kind, topic, PROFILES[qos])
        if matched:
            self.spin_until(made.get_subscription_count, f"a subscriber of {topic}")
        return made

    def messages(self, kind, topic, qos="reliable", matched=True):
        """(subscription, list that fills with what arrives); ``matched``: that somebody publishes."""
        received = []
        subscription = self.node.create_subscription(
            kind, topic, lambda message: received.append(message), PROFILES[qos]
        )
        if matched:
            self.spin_until(lambda: self.node.count_publishers(topic), f"a publisher of {topic}")
        return subscription, received

    def call(self, client, request, again=True):
        """Call a service and return its response.

        A server that does not know of the client yet answers it to no effect: where a request does no harm twice
        (``again``) it is repeated until there is an answer.
        """
        self.spin_until(client.service_is_ready, f"service {client.srv_name}")
        futures, asked = [client.call_async(request)], time.monotonic()

        def answered():
            nonlocal asked
            if again and time.monotonic() - asked > 2:
                futures.append(client.call_async(request))
                asked = time.monotonic()
            return next((future for future in futures if future.done()), None)

        return self.spin_until(answered, f"a response of {client.srv_name}").result()

    def next_diagnostics(self, name):
        """A report of ``name`` made from now on: its values, ``level`` (a number) and ``message``, as a dict."""
        asked = self.node.get_clock().now().nanoseconds
        self.spin_until(lambda: self._diagnostics.get(name, (0,))[0] > asked, f"diagnostics of {name}")
        return self._diagnostics[name][1]

    def last_diagnostics(self, name):
        """The last report of ``name``, as of next_diagnostics, without waiting; empty before the first."""
        return self._diagnostics.get(name, (0, {}))[1]

    def _on_diagnostics(self, message):
        for status in message.status:
            values = {pair.key: pair.value for pair in status.values}
            values |= {"level": status.level[0], "message": status.message}
            self._diagnostics[status.name] = Time.from_msg(message.header.stamp).nanoseconds, values


def _sum(report, keys):
    return sum(int(report.get(key, 0)) for key in keys)


_SERVICES = {
    "get_state": GetState,
    "change_state": ChangeState,
    "set_parameters_atomically": SetParametersAtomically,
    "list_parameters": ListParameters,
    "get_parameters": GetParameters,
    "describe_parameters": DescribeParameters,
}


def _transition(name):
    return ChangeState.Request(transition=Transition(id=getattr(Transition, f"TRANSITION_{name.upper()}")))


class PoseNodeProcess(Process):
    """A pose_node in a process and a namespace of its own; a context manager.

    Args:
        tester: the Tester that talks to it.
        parameters: its start values.
        files: parameter files.
        active: wait until it is.
    """

    def __init__(self, tester, parameters=(), active=True, files=()):
        self.tester, self.namespace = tester, unused_namespace()
        # made early: a server that does not know of the client yet answers it to no effect
        self._services = {
            name: tester.node.create_client(kind, self.topic(f"pose_node/{name}")) for name, kind in _SERVICES.items()
        }
        super().__init__(*node_command("pose_node", namespace=self.namespace, parameters=parameters, files=files))
        if active:
            self.wait_for("waiting for images")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        for client in self._services.values():
            self.tester.node.destroy_client(client)

    def call(self, service, request):
        """Call one of its services and return the response."""
        return self.tester.call(self._services[service], request, again=service != "change_state")

    def topic(self, name):
        """The full name of a topic."""
        return f"{self.namespace}/{name}"

    def state(self):
        """Label of its lifecycle state."""
        return self.call("get_state", GetState.Request()).current_state.label

    def change_state(self, transition):
        """Ask for a lifecycle transition, by its name; returns whether it was made."""
        self.state()  # an answer to this, which may be repeated, shows that node and client know each other
        return self.call("change_state", _transition(transition)).success

    def request_state(self, transition):
        """Ask for a lifecycle transition without waiting for the answer."""
        client = self._services["change_state"]
        self.tester.spin_until(client.service_is_ready, "change_state")
        client.call_async(_transition(transition))

    def set_parameters(self, **values):
        """Set parameters, all or nothing (a dot in a name is written __); returns the result with its reason."""
        parameters = [
            Parameter(name.replace("__", "."), value=value).to_parameter_msg() for name, value in values.items()
        ]
        request = SetParametersAtomically.Request(parameters=parameters)
        return self.call("set_parameters_atomically", request).result

    def dump(self):
        """{name: value} of all parameters, had as `ros2 param dump` has them."""
        names = self.call("list_parameters", ListParameters.Request()).result.names
        values = self.call("get_parameters", GetParameters.Request(names=names)).values
        return {name: parameter_value_to_python(value) for name, value in zip(names, values, strict=True)}

    def diagnostics(self, camera=None):
        """The next report of the node, or of its camera."""
        name = self.topic("pose_node").lstrip("/")
        return self.tester.next_diagnostics(f"{name}: {camera}" if camera else name)

    def known(self, camera="image"):
        """Number of frames that it has received or knows to be lost."""
        return _sum(self.diagnostics(camera), ["received", "lost"])

    def accounted(self, sent, camera="image"):
        """Wait until the fate of ``sent`` frames is known; returns the camera's report."""
        report = {}

        def complete():
            nonlocal report
            report = self.diagnostics(camera)
            return _sum(report, FATES) == _sum(report, ["received"]) == sent - _sum(report, ["lost"])

        self.tester.spin_until(complete, lambda: f"{sent} frames accounted for, last report: {report}")
        return report


FATES = ("processed", "skipped", "rate_limited", "replaced", "bad", "failed", "unsent")


class Camera:
    """Publishes images to a pose_node and collects the skeletons that come back; a context manager.

    Args:
        process: the PoseNodeProcess.
        name: of the camera, where the process has several.

    Attributes:
        published: number of images.
        skeletons: the SkeletonArrays that came.
    """

    def __init__(self, process, name=""):
        below = f"{name}/" if name else ""
        self.published = 0
        self._tester = process.tester
        self._subscription, self.skeletons = self._tester.messages(SkeletonArray, process.topic(f"{below}skeletons"))
        self._publisher = self._tester.publisher(Image, process.topic(f"{below}image"))
        # until the node knows of our subscription it skips what comes
        self._tester.spin_until(lambda: self._publish_anything() and self.skeletons, "skeletons of a first image")
        self._tester.spin_until(lambda: stamp_of(self.skeletons[-1]) == self.published, "skeletons of the last image")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._tester.node.destroy_subscription(self._subscription)
        self._tester.node.destroy_publisher(self._publisher)

    def _publish_anything(self):
        self.publish(np.zeros((8, 8, 3), np.uint8))
        self._tester.spin_to(time.monotonic() + 0.05)  # more at once than the queues hold would be lost
        return True

    def publish(self, image, frame_id="camera"):
        """Publish an image message, or a picture as one; its stamp in nanoseconds is the count of those published."""
        message = image if isinstance(image, Image) else bgr_to_image(image, Header())
        self.published += 1
        message.header = Header(frame_id=frame_id, stamp=TimeMessage(sec=7, nanosec=self.published))
        self._publisher.publish(message)

    def detect(self, image, frame_id="camera"):
        """Publish an image and return its SkeletonArray."""
        self.publish(image, frame_id)
        self._tester.spin_until(lambda: stamp_of(self.skeletons[-1]) == self.published, "its skeletons")
        return self.skeletons[-1]


def stamp_of(message):
    """The number of one of Camera's images, that a message's stamp tells."""
    assert message.header.stamp.sec == 7
    return message.header.stamp.nanosec


def keypoints(message):
    """float [P, K, 3] of a SkeletonArray, people from left to right: x, y in pixels, score."""
    people = [[(k.x, k.y, k.score) for k in skeleton.keypoints] for skeleton in message.skeletons]
    people = np.array(people).reshape(len(people), len(message.keypoint_names), 3)
    return people[np.argsort(np.nanmean(people[:, :, 0], axis=1))]


def stamp_in_seconds(message):
    """The stamp of a message's header."""
    return message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec


def why_no_ros2_launch():
    """Why `ros2 launch` can't be tested here; None where it can."""
    if not which("ros2") or not find_spec("launch_ros"):
        return "ros2 launch is not installed"
    try:
        get_package_share_directory("trt_pose_ros")
    except PackageNotFoundError:
        return "trt_pose_ros is not installed where ros2 launch looks for it (AMENT_PREFIX_PATH)"
    return None
