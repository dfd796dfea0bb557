"""Build and install the package in every way that users do, each in a new environment, and use what came out."""

import configparser
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.install

ROOT = Path(__file__).parents[2]
PROGRAMS = {path.name for path in (ROOT / "scripts").iterdir()}
# What the environment that pytest runs in has left behind, and what would bring its packages into the others.
FOREIGN = (
    *("PYTHONPATH", "LD_LIBRARY_PATH", "AMENT_PREFIX_PATH", "VIRTUAL_ENV", "_ROS_WHEELS_BOOTSTRAP_COMPLETE"),
    *("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"),
)

DECODE = """
import numpy as np
import trt_pose_training
from trt_pose_ros import PoseDecoder, Topology
topology = Topology.load("human_pose")
keypoints, links = len(topology.keypoints), len(topology.links)
cmap, paf = np.zeros((1, keypoints, 8, 8), np.float32), np.zeros((1, 2 * links, 8, 8), np.float32)
assert [len(poses) for poses in PoseDecoder(topology)(cmap, paf)] == [0]
"""


@dataclass(frozen=True)
class Install:
    """The package as it was installed, and the shell to use it from."""

    prefix: Path
    environment: dict
    log: str  # what the installation printed

    def run(self, *command, exit_code=0):
        """Run a command to its end and return what it printed."""
        return run(*command, environment=self.environment, exit_code=exit_code)

    @property
    def programs(self):
        """Where `ros2 run` looks for them."""
        return self.prefix / "lib" / "trt_pose_ros"

    @property
    def share(self):
        """Where `ros2 launch` looks for launch files."""
        return self.prefix / "share" / "trt_pose_ros"


