"""AP from what became of each report is pycocotools' AP, also of images that count several times."""

import contextlib
import io

import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from trt_pose_ros.evaluation.comparison.precision import Precision
from trt_pose_ros.evaluation.metrics.coco import MOST, SIZES, CocoEvaluation

SIGMAS = [0.05] * 5


def random_images(seed, count=15, crowd=False):
    """People and reports of images, with crowds, equal scores, nobody, and more reports than AP looks at."""
    rng = np.random.default_rng(seed)
    people, reports = [], []
    for _ in range(count):
        some, found = [], []
        for _ in range(rng.integers(0, 45 if crowd else 4)):
            size = rng.uniform(20, 200)
            points = rng.uniform(0, size, (5, 2)) + rng.uniform(0, 300, 2)
            visible = (rng.random(5) < 0.8) * 2
            box = [*points.min(0).tolist(), *np.ptp(points, axis=0).tolist()]
            keypoints = np.column_stack([points, visible]).ravel().tolist()
            iscrowd = int(rng.random() < 0.1)
            area = 0.5 * box[2] * box[3]
            some.append(
                {
                    "keypoints": keypoints,
                    "num_keypoints": int((visible > 0).sum()),
                    "iscrowd": iscrowd,
                    "bbox": box,
                    "area": area,
                }
            )
            if rng.random() < 0.8:
                moved = points + rng.normal(0, 0.06 * size * rng.random(), points.shape)
                found.append(moved)
        found += [rng.uniform(0, 300, (5, 2)) for _ in range(rng.integers(0, 2))]
        people.append(some)
        reports.append(
            [
                {"keypoints": np.column_stack([p, np.ones(5)]).ravel().tolist(), "score": round(float(rng.random()), 1)}
                for p in found
            ]
        )
    return people, reports


def pycocotools(people, reports):
    """Its figures, by its own defaults."""
    entries = [
        [{"id": n, "image_id": i, "category_id": 1} | e for n, (i, e) in enumerate(_numbered(lists), 1)]
        for lists in (people, reports)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        images = [{"id": i + 1} for i in range(len(people))]
        truth.dataset = {"images": images, "categories": [{"id": 1}], "annotations": entries[0]}
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(entries[1]), "keypoints")
        evaluation.params.kpt_oks_sigmas = np.array(SIGMAS)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.where(evaluation.stats < 0, np.nan, evaluation.stats)


def _numbered(lists):
    return [(i, entry) for i, some in enumerate(lists, 1) for entry in some]


def detections(people, reports):
    """``detections`` of frames as a report has them."""
    found = []
    for outcome in CocoEvaluation(people, reports, SIGMAS).outcomes():
        bits = 1 << np.arange(10)
        sizes = {
            size: {"people": m.people, "right": (bits @ m.right).tolist(), "ignored": (bits @ m.ignored).tolist()}
            for size, m in outcome.sizes.items()
        }
        found.append({"scores": outcome.scores.tolist(), **sizes})
    return found


def figures(some, times):
    tables = [Precision(some, size)(times) for size in SIZES]
    (ap, recall), (medium, recall_medium), (large, recall_large) = tables
    aps = [ap.ravel().mean(), ap[0].mean(), ap[5].mean(), medium.ravel().mean(), large.ravel().mean()]
    return np.array([*aps, recall.mean(), recall[0], recall[5], recall_medium.mean(), recall_large.mean()])


@pytest.mark.parametrize("seed", range(30))
def test_ap_is_that_of_pycocotools_to_the_last_bit(seed):
    people, reports = random_images(seed, crowd=seed % 5 == 0)
    expected = pycocotools(people, reports)
    np.testing.assert_array_equal(CocoEvaluation(people, reports, SIGMAS).figures, expected)
    np.testing.assert_array_equal(figures(detections(people, reports), np.ones(len(people), int)), expected)
    if seed % 5 == 0:
        assert max(map(len, reports)) > MOST


@pytest.mark.parametrize("seed", range(10))
def test_an_image_that_counts_threefold_is_three_images(seed):
    people, reports = random_images(seed)
    rng = np.random.default_rng(seed)
    for some in reports:  # equal scores in different images have an order, which copies of images change
        for report in some:
            report["score"] = float(rng.random())
    times = np.random.default_rng(seed).integers(0, 4, len(people))
    copied = [np.repeat(np.array(some, object), times, axis=0).tolist() for some in (_boxed(people), _boxed(reports))]
    expected = pycocotools(*([c[0] for c in lists] for lists in copied))
    np.testing.assert_allclose(figures(detections(people, reports), times), expected, rtol=1e-12)


def _boxed(lists):
    """Each list in a list of its own, so that NumPy does not look into it."""
    boxes = np.empty((len(lists), 1), object)
    boxes[:, 0] = lists
    return boxes


def test_nobody_to_find_is_nothing_and_nothing_found_is_0():
    people, reports = random_images(3)
    nobody = detections([[] for _ in people], reports)
    assert np.isnan(figures(nobody, np.ones(len(people), int))[0])
    nothing = detections(people, [[] for _ in reports])
    assert figures(nothing, np.ones(len(people), int))[0] == 0
    assert np.isnan(figures(nothing, np.zeros(len(people), int))[0])
