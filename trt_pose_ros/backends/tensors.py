"""Networks that take no image: one tensor in, some out. They are small, so the CPU runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from . import install_advice, is_installed

RUNTIMES = ("onnxruntime", "openvino")  # in order of preference: for a small network the first has less to do
Tensors: TypeAlias = Callable[[np.ndarray], list[np.ndarray]]


def open_tensors(path: Path, outputs: Sequence[str], runtime: str = "auto") -> Tensors:
    """Load an .onnx file of one float32 input whose first dimension is free.

    Args:
        path: of the file.
        outputs: names of the tensors that are wanted.
        runtime: one of :data:`RUNTIMES`, or ``auto`` for the first one that is installed.

    Returns:
        what runs it: a float32 array in, those tensors as float32 arrays out.

    Raises:
        ValueError: another runtime, or the file is no such network.
        ImportError: the runtime is not installed.
    """
    if runtime not in ("auto", *RUNTIMES):
        raise ValueError(f"runtime {runtime!r} is unknown, must be auto or one of {', '.join(RUNTIMES)}")
    wanted = RUNTIMES if runtime == "auto" else (runtime,)
    installed = [name for name in wanted if is_installed(name)]
    if not installed:
        raise ImportError(f"nothing that runs {path.name} is installed: {' or '.join(map(install_advice, wanted))}")
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    opened = _open_onnxruntime if installed[0] == "onnxruntime" else _open_openvino
    try:
        return opened(path, list(outputs))
    except ImportError:
        raise
    except Exception as error:  # of the runtimes' own classes, which share no other base
        raise ValueError(f"{installed[0]} cannot load {path}: {str(error).strip().splitlines()[-1]}") from None


def _open_onnxruntime(path: Path, outputs: list[str]) -> Tensors:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    missing = set(outputs) - {output.name for output in session.get_outputs()}
    if missing:
        raise ValueError(f"it has no output {', '.join(sorted(missing))}")
    return lambda array: session.run(outputs, {entry.name: array})


def _open_openvino(path: Path, outputs: list[str]) -> Tensors:
    from .openvino import core

    config = {"INFERENCE_NUM_THREADS": 1, "ENABLE_CPU_PINNING": False, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core().compile_model(core().read_model(path), "CPU", config)
    request = compiled.create_infer_request()
    for name in outputs:
        compiled.output(name)  # raises where there is none

    def run(array: np.ndarray) -> list[np.ndarray]:
        request.infer([array])
        return [request.get_tensor(name).data.copy() for name in outputs]

    return run
