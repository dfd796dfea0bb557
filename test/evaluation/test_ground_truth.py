"""AP is pycocotools' own where a file's ids are sane, and the same with any other ids."""

import contextlib
import io
import json

import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from coco_files import CATEGORY, person, write
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from trt_pose_ros import Topology
from trt_pose_ros.evaluation.ground_truth import GroundTruth

COCO_17 = Topology.load("coco_17")
SOMEBODY = [[20, 20, 2], [28, 30, 2], [12, 32, 1]]


def random_data(folder, seed, images=12):
    """A file of random people, some of them crowds or without keypoints; and results, right, wrong and missing."""
    rng = np.random.default_rng(seed)
    entries = [{"id": i + 3, "file_name": f"{i}.png", "width": 400, "height": 300} for i in range(images)]
    annotations, found = [], []
    for image in entries:
        for _ in range(rng.integers(0, 5)):
            size = rng.uniform(20, 200)
            points = rng.uniform(0, size, (17, 2)) + rng.uniform(0, 100, 2)
            visibility = rng.choice([0, 1, 2], 17, p=[0.3, 0.2, 0.5]) * (rng.random() > 0.1)
            keypoints = np.where(visibility[:, None] > 0, np.column_stack([points, visibility]), 0)
            box = [*points.min(0).tolist(), *np.ptp(points, axis=0).tolist()]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image["id"],
                    "category_id": 4,
                    "keypoints": keypoints.ravel().tolist(),
                    "num_keypoints": int((visibility > 0).sum()),
                    "bbox": box,
                    "area": float(0.5 * box[2] * box[3]),
                    "iscrowd": int(rng.random() < 0.1),
                }
            )
            if rng.random() < 0.8:
                moved = points + rng.normal(0, 0.05 * size * rng.random(), points.shape)
                guess = np.column_stack([moved, rng.random(17)])
                found.append({"image_id": image["id"], "keypoints": guess.ravel().tolist(), "score": rng.random()})
        if rng.random() < 0.5:
            guess = rng.uniform(0, 300, 51)
            found.append({"image_id": image["id"], "keypoints": guess.tolist(), "score": rng.random()})
    categories = [{"id": 2, "name": "cup"}, {"id": 4, "name": "person", **COCO_17.to_category()} | {"name": "person"}]
    write(folder, annotations, entries, categories, size=(400, 300))
    return folder / "annotations.json", [result | {"category_id": 4} for result in found]


def figures_of_pycocotools(file, found):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(file)
        evaluation = COCOeval(truth, truth.loadRes([dict(result) for result in found]), "keypoints")
        evaluation.params.catIds = [4]
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.where(evaluation.stats < 0, np.nan, evaluation.stats)


@pytest.mark.parametrize("seed", range(6))
def test_ap_is_that_of_pycocotools(tmp_path, seed):
    file, found = random_data(tmp_path, seed)
    expected = figures_of_pycocotools(file, found)
    assert 0.05 < expected[0] < 0.95
    np.testing.assert_array_equal(GroundTruth(file, tmp_path).average_precision(found), expected)


@pytest.mark.parametrize("kind", ["from 0", "negative", "huge", "text", "backwards", "floats"])
def test_ids_of_any_kind_change_nothing(tmp_path, kind):
    file, found = random_data(tmp_path, 1)
    expected = GroundTruth(file, tmp_path).average_precision(found)
    new = {
        "from 0": lambda number: number - 1,
        "negative": lambda number: number - 100,
        "huge": lambda number: 10**18 + number,
        "text": lambda number: f"n{number:03}",
        "backwards": lambda number: 1000 - number,
        "floats": float,
    }[kind]
    data = json.loads(file.read_text())
    for image in data["images"]:
        image["id"] = new(image["id"])
    for annotation in data["annotations"]:
        annotation |= {"id": new(annotation["id"]), "image_id": new(annotation["image_id"]), "category_id": new(4)}
    for category in data["categories"]:
        category["id"] = new(category["id"])
    file.write_text(json.dumps(data))
    renamed = [result | {"image_id": new(result["image_id"]), "category_id": new(4)} for result in found]
    np.testing.assert_array_equal(GroundTruth(file, tmp_path).average_precision(renamed), expected)


