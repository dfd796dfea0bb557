"""Lifting: opens the network that tells the shape of bodies, for :class:`.spatial.Lifter`.

pipeline.locating.lifter = open_lifter()
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from .backends.tensors import open_tensors
from .model_file.metadata import read_metadata
from .spatial.lifting import Lifter, LiftingNetwork
from .spatial.lifting.features import FORMAT

METADATA_KEY = "trt_pose_ros.lifting"  # of the file; its value is FORMAT as JSON
OUTPUTS = ("joints", "stddevs")
DEFAULT = Path(__file__).parent / "models" / "lift.onnx"


def open_lifter(path: str | os.PathLike[str] | None = None, runtime: str = "auto") -> Lifter:
    """A Lifter with the network of a file.

    Args:
        path: of the .onnx file; None for the bundled one.
        runtime: see :func:`.backends.tensors.open_tensors`; likewise what it raises.

    Raises:
        ValueError: the file is no lifting network, or one for another version of what it is shown.
    """
    return Lifter(open_network(path, runtime))


def open_network(path: str | os.PathLike[str] | None = None, runtime: str = "auto") -> LiftingNetwork:
    """The network alone; see :func:`open_lifter`."""
    file = Path(path) if path is not None else DEFAULT
    if not file.is_file():
        raise FileNotFoundError(f"no lifting network {file}: give an .onnx file, or none for the bundled one")
    told = read_metadata(file).get(METADATA_KEY)
    if told is None:
        raise ValueError(f"{file} is not a lifting network, such as trt_pose_training.lift.export writes")
    if told != json.dumps(FORMAT):
        raise ValueError(f"{file} is shown {told}, this version shows {json.dumps(FORMAT)}: train and export it anew")
    run = open_tensors(file, OUTPUTS, runtime)

    def network(people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        joints, stddevs = run(np.ascontiguousarray(people, np.float32))
        return joints, stddevs

    return network