def run(*command, environment, exit_code=0):
    result = subprocess.run(
        command,
        env=environment,
        cwd=tempfile.gettempdir(),  # in the source tree `import trt_pose_ros` would find the sources
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert result.returncode == exit_code, f"{command} ended with {result.returncode}:\n{result.stdout[-8000:]}"
    return result.stdout


def make_venv(path, *requirements):
    """Make a virtual environment; return the variables of a shell that has activated it."""
    environment = {k: v for k, v in os.environ.items() if k not in FOREIGN}
    run(sys.executable, "-m", "venv", path, environment=environment)
    environment |= {
        "PATH": f"{path / 'bin'}:{environment['PATH']}",
        "ROS_LOG_DIR": str(path / "log"),
        "ROS_DOMAIN_ID": str(os.getpid() % 101 + 1),  # apart from whatever else runs here
    }
    if requirements:
        run("pip", "install", *requirements, environment=environment)
    return environment


def requirements_of(*extras):
    """List what pip would install along with the package, for those who don't install it by pip."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    lists = [parser["options"]["install_requires"], *(parser["options.extras_require"][extra] for extra in extras)]
    return [requirement for text in lists for requirement in text.split()]


def colcon(workspace, environment, verb, *arguments):
    """Run a verb of colcon on our package alone; return what it and the build printed."""
    places = ["--build-base", workspace / "build", "--install-base", workspace / "install"]
    return run(
        *("colcon", "--log-base", workspace / "log", verb, "--base-paths", ROOT, *places),
        *("--event-handlers", "console_direct+", *arguments),
        environment=environment,
    )


def colcon_build(workspace, environment, *arguments):
    """Build the package; return it as installed."""
    pybind11 = run("python", "-m", "pybind11", "--cmakedir", environment=environment).strip()
    repair = ROOT / "cmake" / "drop_missing_include_dirs.cmake"
    log = colcon(
        workspace,
        environment,
        *("build", *arguments, "--cmake-args", f"-DCMAKE_PROJECT_INCLUDE={repair}", f"-Dpybind11_DIR={pybind11}"),
    )
    setup = workspace / "install" / "local_setup.bash"
    variables = run("bash", "-c", f". {setup} && env -0", environment=environment)
    sourced = dict(variable.split("=", 1) for variable in variables.split("\0") if variable)
    return Install(workspace / "install" / "trt_pose_ros", sourced, log)


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="trt_pose_ros_") as path:
        yield Path(path)


@pytest.fixture(scope="module")
def without_ros(folder):
    environment = make_venv(folder / "without_ros")
    return Install(folder / "without_ros", environment, run("pip", "install", "-v", ROOT, environment=environment))


@pytest.fixture(scope="module")
def by_pip(folder):
    environment = make_venv(folder / "by_pip", "--requirement", ROOT / "requirements" / "ros.txt")
    return Install(folder / "by_pip", environment, run("pip", "install", "-v", ROOT, environment=environment))


@pytest.fixture(scope="module")
def build_environment(folder):
    """ROS 2 with its build tools, and what our tests need."""
    files = [argument for name in ("ros", "colcon") for argument in ("-r", ROOT / "requirements" / f"{name}.txt")]
    venv = folder / "ros"
    environment = make_venv(venv, *files, *requirements_of("onnx", "openvino", "dev"))
    return environment | {"AMENT_PREFIX_PATH": str(venv), "CMAKE_PREFIX_PATH": str(venv)}


@pytest.fixture(scope="module")
def by_colcon(folder, build_environment):
    return colcon_build(folder / "workspace", build_environment)


@pytest.fixture(params=["without_ros", "by_pip", "by_colcon"])
def install(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["by_pip", "by_colcon"])
def ros_install(request):
    return request.getfixturevalue(request.param)


def test_the_engine_works(install):
    install.run("python", "-c", DECODE)
    assert "trt_pose_ros 0" in install.run("trt-pose", "--version")


def test_everything_is_where_ros_looks_for_it(install):
    assert {path.name for path in install.programs.iterdir()} == PROGRAMS
    assert all(os.access(path, os.X_OK) for path in install.programs.iterdir())
    for folder in ("launch", "config", "rviz", "foxglove", "msg"):
        expected = {path.name for path in (ROOT / folder).iterdir() if path.suffix != ".pyc"}
        assert expected <= {path.name for path in (install.share / folder).iterdir()}
    assert (install.share / "package.xml").is_file()
    assert (install.prefix / "share/ament_index/resource_index/packages/trt_pose_ros").is_file()


def test_without_ros_the_install_says_what_is_missing(without_ros):
    assert "WITHOUT the ROS 2 node and messages" in without_ros.log
    assert "pip install" in without_ros.run("trt-pose", "launch", exit_code=2)
    without_ros.run("python", "-c", "import importlib.util as u; assert u.find_spec('trt_pose_ros.msg') is None")


def test_what_the_demo_advises_is_all_it_takes(folder, tmp_path):
    environment = make_venv(folder / "newcomer")
    run("pip", "install", ROOT, environment=environment)
    said = run("trt-pose", "demo", environment=environment, exit_code=2)
    run("bash", "-c", said.partition("install with: ")[2], environment=environment)
    assert " of the camera's 80 frames" in run("trt-pose", "demo", "--output", tmp_path, environment=environment)


def test_messages_have_the_same_types_however_they_were_made(by_pip, by_colcon):
    program = Path(__file__).with_name("type_hashes.py")
    by_pip_hashes, by_colcon_hashes = (json.loads(i.run("python", program)) for i in (by_pip, by_colcon))
    assert by_pip_hashes.keys() == {f"trt_pose_ros/msg/{path.stem}" for path in (ROOT / "msg").glob("*.msg")}
    assert all(value.startswith("RIHS01_") for value in by_pip_hashes.values())
    assert by_pip_hashes == by_colcon_hashes


def test_bags_are_written_with_our_types(install, tmp_path):
    install.run("pip", "install", *requirements_of("replay"))
    picture = tmp_path / "picture.png"
    install.run("python", "-c", f"import cv2, numpy; cv2.imwrite({str(picture)!r}, numpy.zeros((48, 64, 3)))")
    assert "images: 1 on /camera/image" in install.run(
        "trt-pose", "bag-from-video", picture, "--output", tmp_path / "bag"
    )
    types = "from trt_pose_ros.bags.types import typestore; print(*typestore().types)"
    assert {f"trt_pose_ros/msg/{path.stem}" for path in (ROOT / "msg").glob("*.msg")} <= set(
        install.run("python", "-c", types).split()
    )


def test_the_node_starts_complains_and_ends(ros_install):
    node = subprocess.Popen(
        [ros_install.programs / "pose_node", "--ros-args", "-p", "model:=/missing.onnx"],
        env=ros_install.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert any("/missing.onnx does not exist" in line for line in node.stdout)  # until it says so, or ends
        assert node.wait(timeout=30) == 1
    finally:
        node.kill()
        node.communicate()


def test_the_demo_runs_on_the_colcon_install(by_colcon, tmp_path):
    """Two executables of the install, real DDS between them, the bundled model; ends with 0 if people were found."""
    by_colcon.run("trt-pose", "demo", "--output", tmp_path)
    assert (tmp_path / "annotated.png").stat().st_size > 0


def test_colcon_test_passes(by_colcon, build_environment):
    """On the part of the suite that meets what is installed: native module, messages, programs, shared files."""
    workspace = by_colcon.prefix.parents[1]
    environment = build_environment | {"PYTEST_ADDOPTS": "-k 'decode or lifecycle or launch'"}
    log = colcon(workspace, environment, "test", "--return-code-on-test-failure")
    (report,) = (workspace / "build" / "trt_pose_ros" / "test_results").rglob("pytest.xunit.xml")
    (suite,) = ElementTree.parse(report).iter("testsuite")
    assert int(suite.get("tests")) > int(suite.get("skipped")), log[-8000:]


def test_symlink_install_links_the_sources(folder, build_environment):
    install = colcon_build(folder / "linked", build_environment, "--symlink-install")
    install.run("python", "-c", DECODE)
    where = install.run("python", "-c", "import trt_pose_ros.topology as t; print(t.__file__)").strip()
    assert Path(where).is_relative_to(install.prefix)
    assert Path(where).resolve() == ROOT / "trt_pose_ros" / "topology.py"
    install.run("python", "-c", "import trt_pose_ros.msg")
