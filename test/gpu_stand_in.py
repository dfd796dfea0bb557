"""Stands in for an NVIDIA GPU where there is none: CUDA's runtime and TensorRT's as far as we call them.

Names and parameters are those of the real modules, which test/engine/test_stand_in.py compares. It is stricter than the
real thing: copies are checked against what was allocated, page-locked memory is told from other, and what is put on a
stream happens when somebody waits for it, so that a missing wait shows. An "engine" is an ONNX file for onnxruntime.
"""

import ctypes
from enum import IntEnum

import numpy as np

from trt_pose_ros.engine.cuda import Cuda
from trt_pose_ros.engine.flavour import Flavour, interface_of


class cudaMemcpyKind(IntEnum):
    cudaMemcpyHostToDevice = 1
    cudaMemcpyDeviceToHost = 2


class cudaStreamCaptureMode(IntEnum):
    cudaStreamCaptureModeThreadLocal = 1


class _Properties:
    name = b"Stand-in\0"
    major, minor, totalGlobalMem = 8, 7, 8 << 30

    def __init__(self, integrated):
        self.integrated = int(integrated)


class Runtime:
    """The functions of cuda.bindings.runtime that we call; each returns (error, value ...).

    Args:
        integrated: whether the GPU shares the CPU's memory.
        devices: how many there are.
        capture: whether graphs can be recorded.
    """

    cudaMemcpyKind = cudaMemcpyKind
    cudaStreamCaptureMode = cudaStreamCaptureMode
    cudaHostAllocDefault, cudaHostAllocMapped, cudaStreamNonBlocking = 0, 2, 1

    def __init__(self, integrated=False, devices=1, capture=True):
        self.integrated, self.devices, self.capture = integrated, devices, capture
        self.host, self.gpu, self.mapped = {}, {}, set()  # address -> memory
        self.stream, self.recording, self.graphs = [], None, {}
        self.copies = {kind: 0 for kind in cudaMemcpyKind}

    def cudaGetErrorString(self, error):
        return 0, {2: b"out of memory", 35: b"CUDA driver version is insufficient"}.get(int(error), b"something")

    def cudaGetDeviceCount(self):
        return (0, self.devices) if self.devices else (35, None)

    def cudaGetDevice(self):
        return 0, 0

    def cudaGetDeviceProperties(self, device):
        return 0, _Properties(self.integrated)

    def cudaStreamCreateWithFlags(self, flags):
        return 0, 77

    def cudaStreamDestroy(self, stream):
        return (0,)

    def cudaStreamSynchronize(self, stream):
        assert stream == 77
        work, self.stream = self.stream, []
        for step in work:
            step()
        return (0,)

    def cudaHostAlloc(self, size, flags):
        address = self._allocate(self.host, size)
        if flags & self.cudaHostAllocMapped:
            self.mapped.add(address)
        return 0, address

    def cudaFreeHost(self, ptr):
        del self.host[ptr]
        return (0,)

    def cudaHostGetDevicePointer(self, pHost, flags):
        assert pHost in self.mapped
        return 0, pHost

    def cudaMalloc(self, size):
        return 0, self._allocate(self.gpu, size)

    def cudaFree(self, devPtr):
        del self.gpu[devPtr]
        return (0,)

    def cudaMemcpyAsync(self, dst, src, count, kind, stream):
        kind = cudaMemcpyKind(kind)
        to_gpu = kind is cudaMemcpyKind.cudaMemcpyHostToDevice
        for address, memory in ((dst, self.gpu if to_gpu else self.host), (src, self.host if to_gpu else self.gpu)):
            assert count <= ctypes.sizeof(memory[address])
        self.copies[kind] += 1
        self.put(stream, lambda: ctypes.memmove(dst, src, count))
        return (0,)

    def cudaStreamBeginCapture(self, stream, mode):
        assert not self.stream, "what was begun before is not done"
        self.recording = []
        return (0,)

    def cudaStreamEndCapture(self, stream):
        recorded, self.recording = self.recording, None
        if not self.capture:
            return 901, None
        self.graphs[len(self.graphs) + 1] = recorded
        return 0, len(self.graphs)

    def cudaGraphInstantiateWithFlags(self, graph, flags):
        return 0, graph

    def cudaGraphDestroy(self, graph):
        return (0,)

    def cudaGraphExecDestroy(self, graphExec):
        return (0,)

    def cudaGraphLaunch(self, graphExec, stream):
        self.stream += self.graphs[graphExec]
        return (0,)

    def put(self, stream, step):
        """Have something done when the stream is waited for, or recorded."""
        assert stream == 77
        (self.stream if self.recording is None else self.recording).append(step)

    @staticmethod
    def _allocate(where, size):
        memory = (ctypes.c_uint8 * size)(*([0xAB] * min(size, 64)))  # fresh memory holds anything
        where[ctypes.addressof(memory)] = memory
        return ctypes.addressof(memory)


