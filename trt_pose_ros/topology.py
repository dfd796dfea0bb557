"""Topology: the one table that a skeleton's names, links, mirror partners, OKS sigmas and colours come from."""

import colorsys
import json
import math
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

BUNDLED = Path(__file__).parent / "topologies"

# Per-keypoint standard deviations of COCO's object keypoint similarity, by name without its side
# (the published constants of the COCO keypoint evaluation). Neck: not in COCO; the shoulder's.
_OKS_SIGMAS = {
    "nose": 0.026, "eye": 0.025, "ear": 0.035, "shoulder": 0.079, "elbow": 0.072, "wrist": 0.062,
    "hip": 0.107, "knee": 0.087, "ankle": 0.089, "neck": 0.079,
}  # fmt: skip
_HUES = {"left": 0.50, "right": 0.00, "thumb": 0.05, "index": 0.15, "middle": 0.30, "ring": 0.55, "little": 0.75}
_DEFAULT_HUE = 0.30
_DEFAULT_SIGMA = 0.08  # a keypoint COCO knows nothing of


@dataclass(frozen=True)
class Topology:
    """The keypoints of one kind of body and the links between them.

    Attributes:
        name: what messages and model files call it.
        keypoints: names in channel order. ``left_``/``right_`` are the person's own sides.
        links: (from, to) keypoint indices in part-affinity-field order; a field points from ``from`` to ``to``.
        sigmas: OKS standard deviation of each keypoint, as a fraction of the square root of the object's area.
    """

    name: str
    keypoints: tuple[str, ...]
    links: tuple[tuple[int, int], ...]
    sigmas: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.keypoints) <= 255:
            raise ValueError(f"topology {self.name!r} has {len(self.keypoints)} keypoints: 1 to 255 are possible")
        for keypoint in self.keypoints:
            if not isinstance(keypoint, str) or not keypoint:
                raise ValueError(f"topology {self.name!r}: keypoint {keypoint!r} is not a name")
        repeated = {k for k in self.keypoints if self.keypoints.count(k) > 1}
        if repeated:
            raise ValueError(f"topology {self.name!r} names keypoints twice: {sorted(repeated)}")
        for link in self.links:
            right = len(link) == 2 and all(type(i) is int and 0 <= i < len(self.keypoints) for i in link)
            if not right or link[0] == link[1]:
                raise ValueError(
                    f"topology {self.name!r}: link {tuple(link)} must join two different keypoints of "
                    f"0..{len(self.keypoints) - 1}"
                )
        if not self.sigmas:
            object.__setattr__(self, "sigmas", tuple(_sigma(k) for k in self.keypoints))
        if len(self.sigmas) != len(self.keypoints) or not all(0 < s < math.inf for s in self.sigmas):
            raise ValueError(
                f"topology {self.name!r}: sigmas must be {len(self.keypoints)} positive numbers, got {self.sigmas}"
            )

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str]) -> "Topology":
        """Load a bundled topology by name (``human_pose``, ``coco_17``, ``hand_21``) or one from a JSON file.

        The file holds one COCO keypoint category: ``name``, ``keypoints``, ``skeleton`` (pairs counted from 1) and,
        as our extension, ``sigmas``. trt_pose's task files (``human_pose.json``, ``hand_pose.json``) are such files.

        Raises:
            FileNotFoundError: neither a bundled name nor a file.
            ValueError: the file is no such JSON; the message says what is wrong with it.
        """
        path = Path(name_or_path)
        bundled = BUNDLED / f"{name_or_path}.json"
        if path.suffix != ".json" and bundled.is_file():
            path = bundled
        if not path.is_file():
            names = sorted(p.stem for p in BUNDLED.glob("*.json"))
            raise FileNotFoundError(f"no topology {str(name_or_path)!r}: give a JSON file or one of {names}")
        try:
            category = json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} is not JSON: {error}") from None
        return cls.from_category(category, source=str(path))

    @classmethod
    def from_category(cls, category: dict[str, Any], source: str = "category") -> "Topology":
        """Make a topology of a COCO keypoint category given as a dict; ``source`` names it in errors.

        Raises:
            ValueError: a field is missing or of the wrong kind.
        """
        try:
            keypoints, skeleton = category["keypoints"], category["skeleton"]
            for field, value in (("keypoints", keypoints), ("skeleton", skeleton)):
                if not isinstance(value, (list, tuple)):
                    raise ValueError(f"{field} is {value!r}, must be a list")
            links = tuple(tuple(_from_one(i) for i in link) for link in skeleton)
            sigmas = tuple(float(s) for s in category.get("sigmas", ()))
            return cls(str(category["name"]), tuple(keypoints), links, sigmas)
        except KeyError as error:
            raise ValueError(
                f"{source} has no {error}: a COCO keypoint category has name, keypoints and skeleton"
            ) from None
        except (TypeError, AttributeError, ValueError, OverflowError) as error:
            raise ValueError(f"{source} is not a COCO keypoint category: {error}") from None

    def to_category(self) -> dict[str, Any]:
        """The topology as a COCO keypoint category (a dict ready for JSON); inverse of :meth:`from_category`."""
        return {
            "name": self.name,
            "keypoints": list(self.keypoints),
            "skeleton": [[a + 1, b + 1] for a, b in self.links],
            "sigmas": list(self.sigmas),
        }

    def index(self, keypoint: str) -> int:
        """Index of the keypoint called ``keypoint``; KeyError names the possible ones."""
        try:
            return self.keypoints.index(keypoint)
        except ValueError:
            raise KeyError(f"{self.name} has no keypoint {keypoint!r}, only {', '.join(self.keypoints)}") from None

    @cached_property
    def swap(self) -> tuple[int, ...]:
        """For each keypoint, the index of the one it becomes in a mirror image (itself where it has no other side)."""
        return tuple(
            self.keypoints.index(mirrored) if (mirrored := _mirrored(k)) in self.keypoints else i
            for i, k in enumerate(self.keypoints)
        )

    @cached_property
    def link_colors(self) -> tuple[tuple[int, int, int], ...]:
        """One BGR colour a link: warm hues on the person's right, cold ones on the left, green between; by finger."""
        return tuple(_color([self.keypoints[a], self.keypoints[b]], i) for i, (a, b) in enumerate(self.links))

    @cached_property
    def keypoint_colors(self) -> tuple[tuple[int, int, int], ...]:
        """One BGR colour a keypoint, by the same rule as :attr:`link_colors`."""
        return tuple(_color([k], i) for i, k in enumerate(self.keypoints))


