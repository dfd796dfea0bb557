"""Find out where cameras stand, from one person who walked through what they see."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..media.writers import write_atomically
from .arguments import positive
from .people_3d import add_recordings, recordings_of

_GOOD = 5.0  # pixels that keypoints of a good calibration are off, at most half of them


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_recordings(parser)
    parser.add_argument(
        "--stature",
        type=positive,
        metavar="METRES",
        help="how tall the person is; an error in it is one in all distances, in proportion; default: 1.65",
    )
    parser.add_argument("--frame", default="map", metavar="NAME", help="name of the common frame; default: map")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="YAML of where the cameras stand")


def main(arguments: argparse.Namespace) -> int:
    """Write the extrinsics."""
    from ..evaluation.camera_recordings import moments
    from ..spatial.anatomy import STATURE
    from ..spatial.calibrating import Moments, calibrate
    from ..spatial.views import Extrinsics, InstantOptions, extrinsics_text

    recordings = recordings_of(arguments)
    cameras = {r.name: r.camera for r in recordings}
    topology = next(poses.topology for r in recordings for _, poses in r.images)
    options = InstantOptions(tolerance=arguments.tolerance)
    seen = ({name: poses for name, (_, poses) in there.items()} for _, there in moments(recordings, options))
    stature = arguments.stature or STATURE
    found = calibrate(Moments.of(cameras, topology, seen), stature)
    comment = (
        f"trt-pose calibrate-extrinsics: {found.keypoints} keypoints in {found.moments} moments, half of them less "
        f"than {found.median_error:.1f} pixels off\nscale by a person {stature:g} m tall"
    )
    write_atomically(arguments.output, extrinsics_text(Extrinsics(arguments.frame, found.places), comment).encode())
    for name, place in found.places.items():
        x, y, z = place.translation
        print(f"{name}: x {x:.2f}, y {y:.2f}, z {z:.2f} m")
    floor = "z = 0 is the floor" if found.floor else "the frame is the first camera's: its feet told no floor"
    print(f"{found.keypoints} keypoints, half of them less than {found.median_error:.1f} pixels off; {floor}")
    if found.median_error > _GOOD:
        print("that is much: are the calibrations of the cameras right, and their clocks the same?")
    print(f"{arguments.output}")
    return 0
