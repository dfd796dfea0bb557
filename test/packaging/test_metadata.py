"""The files that describe the package, for colcon, rosdep and pip, agree with each other and with the code."""

import ast
import configparser
import importlib.util
import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import trt_pose_ros

ROOT = Path(__file__).parents[2]
PACKAGE_XML = ElementTree.parse(ROOT / "package.xml").getroot()
CMAKE = (ROOT / "CMakeLists.txt").read_text()
SCRIPTS = sorted((ROOT / "scripts").iterdir())
GENERATED = ["msg", "srv"]
# Used where it is installed; not every ROS distribution has it, and rosdep would stop there.
NOT_FOR_ROSDEP = {"hri_msgs"}
# What an import is called on PyPI and by rosdep.
DISTRIBUTIONS = {"cv2": "opencv-python-headless", "sklearn": "scikit-learn", "yaml": "pyyaml"}
ROSDEP_KEYS = {
    "cv2": "python3-opencv",
    "numpy": "python3-numpy",
    "scipy": "python3-scipy",
    "tqdm": "python3-tqdm",
    "yaml": "python3-yaml",
}
# What most do without: only a verb or two import it, and an extra of setup.cfg brings it.
EXTRAS = {"aiohttp": "web", "av": "video", "pycocotools": "evaluate", "ray": "cluster", "shtab": "completion"}
EXTRAS |= {"sklearn": "states"} | dict.fromkeys(("rosbags", "mcap", "zstandard"), "replay")


def dependencies(*tags):
    return {element.text for tag in tags for element in PACKAGE_XML.iter(tag)}


def setup_cfg():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def install_requires():
    return distributions(setup_cfg()["options"]["install_requires"])


def distributions(requirements):
    return set(re.findall(r"^[\w-]+", requirements, re.MULTILINE))


def imported(folder, exclude=()):
    """Return the names of the packages that the Python files below ``folder`` import."""
    names = set()
    for path in folder.rglob("*.py"):
        if path.relative_to(folder).parts[0] in exclude:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - {"trt_pose_ros", "trt_pose_training"}


def test_versions_agree():
    assert PACKAGE_XML.findtext("version") == trt_pose_ros.__version__
    assert setup_cfg()["metadata"]["version"] == "attr: trt_pose_ros.__version__"
    assert f"\nversion: {trt_pose_ros.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert (ROOT / "CHANGELOG.md").read_text().count(f"## [{trt_pose_ros.__version__}]") == 1


def test_messages_have_the_same_dependencies_in_every_build():
    interfaces = [p.read_text() for kind in ("msg", "srv") for p in (ROOT / kind).glob(f"*.{kind}")]
    used = {package for text in interfaces for package in re.findall(r"^(\w+)/\w+", text, re.MULTILINE)}
    (generated,) = re.findall(r"rosidl_generate_interfaces\(.*? DEPENDENCIES ([\w ]+)\)", CMAKE)
    spec = importlib.util.spec_from_file_location("generate_messages", ROOT / "build_support/generate_messages.py")
    generate_messages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate_messages)
    assert used == set(generated.split()) == set(generate_messages.MESSAGE_DEPENDENCIES) == dependencies("depend")


def test_package_xml_names_everything_that_is_imported():
    needed = imported(ROOT / "trt_pose_ros", exclude=["backends", *GENERATED]) | imported(ROOT / "launch")
    keys = {ROSDEP_KEYS.get(package, package) for package in needed - EXTRAS.keys()}
    assert keys - NOT_FOR_ROSDEP <= dependencies("depend", "exec_depend")


def test_requirements_are_what_the_engine_imports():
    needed = imported(ROOT / "trt_pose_ros", exclude=["ros", "backends", *GENERATED])
    assert needed >= EXTRAS.keys()
    assert {DISTRIBUTIONS.get(package, package) for package in needed - EXTRAS.keys()} == install_requires()


@pytest.mark.parametrize(("package", "extra"), EXTRAS.items())
def test_an_extra_brings_what_it_is_for(package, extra):
    assert DISTRIBUTIONS.get(package, package) in distributions(setup_cfg()["options.extras_require"][extra])


def test_the_extra_train_brings_what_training_imports():
    needed = {DISTRIBUTIONS.get(package, package) for package in imported(ROOT / "training")}
    extra = distributions(setup_cfg()["options.extras_require"]["train"])
    assert needed <= extra | install_requires()
    assert "torchvision" not in needed | extra  # there is none for every torch, and nothing of it is used


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_programs_can_be_started(script):
    assert os.access(script, os.X_OK), "--symlink-install needs it: git update-index --chmod=+x"
    assert script.read_text().startswith("#!/usr/bin/env python3\n")
    compile(script.read_text(), script, "exec")


def test_wheels_hold_all_that_is_no_code():
    package = ROOT / "trt_pose_ros"
    patterns = setup_cfg()["options.package_data"]["trt_pose_ros"].split()
    made = {*GENERATED, "__pycache__"}
    files = [p.relative_to(package) for p in package.rglob("*") if p.is_file() and not made & set(p.parts)]
    kinds = {".py", ".pyc", ".cpp", ".hpp", ".so"}
    assert [str(f) for f in files if f.suffix not in kinds and not any(f.match(p) for p in patterns)] == []
