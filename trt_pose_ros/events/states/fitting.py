"""Train a StateModel: classifiers compared by cross-validation, probabilities calibrated on what they did not see.

The only module that needs scikit-learn: the extra ``states``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...options import Options, option
from .classifiers import Classifier, Svm, Trees, standardised
from .features import Features
from .metrics import Metrics
from .model import StateModel, softmax

_EXACT = 1e-6  # by which our scores may differ from scikit-learn's
_HIGHEST = np.finfo(np.float64).max  # instead of the infinite threshold that parts known from unknown


@dataclass(frozen=True)
class FitOptions(Options):
    """How a model is trained."""

    folds: int = option(5, "of the cross-validation", low=2, high=20)
    classifier: str = option("best", "of which kind", choices=("best", Svm.kind, Trees.kind))
    seed: int = option(0, "of folds and trees", low=0, high=2**31)


@dataclass(frozen=True, eq=False)
class Samples:
    """What is learnt from.

    Attributes:
        features: float32 [N, F], none of whose rows is NaN as a whole.
        truth: int [N], numbers of the classes.
        people: int [N], whose sample it is.
        clips: int [N], which recording it is from.
        copies: (features, numbers of the samples that they are copies of) further samples that are only trained on:
            mirrored ones, ones with missing joints. Where a sample is held out, its copies are.
    """

    features: np.ndarray
    truth: np.ndarray
    people: np.ndarray
    clips: np.ndarray
    copies: tuple[np.ndarray, np.ndarray] | None = None


@dataclass(frozen=True, eq=False)
class Report:
    """What the cross-validation has shown.

    Attributes:
        chosen: kind of the classifier and its settings.
        candidates: {kind and settings: log loss on what was held out}, all that were compared.
        groups: by which samples were held out together for the choice: ``people`` or ``clips``.
        by: {``people`` or ``clips``: figures of the chosen one}, of those by which the samples could be held out.
    """

    chosen: str
    candidates: dict[str, float]
    groups: str
    by: dict[str, Metrics]

    def text(self) -> str:
        """The report, for reading."""
        lines = [f"log loss, {self.groups} held out: {', '.join(f'{n} {v:.3f}' for n, v in self.candidates.items())}"]
        for group, m in self.by.items():
            lines += ["", f"{self.chosen}, {group} held out (rows: the truth)", m.table()]
            lines.append(
                f"accuracy {m.accuracy:.3f}, log loss {m.log_loss:.3f}, calibration error {m.calibration_error:.3f}"
            )
        return "\n".join(lines)


@dataclass(frozen=True)
class _Candidate:
    name: str
    new: Callable[[], Any]  # of scikit-learn
    plain: Callable[[Any, np.ndarray, np.ndarray], Classifier]
    scaled: bool


def fit(
    name: str,
    classes: Sequence[str],
    features: Features,
    topology: str,
    samples: Samples,
    options: FitOptions | None = None,
    licence: str = "",
    about: dict[str, Any] | None = None,
) -> tuple[StateModel, Report]:
    """Train the classifier that does best on people (or, of less than three, on clips) that it has not seen.

    Raises:
        ImportError: scikit-learn is not installed.
        ValueError: there are too few classes, clips or samples.
    """
    options = options or FitOptions()
    sklearn = _sklearn()
    counts = np.bincount(samples.truth, minlength=len(classes))
    if len(classes) < 2 or (counts == 0).any():
        lacking = [c for c, n in zip(classes, counts, strict=True) if not n]
        raise ValueError(f"two classes or more need samples; without any: {', '.join(lacking) or 'the second'}")
    folds = {group: f for group in ("people", "clips") if (f := _folds(samples, group, options)) is not None}
    if not folds:
        raise ValueError(
            "every class needs two clips or more, so that it can be checked on one that was not trained on; "
            f"clips of each: {_clips_of_each(samples, classes)}"
        )
    groups = next(iter(folds))
    candidates = [c for c in _candidates(options) if options.classifier in ("best", c.name.split()[0])]
    scores = {c.name: _held_out_scores(c, samples, folds[groups]) for c in candidates}
    losses = {n: _metrics(s, samples, folds[groups], classes).log_loss for n, s in scores.items()}
    chosen = min(candidates, key=lambda c: losses[c.name])
    by = {
        group: _metrics(
            scores[chosen.name] if group == groups else _held_out_scores(chosen, samples, f), samples, f, classes
        )
        for group, f in folds.items()
    }
    classifier = _trained(chosen, samples, np.ones(len(samples.truth), bool))[0]
    weights, biases = _calibration(scores[chosen.name], samples.truth)
    report = Report(chosen.name, losses, groups, by)
    told = {
        "classifier": chosen.name,
        "samples": dict(zip(classes, counts.tolist(), strict=True)),
        "people": len(np.unique(samples.people)),
        "clips": len(np.unique(samples.clips)),
        "held_out": {group: metrics.as_dict() for group, metrics in by.items()},
        "versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
    }
    model = StateModel(
        name, tuple(classes), features, topology, classifier, weights, biases, licence, told | (about or {})
    )
    return model, report


def _sklearn() -> Any:
    try:
        import sklearn
    except ImportError:
        raise ImportError("training needs scikit-learn: pip install 'trt_pose_ros[states]'") from None
    return sklearn


def _candidates(options: FitOptions) -> list[_Candidate]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.svm import SVC

    def svm(c: float) -> Callable[[], Any]:
        return lambda: SVC(C=c, class_weight="balanced", decision_function_shape="ovo")

    def trees() -> Any:
        # few leaves a tree and few trees: small sets are soon learnt by heart, and each tree costs time on the robot
        return HistGradientBoostingClassifier(
            max_iter=40, max_leaf_nodes=8, max_depth=4, learning_rate=0.15, l2_regularization=1.0,
            class_weight="balanced", early_stopping=False, random_state=options.seed,
        )  # fmt: skip

    return [
        *(_Candidate(f"{Svm.kind} C={c:g}", svm(c), _plain_svm, True) for c in (1.0, 10.0)),
        _Candidate(Trees.kind, trees, _plain_trees, False),
    ]


def _folds(samples: Samples, group: str, options: FitOptions) -> np.ndarray | None:
    """int [N]: the fold in which each sample is held out, groups as a whole; None where the groups are too few."""
    from sklearn.model_selection import StratifiedGroupKFold

    groups = getattr(samples, group)
    # every class must be among those that are trained on, whoever is held out
    fewest = min(len(np.unique(groups[samples.truth == c])) for c in np.unique(samples.truth))
    count = min(options.folds, fewest, len(np.unique(groups)))
    if count < (3 if group == "people" else 2):
        return None
    folds = np.empty(len(groups), int)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=options.seed)
    for number, (_, held_out) in enumerate(splitter.split(samples.features, samples.truth, groups)):
        folds[held_out] = number
    for number in range(count):
        if len(np.unique(samples.truth[folds != number])) < len(np.unique(samples.truth)):
            return None
    return folds


def _clips_of_each(samples: Samples, classes: Sequence[str]) -> str:
    return ", ".join(f"{c} {len(np.unique(samples.clips[samples.truth == i]))}" for i, c in enumerate(classes))


def _held_out_scores(candidate: _Candidate, samples: Samples, folds: np.ndarray) -> np.ndarray:
    """float64 [N, S]: the scores of each sample by the classifier that was trained without its fold."""
    scores: list[tuple[np.ndarray, np.ndarray]] = []
    for number in np.unique(folds):
        held_out = folds == number
        classifier, _ = _trained(candidate, samples, ~held_out)
        scores.append((held_out, classifier(samples.features[held_out])))
    result = np.empty((len(folds), scores[0][1].shape[1]))
    for held_out, values in scores:
        result[held_out] = values
    return result


def _trained(candidate: _Candidate, samples: Samples, used: np.ndarray) -> tuple[Classifier, Any]:
    """The classifier trained on the ``used`` samples (bool [N]) and their copies: ours, and scikit-learn's.

    Raises:
        ImportError: ours is not what scikit-learn's is: it is of a version that is not understood.
    """
    x, y = samples.features[used], samples.truth[used]
    if samples.copies is not None:
        copies, of = samples.copies
        x, y = np.concatenate([x, copies[used[of]]]), np.concatenate([y, samples.truth[of[used[of]]]])
    mean, std = _moments(samples.features[used])
    inputs = standardised(x, mean, std) if candidate.scaled else x
    theirs = candidate.new().fit(inputs, y)
    ours = candidate.plain(theirs, mean, std)
    expected = theirs.decision_function(inputs[:200]).reshape(min(len(x), 200), -1)
    if not np.allclose(ours(x[:200]), expected, rtol=_EXACT, atol=_EXACT):
        raise ImportError(
            f"scikit-learn {_sklearn().__version__} keeps its {type(theirs).__name__} in an unknown way: "
            "install one of 1.3 to 1.9"
        )
    return ours, theirs


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each feature where it is known; 0 and 1 where it never is or never changes."""
    known = ~np.isnan(x)
    count = np.maximum(known.sum(axis=0), 1)
    values = np.where(known, x, 0.0).astype(np.float64)
    mean = values.sum(axis=0) / count
    std = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
    return mean, np.where(std > 1e-6, std, 1.0)


