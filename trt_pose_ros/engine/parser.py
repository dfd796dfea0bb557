"""TensorRT's ONNX parser: a model file as a network, and complaints as sentences that name the node and the cure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

from ..model_file import UINT8_LIMIT_KEY
from ..model_file.metadata import read_metadata
from .flavour import Flavour, load
from .log import Log, first_line

_QUANTISE = "TensorRT takes symmetric int8 only: quantise the float model with this version of trt_pose_training"

# what the parser says -> what to do about it; the first that fits counts
_CURES = (
    (
        r"type UInt8 but must have|unsupported input type of UINT8",
        "a uint8 input must go into Cast at once: export the model again with this version of trt_pose_training",
    ),
    (
        r"[Zz]ero.?point",
        _QUANTISE,
    ),
    (
        r"MODEL_DESERIALIZE_FAILED|Failed to parse the ONNX model",
        "the file is damaged or no ONNX model: fetch or export it again",
    ),
    (
        r"cannot be found|not a regular file",
        "there is no such file",
    ),
    (
        r"No importer registered|[Uu]nsupported.*operator|[Pp]lugin not found|UNSUPPORTED_NODE\b",
        "TensorRT has no such operator: export the network without it, or run the model with `backend: onnxruntime`",
    ),
    (
        r"[Uu]nsupported ONNX data type|UNSUPPORTED_NODE_DATATYPE|must have type|mixed.*types|same.*type",
        "TensorRT does not convert types by itself: export the model again so that a Cast stands before this node",
    ),
    (
        r"UNSUPPORTED_NODE_DYNAMIC|[Dd]ynamic",
        "export the model with this size fixed: only batch, height and width may be dynamic",
    ),
)
_LAST_RESORT = "export the model again with this version, or run it with `backend: onnxruntime`"


@dataclass(frozen=True)
class Problem:
    """Why TensorRT refuses a model.

    Attributes:
        node: name of the ONNX node, empty where the parser names none.
        operator: its operator, for example ``Transpose``; likewise.
        complaint: the parser's own words, one line.
        cure: what to do.
    """

    node: str
    operator: str
    complaint: str
    cure: str

    def __str__(self) -> str:
        name = repr(self.node) if self.node else ""
        where = " ".join(filter(None, (self.operator or ("node" if name else ""), name)))
        return f"{where}{': ' if where else ''}{self.complaint}; {self.cure}"


# The parser only warns of this, and takes uint8 for int8: of a network that was not made for it, all that lies above
# half of the range would be cut off.
_UINT8 = Problem(
    "",
    "QuantizeLinear",
    "uint8 activations would be taken for int8, and the upper half of their values cut off",
    _QUANTISE,
)


def check(path: str | PathLike[str]) -> list[Problem]:
    """What TensorRT's own parser finds wrong with an ONNX file; empty if it can be built.

    The parser needs no GPU. Operators that exist but can't be built for some GPU are found by the build only.

    Raises:
        ImportError: TensorRT is not installed, or its version is unknown.
        FileNotFoundError: no such file.
    """
    with open(path, "rb"):  # the parser's own answer to a missing file is no exception
        pass
    flavour = load()
    logger = Log.of(flavour)
    builder = flavour.module.Builder(logger)
    _, _, problems = parse(flavour, builder, logger, path)
    return problems


def parse(
    flavour: Flavour, builder: Any, logger: Any, path: str | PathLike[str], *, by_file: bool = True
) -> tuple[Any, Any, list[Problem]]:
    """Read an ONNX file into a network of ``builder``.

    Args:
        by_file: types come from the file alone where the version can do that, else the builder's flags lower them.

    Returns:
        the network, its parser (which owns the weights and must live as long) and the problems.
    """
    creation, flags = flavour.module.NetworkDefinitionCreationFlag, 0
    if flavour.interface.explicit_batch:
        flags |= 1 << int(creation.EXPLICIT_BATCH)
    if by_file and flavour.interface.strong_typing:
        flags |= 1 << int(creation.STRONGLY_TYPED)
    network = builder.create_network(flags)
    parser = flavour.module.OnnxParser(network, logger)
    done = parser.parse_from_file(fspath(path))
    problems = [_problem(parser.get_error(i)) for i in range(parser.num_errors)]
    if not done and not problems:
        problems = [Problem("", "", "the parser gives no reason", _LAST_RESORT)]
    if not problems and any("UINT8 zero_point" in warning for warning in logger.warnings):
        problems += [] if read_metadata(path).get(UINT8_LIMIT_KEY) == "127" else [_UINT8]
    return network, parser, problems


def _problem(error: Any) -> Problem:
    # node_name and node_operator came with 10.0; before it, an error knows the node's number only
    node = error.node_name() if hasattr(error, "node_name") else f"#{error.node()}" if error.node() >= 0 else ""
    operator = error.node_operator() if hasattr(error, "node_operator") else ""
    text = error.desc()
    sought = f"{error.code()} {text}"
    cure = next((cure for pattern, cure in _CURES if re.search(pattern, sought)), _LAST_RESORT)
    return Problem(node, operator, first_line(text, node), cure)
