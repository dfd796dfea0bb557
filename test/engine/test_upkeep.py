from dataclasses import replace

import pytest
from engines import key, needs_builder, spec
from tiny_model import write_model

from trt_pose_ros.engine import flavour
from trt_pose_ros.engine.cuda import Device
from trt_pose_ros.engine.store import EngineStore, Entry
from trt_pose_ros.engine.upkeep import outdated

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
needs_builder()

HERE = Device("Orin", "8.7", True, 8 << 30)


@pytest.fixture
def entry(tmp_path):
    wanted = spec(write_model(tmp_path / "tiny.onnx"))
    return EngineStore(tmp_path / "engines").get(wanted, key(wanted))


def of(entry, **change):
    return Entry(entry.path, entry.manifest | {"key": vars(replace(entry.key, **change))}, "")


def test_what_fits_this_machine_stays(entry):
    assert outdated(entry, flavour.load(), HERE) == ""  # TensorRT for RTX names no GPU in its keys
    assert outdated(of(entry, gpu="Orin", capability="sm_87"), None, HERE) == ""


def test_what_does_not_is_told(entry, tmp_path):
    assert outdated(of(entry, version="1.0"), flavour.load(), None).startswith("it is for tensorrt_rtx 1.0, and ")
    said = outdated(of(entry, gpu="Xavier", capability="sm_72"), None, HERE)
    assert said == "it is for a GPU Xavier, and this machine has Orin"
    assert outdated(replace(entry, problem="cut short"), None, None) == "cut short"
    assert outdated(Entry(entry.path, {}, ""), None, None).startswith("its manifest does not tell")
    write_model(tmp_path / "tiny.onnx", licence="another")
    assert outdated(entry, None, None).endswith("tiny.onnx has changed since")
    (tmp_path / "tiny.onnx").unlink()
    assert outdated(entry, None, None).endswith("tiny.onnx is gone")
