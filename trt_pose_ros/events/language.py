"""The words that rules are made of: what can be measured of people, and with which joints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from ..topology import BUNDLED, Topology

PERSON, PAIR, SYMMETRIC_PAIR, HAND = WHO = ("person", "pair", "symmetric_pair", "hand")

# Kinds of fields. A limb is a joint, or two joined by "-"; a zone is the name or the kind of one.
JOINT, LIMB, ZONE, NUMBER, CHOICE, TEXT = range(6)

SIZES, DEGREES = "body sizes", "degrees"

# Joints that are the middle of those of them that are seen.
MEANS = {
    "head": ("nose", "left_eye", "right_eye", "left_ear", "right_ear"),
    "trunk": ("left_shoulder", "right_shoulder", "left_hip", "right_hip"),
    **{f"{j}s": (f"left_{j}", f"right_{j}") for j in ("shoulder", "hip", "elbow", "wrist", "knee", "ankle")},
    "palm": ("wrist", "index_mcp", "middle_mcp", "ring_mcp", "little_mcp"),
}
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Field:
    """What a condition has besides its limit.

    Attributes:
        kind: JOINT, LIMB, ZONE, NUMBER, CHOICE or TEXT.
        default: None where it has to be given.
        low, high: of a NUMBER.
        choices: of a CHOICE.
    """

    kind: int
    default: str | float | None = None
    low: float = -1e9
    high: float = 1e9
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """Something that is measured and compared with a limit.

    Attributes:
        about: what it is, for the documents.
        unit: of its values; SIZES may also be given in metres.
        fields: what has to be said about it.
        at_least: the limit where none is given; None where one has to be.
        shape: of the ZONE, "polygon" or "line".
    """

    about: str
    unit: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    at_least: float | None = None
    shape: str = ""

    @property
    def has_joints(self) -> bool:
        """Do its joints say whose it is? Else a field ``person`` does."""
        return any(f.kind in (JOINT, LIMB) for f in self.fields.values())


_JOINT, _ZONE = Field(JOINT), Field(ZONE, "")
MEASURES: Mapping[str, Measure] = {
    "above": Measure(
        "how much higher in the image `joint` is than `of`; negative: lower", SIZES, {"joint": _JOINT, "of": _JOINT}
    ),
    "distance": Measure(
        "from `joint` to `to`, a joint or the nearest point of a limb such as `hip-knee`",
        SIZES,
        {"joint": _JOINT, "to": Field(LIMB)},
    ),
    "nearer": Measure(
        "how much nearer `joint` is to `to` than to `than`",
        SIZES,
        {"joint": _JOINT, "to": Field(LIMB), "than": Field(LIMB)},
    ),
    "inside": Measure(
        "how deep `joint` is inside a polygon; negative: outside",
        SIZES,
        {"joint": _JOINT, "zone": _ZONE},
        0.0,
        "polygon",
    ),
    "beyond": Measure(
        "how far `joint` is across a line; negative: before it, or past its ends",
        SIZES,
        {"joint": _JOINT, "zone": _ZONE},
        0.0,
        "line",
    ),
    "sits": Measure(
        "share of the last seconds (`over`) that the hips were inside a polygon",
        "share",
        {"zone": _ZONE, "over": Field(NUMBER, 2.0, 0.1, 60.0)},
        0.5,
        "polygon",
    ),
    "angle": Measure(
        "at the joint `at`, between `from` and `to`: 0 folded, 180 straight",
        DEGREES,
        {"at": _JOINT, "from": _JOINT, "to": _JOINT},
    ),
    "inclination": Measure(
        "of the trunk: 0 upright, 90 lying, 180 upside down",
        DEGREES,
        {"from": Field(JOINT, "hips"), "to": Field(JOINT, "shoulders")},
    ),
    "speed": Measure(
        "of `joint`, relative to `of` where given, over the last seconds (`over`)",
        f"{SIZES} a second",
        {
            "joint": _JOINT,
            "of": Field(JOINT, ""),
            "direction": Field(CHOICE, "any", choices=("any", "left", "right", "up", "down")),
            "over": Field(NUMBER, 0.3, 0.1, 2.0),
        },
    ),
    "turns": Measure(
        "how often `joint` turned round in the last seconds (`over`), after a way of at least `amplitude` body sizes "
        "along the image's `axis`, relative to `of` where given",
        "times",
        {
            "joint": _JOINT,
            "of": Field(JOINT, ""),
            "axis": Field(CHOICE, "x", choices=("x", "y")),
            "amplitude": Field(NUMBER, 0.15, 0.01, 10.0),
            "over": Field(NUMBER, 2.0, 0.2, 10.0),
        },
    ),
    "box": Measure(
        "of the box around the joints, `dimension`: `height`, `width` or `area` as a fraction of the image's, or "
        "`aspect`, width by height",
        "ratio",
        {"dimension": Field(CHOICE, None, choices=("height", "width", "aspect", "area"))},
    ),
    "size": Measure("one body size, as a fraction of the image's height", "ratio"),
    "size_ratio": Measure("of two people, the larger one's body size by the other's", "ratio"),
    "state": Measure(
        "probability that the trained `model` gives to the state `is`",
        "probability",
        {"model": Field(TEXT), "is": Field(TEXT)},
    ),
}


@cache
def joints_of(who: str) -> frozenset[str]:
    """The names of joints that rules about these people, or hands, can use."""
    bundled = [Topology.load(path.stem) for path in BUNDLED.glob("*.json")]
    skeletons = [topology for topology in bundled if topology.links]  # not the corners of boxes
    # a body has two sides, a hand has none
    bodies = [any(k.startswith("left_") for k in topology.keypoints) for topology in skeletons]
    keypoints = {
        k for t, is_body in zip(skeletons, bodies, strict=True) if is_body != (who == HAND) for k in t.keypoints
    }
    return frozenset(keypoints | {mean for mean, parts in MEANS.items() if keypoints.issuperset(parts)})


def is_without_side(name: str, joints: frozenset[str]) -> bool:
    """Is it the name of a joint without its side, such as ``wrist``?"""
    return all(f"{side}_{name}" in joints for side in _SIDES) and name not in joints
