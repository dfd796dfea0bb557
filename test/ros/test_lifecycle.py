"""pose_node's lifecycle: by service, in any order, with right and wrong settings."""

import signal
from pathlib import Path

import pytest
import tiny_model
from harness import Camera, PoseNodeProcess, wait_until

from trt_pose_ros import Topology

PERSON = tiny_model.picture([tiny_model.person(160, 100, 120)])


def test_the_whole_life_twice(tester, model):
    parameters = {"model": str(model), "autostart": False, "image_qos": "reliable"}
    with PoseNodeProcess(tester, parameters, active=False) as node:
        for _ in range(2):
            assert node.state() == "unconfigured"
            assert node.change_state("configure")
            assert node.state() == "inactive"
            for _ in range(2):
                assert node.change_state("activate")
                assert node.state() == "active"
                with Camera(node) as camera:
                    assert len(camera.detect(PERSON).skeletons) == 1
                assert node.change_state("deactivate")
            assert node.diagnostics()["state"] == "inactive"
            assert node.change_state("cleanup")
        assert node.change_state("unconfigured_shutdown")
        assert node.wait() == 0
        assert "Traceback" not in node.output


@pytest.mark.parametrize("transition", ["activate", "deactivate", "cleanup"])
def test_an_impossible_transition_is_refused(tester, transition):
    with PoseNodeProcess(tester, {"autostart": False}, active=False) as node:
        assert not node.change_state(transition)
        assert node.state() == "unconfigured"


def test_configure_while_active_is_refused(pose_node):
    assert not pose_node.change_state("configure")
    assert pose_node.state() == "active"
    with Camera(pose_node) as camera:
        assert len(camera.detect(PERSON).skeletons) == 1


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"backend": "abacus"}, "parameter 'backend' is 'abacus', must be one of auto, openvino, onnxruntime"),
        ({"threads": -1}, "parameter 'threads' is -1, must be an integer from 0 to 256"),
        ({"max_rate": 10}, "parameter 'max_rate' is 10, must be a double (write 1.0, not 1) from 0.0 to 1000.0"),
        ({"decoder.peak_threshold": 7.0}, "parameter 'decoder.peak_threshold' is 7.0, must be a double"),
        ({"input_size": "large"}, "input size 'large' is not HEIGHTxWIDTH, such as 256x456"),
        ({"input_size": "97x128"}, "must be positive multiples of 4"),
        ({"image_qos": "good"}, "parameter 'image_qos' is 'good', must be one of"),
        ({"cameras": "front"}, "parameter 'cameras' is 'front', must be a list of strings"),
        ({"model": 5}, "parameter 'model' is 5, must be a string"),
        ({"model": "missing.onnx"}, "model file missing.onnx does not exist"),
        ({"model": __file__}, "carries no manifest, and there is none beside it"),
    ],
)
def test_a_wrong_setting_is_named_and_the_node_lives_on(tester, model, parameters, sentence):
    with PoseNodeProcess(tester, {"model": str(model)} | parameters, active=False) as node:
        node.wait_for("cannot configure: ")
        assert sentence in node.output
        assert "Traceback" not in node.output
        assert node.state() == "unconfigured"
        report = node.diagnostics()
        assert report["state"] == "unconfigured"
        assert report["level"] == 1


def test_a_mended_setting_lets_it_configure(tester, model):
    with PoseNodeProcess(tester, {"model": str(model), "backend": "abacus", "threads": -1}, active=False) as node:
        node.wait_for("cannot configure: ")
        assert not node.change_state("configure")
        assert node.set_parameters(threads=1).successful
        assert node.set_parameters(backend="onnxruntime").successful
        assert node.change_state("configure")
        assert "threads: read when the node is configured" in node.set_parameters(threads=2).reason
        assert node.change_state("activate")


def test_an_unknown_parameter_is_pointed_out(tester, model):
    with PoseNodeProcess(tester, {"model": str(model), "max_rat": 5.0}) as node:
        assert "unknown parameter 'max_rat' is ignored, did you mean 'max_rate'?" in node.output


def test_a_corrupt_model_is_refused(tester, model, tmp_path):
    for name, content in {"empty": b"", "text": b"hello" * 99, "cut": model.read_bytes()[:-40]}.items():
        (tmp_path / f"{name}.onnx").write_bytes(content)
        with PoseNodeProcess(tester, {"model": str(tmp_path / f"{name}.onnx")}, active=False) as node:
            node.wait_for("cannot configure: ")
            assert f"{name}.onnx" in node.output
            assert node.state() == "unconfigured"


def test_a_model_that_does_not_match_its_topology_is_refused(tester, tmp_path):
    model = tiny_model.write_model(tmp_path / "other.onnx", topology=Topology.load("coco_17"))
    with PoseNodeProcess(tester, {"model": str(model)}, active=False) as node:
        node.wait_for("cannot configure: ")
        assert "has 6 channels, topology 'coco_17' with 17 keypoints" in node.output
        assert "model and topology do not match" in node.output


@pytest.mark.parametrize("decoder", [{"peak_treshold": 0.2}, {"min_keypoints": "three"}, {"peak_threshold": 7}])
def test_wrong_decoder_options_in_a_model_are_refused(tester, tmp_path, decoder):
    model = tiny_model.write_model(tmp_path / "other.onnx", decoder=decoder)
    with PoseNodeProcess(tester, {"model": str(model)}, active=False) as node:
        node.wait_for("cannot configure: ")
        assert next(iter(decoder)) in node.output
        assert node.state() == "unconfigured"


def test_a_model_s_decoder_options_hold_for_that_model_only(tester, model, tmp_path):
    strict = tiny_model.write_model(tmp_path / "strict.onnx", decoder={"min_keypoints": 6})
    hidden = tiny_model.person(160, 100, 120)
    hidden[5] = float("nan")
    picture = tiny_model.picture([hidden])
    with PoseNodeProcess(tester, {"model": str(strict), "image_qos": "reliable"}) as node:
        with Camera(node) as camera:
            assert len(camera.detect(picture).skeletons) == 0
        for transition in ("deactivate", "cleanup"):
            assert node.change_state(transition)
        assert node.set_parameters(model=str(model)).successful
        for transition in ("configure", "activate"):
            assert node.change_state(transition)
        with Camera(node) as camera:
            assert len(camera.detect(picture).skeletons) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(tester, model, number):
    with PoseNodeProcess(tester, {"model": str(model)}) as node, Camera(node) as camera:
        camera.publish(PERSON)
        node.send(number)
        node.send(number)
        assert node.wait() == 0
        assert "Traceback" not in node.output


def test_lifecycle_shutdown_ends_the_process(tester, model):
    with PoseNodeProcess(tester, {"model": str(model)}) as node:
        assert node.change_state("active_shutdown")
        assert node.wait() == 0
        assert "Traceback" not in node.output


def test_a_signal_while_the_model_loads_ends_it_cleanly(tester, model):
    with PoseNodeProcess(tester, {"model": str(model)}, active=False) as node:
        wait_until(
            lambda: "libopenvino" in Path(f"/proc/{node.pid}/maps").read_text(), "the runtime's library in memory"
        )
        node.send(signal.SIGINT)
        assert node.wait() == 0
        assert "Traceback" not in node.output
