"""Probes of what is installed; each yields (value, advice, level), of which the last two may be left out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec

from .. import __version__
from ..backends import NAMES, install_advice, is_installed, is_usable
from ..engine.flavour import HOW_TO_INSTALL, find, load
from ..engine.store import EngineStore
from ..model_file import ModelFile
from .system import System

_DDS_PROFILES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")


def package(system: System) -> Iterator[tuple[str, ...]]:
    """This package, its Python, its compiled decoder and OpenCV."""
    value = f"trt_pose_ros {__version__}, Python {sys.version.split()[0]}"
    try:
        from ..native import build_info

        built = build_info()
        yield (f"{value}, decoder for {built['architecture']} ({built['simd']})",)
    except ImportError as error:
        yield f"{value}, but the compiled decoder can't be loaded: {error}", "install the package again", "problem"
    try:
        import cv2  # noqa: F401  (some builds want libGL, which servers and containers lack)
    except ImportError as error:
        yield f"OpenCV can't be loaded: {error}", "pip install opencv-python-headless", "problem"


def model(system: System) -> Iterator[tuple[str, ...]]:
    """The model that runs when none is named."""
    try:
        found = ModelFile.load()
    except (OSError, ValueError) as error:
        yield str(error), "name a model file, or unset TRT_POSE_MODEL", "problem"
        return
    spec = found.manifest.input
    yield (f"{found.manifest.name}, {spec.height}x{spec.width}, {found.path}",)


def runtimes(system: System) -> Iterator[tuple[str, ...]]:
    """Runtimes that can run networks here; the first usable one is what `auto` takes."""
    there = [name for name in NAMES if is_installed(name)]
    words = [f"{name} {_version(name)}{'' if is_usable(name) else ' (no GPU for it)'}" for name in there]
    if any(is_usable(name) for name in there):
        yield (", ".join(words),)
    else:
        yield ", ".join(words) or "none", install_advice("openvino"), "problem"


def tensorrt(system: System) -> Iterator[tuple[str, ...]]:
    """TensorRT, its flavour and version."""
    if find() is None:
        wanted = bool(system.read("etc/nv_tegra_release"))
        yield "not found", HOW_TO_INSTALL if wanted else "", "problem" if wanted else "ok"
        return
    try:
        flavour = load()
    except ImportError as error:
        yield str(error), "", "problem"
        return
    ahead = f", builds ahead for {', '.join(flavour.targets)}" if flavour.targets else ""
    yield (f"{flavour}{ahead}",)


def engines(system: System) -> Iterator[tuple[str, ...]]:
    """Engines that are kept, and those that are damaged."""
    store = EngineStore()
    entries = store.entries()
    damaged = [entry for entry in entries if entry.problem]
    value = f"{len(entries)} in {store.folder}"
    if damaged:
        yield f"{value}, {len(damaged)} of them damaged", "trt-pose engines prune", "note"
    else:
        yield (value,)


def ros(system: System) -> Iterator[tuple[str, ...]]:
    """ROS 2 and our messages; it is not needed for `trt-pose run`."""
    distribution = system.environment.get("ROS_DISTRO")
    if not find_spec("rclpy"):
        yield (
            "not found",
            "for the nodes: source /opt/ros/DISTRO/setup.bash, or pip install 'trt_pose_ros[ros]'",
            "note",
        )
        return
    value = f"{distribution} (sourced)" if distribution else f"rclpy {_version('ros-rclpy')} from PyPI"
    if not find_spec("trt_pose_ros.msg"):
        yield f"{value}, without our messages", "install trt_pose_ros again now that ROS 2 is there", "problem"
    else:
        yield (value,)


def dds(system: System) -> Iterator[tuple[str, ...]]:
    """The middleware and its profile: without ours, Fast DDS loses most large images between processes."""
    middleware = system.environment.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp (the default)")
    profile = next((system.environment[name] for name in _DDS_PROFILES if system.environment.get(name)), "")
    value = f"{middleware}, profile {profile or 'none'}"
    domain = system.environment.get("ROS_DOMAIN_ID")
    value += f", domain {domain}" if domain else ""
    if find_spec("rclpy") and "fastrtps" in middleware and not profile:
        yield value, "camera drivers started by hand lose images: export our config/fastdds.xml (see the file)", "note"
    elif profile and not (system.root / profile.lstrip("/")).is_file():
        yield f"{value} (no such file)", f"unset {' '.join(_DDS_PROFILES)} or name a file that exists", "problem"
    else:
        yield (value,)


def _version(name: str) -> str:
    if name == "tensorrt":
        try:
            return str(load())
        except ImportError:
            return "that can't be loaded"
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "of unknown version"
