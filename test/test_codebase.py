"""Rules that the whole tree keeps, checked by reading it."""

import ast
import re
import subprocess
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "trt_pose_ros"
GENERATED = {PACKAGE / "msg", PACKAGE / "srv"}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if not GENERATED & set(p.parents))
NATIVE = sorted(p for suffix in ("cpp", "hpp", "pyi") for p in (PACKAGE / "native").rglob(f"*.{suffix}"))
SOURCES = [
    *(p for p in sorted(ROOT.glob("*.py"))),
    *(
        p
        for d in ("build_support", "launch", "test", "benchmarks", "examples", "training")
        for p in sorted((ROOT / d).rglob("*.py"))
    ),
    *MODULES,
    *NATIVE,
]
MAX_LINES = 400

# Data goes one way: what stands in a line may import what stands in it or further down, never from above.
# The parts of the package are modules or folders; docs/architecture.md has the picture.
ORDER = [
    {"cli"},
    {"ros", "web"},
    {"evaluation", "doctor"},
    {"pipeline"},
    {"settings"},
    {"finders", "hands", "lifting"},
    {"preprocess"},
    {"backends"},
    {"engine"},
    {"model_file"},
    {"families"},
    {"tracking"},
    {"spatial"},
    {"follow"},
    {"bags"},
    {"messages"},
    {"media"},
    {"events"},
    {"boxes"},
    {"poses"},
    {"topology", "geometry", "native", "suppression", "assignment", "transform_tree"},
    {"transforms"},
    {"options", "boards", "stage_times", "share"},
]
RANK = {part: rank for rank, parts in enumerate(ORDER) for part in parts}

TORCH = {"torch", "torchvision", "torchaudio", "torch2trt"}
ROS = {"rclpy", "ament_index_python", "cv_bridge", "launch", "launch_ros", "message_filters", "tf2_ros", "rosbag2_py"}


def name(path):
    return str(path.relative_to(ROOT))


def dotted(path):
    """Return the module name of a file of the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path):
    """Return the absolute names of all that a file imports, wherever in the file, and whether at its top level."""
    tree = ast.parse(path.read_text())
    module = dotted(path)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, node in tree.body) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {(f"{base}.{alias.name}", node in tree.body) for alias in node.names}
    return found


def is_ros(imported):
    first = imported.split(".")[0]
    return (
        first in ROS
        or first.endswith(("_msgs", "_interfaces"))
        or imported.startswith(("trt_pose_ros.msg", "trt_pose_ros.srv"))
    )


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_needs_torch(path):
    assert not {i for i, _ in imports(path) if i.split(".")[0] in TORCH}


@pytest.mark.parametrize("path", [p for p in MODULES if PACKAGE / "ros" not in p.parents], ids=name)
def test_ros_is_imported_in_its_room_only(path):
    assert not {i for i, _ in imports(path) if is_ros(i)}
    if PACKAGE / "cli" not in path.parents:
        assert not {i for i, _ in imports(path) if i.startswith(("trt_pose_ros.ros.", "trt_pose_ros.cli."))}


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").glob("*.py")), ids=name)
def test_a_verb_imports_ros_only_when_it_runs(path):
    assert not {i for i, at_top in imports(path) if at_top and i.startswith("trt_pose_ros.ros.")}


def part(module):
    """The part of the package that a module belongs to; None for the package itself and what is not of it."""
    first, _, rest = module.partition(".")
    return rest.partition(".")[0] or None if first == PACKAGE.name else None


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_go_down_the_order(path):
    here = part(dotted(path))
    if here is None:
        return
    assert here in RANK, f"{here} has no place in ORDER"
    above = {i for i, _ in imports(path) if (there := part(i)) in RANK and RANK[there] < RANK[here]}
    assert not above


def test_the_picture_of_the_architecture_has_every_part():
    picture = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    assert [part for parts in ORDER for part in sorted(parts) if not re.search(rf"\b{part}(?:\.py|/)", picture)] == []


def test_imports_have_no_cycles():
    names = {dotted(path): path for path in MODULES}
    graph = {}
    for module, path in names.items():
        # `from .a import b` means the module a.b if there is one, else the module a
        found = {i if i in names else i.rpartition(".")[0] for i, _ in imports(path)}
        graph[module] = (found & names.keys()) - {module, PACKAGE.name}
    TopologicalSorter(graph).prepare()  # CycleError names the modules of a cycle


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_are_short_enough_to_read(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES


def test_only_bindings_know_python():
    assert {p.stem for p in NATIVE if "pybind11" in p.read_text()} == {"bindings"}


def test_nothing_generated_is_committed():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout == ""
