"""The stand-in for a GPU has the names and parameters of the real modules."""

import inspect
import re

import gpu_stand_in
import pytest
import tensorrt_stubs_reader

from trt_pose_ros.engine import flavour

RUNTIME = gpu_stand_in.Runtime()
MODULE = gpu_stand_in.tensorrt(RUNTIME)
CLASSES = ("Runtime", "ICudaEngine", "IExecutionContext")
ENUMERATIONS = ("DataType", "TensorIOMode")


def functions(of):
    """{name: parameters} of what an object offers."""
    return {
        name: [p for p in inspect.signature(value).parameters if p != "self"]
        for name, value in inspect.getmembers(of, callable)
        if not name.startswith("_")
    }


def test_of_cuda():
    real = pytest.importorskip("cuda.bindings.runtime", reason="cuda-bindings is not installed (make tensorrt-rtx)")
    calls = {name: parameters for name, parameters in functions(RUNTIME).items() if name.startswith("cuda")}
    for name, parameters in calls.items():
        if not isinstance(getattr(RUNTIME, name), type):
            assert list(inspect.signature(getattr(real, name)).parameters) == parameters, name
    for name in ("cudaHostAllocDefault", "cudaHostAllocMapped", "cudaStreamNonBlocking"):
        assert int(getattr(real, name)) == getattr(RUNTIME, name)
    for enumeration in (gpu_stand_in.cudaMemcpyKind, gpu_stand_in.cudaStreamCaptureMode):
        for member in enumeration:
            assert int(getattr(getattr(real, enumeration.__name__), member.name)) == member
    for name in ("name", "major", "minor", "integrated", "totalGlobalMem"):
        assert hasattr(real.cudaDeviceProp, name)


@pytest.mark.parametrize("name", CLASSES)
def test_of_tensorrt_10_by_its_type_stubs(name):
    real = tensorrt_stubs_reader.methods(name)
    for method, parameters in functions(getattr(MODULE, name)).items():
        assert parameters in real[method], method


def test_of_enumerations_by_the_type_stubs():
    for name in ENUMERATIONS:
        assert {m.name for m in getattr(MODULE, name)} <= tensorrt_stubs_reader.members(name)


@pytest.mark.parametrize("name", CLASSES)
def test_of_the_installed_tensorrt(name):
    if flavour.find() is None:
        pytest.skip("TensorRT is not installed (make tensorrt-rtx)")
    real = getattr(flavour.load().module, name)
    for method, parameters in functions(getattr(MODULE, name)).items():
        text = getattr(real, method).__doc__
        signatures = re.findall(rf"{method}\((?:self[^,)]*(?:, )?)(.*)\) ->", text)
        assert parameters in [re.findall(r"(?:^|, )(\w+):", signature) for signature in signatures], text


def test_of_the_installed_tensorrts_enumerations():
    if flavour.find() is None:
        pytest.skip("TensorRT is not installed (make tensorrt-rtx)")
    for name in ENUMERATIONS:
        for member in getattr(MODULE, name):
            assert int(getattr(getattr(flavour.load().module, name), member.name)) == member
    assert hasattr(flavour.load().module.ICudaEngine, "num_io_tensors")
