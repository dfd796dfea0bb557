"""TensorRT: NVIDIA's GPUs. It runs .onnx files by engines that it builds once and keeps, see :mod:`..engine`."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np

from ..engine.build import BuildSpec
from ..engine.cuda import Cuda
from ..engine.flavour import Flavour, load
from ..engine.key import EngineKey
from ..engine.session import Session, UnfitEngineError
from ..engine.store import EngineStore
from ..engine.watch import teller
from ..model_file import ModelFile
from . import RunSpec, check_names, to_network_input

GRAPH_VARIABLE = "TRT_POSE_CUDA_GRAPH"
_log = logging.getLogger(__name__)


class Backend:
    """See :class:`trt_pose_ros.backends.Backend`.

    Args:
        model: the ModelFile.
        spec: the RunSpec; its threads mean nothing to a GPU.
        cuda, flavour, store: other than those of this machine.

    Raises:
        ImportError: TensorRT or cuda-python is missing, or unknown in its version.
        ValueError: no GPU, or a model that TensorRT can't take; see :class:`~trt_pose_ros.engine.build.BuildError`.
        OSError: the engine can't be kept.
    """

    def __init__(
        self,
        model: ModelFile,
        spec: RunSpec,
        *,
        cuda: Cuda | None = None,
        flavour: Flavour | None = None,
        store: EngineStore | None = None,
    ) -> None:
        flavour, cuda, store = flavour or load(), cuda or Cuda(), store or EngineStore()
        device = cuda.device()
        wanted = build_spec(model, spec)
        if model.path.suffix.lower() == ".engine":  # of torch2trt, with nothing left that another could be built from
            self._session = _open_file(flavour, cuda, wanted)
        else:
            self._session = _open(flavour, cuda, store, wanted, EngineKey.of(wanted, model.sha256, flavour, device))
        check_names(model, spec, [wanted.input], list(self._session.outputs))
        self._spec, self._outputs = model.manifest.input, spec.outputs
        self.max_batch = self._session.max_batch
        tensor = self._session.input
        # the network's own memory where it takes images as they are, else what is converted into it
        as_it_is = tensor.dtype == np.uint8 and self._spec.layout == "nhwc"
        self.input = tensor if as_it_is else np.zeros((self.max_batch, spec.height, spec.width, 3), np.uint8)
        self.output_shapes = {name: (None, *self._session.outputs[name].shape[1:]) for name in spec.outputs}
        self.name = str(flavour)
        self.device = f"{device.name} ({device.target})"

    def run(self, count: int) -> dict[str, np.ndarray]:
        """See :class:`trt_pose_ros.backends.Backend`."""
        session = self._session
        if self.input is not session.input:
            session.input[:count] = to_network_input(self.input[:count], self._spec, session.input.dtype)
        session.run(count)
        return {name: session.outputs[name][:count].astype(np.float32, copy=False) for name in self._outputs}

    def timed(self, count: int) -> dict[str, float]:
        """Seconds of the parts of a run: copies and network; the results are as of :meth:`run`."""
        return self._session.timed(count)


def build_spec(model: ModelFile, spec: RunSpec) -> BuildSpec:
    """What must be built to run a model so."""
    tensor = model.manifest.input
    return BuildSpec(
        model=str(model.path),
        input=tensor.name,
        layout=tensor.layout,
        height=spec.height,
        width=spec.width,
        batch=spec.batch,
        precision=spec.precision,
        workspace=spec.workspace,
    )


def _open_file(flavour: Flavour, cuda: Cuda, wanted: BuildSpec) -> Session:
    """An engine as it is, which must fit this board and what is wanted."""
    try:
        session = Session(flavour, cuda, Path(wanted.model).read_bytes(), wanted.input, _graphs())
    except UnfitEngineError as error:
        raise ValueError(
            f"{wanted.model}: {error}. An engine runs only on the kind of board, and with the TensorRT, that it was "
            "built with: import the weights it was made of instead (trt_pose_training.import_trt_pose)"
        ) from None
    found, image = session.input.shape[1:], wanted.shape(1)[1:]
    if found != image:
        raise ValueError(f"{wanted.model} has an input of {list(found)}, which cannot be {list(image)}")
    return session


def _graphs() -> bool:
    return os.environ.get(GRAPH_VARIABLE, "0") not in ("", "0")


def _open(flavour: Flavour, cuda: Cuda, store: EngineStore, wanted: BuildSpec, key: EngineKey) -> Session:
    """The engine, ready to run; one that TensorRT does not take after all is built anew, once."""
    for again in (False, True):
        entry = store.get(wanted, key, teller(), lambda reason: _log.info("building a TensorRT engine: %s", reason))
        try:
            return Session(flavour, cuda, entry.path.read_bytes(), wanted.input, _graphs())
        except UnfitEngineError as error:
            if again:
                raise
            _log.warning("the engine %s is built anew: %s", entry.path.name, error)
            store.discard(entry)
    raise AssertionError("unreachable")