class ILogger:
    class Severity(IntEnum):
        INTERNAL_ERROR = 0
        ERROR = 1
        WARNING = 2

    def __init__(self):
        pass


class DataType(IntEnum):
    FLOAT = 0
    HALF = 1
    UINT8 = 5
    INT64 = 8


class TensorIOMode(IntEnum):
    INPUT = 1
    OUTPUT = 2


_TYPES = {"tensor(uint8)": DataType.UINT8, "tensor(float)": DataType.FLOAT, "tensor(float16)": DataType.HALF}


def tensorrt(runtime, max_batch=3, size=(96, 128)):
    """A module ``tensorrt`` whose engines run on the stand-in's runtime; a "profile" goes up to this batch and size."""

    class Module:
        __version__ = "10.3.0"

    class Engine:
        def __init__(self, onnx):
            import onnxruntime

            self._session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
            self._inputs = {i.name: i for i in self._session.get_inputs()}
            self._outputs = {o.name: o for o in self._session.get_outputs()}
            self.num_io_tensors = len(self._inputs) + len(self._outputs)

        def get_tensor_name(self, index):
            return [*self._inputs, *self._outputs][index]

        def get_tensor_mode(self, name):
            return TensorIOMode.INPUT if name in self._inputs else TensorIOMode.OUTPUT

        def get_tensor_dtype(self, name):
            return _TYPES.get((self._inputs | self._outputs)[name].type, DataType.INT64)

        def get_tensor_shape(self, name):
            shape = (self._inputs | self._outputs)[name].shape
            return tuple(n if isinstance(n, int) else -1 for n in shape)

        def get_tensor_profile_shape(self, name, profile_index):
            shape = self.get_tensor_shape(name)
            rest = (*size, 3) if shape[3] in (3, -1) and shape[1] != 3 else (3, *size)
            return [(1, *rest), (max_batch, *rest), (max_batch, *rest)]

        def create_execution_context(self, strategy=None):
            return Context(self)

    class Context:
        def __init__(self, engine):
            self._engine, self._addresses = engine, {}
            (self._input,) = engine._inputs
            self._shape = engine.get_tensor_shape(self._input)

        def set_input_shape(self, name, shape):
            if not 1 <= shape[0] <= max_batch:
                return False
            self._shape = tuple(shape)
            return True

        def get_tensor_shape(self, name):
            return (
                self._shape if name == self._input else self._run(np.zeros(self._shape, self._type(name)))[name].shape
            )

        def set_tensor_address(self, name, memory):
            assert memory in (runtime.mapped if runtime.integrated else runtime.gpu), "no memory of the GPU"
            self._addresses[name] = memory
            return True

        def execute_async_v3(self, stream_handle):
            if len(self._addresses) != self._engine.num_io_tensors or -1 in self._shape:
                return False
            shape, addresses = self._shape, dict(self._addresses)

            def compute():
                image = self._view(addresses[self._input], shape, self._type(None))
                for name, array in self._run(image).items():
                    self._view(addresses[name], array.shape, array.dtype)[:] = array

            runtime.put(stream_handle, compute)
            return True

        def _run(self, image):
            names = list(self._engine._outputs)
            return dict(zip(names, self._engine._session.run(names, {self._input: image}), strict=True))

        def _type(self, _):
            types = {DataType.UINT8: np.uint8, DataType.FLOAT: np.float32, DataType.HALF: np.float16}
            return np.dtype(types[self._engine.get_tensor_dtype(self._input)])

        @staticmethod
        def _view(address, shape, dtype):
            size = int(np.prod(shape)) * dtype.itemsize
            memory = (runtime.host if runtime.integrated else runtime.gpu)[address]
            assert size <= ctypes.sizeof(memory), "more than was allocated"
            return np.frombuffer(memory, dtype, int(np.prod(shape))).reshape(shape)

    class TensorRuntime:
        def __init__(self, logger):
            self._logger = logger

        def deserialize_cuda_engine(self, serialized_engine):
            try:
                return Engine(serialized_engine)
            except Exception as error:
                self._logger.log(ILogger.Severity.ERROR, f"IRuntime: Error Code 1: Serialization (refused: {error})")
                return None

    Module.ILogger, Module.DataType, Module.TensorIOMode = ILogger, DataType, TensorIOMode
    Module.Runtime, Module.ICudaEngine, Module.IExecutionContext = TensorRuntime, Engine, Context
    return Module


def gpu(max_batch=3, size=(96, 128), **runtime):
    """(flavour, cuda) of a machine with a GPU; see :class:`Runtime`."""
    calls = Runtime(**runtime)
    module = tensorrt(calls, max_batch, size)
    return Flavour("tensorrt", module.__version__, interface_of("tensorrt", module.__version__), module), Cuda(calls)
