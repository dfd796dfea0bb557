"""Build the TensorRT engine of a model now, so that the first start of the node need not wait for it."""

from __future__ import annotations

import argparse
import sys
import time

from tqdm import tqdm

from ..engine.build import PRECISIONS, BuildSpec
from ..engine.child import Progress
from ..engine.cuda import find_device
from ..engine.flavour import load
from ..engine.key import EngineKey
from ..engine.store import STORE_VARIABLE, EngineStore
from ..finders.choice import CROPS
from ..model_file import ModelFile
from .arguments import count, size

_LINE_PERIOD = 5.0  # seconds between lines where no terminal shows a bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_build_arguments(parser)
    add_store_argument(parser)


def add_build_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that say what is built; shared with ``engines explain``."""
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help=".onnx file, or model of two; default: the bundled model"
    )
    parser.add_argument("--batch", type=count, default=1, metavar="N", help="number of cameras; default: 1")
    parser.add_argument("--input-size", type=size, metavar="HxW", help="of the network; default: the model's")
    parser.add_argument("--precision", default="auto", choices=PRECISIONS, help="default: auto, the file's own types")
    parser.add_argument("--target", default="", metavar="sm_XY", help="GPU to build for; default: this machine's")
    parser.add_argument(
        "--workspace", type=int, default=BuildSpec.workspace, metavar="MiB", help="GPU memory a layer may take"
    )
    parser.add_argument("--level", type=int, default=-1, metavar="0..5", help="how long better kernels are sought")


def add_store_argument(parser: argparse.ArgumentParser) -> None:
    """Declare ``--store``."""
    parser.add_argument(
        "--store", metavar="DIR", help=f"where engines are kept; default: ${STORE_VARIABLE} or the cache"
    )


def wanted(arguments: argparse.Namespace) -> list[tuple[BuildSpec, EngineKey]]:
    """What the arguments ask for, and its key: an engine for each network of the model."""
    model = ModelFile.load(arguments.model)
    networks = [(model, arguments.batch, arguments.input_size)]
    if model.person is not None:
        networks.append((model.person, CROPS, None))
    return [_wanted(*network, arguments) for network in networks]


def _wanted(
    model: ModelFile, batch: int, input_size: tuple[int, int] | None, arguments: argparse.Namespace
) -> tuple[BuildSpec, EngineKey]:
    if model.path.suffix.lower() != ".onnx":
        raise ValueError(f"TensorRT builds engines of .onnx files, not of {model.path}")
    tensor = model.manifest.input
    height, width = input_size or (tensor.height, tensor.width)
    tensor.check_size(height, width)
    height, width = tensor.tensor_size(height, width)
    spec = BuildSpec(
        model=str(model.path),
        input=tensor.name,
        layout=tensor.layout,
        height=height,
        width=width,
        batch=min(batch, tensor.max_batch or batch),
        precision=arguments.precision,
        target=arguments.target,
        workspace=arguments.workspace,
        level=arguments.level,
    )
    return spec, EngineKey.of(spec, model.sha256, load(), find_device())


def main(arguments: argparse.Namespace) -> int:
    """Build the engines unless they are there; returns 0."""
    store = EngineStore(arguments.store)
    for spec, key in wanted(arguments):
        reasons: list[str] = []
        with _Bar() as bar:
            entry = store.get(spec, key, bar, reasons.append)
        told = entry.manifest
        if reasons:
            print(f"built because: {reasons[0]}")
        for warning in told["warnings"] if reasons else ():
            print(f"TensorRT warns: {warning}", file=sys.stderr)
        print(
            f"{entry.path}: {told['size'] / 1e6:.1f} MB, {told['layers']} layers, {key.flavour} {key.version}, "
            f"{key.gpu or 'GPUs of'} {key.capability}, {told['seconds']:.1f} s"
            f"{'' if reasons else ' (was there already)'}",
            flush=True,
        )
    return 0


class _Bar:
    """Progress of a build on stderr: a bar in a terminal, lines elsewhere."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._told = time.monotonic()

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, progress: Progress) -> None:
        if sys.stderr.isatty():
            if self._bar is None:
                self._bar = tqdm(total=100, bar_format="{l_bar}{bar}| {elapsed} {desc}", leave=False)
            self._bar.n = progress.percent
            self._bar.set_description_str(progress.stage[:40])
        elif time.monotonic() - self._told >= _LINE_PERIOD:
            self._told = time.monotonic()
            print(progress, file=sys.stderr, flush=True)
