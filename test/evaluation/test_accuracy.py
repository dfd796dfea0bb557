"""AP and speed of models, through the whole path, on stick figures."""

import json

import cv2
import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="pycocotools is not installed")
pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")

from pycocotools.cocoeval import Params
from tiny_model import TOPOLOGY, person, picture, write_model

from trt_pose_ros import PosePipeline, Poses, Topology
from trt_pose_ros.cli.main import main
from trt_pose_ros.evaluation.accuracy import compare, evaluate
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.table import table

# The tiny model's people in the data's own words: another order, one keypoint less, one that the model lacks.
KEYPOINTS = ["right_ankle", "left_ankle", "tail", "neck", "nose", "right_wrist"]


def annotation(points, **fields):
    """An annotation of a person [6, 2] in the tiny model's order."""
    labels = [(*points[TOPOLOGY.index(k)].tolist(), 2) if k in TOPOLOGY.keypoints else (0, 0, 0) for k in KEYPOINTS]
    return {"category_id": 7, "keypoints": [v for label in labels for v in label], **fields}


class Data:
    """An annotation file of stick figures and its pictures."""

    def __init__(self, folder):
        self.folder, self.file = folder, folder / "keypoints.json"
        people = [[person(60, 50, 80), person(200, 90, 100)], [person(100, 60, 120)], []]
        self.content = {
            "images": [{"id": i, "file_name": f"{i}.png", "width": 320, "height": 240} for i in range(len(people))],
            "categories": [{"id": 3, "name": "cup"}, {"id": 7, "name": "animal", "keypoints": KEYPOINTS}],
            "annotations": [annotation(p, image_id=i) for i, some in enumerate(people) for p in some],
        }
        for i, some in enumerate(people):
            cv2.imwrite(str(folder / f"{i}.png"), picture(some))
        self.write()

    def write(self, **changes):
        """Write the file, with other fields than it had."""
        self.content |= changes
        for number, entry in enumerate(self.content["annotations"]):
            entry.setdefault("id", number + 1)
        self.file.write_text(json.dumps(self.content))

    def truth(self, **arguments):
        """Read it."""
        return GroundTruth(self.file, self.folder, **arguments)


@pytest.fixture
def data(tmp_path):
    return Data(tmp_path)


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "tiny.onnx")


def ap(model, data):
    return evaluate(model, data.file, data.folder)["accuracy"]["ap"]


def test_a_model_that_finds_everybody_has_ap_1(data, model):
    report = evaluate(model, data.file, data.folder)
    assert report["model"] == {"name": "tiny", "family": "paf", "input": "96x128"}
    found = report["accuracy"]
    assert found["ap50"] == found["ar"] == found["recall"] == found["precision"] == 1
    assert found["ap"] > 0.9
    assert found["ap_official"] is None
    assert all(report["latency"][stage]["p50"] > 0 for stage in ("preprocess", "network", "decode", "total"))


def test_people_it_misses_cost_ap(data, model):
    hidden = annotation(person(150, 100, 50), image_id=2)
    data.write(annotations=[*data.content["annotations"], hidden])
    assert 0.6 < ap(model, data) < 0.8


def test_keypoints_go_by_name(data):
    truth = data.truth()
    keypoints = np.zeros((1, len(TOPOLOGY.keypoints), 3), np.float32)
    keypoints[0, :, 0], keypoints[0, :, 2] = np.arange(len(TOPOLOGY.keypoints)), 1
    (result,) = truth.results(Poses(TOPOLOGY, keypoints, [1.0]), 0)
    assert result["category_id"] == 7
    expected = [TOPOLOGY.index(k) if k in TOPOLOGY.keypoints else 0 for k in KEYPOINTS]
    assert np.reshape(result["keypoints"], (-1, 3))[:, 0].tolist() == expected


def test_cocos_person_is_measured_with_cocos_sigmas():
    np.testing.assert_allclose(Topology.load("coco_17").sigmas, Params("keypoints").kpt_oks_sigmas)


def test_the_datas_own_sigmas_count(data, model):
    loose = ap(model, data)
    data.content["categories"][1]["sigmas"] = [1e-4] * len(KEYPOINTS)
    data.write()
    assert ap(model, data) < loose


def test_a_person_without_keypoints_is_neither_missed_nor_false(data, model):
    whole = ap(model, data)
    box = [10, 10, 300, 220]
    data.content["annotations"][0] = {"id": 1, "image_id": 0, "category_id": 7, "bbox": box, "iscrowd": 1, "area": 66e3}
    data.write()
    assert ap(model, data) == pytest.approx(whole, abs=0.1)


def test_official_annotations_are_measured_apart(data, model):
    for entry in data.content["annotations"]:
        entry["source"] = "official" if entry["image_id"] == 1 else "by hand"
    data.write()
    assert data.truth().official == [1]
    assert evaluate(model, data.file, data.folder)["accuracy"]["ap_official"] > 0.9


