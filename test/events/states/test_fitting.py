"""What is trained is what scikit-learn trains, checked on people that it has not seen."""

import numpy as np
import pytest
from events.states.people_in_states import TOPOLOGY, clip, clips

pytest.importorskip("sklearn", reason="training states needs scikit-learn")

from trt_pose_ros.events.states import fitting
from trt_pose_ros.events.states.fitting import FitOptions, Samples, fit
from trt_pose_ros.events.states.metrics import Metrics
from trt_pose_ros.events.states.model import softmax
from trt_pose_ros.events.states.samples import SampleOptions, learnable

CLASSES = ("a", "b", "c", "d")


def noisy(classes=3, count=240, seed=0, unknown=0.2):
    """Samples whose classes overlap, with unknown features, of 8 people."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, count)
    features = rng.normal(0, 1, (count, 6)).astype(np.float32)
    features[:, 0] += truth
    features[:, 1] -= truth == 1
    features[rng.random(features.shape) < unknown] = np.nan
    features[:, 2] = np.where(np.isnan(features[:, 2]), 0, features[:, 2])  # nobody is unknown altogether
    return Samples(features, truth, rng.integers(0, 8, count), rng.integers(0, 24, count))


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("candidate", fitting._candidates(FitOptions()), ids=lambda c: c.name)
def test_scores_are_those_of_scikit_learn(candidate, classes):
    samples = noisy(classes)
    ours, theirs = fitting._trained(candidate, samples, np.arange(240) % 3 > 0)
    new = noisy(classes, count=500, seed=1).features
    mean, std = fitting._moments(samples.features[np.arange(240) % 3 > 0])
    inputs = fitting.standardised(new, mean, std) if candidate.scaled else new
    expected = theirs.decision_function(inputs).reshape(500, -1)
    np.testing.assert_allclose(ours(new), expected, rtol=1e-6, atol=1e-6)
    # one against one votes as scikit-learn's predict() does; trees take the highest score
    if not candidate.scaled:
        told = ours(new).argmax(axis=1) if classes > 2 else (ours(new)[:, 0] > 0).astype(int)
        np.testing.assert_array_equal(told, theirs.predict(inputs))


def test_calibration_is_that_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(3)
    for classes in (2, 4):
        truth = rng.integers(0, classes, 200)
        scores = rng.normal(0, 1, (200, 1 if classes == 2 else 6)) + truth[:, None]
        weights, biases = fitting._calibration(scores, truth)
        theirs = LogisticRegression(C=1.0, max_iter=1000).fit(scores, truth)
        np.testing.assert_allclose(softmax(scores @ weights + biases), theirs.predict_proba(scores), atol=1e-6)


def test_states_are_told_of_people_who_were_never_seen(fitted, learnt):
    model, report = fitted
    assert model.classes == ("sitting", "standing", "waving") == learnt.classes
    assert report.groups == "people"
    assert report.by["people"].accuracy > 0.95
    assert report.by["clips"].accuracy > 0.95
    assert np.isclose(model.of_features(learnt.samples.features).sum(axis=1), 1).all()
    assert model.about["held_out"]["people"]["accuracy"] == round(report.by["people"].accuracy, 4)
    assert model.about["people"] == 5
    assert model.licence == "CC0"


def test_labels_without_meaning_are_not_told():
    """The figures are of people who were not trained on: noise can't be learnt by heart."""
    rng = np.random.default_rng(5)
    samples = noisy(2)
    shuffled = Samples(samples.features, rng.permutation(samples.truth), samples.people, samples.clips)
    for kind in ("svm", "gradient_boosting"):
        scores = fitting._held_out_scores(
            next(c for c in fitting._candidates(FitOptions()) if c.name.startswith(kind)),
            shuffled,
            fitting._folds(shuffled, "people", FitOptions()),
        )
        metrics = fitting._metrics(scores, shuffled, fitting._folds(shuffled, "people", FitOptions()), CLASSES[:2])
        assert 0.35 < metrics.accuracy < 0.65


def test_groups_are_held_out_as_a_whole():
    samples = noisy()
    for group in ("people", "clips"):
        folds = fitting._folds(samples, group, FitOptions())
        groups = getattr(samples, group)
        assert all(len(set(folds[groups == g])) == 1 for g in set(groups))


