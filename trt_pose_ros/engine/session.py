"""Session: a TensorRT engine with its memory, ready to run.

All memory is taken once, for the largest batch. With a card of its own memory the input goes there in one copy and each
output comes back in one, all on one stream. A GPU that shares the CPU's memory (Jetson) reads and writes the
page-locked memory where it is, without a copy. NVIDIA's guide "CUDA for Tegra" advises that for GPUs from 7.2 on, whose
caches see what the CPU writes; TensorRT from 8.5 on supports no older Jetson.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from .cuda import Cuda, CudaError, DeviceBuffer, HostBuffer
from .flavour import Flavour
from .log import Log

_log = logging.getLogger(__name__)


class EngineError(ValueError):
    """An engine can't be loaded or run; the message says why."""


class UnfitEngineError(EngineError):
    """TensorRT does not take an engine that should have been built for it."""


class _Tensor:
    """One input or output: its page-locked memory, and the GPU's where that is another."""

    def __init__(self, cuda: Cuda, shape: tuple[int, ...], dtype: np.dtype[Any], integrated: bool) -> None:
        host = HostBuffer(cuda, shape, dtype, mapped=integrated)
        self.array = host.array()
        self.host = host.pointer
        self._memory = None if integrated else DeviceBuffer(cuda, self.array.nbytes)
        self.address = host.device_pointer if self._memory is None else self._memory.pointer
        self.copied = self._memory is not None


