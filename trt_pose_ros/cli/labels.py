"""Write found people as labels to correct in CVAT or Label Studio, and read them back as truth."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..media.drawing import MIN_SCORE
from ..media.writers import write_atomically
from .arguments import count, share
from .errors import NothingDone
from .progress import progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of both directions."""
    directions = parser.add_subparsers(dest="direction", required=True, metavar="export|import")
    out = directions.add_parser("export", help="the people of a replay as a COCO keypoint JSON, with their images")
    out.add_argument("results", type=Path, help="folder that trt-pose replay has left")
    out.add_argument("--output", type=Path, required=True, metavar="FILE", help="COCO keypoint JSON, for CVAT")
    out.add_argument("--images", type=Path, metavar="DIR", help="write the images there; needs --bags")
    out.add_argument("--bags", nargs="+", default=[], metavar="BAG", help="the bags that were replayed")
    out.add_argument("--every", type=count, default=1, metavar="N", help="only every N-th image; default: all")
    out.add_argument(
        "--min-score", type=share, default=MIN_SCORE, metavar="S", help=f"of the people; default: {MIN_SCORE}"
    )
    out.add_argument("--label-studio", type=Path, metavar="FILE", help="write tasks of Label Studio, and FILE.xml, too")
    out.add_argument(
        "--image-root",
        default="/data/local-files/?d=",
        metavar="URL",
        help="what Label Studio finds the images below; default: its local files",
    )
    back = directions.add_parser("import", help="corrected labels as truth for trt-pose evaluate")
    back.add_argument("corrected", type=Path, help="COCO keypoint JSON of CVAT, or JSON of Label Studio")
    back.add_argument("--exported", type=Path, required=True, metavar="FILE", help="what export has written")
    back.add_argument("--output", type=Path, required=True, metavar="FILE", help="the truth, COCO keypoint JSON")


def main(arguments: argparse.Namespace) -> int:
    """Write the labels or read them back."""
    return _export(arguments) if arguments.direction == "export" else _import(arguments)


def _export(arguments: argparse.Namespace) -> int:
    from ..evaluation.labels.coco import export_labels
    from ..evaluation.labels.label_studio import label_config, to_tasks
    from ..evaluation.results import load_results

    if bool(arguments.images) != bool(arguments.bags):
        raise ValueError("--images and --bags go together: where to write the images, and where they are")
    exported = export_labels(load_results(arguments.results), arguments.every, arguments.min_score)
    if not exported["images"]:
        raise NothingDone(f"{arguments.results} holds no image")
    if arguments.images:
        from ..evaluation.labels.frames import write_frames

        frames = write_frames(exported, arguments.bags, arguments.images)
        for _ in progress(frames, len(exported["images"]), "images"):
            pass
    _write(arguments.output, exported)
    if arguments.label_studio:
        _write(arguments.label_studio, to_tasks(exported, arguments.image_root))
        write_atomically(arguments.label_studio.with_suffix(".xml"), label_config(exported).encode())
    print(f"{len(exported['annotations'])} people in {len(exported['images'])} images: {arguments.output}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from ..evaluation.labels.coco import import_labels
    from ..evaluation.labels.label_studio import from_tasks

    corrected, exported = _read(arguments.corrected), _exported(arguments.exported)
    notes: list[str] = []
    if isinstance(corrected, list):
        corrected, notes = from_tasks(corrected, arguments.corrected, exported)
    elif not isinstance(corrected, dict):
        raise ValueError(f"{arguments.corrected} is neither a COCO keypoint JSON nor an export of Label Studio")
    truth, more = import_labels(corrected, arguments.corrected, exported)
    for note in [*notes, *more]:
        print(f"note: {note}", file=sys.stderr)
    if not truth["images"]:
        raise NothingDone(f"{arguments.corrected} holds no image of the export")
    _write(arguments.output, truth)
    print(f"{len(truth['annotations'])} people in {len(truth['images'])} images: {arguments.output}")
    return 0


def _exported(path: Path) -> Any:
    from ..evaluation.annotations import AnnotationFile

    file = AnnotationFile(path)
    file.require_valid()
    if len(file.data["categories"]) != 1 or not all("stamp" in image for image in file.images):
        raise ValueError(f"{path} is not what trt-pose labels export has written")
    return file.data


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file} is not JSON: {error}") from None


def _write(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, json.dumps(content, indent=1, allow_nan=False).encode())
