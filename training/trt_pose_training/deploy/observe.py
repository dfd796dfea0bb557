"""What is inside a network while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import onnx
import onnxruntime


def observe(
    network: onnx.ModelProto, tensors: Sequence[str], inputs: Iterable[dict[str, np.ndarray]]
) -> Iterator[dict[str, np.ndarray]]:
    """Run an ONNX model on one image after the other.

    Args:
        network: ONNX model.
        tensors: names of tensors inside it.
        inputs: iterable of {input: array}.

    Yields:
        {tensor: array} for each of the inputs.
    """
    watched = onnx.ModelProto()
    watched.CopyFrom(network)
    there = {value.name for value in (*watched.graph.input, *watched.graph.output)}
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in tensors if name not in there)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    given = {value.name for value in watched.graph.input}
    run = [name for name in tensors if name not in given]
    for image in inputs:
        found = image | dict(zip(run, session.run(run, image) if run else (), strict=True))
        yield {name: found[name] for name in tensors}
