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


def test_an_impossible_transition_is_refused(tester):
    with PoseNodeProcess(tester, {"autostart": False}, active=False) as node:
        for transition in ("activate", "deactivate", "cleanup"):
            assert not node.change_state(transition)
            assert node.state() == "unconfigured"


def test_configure_while_active_is_refused(pose_node):
    assert not pose_node.change_state("configure")
    assert pose_node.state() == "active"
    with Camera(pose_node) as camera:
        assert len(camera.detect(PERSON).skeletons) == 1


def test_wrong_settings_are_named_and_the_node_lives_on(tester, model):
    wrong = {
        "backend": ("abacus", "parameter 'backend' is 'abacus', must be one of auto, tensorrt, openvino, onnxruntime"),
        "threads": (-1, "parameter 'threads' is -1, must be an integer from 0 to 256"),
        "max_rate": (-1, "parameter 'max_rate' is -1, must be a number from 0.0 to 1000.0"),
        "image_qos": ("latched", "parameter 'image_qos' is 'latched', must be one of sensor_data, reliable"),
        "cameras": ("front", "parameter 'cameras' is 'front', must be a list of strings"),
        "model": (5, "parameter 'model' is 5, must be a string"),
        "jpeg_quality": (0, "parameter 'jpeg_quality' is 0, must be an integer from 1 to 100"),
    }
    parameters = {name: value for name, (value, _) in wrong.items()} | {"max_rat": 5.0}
    with PoseNodeProcess(tester, parameters | {"autostart": False}, active=False) as node:
        assert not node.change_state("configure")
        for _, sentence in wrong.values():
            node.wait_for(sentence)
        node.wait_for("unknown parameter 'max_rat' is ignored, did you mean 'max_rate'?")
        assert node.state() == "unconfigured"
        report = node.diagnostics()
        assert report["state"] == "unconfigured"
        assert report["level"] == 1
        mended = {"backend": "onnxruntime", "threads": 1, "max_rate": 0.0}
        mended |= {"image_qos": "reliable", "cameras": ["front"], "model": str(model), "jpeg_quality": 80}
        for name, value in mended.items():
            assert not node.change_state("configure")
            result = node.set_parameters(**{name: value})
            assert result.successful, result.reason
        assert node.change_state("configure")
        assert "threads: read when the node is configured" in node.set_parameters(threads=2).reason
        assert node.change_state("activate")
        assert "Traceback" not in node.output


def test_a_model_that_cannot_be_run_is_refused(tester, model, tmp_path):
    def file(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    def foreign(name, **manifest):
        return tiny_model.write_model(tmp_path / name, **manifest)

    def damaged(name, option, wrong):
        """A model whose manifest has something else in place of ``option``, its only one."""
        key, value = option
        path = foreign(name, decoder={key: value})
        content, text = path.read_bytes(), f'"{key}": {value}'.encode()
        assert text in content
        return file(name, content.replace(text, wrong.encode().ljust(len(text))))

    wrong = {
        tmp_path / "missing.onnx": "missing.onnx does not exist",
        file("model.txt", b"hello"): "model.txt carries no manifest, and there is none beside it",
        file("empty.onnx", b""): "empty.onnx is empty, not an ONNX model",
        file("text.onnx", b"hello" * 99): "text.onnx is not an ONNX model, or is cut short",
        file("cut.onnx", model.read_bytes()[:-40]): "cut.onnx is not an ONNX model, or is cut short",
        foreign("other.onnx", topology=Topology.load("coco_17")): "topology 'coco_17' with 17 keypoints and 19 links",
        damaged("unknown.onnx", ("peak_threshold", 0.2), '"peak_treshold": 0.2'): "peak_treshold",
        damaged("text_option.onnx", ("min_keypoints", 10), '"min_keypoints":"x"'): "min_keypoints",
        damaged("range.onnx", ("peak_threshold", 0.2), '"peak_threshold": 7.0'): "peak_threshold",
    }
    with PoseNodeProcess(tester, {"autostart": False}, active=False) as node:
        for path, sentence in wrong.items():
            assert node.set_parameters(model=str(path)).successful
            assert not node.change_state("configure")
            complaint = node.output.strip().splitlines()[-1]
            assert "cannot configure: " in complaint
            assert sentence in complaint
        for size, sentence in {
            "large": "input size 'large' is not HEIGHTxWIDTH, such as 256x456",
            "97x128": "input size 97x128 (height x width) must be positive multiples of 4",
        }.items():
            assert node.set_parameters(model=str(model), input_size=size).successful
            assert not node.change_state("configure")
            node.wait_for(sentence)
        assert node.set_parameters(model=str(model), input_size="").successful
        assert node.change_state("configure")
        assert "Traceback" not in node.output


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
