"""Equalise: a network's channels brought to the same range, which changes nothing but what 8 bits make of them.

Eight bits a tensor have one step for all of its channels: one that reaches a hundred beside others that reach one
leaves those two or three values. But behind convolutions, ReLUs, sums and whatever else hands a factor on, a channel
can be divided by any positive number that the weights of the next convolution make up for (Nagel et al. 2019,
*Data-Free Quantization Through Weight Equalization and Bias Correction*; here with the ranges that real images give,
and over whole residual trunks). The weights have a scale a channel, so they bear it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import onnx
from onnx import numpy_helper

from .observe import observe

# What hands on a positive factor of its first input's channels. (A sum does, a concatenation and a convolution, too.)
_HOMOGENEOUS = {"Relu", "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "Upsample", "Identity"}
_FAINTEST = 1e-3  # of a tensor's range: what a channel that is all but dead is taken to reach


def equalise(network: onnx.ModelProto, inputs: Iterable[dict[str, np.ndarray]]) -> None:
    """Divide the channels of a network's tensors by factors that make their ranges alike.

    Args:
        network: ONNX model with float32 weights as initializers, batch normalisation folded into them; its convolutions
            are changed in place. What passes through an operator that does not hand factors on is left as it is.
        inputs: iterable of {input: array}, one image each, that show the ranges.
    """
    graph = network.graph
    channels = _Channels(graph)
    read = {name for node in graph.node if node.op_type in ("Conv", "Add") for name in node.input}
    factors = _factors(channels, _ranges(network, sorted(read & set(channels.of)), inputs))
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    for node in channels.convolutions:
        before = factors[channels.of[node.input[0]]] if node.input[0] in channels.of else None
        _rescale(node, tensors, before, factors[channels.of[node.output[0]]])


class _Channels:
    """Which channels of which tensors share a factor.

    Attributes:
        of: {tensor: int [C], numbers of its channels}, where they are known. Those of tensors that a sum adds differ,
            but share their root.
        fixed: roots of channels whose factor must be 1.
        convolutions: nodes that can take factors in and give factors out.
    """

    def __init__(self, graph):
        self.of, self.convolutions, self._parent = {}, [], []
        uses = Counter(name for node in graph.node for name in node.input)
        sizes = {t.name: t.dims for t in graph.initializer if uses[t.name] == 1}  # none that two convolutions share
        bound = {output.name for output in graph.output}
        for node in graph.node:
            known = [name for name in node.input if name in self.of]
            if node.op_type == "Conv" and set(node.input[1:]) <= set(sizes) and len(sizes[node.input[1]]) == 4:
                self.of[node.output[0]] = self._new(sizes[node.input[1]][0])
                self.convolutions.append(node)
            elif node.op_type in _HOMOGENEOUS and known == [node.input[0]]:
                self.of[node.output[0]] = self.of[known[0]]
            elif node.op_type == "Add" and len(known) == 2 and len({len(self.of[name]) for name in known}) == 1:
                self.of[node.output[0]] = self.of[known[0]]
                for one, other in zip(*map(self.roots, known), strict=True):
                    self._parent[self._root(one)] = self._root(other)
            elif node.op_type == "Concat" and known == list(node.input) and node.attribute[0].i == 1:
                self.of[node.output[0]] = np.concatenate([self.of[name] for name in known])
            else:
                bound.update(known)
        self.fixed = sorted({root for name in bound & set(self.of) for root in self.roots(name)})

    def __len__(self):
        return len(self._parent)

    def roots(self, tensor):
        """int [C]: the numbers of the channels' factors."""
        return np.array([self._root(channel) for channel in self.of[tensor]])

    def _new(self, count):
        self._parent.extend(range(len(self), len(self) + count))
        return np.arange(len(self) - count, len(self))

    def _root(self, channel):
        while self._parent[channel] != channel:
            channel = self._parent[channel]
        return channel


def _ranges(network, tensors, inputs):
    """{tensor: [C] largest magnitude of each channel}."""
    ranges = dict.fromkeys(tensors, 0.0)
    for seen in observe(network, tensors, inputs):
        ranges |= {name: np.maximum(ranges[name], np.abs(values).max((0, 2, 3))) for name, values in seen.items()}
    return ranges


def _factors(channels, ranges):
    """[len(channels)] by channel: its range over the geometric mean of its tensor's, on average over tensors."""
    total, count = np.zeros((2, len(channels)))
    for tensor, values in ranges.items():
        logs = np.log(np.maximum(values, max(_FAINTEST * values.max(), np.finfo(np.float32).tiny)))
        np.add.at(total, channels.roots(tensor), logs - logs.mean())
        np.add.at(count, channels.roots(tensor), 1)
    factors = np.exp(total / np.maximum(count, 1))
    factors[channels.fixed] = 1
    for tensor, numbers in channels.of.items():
        factors[numbers] = factors[channels.roots(tensor)]
    return factors


def _rescale(convolution, tensors, before, after):
    """Let a convolution take an input divided by ``before`` [inputs] (or not) and divide its output by ``after``."""
    kernel, *biases = (tensors[name] for name in convolution.input[1:])
    weights = numpy_helper.to_array(kernel)
    if before is not None:
        groups = next((a.i for a in convolution.attribute if a.name == "group"), 1)
        of_group = weights.reshape(groups, -1, *weights.shape[1:])
        weights = (of_group * before.reshape(groups, 1, -1, 1, 1)).reshape(weights.shape)
    _assign(kernel, weights / after[:, None, None, None])
    for bias in biases:
        _assign(bias, numpy_helper.to_array(bias) / after)


def _assign(tensor, values):
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), tensor.name))
