"""Locate people in space by several calibrated cameras, from recordings of what each of them saw."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..media.places import told_places
from ..media.writers import write_atomically
from .arguments import named
from .errors import NothingDone

if TYPE_CHECKING:
    from ..evaluation.camera_recordings import CameraRecording
    from ..poses import Poses
    from ..spatial.views import Fusing


def add_recordings(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that say what was recorded."""
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="bag with skeletons on CAMERA/skeletons, such as trt-pose replay makes, or with CAMERA/camera_info; or "
        "CAMERA=FILE, the keypoints.json of a video",
    )
    parser.add_argument(
        "--camera-info",
        type=named,
        nargs="+",
        default=[],
        metavar="CAMERA=FILE",
        help="calibration file, the YAML of camera_calibration; default: what the bags hold",
    )
    parser.add_argument("--rectified", action="store_true", help="the skeletons are of rectified images")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=0.02,
        metavar="SECONDS",
        help="between the stamps of images that count as taken at once; default: 0.02",
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_recordings(parser)
    parser.add_argument(
        "--extrinsics",
        type=Path,
        required=True,
        metavar="FILE",
        help="where the cameras stand, as trt-pose calibrate-extrinsics writes it",
    )
    parser.add_argument("--smooth", action="store_true", help="take the jitter out of the places")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="lines of JSON, one a moment")


def recordings_of(arguments: argparse.Namespace) -> list[CameraRecording]:
    """The cameras that the arguments say; errors as of :func:`read_recordings`, or if they are less than two."""
    from ..evaluation.camera_recordings import read_recordings

    found = read_recordings(arguments.sources, dict(arguments.camera_info), arguments.rectified)
    if len(found) < 2:
        names = ", ".join(r.name or "one without name" for r in found) or "none"
        raise ValueError(f"two cameras or more are needed, there is {names}")
    return found


def main(arguments: argparse.Namespace) -> int:
    """Write where people are."""
    # here, not above: `trt-pose --help` must do without rosbags
    from ..evaluation.camera_recordings import moments
    from ..spatial.views import Fusing, InstantOptions, Seen, View, read_extrinsics
    from ..tracking import Smoother

    extrinsics = read_extrinsics(arguments.extrinsics)
    recordings = recordings_of(arguments)
    missing = [r.name for r in recordings if r.name not in extrinsics.cameras]
    if missing:
        raise ValueError(f"{arguments.extrinsics} has no camera {', '.join(missing)}")
    views = {r.name: View(r.camera, extrinsics.cameras[r.name]) for r in recordings}
    topology = next(poses.topology for r in recordings for _, poses in r.images)
    fusing, smoother = Fusing(topology, extrinsics.frame), Smoother(topology)
    lines: list[dict[str, Any]] = []
    identities: set[int] = set()
    for stamp, there in moments(recordings, InstantOptions(tolerance=arguments.tolerance)):
        seen = [Seen(name, views[name], poses.as_topology(topology), at) for name, (at, poses) in there.items()]
        people = fusing(seen, stamp)
        people = smoother.update(people, stamp) if arguments.smooth else people
        identities |= set(people.track_ids.tolist()) - {-1}
        lines.append({"time": round(stamp, 6), "cameras": sorted(there), "people": _entries(people)})
    header = {"frame": extrinsics.frame, "cameras": sorted(views), "keypoints": list(topology.keypoints)}
    text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in [header, *lines])
    write_atomically(arguments.output, text.encode())
    _tell_of_clocks(fusing, views)
    located = sum(bool(line["people"]) for line in lines)
    print(f"{len(lines)} moments, people in {located} of them, {len(identities)} identities: {arguments.output}")
    if not located:
        raise NothingDone("nobody was located: do the cameras see the same people, and stand where the file says?")
    return 0


def _entries(people: Poses) -> list[dict[str, Any]]:
    return [
        {"track_id": int(track_id), "score": round(float(score), 4)} | told_places(people, row)
        for row, (track_id, score) in enumerate(zip(people.track_ids, people.scores, strict=True))
    ]


def _tell_of_clocks(fusing: Fusing, views: dict[str, Any]) -> None:
    offsets = fusing.clocks.offsets(list(views))
    worst = max(offsets, key=lambda name: abs(offsets[name]), default=None)
    if worst is not None and abs(offsets[worst]) > 0.015:
        print(
            f"warning: by how people move the stamps of camera {worst} seem {1e3 * abs(offsets[worst]):.0f} ms too "
            f"{'early' if offsets[worst] > 0 else 'late'}",
            file=sys.stderr,
        )