def _from_one(index: Any) -> Any:
    """An index counted from 0 of one counted from 1; whatever is none stays, for the check of the links to name."""
    return index - 1 if isinstance(index, int) and not isinstance(index, bool) else index


def _side(keypoint: str) -> str | None:
    for side in ("left", "right"):
        if keypoint.startswith(side + "_") or keypoint.endswith("_" + side):
            return side
    return None


def _mirrored(keypoint: str) -> str:
    side = _side(keypoint)
    if side is None:
        return keypoint
    other = {"left": "right", "right": "left"}[side]
    if keypoint.startswith(side + "_"):
        return other + keypoint[len(side) :]
    return keypoint[: -len(side)] + other


def _sigma(keypoint: str) -> float:
    side = _side(keypoint)
    base = keypoint.replace(side, "").strip("_") if side else keypoint
    return _OKS_SIGMAS.get(base, _DEFAULT_SIGMA)


def _color(names: list[str], index: int) -> tuple[int, int, int]:
    parts = {_side(n) or n.partition("_")[0] for n in names} & _HUES.keys()
    start = _HUES[parts.pop()] if len(parts) == 1 else _DEFAULT_HUE
    red, green, blue = colorsys.hsv_to_rgb(start + 0.03 * (index % 5), 0.9, 1.0)
    return round(255 * blue), round(255 * green), round(255 * red)
