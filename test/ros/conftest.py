"""Tests of the nodes: real processes and real DDS, in a ROS domain that no other test process uses."""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from trt_pose_ros.cli.ros_environment import set_up


def _unused_domain():
    """Take a ROS domain for as long as this process lives; the lock is let go with the file."""
    for domain in range(1, 102):
        lock = open(Path(tempfile.gettempdir()) / f"trt_pose_ros_test_domain_{domain}", "a")  # noqa: SIM115
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
        else:
            return domain, lock
    raise RuntimeError("all ROS domains are taken by other tests")


try:
    set_up()
    MISSING = None
except ImportError as error:
    MISSING = str(error)
else:
    _domain, _lock = _unused_domain()
    _logs = tempfile.mkdtemp(prefix="trt_pose_ros_test_")
    atexit.register(shutil.rmtree, _logs, ignore_errors=True)
    os.environ |= {
        "ROS_DOMAIN_ID": str(_domain),
        "ROS_LOG_DIR": _logs,
        "ROS_PYTHON_CHECK_FIELDS": "1",  # Jazzy checks no types of message fields without it, other distributions do
        "PYTHONUNBUFFERED": "1",
    }


class _Skipped(pytest.Module):
    def collect(self):
        pytest.skip(MISSING, allow_module_level=True)


def pytest_pycollect_makemodule(module_path, parent):
    """Skip, with the reason, what cannot even be imported without ROS."""
    return _Skipped.from_parent(parent, path=module_path) if MISSING else None


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """Path of the tiny network."""
    import tiny_model

    return tiny_model.write_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


def _make_importable(package, folder):
    """Make messages importable, here and in the processes started from now on, where they are not installed."""
    if find_spec(package):
        return
    import messages_build

    made = subprocess.run(
        [sys.executable, messages_build.__file__, package, str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"{package} is neither installed nor can it be made: {made.stderr.strip().splitlines()[-1]}")
    sys.path.append(str(folder))
    os.environ["PYTHONPATH"] = f"{os.environ.get('PYTHONPATH', '')}{os.pathsep}{folder}".lstrip(os.pathsep)


@pytest.fixture(scope="session")
def tf2_msgs(tmp_path_factory):
    """tf2_msgs, made where it is not installed."""
    _make_importable("tf2_msgs", tmp_path_factory.mktemp("tf2"))


@pytest.fixture(scope="session")
def vision_msgs(tmp_path_factory):
    """vision_msgs, made where it is not installed."""
    _make_importable("vision_msgs", tmp_path_factory.mktemp("vision"))


@pytest.fixture(scope="session")
def tester():
    """The session's own ROS node, see harness.Tester."""
    from harness import Tester

    with Tester() as made:
        yield made


@pytest.fixture
def processes():
    """Starts processes that end with the test: ``processes(program, *arguments)``, see harness.Process."""
    from harness import Process

    started = []

    def start(*line, **kwargs):
        started.append(Process(*line, **kwargs))
        return started[-1]

    yield start
    for process in started:
        process.end()


@pytest.fixture(scope="module")
def pose_node(tester, model):
    """An active pose_node that the tests of a module share; they leave it as they found it."""
    from harness import PoseNodeProcess

    with PoseNodeProcess(tester, {"model": str(model)}) as node:
        yield node


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """A page in a real browser, see browser.Tab."""
    import browser

    if browser.PROGRAM is None:
        pytest.skip(browser.MISSING)
    with browser.browser(tmp_path_factory.mktemp("profile")) as made:
        yield made
