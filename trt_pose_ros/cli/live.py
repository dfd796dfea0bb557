"""``trt-pose replay --live``: a bag's images through the real node over DDS; what it is held to is its latency."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..doctor.hardware import processor_name
from .arguments import positive
from .ros_environment import require, set_up
from .signals import ended_by_sigterm

if TYPE_CHECKING:
    from ..bags.cameras import Camera
    from ..evaluation.live import LiveRun
    from ..ros.live.session import Played, Session

_SECONDS = 5.0  # of a run at a fixed rate
_FEWEST = 30  # images of such a run
_START = 30.0  # Hz, where the search begins if the node has kept up so far
_NODE = "trt_pose_ros.ros.nodes.pose_node"


def add_live_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of a live replay."""
    group = parser.add_argument_group("live", "the bag is played to pose_node, in a process of its own, over DDS")
    group.add_argument("--live", action="store_true", help="measure latency and drops of the real node; needs ROS 2")
    group.add_argument(
        "--speed", type=positive, default=1.0, metavar="FACTOR", help="of the recorded times; default: 1"
    )
    group.add_argument("--rates", type=_rates, default=[], metavar="HZ,HZ", help="play at these rates too: 10,30,60")
    group.add_argument("--search", action="store_true", help="find the highest rate that the node holds")
    group.add_argument(
        "--seconds", type=positive, default=_SECONDS, help=f"of each run at a rate; default: {_SECONDS:g}"
    )


def _rates(text: str) -> list[float]:
    return [positive(item) for item in text.split(",")]


def run_live(arguments: argparse.Namespace) -> int:
    """Play one bag to the node, print what was measured and write it to the output folder.

    Args:
        arguments: those of :func:`add_live_arguments`, and of the verb ``replay``: ``bags``, ``output``, ``topics``,
            ``overwrite``, ``model``, ``backend``, ``input_size``, ``threads``, ``params``, ``events`` and ``zones``.
    """
    if len(arguments.bags) != 1:
        raise ValueError(f"--live plays one bag, not {len(arguments.bags)}: measure one after another")
    if arguments.events or arguments.zones:
        raise ValueError("--live measures pose_node, which knows no events: leave out --events and --zones, or --live")
    from ..bags.cameras import find_cameras
    from ..bags.reader import BagReader
    from ..evaluation.results import FILE

    if (arguments.output / FILE).exists() and not arguments.overwrite:
        raise FileExistsError(f"{arguments.output} holds results already: name another folder, or give --overwrite")
    (path,) = arguments.bags
    with BagReader(path) as bag:
        cameras = find_cameras(bag.topics, arguments.topics or ())
        name, kinds = bag.name, {bag.topics[camera.topic].type for camera in cameras}
        images, seconds = sum(bag.topics[camera.topic].count for camera in cameras), 1e-9 * (bag.end - bag.start)
        for problem in bag.problems:
            print(f"warning: {problem}", file=sys.stderr)
    if len(kinds) > 1:
        raise ValueError("the cameras' images are raw and compressed: choose those of one kind with --topics")
    require()
    set_up()
    from ..ros.live.session import Session

    def command(namespace: str, names: list[str]) -> list[str]:
        return _command(arguments, cameras, "Compressed" in next(iter(kinds)), namespace, names)

    seconds /= arguments.speed
    print(f"{name}: {images} images, {seconds:.0f} s; starting pose_node", file=sys.stderr, flush=True)
    topics = [camera.topic for camera in cameras]
    with ended_by_sigterm(), Session(Path(path), topics, command) as session:
        recorded = session.play(speed=arguments.speed)
        _tell("recorded times", recorded.run)
        rates = [_at_rate(session, arguments.seconds, rate) for rate in arguments.rates]
        highest, searched = _search(session, arguments.seconds, recorded.run) if arguments.search else (None, [])
        live = {
            "speed": arguments.speed,
            "recorded": recorded.run.as_dict(),
            "rates": [run.as_dict() for run in rates],
            "highest_rate": highest,
            "search": [run.as_dict() for run in searched],
        }
        _write(arguments, name, cameras, recorded, session, live)
    if arguments.search:
        print(f"highest rate held: {f'{highest:.1f} Hz' if highest else 'none'}")
    print(f"{len(recorded.published)} images, {recorded.run.dropped} dropped: {arguments.output}")
    return 0


