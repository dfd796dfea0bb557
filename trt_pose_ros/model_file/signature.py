"""What a network file says of its inputs and outputs, read without a runtime.

A user's file carries no manifest; names and shapes tell what it is. Sources: onnx.proto3 of the ONNX project for the
numbers of fields and types, OpenVINO's documentation of its IR for the XML.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .metadata import onnx_message, read_metadata
from .protobuf import Buffer, fields, varint

# ModelProto, GraphProto, ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto.Dimension
_GRAPH, _INITIALIZER, _INPUT, _OUTPUT, _NAME, _TYPE, _TENSOR, _ELEMENT, _SHAPE, _DIM, _VALUE = (
    7, 5, 11, 12, 1, 2, 1, 1, 2, 1, 1,
)  # fmt: skip
_INITIALIZER_NAME = 8
_ONNX_TYPES = {1: "float32", 2: "uint8", 6: "int32", 10: "float16"}
_IR_TYPES = {"FP32": "float32", "f32": "float32", "U8": "uint8", "u8": "uint8", "I32": "int32", "FP16": "float16"}


@dataclass(frozen=True)
class Tensor:
    """An input or output.

    Attributes:
        name: what the runtime calls it.
        shape: None for a dimension that is free; None as a whole where it is not known.
        kind: ``float32``, ``float16``, ``uint8``, ``int32``; empty for others.
    """

    name: str
    shape: tuple[int | None, ...] | None
    kind: str

    def __str__(self) -> str:
        sizes = "unknown shape" if self.shape is None else [n or "?" for n in self.shape]
        return f"{self.name} {self.kind} {sizes}".replace("'", "")


@dataclass(frozen=True)
class Signature:
    """A network seen from outside.

    Attributes:
        inputs, outputs: its tensors, in the file's order.
        metadata: what the file tells of itself.
    """

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    metadata: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"in: {', '.join(map(str, self.inputs))}; out: {', '.join(map(str, self.outputs))}"

    @classmethod
    def read(cls, path: Path) -> "Signature | None":
        """The signature of an ``.onnx`` or of an OpenVINO ``.xml``; None for other files.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is not what its name says.
        """
        readers = {".onnx": _read_onnx, ".xml": _read_ir}
        reader = readers.get(path.suffix.lower())
        return reader(path) if reader else None


def _read_onnx(path: Path) -> Signature:
    with onnx_message(path) as data:
        inputs: list[Tensor] = []
        outputs: list[Tensor] = []
        constants: set[str] = set()
        for number, start, end in fields(data):
            if number != _GRAPH:
                continue
            for part, begin, stop in fields(data, start, end):
                if part == _INPUT:
                    inputs.append(_tensor(data, begin, stop))
                elif part == _OUTPUT:
                    outputs.append(_tensor(data, begin, stop))
                elif part == _INITIALIZER:
                    constants |= set(_texts(data, begin, stop, _INITIALIZER_NAME))
    # files of old lists the weights among the inputs
    return Signature(tuple(t for t in inputs if t.name not in constants), tuple(outputs), read_metadata(path))


def _tensor(data: Buffer, start: int, end: int) -> Tensor:
    name, kind = "", ""
    shape: tuple[int | None, ...] | None = None
    for text in _texts(data, start, end, _NAME):
        name = text
    for within in _only(data, start, end, _TYPE):
        for tensor in _only(data, *within, _TENSOR):
            for at, _ in _only(data, *tensor, _ELEMENT):
                kind = _ONNX_TYPES.get(varint(data, at)[0], "")
            for sizes in _only(data, *tensor, _SHAPE):
                shape = tuple(_size(data, *size) for size in _only(data, *sizes, _DIM))
    return Tensor(name, shape, kind)


def _size(data: Buffer, start: int, end: int) -> int | None:
    sizes = [varint(data, at)[0] for at, _ in _only(data, start, end, _VALUE)]
    return sizes[-1] if sizes and 0 < sizes[-1] < 2**31 else None


def _only(data: Buffer, start: int, end: int, number: int) -> Iterator[tuple[int, int]]:
    """(start, end) of the fields of a number."""
    return ((begin, stop) for found, begin, stop in fields(data, start, end) if found == number)


def _texts(data: Buffer, start: int, end: int, number: int) -> list[str]:
    return [data[begin:stop].decode() for begin, stop in _only(data, start, end, number)]


def _read_ir(path: Path) -> Signature:
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"{path} is not XML: {error}") from None
    layers = {layer.get("id"): layer for layer in root.iterfind("layers/layer")}
    sources = {edge.get("to-layer"): edge for edge in root.iterfind("edges/edge")}
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []
    for identity, layer in layers.items():
        if layer.get("type") == "Parameter":
            inputs += [_port(port, layer.get("name") or "") for port in layer.iterfind("output/port")]
        elif layer.get("type") == "Result" and identity in sources:
            edge, unnamed = sources[identity], f"output{len(outputs)}"  # as our backend calls it
            ports = layers[edge.get("from-layer")].iterfind("output/port") if edge.get("from-layer") in layers else ()
            outputs += [_port(port, unnamed) for port in ports if port.get("id") == edge.get("from-port")]
    metadata = {item.tag: item.get("value", "") for item in root.iterfind("rt_info/model_info/*")}
    return Signature(tuple(inputs), tuple(outputs), metadata)


def _port(port: ElementTree.Element, otherwise: str) -> Tensor:
    name = (port.get("names") or otherwise).split(",")[0]
    sizes = [int(d.text) if d.text and d.text.strip().isdecimal() else 0 for d in port.iterfind("dim")]
    return Tensor(name, tuple(n or None for n in sizes), _IR_TYPES.get(port.get("precision", ""), ""))