def _plain_svm(theirs: Any, mean: np.ndarray, std: np.ndarray) -> Svm:
    """One row of weights for each pair of classes, over all support vectors.

    scikit-learn keeps them as LIBSVM does (Chang and Lin, 2011): of the vectors of class i, row j of ``dual_coef_``
    (row j - 1 for j > i) is their part in the decision between i and j.
    """
    ends = np.concatenate([[0], np.cumsum(theirs.n_support_)])
    count = len(theirs.n_support_)
    rows = []
    for i in range(count):
        for j in range(i + 1, count):
            row = np.zeros(ends[-1])
            of_i, of_j = slice(ends[i], ends[i + 1]), slice(ends[j], ends[j + 1])
            row[of_i], row[of_j] = theirs.dual_coef_[j - 1, of_i], theirs.dual_coef_[i, of_j]
            rows.append(row)
    return Svm(
        {
            "mean": mean,
            "std": std,
            "vectors": np.asarray(theirs.support_vectors_, np.float32),
            "weights": np.array(rows),
            "intercepts": np.asarray(theirs.intercept_, np.float64),
            "gamma": np.array(theirs._gamma, np.float64),
        }
    )


def _plain_trees(theirs: Any, mean: np.ndarray, std: np.ndarray) -> Trees:
    nodes, roots, scores, offset = [], [], [], 0
    for trees in theirs._predictors:
        for score, tree in enumerate(trees):
            n = tree.nodes
            leaf = n["is_leaf"].astype(bool)
            children = np.stack([n["left"], n["right"]], axis=1).astype(np.int32) + offset
            nodes.append(
                {
                    "feature": np.where(leaf, -1, n["feature_idx"]).astype(np.int32),
                    "threshold": np.where(leaf, 0.0, np.minimum(n["num_threshold"], _HIGHEST)),
                    "children": np.where(leaf[:, None], 0, children).astype(np.int32),
                    "unknown_left": n["missing_go_to_left"].astype(bool),
                    "value": n["value"].astype(np.float64),
                }
            )
            roots.append(offset)
            scores.append(score)
            offset += len(n)
    return Trees(
        {name: np.concatenate([tree[name] for tree in nodes]) for name in nodes[0]}
        | {
            "roots": np.array(roots, np.int32),
            "score": np.array(scores, np.int32),
            "baseline": np.asarray(theirs._baseline_prediction, np.float64).reshape(-1),
            "features": np.array(theirs.n_features_in_, np.int32),
        }
    )


def _calibration(scores: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights [S, C] and biases [C] by which scores become logits: Platt's (1999), for several classes.

    A multinomial logistic regression on scores of samples that were held out.
    """
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(C=1.0, max_iter=1000).fit(scores, truth)
    weights, biases = regression.coef_.T.astype(np.float64), regression.intercept_.astype(np.float64)
    if weights.shape[1] == 1:  # of two classes scikit-learn tells the logit of the second against the first
        weights, biases = np.hstack([np.zeros_like(weights), weights]), np.array([0.0, biases[0]])
    return np.ascontiguousarray(weights), biases


def _metrics(scores: np.ndarray, samples: Samples, folds: np.ndarray, classes: Sequence[str]) -> Metrics:
    """Figures of held-out scores, calibrated by those of the other folds."""
    probabilities = np.empty((len(scores), len(classes)))
    for number in np.unique(folds):
        held_out = folds == number
        weights, biases = _calibration(scores[~held_out], samples.truth[~held_out])
        probabilities[held_out] = softmax(scores[held_out] @ weights + biases)
    return Metrics.of(probabilities, samples.truth, classes)
