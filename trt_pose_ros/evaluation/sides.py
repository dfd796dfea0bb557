"""Have left and right been exchanged? What the x coordinates of the pairs of a data set say about it.

"Left" is the person's own left, which lies at the right side of a image while the person faces the camera. In COCO
the left eye lies to the right of the right one in 99% of the people that show both; a left shoulder, which backs show
too, in 71%. A pair lies the same way round as the shoulders in 81% (ankles) to 99% (ears) of the people. None of it
proves a fault in a single person, who may lie or hang upside down. A data set in which a pair disagrees with the others
in more than half of the people is another matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..topology import Topology
from .annotations import Problem
from .entries import Entry

_ENOUGH = 10  # people that a share is worth mentioning of
_EYES = 0.8  # of the people whose eyes are to be seen must have them the right way round


def _pairs(topology: Topology) -> Iterator[tuple[str, int, int]]:
    """(name, left, right) of each pair of keypoints."""
    for i, name in enumerate(topology.keypoints):
        if topology.swap[i] != i and "left" in name:
            yield name.replace("left", "").strip("_"), i, topology.swap[i]


def _directions(topology: Topology, keypoints: np.ndarray) -> dict[str, np.ndarray]:
    """{pair: [P]} 1: the left one lies at the right side of the image, -1: the left, 0: not both are labelled."""
    x = keypoints[:, :, 0]
    both = {n: (keypoints[:, (a, b), 2] > 0).all(1) for n, a, b in _pairs(topology)}
    return {n: np.where(both[n], np.sign(x[:, a] - x[:, b]), 0) for n, a, b in _pairs(topology)}


def side_notes(topology: Topology, keypoints: np.ndarray) -> Iterator[str]:
    """Lines of facts: how often a left keypoint lies at the right side of the image, as it does of who faces us."""
    shares = {n: (d[d != 0] > 0) for n, d in _directions(topology, keypoints).items()}
    known = [f"{n} {s.mean():.0%} of {len(s)}" for n, s in shares.items() if len(s)]
    if known:
        yield f"the left one lies to the right of the right one, facing us: {', '.join(known)}"


def side_warnings(topology: Topology, keypoints: np.ndarray) -> Iterator[Problem]:
    """Yield a Problem where a pair, or all of the data set, has left and right exchanged more often than not."""
    directions = _directions(topology, keypoints)
    for name, direction in directions.items():
        others = sum(d for n, d in directions.items() if n != name)
        both = (direction != 0) & (np.abs(others) >= 2)  # against one other pair it would not be clear which is wrong
        if both.sum() >= _ENOUGH:
            agree = (direction == np.sign(others))[both].mean()
            if agree < 0.5:
                detail = f"lies as the person's other pairs do in {agree:.0%} of {both.sum()} people only"
                yield Problem("pairs whose left and right look exchanged", name, detail)
    eyes = directions.get("eye", np.zeros(0))
    eyes = eyes[eyes != 0]
    if len(eyes) >= _ENOUGH and (eyes > 0).mean() < _EYES:
        detail = (
            f"the left eye is to the right of the right one in {(eyes > 0).mean():.0%} of {len(eyes)}, in COCO in 99%"
        )
        yield Problem("left and right exchanged all over", topology.name, detail)


def exchanged_people(
    topology: Topology, keypoints: np.ndarray, annotations: Sequence[Entry], images: Sequence[Entry]
) -> Iterator[Problem]:
    """Yield a Problem for each upright person whose eyes are the wrong way round.

    Args:
        topology: of the keypoints.
        keypoints: [P, K, 3] of the people.
        annotations: their dicts.
        images: the file's image dicts.
    """
    directions = _directions(topology, keypoints)
    if not {"eye", "shoulder"} <= directions.keys():
        return
    by_id = {image["id"]: image for image in images}
    pairs = {n: (a, b) for n, a, b in _pairs(topology)}
    eyes, shoulders = (keypoints[:, pairs[n], 1].mean(1) for n in ("eye", "shoulder"))
    upright = (directions["shoulder"] != 0) & (eyes < shoulders)
    for i in np.flatnonzero((directions["eye"] < 0) & upright).tolist():
        a = annotations[i]
        detail = "the left eye lies to the left of the right one"
        yield Problem("people whose eyes look exchanged", f"annotation {a.get('id')}", detail, by_id[a["image_id"]], a)
