"""`ros2 param dump` and `load`, the real ones: the values of a node come back as they were, none is lost."""

import subprocess
from importlib.util import find_spec
from shutil import which

import pytest
import yaml
from harness import node_command, parameter_file, unused_namespace, wait_until

from trt_pose_ros.spatial.views import Extrinsics, extrinsics_text
from trt_pose_ros.transforms import Transform

pytestmark = pytest.mark.skipif(
    not which("ros2") or not find_spec("ros2param"), reason="ros2 param is not installed (ros2cli)"
)
# {node: (values that it starts with, a parameter that can be changed while it runs, if there is any, another value)}
NODES = {
    "pose_node": ({"cameras": ["front", "rear"], "find_hands": False}, "min_score", 0.25),
    "events_node": ({"cameras": ["front", "rear"], "rules": ["raised_hand", "fallen"]}, "raised_hand.margin", 0.5),
    "people_3d_node": ({"cameras": ["front", "rear"]}, "smooth", True),
    "follow_person_node": ({"dry_run": True, "distance": 1.75}, "distance", 2.5),
    "web_node": ({"port": 0, "hosts": ["robot.local"], "viewers": 3}, None, None),
}


def _ros2_param(verb, *words):
    """What it prints. It is asked until it has found the node: without a daemon it looks around only for a moment."""
    line = ["ros2", "param", verb, *words, "--no-daemon", "--spin-time", "2"]

    def tried():
        done = subprocess.run([str(word) for word in line], capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 and done.stdout.strip() else None

    return wait_until(tried, f"an answer to {line}")


def _flat(values, prefix=""):
    """{parameter: value} of the nested mappings that a dump has."""
    flat = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def _dump(name):
    (values,) = yaml.safe_load(_ros2_param("dump", name)).values()
    return _flat(values["ros__parameters"])


@pytest.mark.slow
@pytest.mark.parametrize("node", NODES)
def test_the_values_come_back(processes, model, tmp_path, node):
    given, changed, value = NODES[node]
    if node == "pose_node":
        given = given | {"model": str(model)}
    elif node == "people_3d_node":
        places = {camera: Transform.identity() for camera in given["cameras"]}
        (tmp_path / "places.yaml").write_text(extrinsics_text(Extrinsics("hall", places)))
        given = given | {"extrinsics": str(tmp_path / "places.yaml")}
    name = f"{unused_namespace()}/{node}"
    first = processes(*node_command(node, namespace=name.rpartition("/")[0], parameters=given))
    before = _dump(name)
    assert given.items() <= before.items()
    if changed is not None:
        _ros2_param("set", name, changed, value)
        other = _dump(name)
        assert {key for key in before if before[key] != other[key]} == {changed}
        _ros2_param("load", name, parameter_file(tmp_path / "before.yaml", before))
        assert _dump(name) == before
        before[changed] = value
    first.send()
    assert first.wait() == 0, first.output
    file = parameter_file(tmp_path / "file.yaml", before)
    processes(*node_command(node, namespace=name.rpartition("/")[0], files=[file]))
    assert _dump(name) == before
