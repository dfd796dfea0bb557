"""Train a classifier of what people are doing, from labelled clips, for rules with ``state:``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..events.states.fitting import FitOptions
from ..events.states.samples import SampleOptions
from ..media.writers import write_atomically
from .arguments import add_model_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "source",
        type=Path,
        help="folder of STATE/CLIP or STATE/PERSON/CLIP, or CSV with columns file, label and any of camera, track_id, "
        "from, to, person; clips are keypoints.json, folders of trt-pose replay, bags with skeletons, videos, pictures",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.npz", help="the model")
    parser.add_argument("--name", help="of the model; default: the output file's")
    parser.add_argument("--licence", default="", metavar="TEXT", help="of the model, kept in the file")
    options = {option.name: option for kind in (SampleOptions, FitOptions) for option in fields(kind)}
    for name, option in options.items():
        effect, flag = option.metadata["effect"], name.replace("_", "-")
        if option.type == "bool":
            parser.add_argument(f"--no-{flag}", dest=name, action="store_false", help=f"do not {effect}")
        else:
            kind = {"float": float, "int": int, "str": str}[str(option.type)]
            told = f"{effect}; default: {option.default}"
            choices = option.metadata["choices"]
            parser.add_argument(f"--{flag}", type=kind, default=option.default, choices=choices, help=told)
    add_model_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Write the model and print how good it is."""
    # here, not above: `trt-pose --help` must do without what they need
    from ..evaluation.labelled_clips import clips_of_folders, clips_of_table
    from ..events.states.fitting import fit
    from ..events.states.samples import learnable
    from ..pipeline import PosePipeline

    if arguments.output.suffix != ".npz":
        raise ValueError(f"--output {arguments.output} must end in .npz")
    samples, options = _of(SampleOptions, arguments), _of(FitOptions, arguments)

    def pipeline() -> PosePipeline:
        return PosePipeline.open(arguments.model, arguments.backend, input_size=arguments.input_size, batch=1)

    read = clips_of_folders if arguments.source.is_dir() else clips_of_table
    labelled = read(arguments.source, pipeline)
    for note in labelled.notes:
        print(f"note: {note}", file=sys.stderr)
    found = learnable(labelled.clips, labelled.topology, samples)
    if found.unknown:
        print(f"note: {found.unknown} samples are left out: too many keypoints are missing", file=sys.stderr)
    name = arguments.name or arguments.output.stem
    model, report = fit(
        name, found.classes, found.features, labelled.topology.name, found.samples, options, arguments.licence
    )
    print(report.text())
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    content = model.to_bytes()
    write_atomically(arguments.output, content)
    told = model.about
    print(
        f"\n{sum(told['samples'].values())} samples of {told['clips']} clips and {told['people']} people: "
        f"{arguments.output}, {len(content)} bytes"
    )
    return 0


def _of(options: Any, arguments: argparse.Namespace) -> Any:
    return options(**{f.name: getattr(arguments, f.name) for f in fields(options)})