def test_copies_of_what_is_held_out_are_held_out():
    """Copies with a telling label must not be seen in training."""
    samples = noisy(2)
    of = np.arange(240)
    copies = np.repeat(np.float32([[0, 0, 0, 0, 0, 0]]), 240, axis=0)
    copies[:, 5] = 100 + of
    both = Samples(samples.features, samples.truth, samples.people, samples.clips, (copies, of))
    candidate = fitting._candidates(FitOptions())[0]
    used = samples.people != 0
    ours, _ = fitting._trained(candidate, both, used)
    vectors = ours.arrays()["vectors"] * ours.arrays()["std"] + ours.arrays()["mean"]
    seen = np.round(vectors[vectors[:, 5] > 50, 5] - 100).astype(int)
    assert len(seen)
    assert not np.isin(seen, of[~used]).any()


def test_too_little_is_refused():
    rng = np.random.default_rng(0)
    one = learnable([clip("sitting", 0, rng), clip("standing", 1, rng)], TOPOLOGY, SampleOptions(every=0.4))
    with pytest.raises(ValueError, match=r"two clips or more.*sitting 1, standing 1"):
        fit("x", one.classes, one.features, "coco_17", one.samples)
    alone = learnable([clip("sitting", 0, rng)], TOPOLOGY, SampleOptions(every=0.4))
    with pytest.raises(ValueError, match="two classes"):
        fit("x", alone.classes, alone.features, "coco_17", alone.samples)


def test_of_one_person_clips_are_held_out():
    rng = np.random.default_rng(0)
    same = [clip(state, 0, rng, name=f"{state} {i}") for state in ("sitting", "standing") for i in range(3)]
    found = learnable(same, TOPOLOGY, SampleOptions(every=0.4))
    _, report = fit("x", found.classes, found.features, "coco_17", found.samples, FitOptions(classifier="svm"))
    assert report.groups == "clips"
    assert list(report.by) == ["clips"]


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch, learnt):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"trt_pose_ros\[states\]"):
        fit("x", learnt.classes, learnt.features, "coco_17", learnt.samples)


def test_metrics_are_those_of_scikit_learn():
    from sklearn.metrics import confusion_matrix, log_loss, precision_score, recall_score

    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 300)
    p = softmax(rng.normal(0, 1, (300, 3)) + 1.5 * np.eye(3)[truth])
    metrics = Metrics.of(p, truth, CLASSES[:3])
    np.testing.assert_array_equal(metrics.confusion, confusion_matrix(truth, p.argmax(axis=1)))
    assert metrics.log_loss == pytest.approx(log_loss(truth, p))
    assert metrics.precision == pytest.approx(precision_score(truth, p.argmax(axis=1), average=None))
    assert metrics.recall == pytest.approx(recall_score(truth, p.argmax(axis=1), average=None))
    assert metrics.accuracy == pytest.approx((p.argmax(axis=1) == truth).mean())
    p[:10] = np.nan
    assert Metrics.of(p, truth, CLASSES[:3]).unknown == 10


def test_calibration_error_by_hand():
    # ten at 0.8 of which five are right, ten at 0.6 of which six are
    p = np.repeat([[0.8, 0.2], [0.6, 0.4]], 10, axis=0)
    truth = np.array([0] * 5 + [1] * 5 + [0] * 6 + [1] * 4)
    assert Metrics.of(p, truth, CLASSES[:2]).calibration_error == pytest.approx(0.15)
    nobody = Metrics.of(np.full((3, 2), np.nan), np.zeros(3, int), CLASSES[:2])
    assert np.isnan(nobody.accuracy)
    assert nobody.as_dict()["accuracy"] is None
    assert nobody.unknown == 3


def test_probabilities_are_calibrated():
    samples = noisy(3, count=600, unknown=0.0)
    candidate = fitting._candidates(FitOptions())[0]
    folds = fitting._folds(samples, "people", FitOptions(folds=3))
    scores = fitting._held_out_scores(candidate, samples, folds)
    assert fitting._metrics(scores, samples, folds, CLASSES[:3]).calibration_error < 0.1


def test_mirrored_people_are_told_as_well(learnt):
    rng = np.random.default_rng(0)
    plain = learnable(clips(rng, people=2), TOPOLOGY, SampleOptions(every=0.4, mirror=False))
    rng = np.random.default_rng(0)
    both = learnable(clips(rng, people=2), TOPOLOGY, SampleOptions(every=0.4))
    assert len(both.samples.copies[0]) > 1.8 * len(plain.samples.copies[0])
    assert set(both.samples.copies[1]) == set(range(len(both.samples.truth)))
