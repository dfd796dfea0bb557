"""Annotation files that are wrong in any way: a sentence or counted errors, and nothing is left out in silence.

FUZZ_CASES in the environment is the number of cases of each test; see :mod:`mutations`.
"""

import json

import numpy as np
import pytest
from mutations import CASES, mutated_bytes, mutated_value

pycocotools = pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from coco_files import CATEGORY, person, write  # noqa: E402
from pycocotools import mask  # noqa: E402

from trt_pose_ros.evaluation.annotations import AnnotationFile  # noqa: E402
from trt_pose_ros.evaluation.check import check  # noqa: E402
from trt_pose_ros.evaluation.ground_truth import GroundTruth  # noqa: E402

try:
    from trt_pose_training.data.coco import KeypointData
    from trt_pose_training.data.dataset import ignore_mask
except ImportError:  # without torch
    KeypointData = None

SOMEBODY = [[20, 20, 2], [28, 30, 2], [12, 32, 1]]
RLE = mask.encode(np.asfortranarray(np.arange(48 * 64).reshape(48, 64) % 7 == 0).astype(np.uint8))
RLE = {"size": [48, 64], "counts": RLE["counts"].decode()}
ANNOTATIONS = [
    person(SOMEBODY),
    person([[40, 20, 2], [0, 0, 0], [44, 32, 1]], id=2, image_id=2, bbox=[38, 18, 10, 20]),
    person([0] * 9, id=3, iscrowd=1, segmentation=RLE),
    person([0] * 9, id=4, image_id=2, iscrowd=1, segmentation={"size": [48, 64], "counts": [1000, 72, 2000]}),
    person([0] * 9, id=5, segmentation=[[1, 1, 20, 1, 20, 20]]),
    {"id": 6, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]},
]
CUP = {"id": 2, "name": "cup"}


@pytest.fixture
def file(tmp_path):
    """A good file, its images beside it."""
    images = [{"id": i, "file_name": f"{i}.png"} for i in (1, 2)]
    return write(tmp_path, ANNOTATIONS, images=images, categories=[CATEGORY, CUP])


def outcome(path):
    """Read a file as evaluation, training and check do: ``refused``, ``errors`` or ``accepted``."""
    try:
        file = AnnotationFile(path)
    except ValueError as error:
        assert str(path) in str(error)  # noqa: PT017 - either outcome is right
        return "refused"
    problems = list(file.errors())
    assert bool(check(file, path.parent).errors) >= bool(problems)
    if problems:
        for read in (GroundTruth, *([KeypointData.load] if KeypointData else [])):
            with pytest.raises(ValueError, match=r"annotations\.json: .*: "):
                read(path, path.parent)
        return "errors"
    entries = json.loads(path.read_bytes())["annotations"]
    assert len(file.annotations) == sum(e["category_id"] == file.category["id"] for e in entries)
    try:
        truth = GroundTruth(path, path.parent)
    except (FileNotFoundError, ValueError) as error:
        assert "images" in str(error)  # noqa: PT017 - another file name, or none
        return "errors"
    labels = [
        {"image_id": a["image_id"], "category_id": truth.category_id, "keypoints": a["keypoints"], "score": 1.0}
        for a in file.annotations
        if any((a.get("keypoints") or [])[2::3])
    ]
    precision = truth.average_precision(labels)[0]
    assert np.isnan(precision) or precision == pytest.approx(1.0)
    if KeypointData:
        for sample in KeypointData.load(path, path.parent).samples:
            assert np.isfinite(sample.keypoints).all()
            assert ignore_mask(sample.ignore, np.eye(3), 64, 48, 8).shape == (6, 8)
    return "accepted"


def test_mutated_annotation_files(file):
    random, valid = np.random.default_rng(0), json.loads(file.read_text())
    assert outcome(file) == "accepted"
    outcomes = []
    for _ in range(CASES):
        file.write_text(json.dumps(mutated_value(random, valid)))
        outcomes.append(outcome(file))
    assert {"refused", "errors", "accepted"} <= set(outcomes)
    assert outcomes.count("accepted") < 0.5 * CASES  # a field that is not needed may be null or missing


def test_annotation_files_of_mutated_bytes(file):
    random, valid = np.random.default_rng(1), file.read_bytes()
    for _ in range(CASES):
        file.write_bytes(mutated_bytes(random, valid))
        outcome(file)
