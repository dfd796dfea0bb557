"""A model of two networks in the node: several cameras, live options, another model on re-configure, nobody lost."""

import numpy as np
import pytest
import tiny_model
from harness import Camera, PoseNodeProcess, keypoints

pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
from tiny_top_down import write_detector, write_pair, write_person

SIZE, WIDE = 80, 384
CAMERAS = ("front", "left", "right")
PARAMETERS = {"top_down.detect_every": 1, "tracking.min_hits": 1, "tracking.confident": 0.1}


def people(count, step=0):
    """So far apart that no crop shows two."""
    return [tiny_model.person(70 + 180 * (i % 2) + 2 * step, 80 + 180 * (i // 2), SIZE) for i in range(count)]


def picture(count, step=0):
    return tiny_model.picture(people(count, step), WIDE, WIDE)


def assert_found(message, truth):
    found = keypoints(message)
    assert len(found) == len(truth)
    for person in truth:
        assert np.abs(found[:, :, :2] - person).max(axis=(1, 2)).min() < 2


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    detector = write_detector(folder / "detector.onnx", 1.2 * SIZE / 2)
    return write_pair(folder / "pair.json", detector, write_person(folder / "person.onnx"))


def test_three_cameras_live_options_and_whoever_had_to_wait(tester, pair):
    parameters = {"model": str(pair), "cameras": list(CAMERAS)} | PARAMETERS
    with PoseNodeProcess(tester, parameters) as node:
        dumped = node.dump()
        assert dumped["top_down.max_people"] == 20
        assert dumped["person.refine"] == "dark"
        assert dumped["decoder.max_overlap"] == pytest.approx(0.3)
        with Camera(node, "front") as front, Camera(node, "left") as left, Camera(node, "right") as right:
            for step in range(3):
                for count, camera in enumerate((front, left, right), 1):
                    assert_found(camera.detect(picture(count, step)), people(count, step))
            report = node.diagnostics()
            assert report["person_model"] == "tiny_person"
            assert "person_network_ms" in report
            assert node.diagnostics("right")["people_deferred"] == "0"

            assert node.set_parameters(top_down__max_people=1).successful
            seen = [len(right.detect(picture(3)).skeletons) for _ in range(3)]
            assert seen == [1, 1, 1]
            tester.spin_until(lambda: node.diagnostics("right")["people_deferred"] == "6", "the account of who waited")
            assert node.diagnostics("left")["people_deferred"] == "0"
        refused = node.set_parameters(top_down__max_people=0)
        assert not refused.successful
        assert "max_people" in refused.reason


def test_another_family_on_reconfigure(tester, pair, model):
    parameters = {"model": str(pair), "autostart": False} | PARAMETERS
    with PoseNodeProcess(tester, parameters, active=False) as node:
        for file, groups in ((pair, {"decoder", "person", "top_down"}), (model, {"decoder"}), (pair, {"top_down"})):
            assert node.set_parameters(model=str(file)).successful
            assert node.change_state("configure")
            assert node.change_state("activate")
            names = {name.partition(".")[0] for name in node.dump() if "." in name}
            assert groups <= names
            assert ("top_down" in names) == (file == pair)
            with Camera(node) as camera:
                assert len(camera.detect(picture(1)).skeletons) == 1
            assert node.change_state("deactivate")
            assert node.change_state("cleanup")


def test_without_refinement(tester, pair, model):
    """A bottom-up model with a per-person network, which a parameter leaves out."""
    parameters = {"model": str(model), "person_model": str(pair.with_name("person.onnx"))}
    truth = tiny_model.person(130.0, 100.0, 120)
    errors = {}
    for refine in (True, False):
        with PoseNodeProcess(tester, parameters | {"refine": refine}) as node:
            assert any(name.startswith("person.") for name in node.dump()) == refine
            with Camera(node) as camera:
                (found,) = keypoints(camera.detect(tiny_model.picture([truth])))
                errors[refine] = np.abs(found[:, :2] - truth).mean()
    assert errors[True] < 0.7 * errors[False]
