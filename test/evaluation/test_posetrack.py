"""PoseTrack's label files of both kinds, written by hand, as truth."""

import json

import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from trt_pose_ros.evaluation.annotations import AnnotationFile
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.measure import measure
from trt_pose_ros.evaluation.sources import results_run

POINTS = [[100, 100, 1], [100, 80, 1], [100, 50, 1]]  # nose, head_bottom, head_top


def of_2018():
    """Two labelled images of a clip and one that is not, with a region to ignore in the first."""
    images = [
        {
            "id": 10 + i,
            "file_name": f"images/val/0001_test/{i:06d}.jpg",
            "is_labeled": i < 2,
            "nframes": 3,
            "vid_id": "0001",
        }
        for i in range(3)
    ]
    images[0] |= {"ignore_regions_x": [[300, 400, 350]], "ignore_regions_y": [[200, 200, 300]]}
    annotations = [
        {
            "id": 1000 + i,
            "image_id": 10 + i,
            "category_id": 1,
            "track_id": 0,
            "keypoints": [v for p in POINTS for v in p],
            "bbox": [60, 40, 80, 160],
            "bbox_head": [85, 50, 30, 40],
        }
        for i in range(3)
    ]
    category = {
        "id": 1,
        "name": "person",
        "keypoints": ["nose", "head_bottom", "head_top"],
        "skeleton": [[1, 2], [2, 3]],
    }
    return {"images": images, "annotations": annotations, "categories": [category]}


def of_2017():
    points = zip((13, 12, 14), POINTS, strict=True)
    person = {
        "x1": [85], "y1": [50], "x2": [115], "y2": [90], "track_id": [4],
        "annopoints": [{"point": [{"id": [n], "x": [x], "y": [y]} for n, (x, y, _) in points]}],
    }  # fmt: skip
    somebody = {"x1": [1], "y1": [2], "x2": [11], "y2": [22], "track_id": [5]}
    names = [f"images/clip/{i:08d}.jpg" for i in (1, 2)]
    return {
        "annolist": [
            {"image": [{"name": name}], "annorect": [person, somebody], "imgnum": [i]} for i, name in enumerate(names)
        ]
    }


def written(folder, data):
    file = folder / "labels.json"
    file.write_text(json.dumps(data))
    return file


def test_labels_of_2018(tmp_path):
    truth = GroundTruth(written(tmp_path, of_2018()), None)
    assert list(truth.entries) == [10, 11]
    assert [(e["video"], e["index"]) for e in truth.entries.values()] == [("0001_test", 0), ("0001_test", 1)]
    somebody, region = truth.people[10]
    assert (somebody["track_id"], somebody["bbox_head"]) == (0, [85, 50, 30, 40])
    assert (region["iscrowd"], region["bbox"], region["area"]) == (1, [300, 200, 100, 100], 10_000)
    assert len(truth.people[11]) == 1


def test_labels_of_2017(tmp_path):
    truth = GroundTruth(written(tmp_path, of_2017()), None)
    assert [(e["video"], e["index"]) for e in truth.entries.values()] == [("clip", 0), ("clip", 1)]
    person, somebody = truth.people[0]
    keypoints = np.reshape(person["keypoints"], (-1, 3))
    names = truth.topology.keypoints
    assert {n: keypoints[i].tolist() for i, n in enumerate(names) if keypoints[i, 2]} == {
        "nose": [100, 100, 2], "head_bottom": [100, 80, 2], "head_top": [100, 50, 2],
    }  # fmt: skip
    assert (person["track_id"], person["bbox_head"]) == (4, [85, 50, 30, 40])
    assert (somebody["num_keypoints"], somebody["bbox"]) == (0, [1, 2, 10, 20])


def test_results_are_measured_with_heads_and_identities_and_regions_are_ignored(tmp_path):
    truth = GroundTruth(written(tmp_path, of_2018()), None)
    right = [v for x, y, _ in POINTS for v in (x + 3, y, 0.9)]
    inside = [v for x, y in ((340, 220), (350, 230), (345, 240)) for v in (x, y, 0.9)]
    entry = {"category_id": 1, "score": 0.9}
    found = [entry | {"image_id": i, "keypoints": right, "track_id": 7} for i in (10, 11)]
    found.append(entry | {"image_id": 10, "keypoints": inside, "track_id": 8})
    (tmp_path / "results.json").write_text(json.dumps(found))
    report = measure(results_run(tmp_path / "results.json", truth), truth)
    assert report["accuracy"]["precision"] == report["accuracy"]["recall"] == 1
    assert report["accuracy"]["pck"]["PCKh@0.5"] == 1
    assert (report["identities"]["mota"], report["identities"]["tracks"]) == (1, 1)


def test_training_still_asks_for_sizes(tmp_path):
    file = AnnotationFile(written(tmp_path, of_2018()))
    with pytest.raises(ValueError, match="has no height, width"):
        file.require_valid()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda d: d["images"][0].update(ignore_regions_x=["a"]), "image 10 has a region to ignore of 'a'"),
        (lambda d: d["images"][0].update(ignore_regions_x=[[]]), "image 10 has a region to ignore of"),
        (lambda d: d["annotations"].append(3), "must be lists of objects"),
        (lambda d: d.update(annolist=[{"image": []}]), r"annolist\[0\] is not an image of PoseTrack"),
        (lambda d: d.update(annolist={"a": 1}), "annolist is {'a': 1}, must be a list"),
    ],
)
def test_files_that_are_wrong_are_refused(tmp_path, change, match):
    data = of_2018()
    change(data)
    with pytest.raises(ValueError, match=match):
        GroundTruth(written(tmp_path, data), None)