def test_outcomes_tell_who_is_right_and_leave_out_whom_the_evaluation_ignores(data):
    truth = data.truth()

    def found(points, picture, score):
        points = np.column_stack([points, np.ones(len(points))])[None].astype(np.float32)
        return truth.results(Poses(TOPOLOGY, points, [score]), picture)

    right, wrong = found(person(60, 50, 80), 0, 0.7), found(person(250, 20, 80), 0, 0.9)
    scores, is_right = truth.outcomes(right + wrong + found(person(100, 60, 120), 1, 0.5))
    assert scores == pytest.approx([0.9, 0.7, 0.5])
    assert is_right.tolist() == [False, True, True]
    data.content["annotations"][0] |= {"iscrowd": 1, "num_keypoints": 0, "bbox": [0, 0, 320, 240], "area": 7e4}
    data.write()
    scores, is_right = data.truth().outcomes(right)
    assert len(scores) == len(is_right) == 0
    assert [len(values) for values in truth.outcomes([])] == [0, 0]


def test_models_take_turns(data, model, monkeypatch):
    order = []

    def watched(name):
        pipeline = PosePipeline.open(model)
        run = pipeline.backend.run

        def noted(count):
            order.append(name)
            return run(count)

        monkeypatch.setattr(pipeline.backend, "run", noted)
        return pipeline

    first, second = compare([watched("a"), watched("b")], data.truth())
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert first["accuracy"] == second["accuracy"]


def test_the_command_prints_a_row_for_each_model_and_size(data, model, capsys):
    arguments = ["--annotations", str(data.file), "--images", str(data.folder), "--input-size", "96x128", "192x256"]
    assert main(["evaluate", str(model), str(model), *arguments, "--limit", "2", "--threads", "1"]) == 0
    about, _, titles, rule, *rows = capsys.readouterr().out.splitlines()
    assert about.startswith("2 images; ")
    assert "threads: 1" in about
    assert [row.split(" | ")[:2] for row in rows] == [["| tiny", s] for s in ["96x128"] * 2 + ["192x256"] * 2]
    assert len({line.count("|") for line in (titles, rule, *rows)}) == 1


def test_nothing_found_is_0_and_nothing_to_find_is_nothing(data, model):
    data.write(annotations=[annotation(person(150, 100, 50), image_id=2)])
    black = data.truth()
    black.images = {2: black.images[2]}
    (found,) = compare([PosePipeline.open(model)], black)
    assert found["accuracy"]["ap"] == found["accuracy"]["ar"] == 0
    data.write(annotations=[])
    nobody = evaluate(model, data.file, data.folder)
    assert nobody["accuracy"]["ap"] is None
    assert "AP" not in table([nobody])


def test_what_is_wrong_with_the_data_is_named(data, model):
    def complaint(match, error=ValueError, **changes):
        before = dict(data.content)
        data.write(**changes)
        with pytest.raises(error, match=match):
            evaluate(model, data.file, data.folder)
        data.content = before

    animal, lost = data.content["categories"][1], data.content["images"][0] | {"file_name": "lost.png"}
    complaint(r"categories with keypoints are none", categories=[{"id": 3, "name": "cup"}])
    complaint(r"'animal', 'plant': give the name of one", categories=[animal, animal | {"id": 8, "name": "plant"}])
    complaint(
        r"knows none of the data's keypoints wheel", categories=[animal | {"keypoints": ["wheel"]}], annotations=[]
    )
    complaint(r"annotation 1: image_id missing", annotations=[{"category_id": 7, "keypoints": [1, 2, 2]}])
    complaint(r"1 of 1 images .* are missing: .*lost\.png", FileNotFoundError, images=[lost], annotations=[])
    complaint(r"has no images", images=[], annotations=[])


def test_images_that_cannot_be_used_are_all_named(data, model):
    whole = (data.folder / "0.png").read_bytes()
    (data.folder / "0.png").write_bytes(b"no image")
    cv2.imwrite(str(data.folder / "2.png"), np.zeros((240, 160, 3), np.uint8))
    with pytest.raises(
        ValueError, match=r"2 of 3 images can't be used: .*0\.png: .*; .*2\.png: 160x240 pixels, in the JSON 320x240"
    ):
        evaluate(model, data.file, data.folder)
    (data.folder / "2.png").write_bytes(whole)
    figure = cv2.imencode(".jpg", cv2.imdecode(np.frombuffer(whole, np.uint8), 1))[1].tobytes()
    (data.folder / "0.png").write_bytes(figure[: len(figure) // 2])
    with pytest.raises(ValueError, match=r"1 of 3 images can't be used: .*0\.png: .* cut short"):
        evaluate(model, data.file, data.folder)