def _command(
    arguments: argparse.Namespace, cameras: Sequence[Camera], compressed: bool, namespace: str, names: list[str]
) -> list[str]:
    from ..messages.topics import is_rectified
    from ..ros.runtime.command import node_command
    from ..ros.runtime.launch_arguments import check_parameter_file, full_name

    height_width = arguments.input_size
    parameters: dict[str, Any] = {
        "image_transport": "compressed" if compressed else "raw",
        "rectified": "always" if all(is_rectified(camera.topic) for camera in cameras) else "never",
        "cameras": names or [""],
        "model": str(Path(arguments.model).resolve()) if arguments.model else "",
        "backend": arguments.backend if arguments.backend != "auto" else "",
        "threads": arguments.threads or 0,
        "input_size": "x".join(map(str, height_width)) if height_width else "",
    }
    parameters = {key: value for key, value in parameters.items() if value}
    if arguments.params:
        node = full_name(namespace, "pose_node")
        check_parameter_file("--params", str(arguments.params), {node: list(parameters)})
    files = [arguments.params] if arguments.params else []
    return node_command(_NODE, namespace=namespace, parameters=parameters, files=files)


def _at_rate(session: Session, seconds: float, rate: float) -> LiveRun:
    run = session.play(rate=rate, count=max(_FEWEST, round(rate * seconds))).run
    _tell(f"{rate:.4g} Hz", run)
    return run


def _search(session: Session, seconds: float, recorded: LiveRun) -> tuple[float | None, list[LiveRun]]:
    from ..evaluation.live import highest_held

    # what it could do of a recording that was too fast for it is a good guess
    start = _START if not recorded.dropped else recorded.skeletons_rate
    return highest_held(partial(_at_rate, session, seconds), start)


def _tell(what: str, run: LiveRun) -> None:
    found = run.as_dict()
    latency = found["latency_ms"] or {}
    times = ", ".join(f"{name} {latency[name]:.1f}" for name in ("p50", "p95", "max") if name in latency)
    held = "held" if found["held"] else f"not held: {found['why_not_held']}"
    print(
        f"{what}: {found['published']} images at {found['published_rate'] or 0:.1f} Hz, {found['missed']} dropped, "
        f"latency ms {times or 'none'}; {held}",
        file=sys.stderr,
        flush=True,
    )


def _write(
    arguments: argparse.Namespace,
    bag: str,
    cameras: Sequence[Camera],
    played: Played,
    session: Session,
    live: dict[str, Any],
) -> None:
    from ..evaluation import results
    from ..evaluation.live_output import LiveImage, write_live
    from ..messages.skeletons import read_skeletons, read_topology

    topology = read_topology(session.topology)
    images = []
    for published, latency, message in zip(played.published, played.run.latencies, played.skeletons, strict=True):
        camera = cameras[published.camera]
        place = (camera.topic, camera.name, published.number, published.recorded, float(latency))
        if message is None:
            images.append(LiveImage(*place))
        else:
            size = message.image_width, message.image_height
            images.append(LiveImage(*place, size, read_skeletons(message, topology)))
    node = next(iter(session.reports.values()), {})
    model = {"name": node.get("model"), "sha256": node.get("model_sha256")}
    options = {"live": True, "speed": arguments.speed, "input_size": node.get("input_size")}
    run = live["recorded"]
    summary = {
        "format": "trt_pose_ros.summary",
        "version": 1,
        "images": run["published"],
        "dropped": run["missed"],
        "people": sum(len(image.poses) for image in images if image.poses is not None),
        "seconds": run["seconds"],
        "fps": run["skeletons_rate"],
        "cpu_seconds": round(played.run.cpu_seconds, 3),
        "peak_rss_mib": round(session.memory(), 1),
        "processor": processor_name(),
        "backend": node.get("backend"),
        "device": node.get("device"),
        "versions": {"trt_pose_ros": __version__},
        "live": live,
    }
    write_live(arguments.output, results.header(model, topology, options, [bag]), bag, images, summary)
