"""Trained classifiers as plain arrays: scores of features, by NumPy alone.

Both put out what scikit-learn's own ``decision_function`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

Arrays = Mapping[str, np.ndarray]


class Classifier(Protocol):
    """Features float [N, F], NaN where unknown, to scores float64 [N, S]."""

    kind: str
    features: int
    scores_count: int

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """The scores."""

    def arrays(self) -> dict[str, np.ndarray]:
        """All that it is made of."""


class Svm:
    """A support vector machine with radial basis functions, one against one (Cortes and Vapnik, 1995).

    Features are standardised; one that is unknown counts as average, which speaks for no class.

    Args:
        arrays: ``mean`` and ``std`` float64 [F], ``vectors`` float32 [V, F] (standardised), ``weights`` float64 [S, V],
            ``intercepts`` float64 [S], ``gamma`` float64 [], all finite.

    Raises:
        ValueError: they do not fit together.
    """

    kind = "svm"

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = _taken(
            arrays,
            {
                "mean": (np.float64, "F"),
                "std": (np.float64, "F"),
                "vectors": (np.float32, "VF"),
                "weights": (np.float64, "SV"),
                "intercepts": (np.float64, "S"),
                "gamma": (np.float64, ""),
            },
        )
        if not (self._arrays["std"] > 0).all() or not self._arrays["gamma"] > 0:
            raise ValueError("std and gamma must be above 0")
        self._vectors = self._arrays["vectors"].astype(np.float64)
        self._squares = (self._vectors**2).sum(axis=1)
        self.features, self.scores_count = self._vectors.shape[1], len(self._arrays["intercepts"])

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """See :class:`Classifier`."""
        x = standardised(features, self._arrays["mean"], self._arrays["std"]).astype(np.float64)
        squares = (x**2).sum(axis=1)[:, None] + self._squares - 2 * x @ self._vectors.T
        kernel = np.exp(-self._arrays["gamma"] * np.maximum(squares, 0))
        return kernel @ self._arrays["weights"].T + self._arrays["intercepts"]

    def arrays(self) -> dict[str, np.ndarray]:
        """See :class:`Classifier`."""
        return dict(self._arrays)


def standardised(features: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """float32 [N, F]: features as an SVM takes them; an unknown one is average."""
    x = (np.asarray(features, np.float64) - mean) / std
    return np.where(np.isnan(x), 0.0, x).astype(np.float32)


class Trees:
    """Gradient boosted decision trees (Friedman, 2001), each of which adds to one score.

    Args:
        arrays: of the nodes of all trees: ``feature`` int32 [M] (-1: a leaf), ``threshold`` float64 [M], ``children``
            int32 [M, 2] (where the feature is up to the threshold, where above; larger numbers than the node's own),
            ``unknown_left`` bool [M], ``value`` float64 [M]; ``roots`` int32 [R], ``score`` int32 [R] to which each
            tree adds, ``baseline`` float64 [S], ``features`` int32 [] that there are.

    Raises:
        ValueError: they do not fit together.
    """

    kind = "gradient_boosting"

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = a = _taken(
            arrays,
            {
                "feature": (np.int32, "M"),
                "threshold": (np.float64, "M"),
                "children": (np.int32, "M2"),
                "unknown_left": (np.bool_, "M"),
                "value": (np.float64, "M"),
                "roots": (np.int32, "R"),
                "score": (np.int32, "R"),
                "baseline": (np.float64, "S"),
                "features": (np.int32, ""),
            },
        )
        nodes, self.scores_count = np.arange(len(a["feature"])), len(a["baseline"])
        self.features = int(a["features"])
        inner = a["feature"] >= 0
        right = (a["feature"] < self.features) & (a["feature"] >= -1)
        right &= ~inner | ((a["children"] > nodes[:, None]) & (a["children"] < len(nodes))).all(axis=1)
        roots = (a["roots"] >= 0) & (a["roots"] < len(nodes)) & (a["score"] >= 0) & (a["score"] < self.scores_count)
        if not right.all() or not roots.all() or not len(nodes):
            raise ValueError("the nodes are those of no trees")
        # a leaf leads to itself
        self._feature = np.where(inner, a["feature"], 0)
        self._children = np.where(inner[:, None], a["children"], nodes[:, None])
        self._unknown = np.where(a["unknown_left"], 0, 1)
        self._depth = self._deepest(inner)
        self._adds = (a["score"][:, None] == np.arange(self.scores_count)).astype(np.float64)

    def _deepest(self, inner: np.ndarray) -> int:
        """Steps from the roots to the farthest leaf."""
        level, depth = np.unique(self._arrays["roots"]), 0
        while (level := np.unique(self._arrays["children"][level[inner[level]]])).size:
            depth += 1
        return depth

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """See :class:`Classifier`."""
        x = np.asarray(features, np.float64)
        rows = np.arange(len(x))[:, None]
        node = np.broadcast_to(self._arrays["roots"], (len(x), len(self._arrays["roots"])))
        for _ in range(self._depth):
            value = x[rows, self._feature[node]]
            side = np.where(np.isnan(value), self._unknown[node], value > self._arrays["threshold"][node])
            node = self._children[node, side]
        return self._arrays["value"][node] @ self._adds + self._arrays["baseline"]

    def arrays(self) -> dict[str, np.ndarray]:
        """See :class:`Classifier`."""
        return dict(self._arrays)


CLASSIFIERS: dict[str, type[Svm] | type[Trees]] = {kind.kind: kind for kind in (Svm, Trees)}


def _taken(arrays: Arrays, wanted: Mapping[str, tuple[type, str]]) -> dict[str, np.ndarray]:
    """The arrays, which must be just the ``wanted`` ones: {name: (dtype, axes)}; letters stand for equal lengths."""
    if set(arrays) != set(wanted):
        raise ValueError(f"its arrays are {', '.join(sorted(arrays))}, must be {', '.join(sorted(wanted))}")
    lengths: dict[str, int] = {}
    for name, (dtype, axes) in wanted.items():
        array = arrays[name]
        shape = tuple(
            int(axis) if axis.isdigit() else lengths.setdefault(axis, n)
            for axis, n in zip(axes, array.shape, strict=False)
        )
        if array.dtype != dtype or array.ndim != len(axes) or array.shape != shape:
            raise ValueError(
                f"{name} is {array.dtype}{list(array.shape)}, must be {np.dtype(dtype)} with axes [{', '.join(axes)}]"
            )
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are not finite")
    return dict(arrays)
