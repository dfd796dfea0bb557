"""Find people in rosbags, without ROS: results, a bag with skeletons, timings.

Reads bags of ROS 2 Humble and later, .mcap and .db3, compressed, split or damaged. An interrupted replay is gone on
with by the same command. --live plays a bag through the real node instead.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import add_model_arguments, count
from .errors import NothingDone
from .live import add_live_arguments, run_live
from .progress import progress
from .signals import ended_by_sigterm
from .watching import add_event_arguments, rules_of

if TYPE_CHECKING:
    from ..evaluation.replay.detect import Network
    from ..evaluation.replay.parameters import PoseSettings
    from ..evaluation.replay.replay import Work

_TOLD = 10  # sentences of one kind


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("bags", nargs="+", metavar="BAG", help="folder of a bag, or one of its files")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder of the results")
    parser.add_argument("--overwrite", action="store_true", help="begin anew, whatever is in it")
    add_model_arguments(parser)
    parser.add_argument(
        "--params", type=Path, metavar="FILE", help="parameter file of pose_node; default: its defaults"
    )
    parser.add_argument("--topics", nargs="+", metavar="TOPIC", help="of images; default: all cameras'")
    parser.add_argument("--annotated", action="store_true", help="write annotated images into the output bag, too")
    parser.add_argument("--markers", action="store_true", help="write markers for RViz into it, too")
    parser.add_argument("--storage", default="mcap", choices=("mcap", "sqlite3"), help="of that bag; default: mcap")
    parser.add_argument("--rate", default="fast", choices=("fast", "recorded"), help="default: as fast as it goes")
    parser.add_argument(
        "--threads", type=count, metavar="N", help="of the network, in each process; default: that of --params, or 1"
    )
    parser.add_argument("--batch", type=count, default=1, metavar="N", help="images at once, for GPUs; default: 1")
    parser.add_argument("--jobs", type=count, metavar="N", help="processes; default: 1")
    parser.add_argument("--ray", metavar="ADDRESS", help="work on a Ray cluster: its head's address, auto, or local")
    add_event_arguments(parser)
    add_live_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Replay the bags and tell what came of it."""
    if arguments.live:
        return run_live(arguments)
    # here, not above: `trt-pose --help` must do without rosbags
    from ..evaluation.replay.parameters import PoseSettings, read_parameters
    from ..evaluation.replay.replay import Extras, Replay

    settings = read_parameters(arguments.params) if arguments.params else PoseSettings()
    extras = Extras(arguments.annotated, arguments.markers, arguments.storage)
    network, work = _network(arguments, settings), _work(arguments)
    replay = Replay(arguments.bags, network, settings, arguments.topics or (), extras, rules_of(arguments))
    _tell(replay.notes)
    if not replay.bags:
        raise NothingDone(f"there are no images in {' '.join(arguments.bags)}")
    for bag in replay.bags:
        cameras = ", ".join(f"{c.topic} ({c.name})" if c.name else c.topic for c in bag.cameras)
        print(f"{bag.name}: {bag.images} images of {cameras}", file=sys.stderr)
    try:
        with ended_by_sigterm():
            summary = replay.run(arguments.output, work, _show, arguments.overwrite)
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from here", file=sys.stderr)
        raise
    _tell(summary["problems"])
    _tell(summary["unreadable_images"], summary["unreadable"])
    print(f"{_sentence(summary)}: {arguments.output}")
    if not summary["images"]:
        raise NothingDone("no image could be read")
    return 0


def _network(arguments: argparse.Namespace, settings: PoseSettings) -> Network:
    """What the arguments say, else the parameters."""
    from ..evaluation.replay.detect import Network
    from ..preprocess import parse_size

    fixed = settings.fixed
    size = parse_size(fixed.input_size) if fixed.input_size else None
    return Network(
        model=arguments.model or fixed.model or None,
        person=(fixed.person_model or True) if fixed.refine else False,
        backend=arguments.backend if arguments.backend != "auto" else fixed.backend,
        input_size=arguments.input_size or size,
        threads=arguments.threads or fixed.threads or 1,
        batch=arguments.batch,
        precision=fixed.precision,
        workspace=fixed.workspace,
        options=settings.networks,
    )


def _work(arguments: argparse.Namespace) -> Work:
    from ..evaluation.replay import workers

    if arguments.rate == "recorded":
        if arguments.ray or (arguments.jobs or 1) > 1:
            raise ValueError("--rate recorded is one process's: leave out --jobs and --ray")
        return partial(workers.in_this_process, pace=_Recorded())
    if arguments.ray:
        if arguments.jobs and arguments.ray != "local":
            raise ValueError(f"--jobs {arguments.jobs}: a cluster has its own number of workers, but for --ray local")
        return partial(workers.on_ray, address=arguments.ray, jobs=arguments.jobs)
    if (arguments.jobs or 1) > 1:
        return partial(workers.in_processes, jobs=arguments.jobs)
    return workers.in_this_process


class _Recorded:
    """Waits so that images come as far apart as they were recorded; time that goes back is not waited for."""

    def __init__(self) -> None:
        self._ahead: float | None = None  # of the recording's time, of ours
        self._last = 0.0

    def __call__(self, log_time: int) -> None:
        now, due = time.monotonic(), 1e-9 * log_time
        if self._ahead is None or due + 1 < self._last:
            self._ahead = due - now
        self._last = due
        time.sleep(max(0.0, due - self._ahead - now))


def _show(images: Iterable[Any], total: int) -> Iterable[Any]:
    return progress(images, total, "images")


def _tell(sentences: list[str], counts: dict[str, int] | None = None) -> None:
    for sentence in sentences[:_TOLD]:
        print(f"warning: {sentence}", file=sys.stderr)
    more = (sum(counts.values()) if counts else len(sentences)) - _TOLD
    if more > 0:
        print(f"warning: {more} more like these", file=sys.stderr)


def _sentence(summary: dict[str, Any]) -> str:
    """The summary in one line."""
    parts = [f"{summary['images']} images, {summary['people']} people, {summary['identities']} identities"]
    kinds = ", ".join(f"{kind} {count}" for kind, count in summary["events"].items())
    parts += [f"events: {kinds}"] if kinds else []
    unreadable = ", ".join(f"{count} {cause}" for cause, count in summary["unreadable"].items())
    parts += [f"not readable: {unreadable}"] if unreadable else []
    parts += [f"{summary['lost']} lost in damaged files"] if summary["lost"] else []
    jumps = sum(jump["times"] for jump in summary["jumps_back"].values())
    if jumps:
        largest = max(jump["largest_s"] for jump in summary["jumps_back"].values())
        parts.append(f"time went back {jumps} times, by {largest:g} s at most")
    parts.append(f"{summary['fps']:.1f} a second ({summary['backend']})")
    return "; ".join(parts)