class Session:
    """Runs an engine on batches of up to its largest.

    Args:
        flavour: the TensorRT that has built the engine.
        cuda: the CUDA runtime.
        engine: its bytes.
        image: name of the input.
        graphs: record a CUDA graph for each batch size and replay it, which spares the CPU the launches. Each takes an
            execution context, and so memory, of its own.

    Attributes:
        max_batch: most images of a run.
        fixed_batch: the only possible number of images, None where fewer than ``max_batch`` run as well.
        input: array [max_batch, ...] that the network reads.
        outputs: {name: array [max_batch, ...]} that it writes.

    Raises:
        EngineError: TensorRT does not take the engine, or it isn't one with one input and outputs of known size.
        CudaError: CUDA refuses, out of memory for example.
    """

    def __init__(self, flavour: Flavour, cuda: Cuda, engine: bytes, image: str, graphs: bool = False) -> None:
        self._flavour, self._cuda = flavour, cuda
        self._log = Log.of(flavour)
        self._runtime = flavour.module.Runtime(self._log)
        self._engine = self._runtime.deserialize_cuda_engine(engine)
        if self._engine is None:
            raise UnfitEngineError(
                f"{flavour} does not take the engine: {self._log.first_error() or 'it gives no reason'}"
            )
        self._image = image
        inputs, outputs = self._names()
        if inputs != [image]:
            raise EngineError(f"the engine has inputs {', '.join(inputs)}, must have one, {image}")
        shape = tuple(self._engine.get_tensor_shape(image))
        largest = tuple(self._engine.get_tensor_profile_shape(image, 0)[2]) if -1 in shape else shape
        self.fixed_batch = None if shape[0] == -1 else shape[0]
        self.max_batch = largest[0]
        context = self._new_context(largest)
        integrated = cuda.device().integrated
        self._tensors = {
            name: _Tensor(cuda, self._size(context, name), self._dtype(name), integrated) for name in (image, *outputs)
        }
        self.input = self._tensors[image].array
        self.input[:] = 0
        self.outputs = {name: self._tensors[name].array for name in outputs}
        self._stream = cuda.stream()
        weakref.finalize(self, cuda.runtime.cudaStreamDestroy, self._stream)
        self._contexts, self._running = {0: context}, 0
        self._graphs: dict[int, int] | None = {} if graphs else None
        self._bind(context)

    def run(self, count: int) -> None:
        """Run the first ``count`` images of :attr:`input`; the first ``count`` of each output are valid then.

        Raises:
            EngineError, CudaError: it failed.
        """
        count = self.fixed_batch or count
        if self._graphs is None:
            if count != self._running:
                self._resize(self._contexts[0], count)
                self._running = count
            self._enqueue(self._contexts[0], count)
        else:
            if count not in self._graphs:
                self._record(count)
            if self._graphs is None:
                return self.run(count)
            self._cuda.call("cudaGraphLaunch", self._graphs[count], self._stream)
        self._cuda.call("cudaStreamSynchronize", self._stream)

    def timed(self, count: int) -> dict[str, float]:
        """Run as :meth:`run` does without a graph, with a wait after each part; seconds of each."""
        count = self.fixed_batch or count
        context = self._contexts[0]
        self._resize(context, count)
        self._running = count
        times = {}
        parts: dict[str, Callable[[], None]] = {
            "copy to GPU": lambda: self._copy_there(count),
            "network alone": lambda: self._execute(context),
            "copy back": lambda: self._copy_back(count),
        }
        for name, part in parts.items():
            begun = time.perf_counter()
            part()
            self._cuda.call("cudaStreamSynchronize", self._stream)
            times[name] = time.perf_counter() - begun
        return times

    def _names(self) -> tuple[list[str], list[str]]:
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        modes = self._flavour.module.TensorIOMode
        inputs = [name for name in names if self._engine.get_tensor_mode(name) == modes.INPUT]
        return inputs, [name for name in names if name not in inputs]

    def _dtype(self, name: str) -> np.dtype[Any]:
        types, found = self._flavour.module.DataType, self._engine.get_tensor_dtype(name)
        for known, dtype in ((types.FLOAT, np.float32), (types.UINT8, np.uint8), (types.HALF, np.float16)):
            if found == known:
                return np.dtype(dtype)
        raise EngineError(f"tensor {name!r} of the engine is {found}, must be uint8, float32 or float16")

    def _size(self, context: Any, name: str) -> tuple[int, ...]:
        shape = tuple(context.get_tensor_shape(name))
        if min(shape, default=0) < 1:
            raise EngineError(f"tensor {name!r} of the engine has the unknown size {list(shape)}")
        return shape

    def _new_context(self, shape: tuple[int, ...]) -> Any:
        context = self._engine.create_execution_context()
        if context is None:
            raise EngineError(f"the engine can't be run: {self._log.first_error() or 'probably out of GPU memory'}")
        if self.fixed_batch is None and not context.set_input_shape(self._image, shape):
            raise EngineError(f"the engine refuses its own largest input {list(shape)}: {self._log.first_error()}")
        return context

    def _bind(self, context: Any) -> None:
        for name, tensor in self._tensors.items():
            if not context.set_tensor_address(name, tensor.address):
                raise EngineError(f"the engine refuses memory for {name!r}: {self._log.first_error()}")

    def _resize(self, context: Any, count: int) -> None:
        shape = (count, *self.input.shape[1:])
        if self.fixed_batch is None and not context.set_input_shape(self._image, shape):
            raise EngineError(f"the engine does not run {count} images, only up to {self.max_batch}")

    def _enqueue(self, context: Any, count: int) -> None:
        """Put copies and network on the stream."""
        self._copy_there(count)
        self._execute(context)
        self._copy_back(count)

    def _copy_there(self, count: int) -> None:
        image, kind = self._tensors[self._image], self._cuda.runtime.cudaMemcpyKind.cudaMemcpyHostToDevice
        if image.copied:
            size = self.input[:count].nbytes
            self._cuda.call("cudaMemcpyAsync", image.address, image.host, size, kind, self._stream)

    def _execute(self, context: Any) -> None:
        if not context.execute_async_v3(self._stream):
            raise EngineError(f"{self._flavour} failed to run the network: {self._log.first_error()}")

    def _copy_back(self, count: int) -> None:
        kind = self._cuda.runtime.cudaMemcpyKind.cudaMemcpyDeviceToHost
        for name, array in self.outputs.items():
            tensor = self._tensors[name]
            if tensor.copied:
                size = array[:count].nbytes
                self._cuda.call("cudaMemcpyAsync", tensor.host, tensor.address, size, kind, self._stream)

    def _record(self, count: int) -> None:
        """Record the graph of a batch size; if that can't be, graphs are given up."""
        assert self._graphs is not None
        context = self._new_context((self.max_batch, *self.input.shape[1:]))
        self._bind(context)
        self._resize(context, count)
        self._enqueue(context, count)  # what depends on the shape is settled in the first run, outside of the graph
        self._cuda.call("cudaStreamSynchronize", self._stream)
        local = self._cuda.runtime.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._cuda.call("cudaStreamBeginCapture", self._stream, local)
        try:
            try:
                self._enqueue(context, count)
            finally:
                graph = self._cuda.call("cudaStreamEndCapture", self._stream)
            recorded = self._cuda.call("cudaGraphInstantiateWithFlags", graph, 0)
        except (EngineError, CudaError) as error:
            _log.warning("the network runs without a CUDA graph: %s", error)
            self._graphs, self._running = None, 0
            return
        self._cuda.call("cudaGraphDestroy", graph)
        weakref.finalize(self, self._cuda.runtime.cudaGraphExecDestroy, recorded)
        self._contexts[count], self._graphs[count] = context, recorded