def perfect(truth, annotations):
    """Results that are the labels."""
    return [
        {"image_id": a["image_id"], "category_id": truth.category_id, "keypoints": a["keypoints"], "score": 1.0}
        for a in annotations
    ]


def test_what_is_found_exactly_has_ap_1_though_ids_begin_with_0(tmp_path):
    annotations = [person(SOMEBODY, id=i, image_id=i) for i in (0, 1)]
    file = write(tmp_path, annotations, images=[{"id": i, "file_name": f"{i}.png"} for i in (0, 1)])
    truth = GroundTruth(file, tmp_path)
    assert truth.average_precision(perfect(truth, annotations))[0] == pytest.approx(1.0)


@pytest.mark.parametrize("field", ["area", "iscrowd", "num_keypoints", "bbox"])
def test_a_field_that_is_null_or_missing_is_computed(tmp_path, field):
    whole = person(SOMEBODY)
    for annotation in (whole | {field: None}, {key: value for key, value in whole.items() if key != field}):
        file = write(tmp_path, [annotation])
        truth = GroundTruth(file, tmp_path)
        assert truth.average_precision(perfect(truth, [annotation]))[0] == pytest.approx(1.0)


def test_results_are_left_as_they_were_given(tmp_path):
    file, found = random_data(tmp_path, 2)
    before = json.dumps(found)
    GroundTruth(file, tmp_path).average_precision(found)
    assert json.dumps(found) == before


def test_nothing_found_and_nobody_to_find(tmp_path):
    truth = GroundTruth(write(tmp_path, [person(SOMEBODY)]), tmp_path)
    assert truth.average_precision([])[0] == 0.0
    nobody = GroundTruth(write(tmp_path, []), tmp_path)
    assert np.isnan(nobody.average_precision([])[0])
    assert np.isnan(nobody.average_precision(perfect(nobody, [person(SOMEBODY)]))[0])


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"image_id": 9}, "image 9, which is not in the annotation file"),
        ({"image_id": None}, "image None, which is not"),
        ({"image_id": [1]}, r"image \[1\], which is not"),
        ({"category_id": 2}, "category_id 2, must be 1"),
        ({"keypoints": [1, 2, 3]}, "other keypoints than 9 finite numbers"),
        ({"keypoints": [float("nan")] * 9}, "other keypoints than 9 finite numbers"),
        ({"score": float("nan")}, "score nan, must be a finite number"),
        ({"score": None}, "score None"),
    ],
)
def test_a_result_that_is_none_is_refused(tmp_path, changed, match):
    truth = GroundTruth(write(tmp_path, [person(SOMEBODY)]), tmp_path)
    (result,) = perfect(truth, [person(SOMEBODY)])
    with pytest.raises(ValueError, match=match):
        truth.average_precision([result | changed])


@pytest.mark.parametrize(
    "changed", [{"id": 1}, {"image_id": 9}, {"image_id": "1"}, {"area": "x"}, {"keypoints": [1, 2, 2]}]
)
def test_what_check_calls_an_error_is_refused(tmp_path, changed):
    file = write(tmp_path, [person(SOMEBODY), person(SOMEBODY, id=2) | changed])
    with pytest.raises(ValueError, match=r"annotations\.json: annotation "):
        GroundTruth(file, tmp_path)


def test_the_images_with_the_smallest_ids_are_taken(tmp_path):
    images = [{"id": i, "file_name": f"{i}.png"} for i in (5, "b", 2, "a", 9)]
    truth = GroundTruth(write(tmp_path, [], images=images), tmp_path, limit=4)
    assert list(truth.images) == [2, 5, 9, "a"]
    with pytest.raises(ValueError, match="limit is 0"):
        GroundTruth(tmp_path / "annotations.json", tmp_path, limit=0)


def test_the_category_is_chosen_by_name(tmp_path):
    categories = [CATEGORY, {"id": 2, "name": "hand", "keypoints": ["thumb"], "skeleton": []}]
    file = write(tmp_path, [person(SOMEBODY), person([[3, 4, 2]], category_id=2)], categories=categories)
    truth = GroundTruth(file, tmp_path, category="hand")
    assert (truth.category_id, truth.topology.keypoints) == (2, ("thumb",))
    with pytest.raises(ValueError, match="'person', 'hand': there is no 'foot'"):
        GroundTruth(file, tmp_path, category="foot")
