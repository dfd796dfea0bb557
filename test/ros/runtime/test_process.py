"""run(): how it ends, and what it leaves behind. Its own process: signals and rclpy are the process's."""

import sys

import pytest

PREAMBLE = """
import os, signal, sys, time
from trt_pose_ros.cli.ros_environment import set_up
set_up()
from rclpy.node import Node
from trt_pose_ros.ros.runtime.process import run
class Ended(Node):
    def __init__(self, code=0):
        super().__init__("ended")
        self.finished, self.exit_code = True, code
"""


@pytest.fixture
def program(processes):
    """Run a program and return (exit code, output)."""

    def run(text):
        process = processes(sys.executable, "-c", PREAMBLE + text)
        return process.wait(), process.output

    return run


def test_signals_do_what_they_did_before(program):
    code, output = program(
        """
heard = []
signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
assert run(Ended, args=[]) == 0
assert run(lambda: Ended(3), args=[]) == 3
os.kill(os.getpid(), signal.SIGTERM)
assert heard == [1]
try:
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(600):  # not pause(): another thread may take the signal, which then does not end it
        time.sleep(0.1)
except KeyboardInterrupt:
    print("interrupted")
"""
    )
    assert (code, output.splitlines()[-1]) == (0, "interrupted"), output


def test_wrong_arguments_leave_signals_and_rclpy_alone(program):
    code, output = program(
        """
before = signal.getsignal(signal.SIGINT)
assert run(Ended, args=["program", "--ros-args", "-p", "a"]) == 2
assert run(Ended, args=["program", "stray"]) == 2
assert signal.getsignal(signal.SIGINT) is before
assert run(Ended, args=["program", "--ros-args", "-p", "a:=1"]) == 0
print("good")
"""
    )
    assert (code, output.splitlines()[-1]) == (0, "good"), output
    assert "Traceback" not in output


def test_an_error_in_a_node_is_not_swallowed(program):
    code, output = program(
        """
class Broken(Node):
    def __init__(self):
        super().__init__("broken")
        raise KeyError("what happened")
run(Ended, Broken, args=[])
"""
    )
    assert code == 1
    assert "KeyError: 'what happened'" in output


def test_what_takes_long_can_end_with_the_process(program):
    code, output = program(
        """
from trt_pose_ros.ros.runtime.process import is_ending
class Busy(Node):
    def __init__(self):
        super().__init__("busy")
        assert not is_ending()
        os.kill(os.getpid(), signal.SIGTERM)
        while not is_ending():
            pass
        raise KeyboardInterrupt
assert run(Busy, args=[]) == 0
print("clean")
"""
    )
    assert (code, output.splitlines()[-1]) == (0, "clean"), output
