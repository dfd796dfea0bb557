"""Samples to learn from, of labelled clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...options import Options, option
from ...topology import Topology
from .features import Features, all_keypoints, mirrored
from .fitting import Samples
from .history import looked_at
from .layouts import LAYOUTS, layout_of


@dataclass(frozen=True, eq=False)
class Clip:
    """One person in one state, over time.

    Attributes:
        name: of the recording; others of the same name, and what of one another is the same recording, are held out
            together when a model is checked.
        person: whose; the same for all clips of the person.
        label: the state.
        stamps: float [N] in seconds, increasing. Of pictures, which follow none, all are NaN.
        keypoints: float [N, K, 3]: x, y, score.
    """

    name: str
    person: str
    label: str
    stamps: np.ndarray
    keypoints: np.ndarray


@dataclass(frozen=True)
class SampleOptions(Options):
    """What is learnt from clips."""

    window: float = option(1.0, "seconds that a state is told by; 0: each image by itself", low=0.0, high=10.0)
    every: float = option(0.2, "seconds from sample to sample", low=0.01, high=10.0)
    min_score: float = option(0.1, "of a keypoint; those below are missing", low=0.0, high=1.0)
    max_missing: float = option(0.3, "share of the keypoints that may be missing", low=0.0, high=0.9)
    mirror: bool = option(True, "learn the mirror images, too")
    usual: float = option(0.3, "share of the images in which a keypoint must be seen to be used", low=0.05, high=1.0)
    seed: int = option(0, "of the keypoints that are left out", low=0, high=2**31)


@dataclass(frozen=True, eq=False)
class Learnable:
    """Samples, with what they mean.

    Attributes:
        classes: names, in the order of their numbers.
        features: how they were made.
        samples: see :class:`Samples`.
        unknown: how many were left out, since too many keypoints are missing.
    """

    classes: tuple[str, ...]
    features: Features
    samples: Samples
    unknown: int


def learnable(clips: Sequence[Clip], topology: Topology, options: SampleOptions | None = None) -> Learnable:
    """Samples of clips whose keypoints are those of ``topology``.

    Raises:
        ValueError: the topology is neither a body's nor a hand's, or nothing can be learnt of the clips.
    """
    options = options or SampleOptions()
    features = _features(clips, topology, options)
    index = [topology.keypoints.index(name) for name in features.keypoints]
    classes = tuple(sorted({clip.label for clip in clips}))
    windows = [_windows(replace(clip, keypoints=clip.keypoints[:, index]), features, options) for clip in clips]
    numbers = np.repeat(np.arange(len(clips)), [len(w) for w in windows])
    seen = np.concatenate(windows)
    values = features(seen)
    known = ~np.isnan(values).all(axis=1)
    seen, numbers = seen[known], numbers[known]
    lacking = sorted(set(classes) - {clips[i].label for i in numbers})
    if lacking:
        raise ValueError(
            f"nothing can be learnt of {', '.join(lacking)}: all clips are shorter than the window of "
            f"{features.window:g} s, or lack too many keypoints"
        )
    copies = _copies(seen, features, options)
    samples = Samples(
        values[known],
        np.array([classes.index(clip.label) for clip in clips])[numbers],
        _numbered([clip.person for clip in clips])[numbers],
        _numbered([clip.name for clip in clips])[numbers],
        copies,
    )
    return Learnable(classes, features, samples, int((~known).sum()))


def _features(clips: Sequence[Clip], topology: Topology, options: SampleOptions) -> Features:
    """Features of the keypoints that the clips show often enough: on both sides, or on neither."""
    layout = layout_of(topology)
    if not clips or not sum(len(clip.keypoints) for clip in clips):
        raise ValueError("there are no images of people to learn from")
    scores = np.concatenate([clip.keypoints[..., 2] for clip in clips])
    share = dict(zip(topology.keypoints, ((scores >= options.min_score) & (scores > 0)).mean(axis=0), strict=True))
    for name in list(share):
        side, _, joint = name.partition("_")
        if side == "left" and f"right_{joint}" in share:
            share[name] = share[f"right_{joint}"] = max(share[name], share[f"right_{joint}"])
    keypoints = tuple(n for n in all_keypoints(LAYOUTS[layout]) if share.get(n, 0.0) >= options.usual)
    return Features(layout, keypoints, options.window, options.min_score, options.max_missing)


def _windows(clip: Clip, features: Features, options: SampleOptions) -> np.ndarray:
    """float [N, T, K, 3]: what is seen at every so many seconds of a clip, the whole window being in it."""
    pictures = np.isnan(clip.stamps).all()
    if not features.window and pictures:
        return clip.keypoints[:, None]
    if pictures:
        raise ValueError(
            f"{clip.name} holds pictures without time: a window of {features.window} s needs videos; or learn with "
            "window 0"
        )
    first, last = clip.stamps[0] + features.window, clip.stamps[-1]
    moments = np.arange(first, last + 1e-9, options.every)
    ends = np.searchsorted(clip.stamps, moments + 1e-9) - 1
    if not features.window:
        return clip.keypoints[ends][:, None]
    found = []
    for now, end in zip(moments, ends + 1, strict=True):
        begin = np.searchsorted(clip.stamps, now - 1.2 * features.window)
        part = slice(begin, end)
        found.append(
            looked_at(
                clip.stamps[None, part], clip.keypoints[None, part], np.array([now]), features.window, features.moments
            )
        )
    return np.concatenate(found) if found else np.empty((0, features.moments, len(features.keypoints), 3))


def _copies(seen: np.ndarray, features: Features, options: SampleOptions) -> tuple[np.ndarray, np.ndarray]:
    """Further samples: mirrored, and with keypoints missing, up to as many as may be."""
    numbers, count = np.arange(len(seen)), len(seen)
    if options.mirror and LAYOUTS[features.layout].upright:
        seen, numbers = np.concatenate([seen, mirrored(seen, features.keypoints)]), np.tile(numbers, 2)
    rng = np.random.default_rng(options.seed)
    shares = rng.uniform(0, features.max_missing, (len(seen), 1, 1))
    fewer = seen.copy()
    fewer[..., 2] = np.where(rng.random((len(seen), 1, len(features.keypoints))) < shares, 0.0, fewer[..., 2])
    copies, of = np.concatenate([seen[count:], fewer]), np.concatenate([numbers[count:], numbers])
    values = features(copies)
    known = ~np.isnan(values).all(axis=1)
    return values[known], of[known]


def _numbered(names: Sequence[str]) -> np.ndarray:
    """int [N]: equal names have equal numbers."""
    return np.unique(np.array(names, object).astype(str), return_inverse=True)[1]
