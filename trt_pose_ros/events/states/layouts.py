"""What is measured on a body and on a hand: joints, limbs that tell its size, angles."""

from __future__ import annotations

from dataclasses import dataclass

from ...topology import Topology

_SIDES = ("left", "right")
_FINGERS = ("index", "middle", "ring", "little")


@dataclass(frozen=True)
class Layout:
    """How one kind of skeleton is measured.

    Attributes:
        keypoints: whose distances and places tell its posture; all that the others below name are among them, or are
            named by ``further``.
        further: keypoints that angles alone need.
        origins: groups of keypoints whose middle is the origin, the best first.
        limbs: (keypoint, keypoint, length relative to the others), by the longest of which the size is told: what
            points at the camera seems shorter, and nothing seems longer.
        angles: (from, at, to) keypoints.
        upright: whether it matters where up is; if so, places relative to the origin are features.
    """

    keypoints: tuple[str, ...]
    further: tuple[str, ...]
    origins: tuple[tuple[str, ...], ...]
    limbs: tuple[tuple[str, str, float], ...]
    angles: tuple[tuple[str, str, str], ...]
    upright: bool


def _both(*names: str) -> tuple[tuple[str, ...], ...]:
    """The names with each side in front."""
    return tuple(tuple(f"{side}_{name}" for name in names) for side in _SIDES)


# Lengths relative to shoulder-hip; from the segment lengths of Drillis and Contini (1966).
BODY = Layout(
    keypoints=(
        "nose",
        *(f"{side}_{j}" for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in _SIDES),
    ),
    further=(),
    origins=(("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")),
    limbs=(
        *((a, b, 1.0) for a, b in _both("shoulder", "hip")),
        *((a, b, 0.85) for a, b in _both("hip", "knee")),
        *((a, b, 0.85) for a, b in _both("knee", "ankle")),
        *((a, b, 0.65) for a, b in _both("shoulder", "elbow")),
        ("left_shoulder", "right_shoulder", 0.72),
    ),
    angles=tuple(
        (a, b, c)
        for joints in (("shoulder", "elbow", "wrist"), ("hip", "shoulder", "elbow"), ("shoulder", "hip", "knee"),
                       ("hip", "knee", "ankle"))
        for a, b, c in _both(*joints)
    ),
    upright=True,
)  # fmt: skip

# A hand may be held in any direction: its distances and angles are the same turned and mirrored.
# Lengths relative to wrist-middle_mcp.
HAND = Layout(
    keypoints=(
        "wrist",
        "thumb_mcp",
        *(f"{finger}_mcp" for finger in _FINGERS),
        "thumb_tip",
        *(f"{finger}_tip" for finger in _FINGERS),
    ),
    further=("thumb_cmc", "thumb_ip", *(f"{finger}_{joint}" for finger in _FINGERS for joint in ("pip", "dip"))),
    origins=(("wrist",),),
    limbs=(
        ("wrist", "index_mcp", 1.0),
        ("wrist", "middle_mcp", 1.0),
        ("wrist", "little_mcp", 0.9),
        ("index_mcp", "little_mcp", 0.65),
    ),
    angles=(
        ("wrist", "thumb_cmc", "thumb_mcp"),
        ("thumb_cmc", "thumb_mcp", "thumb_ip"),
        ("thumb_mcp", "thumb_ip", "thumb_tip"),
        *(
            (f"{finger}_{a}" if a != "wrist" else a, f"{finger}_{b}", f"{finger}_{c}")
            for finger in _FINGERS
            for a, b, c in (("wrist", "mcp", "pip"), ("mcp", "pip", "dip"), ("pip", "dip", "tip"))
        ),
    ),
    upright=False,
)

LAYOUTS = {"body": BODY, "hand": HAND}
_ENOUGH = 0.5  # share of a layout's keypoints that a topology must have


def layout_of(topology: Topology) -> str:
    """The name of the layout that fits the keypoints of ``topology``.

    Raises:
        ValueError: none fits; the message names the keypoints that are needed.
    """
    shares = {
        name: len(set(layout.keypoints) & set(topology.keypoints)) / len(layout.keypoints)
        for name, layout in LAYOUTS.items()
    }
    best = max(shares, key=lambda name: shares[name])
    if shares[best] < _ENOUGH:
        raise ValueError(
            f"topology {topology.name!r} is neither a body's nor a hand's: states are told by keypoints such as "
            f"{', '.join(BODY.keypoints)}, or {', '.join(HAND.keypoints)}"
        )
    return best
