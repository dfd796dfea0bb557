"""Identity metrics by hand, and against motmetrics where it is installed (it is no dependency)."""

from dataclasses import dataclass

import numpy as np
import pytest

from trt_pose_ros.evaluation.tracking_metrics import Score, identity_score


@dataclass
class Frame:
    present: set[int]
    truth: np.ndarray


def frame(present, truth):
    return Frame(set(present), np.array(truth, int))


def test_everybody_followed():
    score = identity_score([frame([1, 2], [1, 2])] * 5, [[7, 9]] * 5)
    assert score == Score(truths=10, found=10, identified=10)
    assert (score.mota, score.idf1) == (1.0, 1.0)


def test_a_switch_a_miss_and_a_false_report():
    frames = [frame([1], [1]), frame([1], [1]), frame([1], [1]), frame([1], [1, -1])]
    score = identity_score(frames, [[5], [-1], [6], [6, 8]])
    assert score == Score(truths=4, found=3, false=1, switches=1, identified=2)
    assert score.mota == pytest.approx(1 - (1 + 1 + 1) / 4)
    assert score.idf1 == pytest.approx(2 * 2 / (4 + 4))


def test_two_who_exchange_their_identities():
    score = identity_score([frame([1, 2], [1, 2])] * 4, [[7, 9], [7, 9], [9, 7], [9, 7]])
    assert (score.switches, score.identified) == (2, 4)
    assert score.idf1 == 0.5


def test_scores_add_up_and_nothing_is_no_error():
    assert Score(1, 2, 3, 4, 5) + Score(10, 20, 30, 40, 50) == Score(11, 22, 33, 44, 55)
    assert identity_score([], []) == Score()
    assert (Score().mota, Score().idf1) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("frames", "identities"), [([frame([1], [1])], []), ([frame([1], [1])], [[1, 2]]), ([], [[1]])]
)
def test_what_does_not_belong_together_is_refused(frames, identities):
    with pytest.raises(ValueError, match=r"zip\(\)"):
        identity_score(frames, identities)


@pytest.mark.parametrize("seed", range(8))
def test_figures_are_those_of_motmetrics(seed):
    motmetrics = pytest.importorskip("motmetrics", reason="motmetrics, to compare with, is not installed")
    rng = np.random.default_rng(seed)
    frames, identities = [], []
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for _ in range(60):
        present = [p for p in range(6) if rng.random() < 0.8]
        truth = [p for p in present if rng.random() < 0.8] + [-1] * rng.integers(0, 2)
        # mostly the right one, with switches; never twice in a frame
        given = [p + 10 if p >= 0 and rng.random() < 0.8 else 20 + i for i, p in enumerate(truth)]
        given = [-1 if rng.random() < 0.1 else i for i in given]
        frames.append(frame(present, truth))
        identities.append(given)
        reported = [(p, i) for p, i in zip(truth, given, strict=True) if i >= 0]
        distances = [[0.0 if p == q else np.nan for q, _ in reported] for p in present]
        accumulator.update(present, [i for _, i in reported], distances)
    names = ["mota", "idf1", "num_switches", "num_false_positives", "num_misses"]
    expected = motmetrics.metrics.create().compute(accumulator, metrics=names, name="x").loc["x"]
    score = identity_score(frames, identities)
    assert score.switches == expected["num_switches"]
    assert score.false == expected["num_false_positives"]
    assert score.truths - score.found == expected["num_misses"]
    assert score.mota == pytest.approx(expected["mota"])
    assert score.idf1 == pytest.approx(expected["idf1"])
