"""PoseDecoder: heatmaps and part affinity fields to people.

The work is done in C++ (``native/``); this module names, documents and checks what goes in. The algorithm is described
in ``docs/decoder.md``.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from operator import index
from typing import Any

import numpy as np

from ... import native
from ...options import Options, option
from ...poses import Poses
from ...topology import Topology
from ...tracking.oks import tolerances

_INT_MAX = 2**31 - 1


@dataclass(frozen=True)
class DecoderOptions(Options):
    """What the decoder takes for a person. Heatmap values are about 1 where the network is sure, fields about 1 too."""

    peak_threshold: float = option(
        0.12,
        "Heatmap value a keypoint needs to start a person. Lower finds fainter people, and more ghosts.",
        low=1e-3,
        high=1.0,
    )
    weak_peak_threshold: float = option(
        0.02,
        "Heatmap value a keypoint needs to complete a person. Lower finds more faint keypoints and is slower; "
        "from peak_threshold on nothing is completed but by strong peaks left over.",
        low=1e-3,
        high=1.0,
    )
    max_peaks: int = option(
        100, "Most peaks kept of one keypoint, the strongest. Bounds the time that noise can take.", low=1, high=1000
    )
    link_samples: int = option(
        10,
        "Points at which the field between two peaks is read. More is slower and steadier on long limbs.",
        low=2,
        high=100,
    )
    link_threshold: float = option(
        0.02,
        "What the field along a limb must exceed, in the mean and at the agreeing points. Lower connects fainter "
        "limbs, and more wrong ones.",
        low=0.0,
        high=1.0,
    )
    link_agreement: float = option(
        0.8, "Share of a limb's points that must agree. Lower bridges gaps, and different people.", low=0.0, high=1.0
    )
    share_threshold: float = option(
        0.5,
        "Mean of the field from which a second person may share a keypoint of another. Lower finds more of overlapping "
        "people, and more ghosts; 1: never.",
        low=0.0,
        high=1.0,
    )
    min_keypoints: int = option(
        3,
        "Keypoints a person must have (all, if the topology has fewer). Lower keeps fragments of people.",
        low=1,
        high=255,
    )
    min_score: float = option(0.0, "Score a person must have. Higher drops doubtful and far people.", low=0.0, high=1.0)
    nms_threshold: float = option(
        0.7,
        "Object keypoint similarity to a better person above which a person is dropped as the same; 1: never.",
        low=0.0,
        high=1.0,
    )
    threads: int = option(
        1,
        "Threads over the images of a batch. An image takes about 0.1 ms, so more pay for large batches only.",
        low=1,
        high=256,
    )


PRESETS = {
    "accurate": DecoderOptions(),
    "fast": DecoderOptions(weak_peak_threshold=1.0, link_samples=7),
}


class PoseDecoder:
    """Decodes the output of a network with heatmaps and part affinity fields (PAFs).

    Immutable and safe to call from several threads at once. Making one is cheap (microseconds).

    Args:
        topology: keypoints and links; link i's field is channels 2i and 2i + 1 unless ``link_channels`` is given.
        preset: ``accurate`` or ``fast``, the options that are not given.
        paf_order: ``xy`` where a field's first channel is its x component (OpenPose and its family), ``yx`` where
            it is its y component (trt_pose: row, column).
        keypoint_channels: for each keypoint, its channel of ``cmap``; None: in order, and no channel more.
        link_channels: for each link, which pair of ``paf`` channels is its field (counted in pairs); None: in order.
        **options: of :class:`DecoderOptions`.

    Raises:
        ValueError: an argument is out of range or unknown; the message names it.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        preset: str = "accurate",
        paf_order: str = "xy",
        keypoint_channels: Sequence[int] | None = None,
        link_channels: Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        if preset not in PRESETS:
            raise ValueError(f"preset must be one of {sorted(PRESETS)}, got {preset!r}")
        if paf_order not in ("xy", "yx"):
            raise ValueError(f"paf_order must be 'xy' or 'yx', got {paf_order!r}")
        self.topology = topology
        self.options = PRESETS[preset].changed(**options)
        keypoints, links = len(topology.keypoints), len(topology.links)
        self._keypoint_channels = _channels("keypoint_channels", keypoint_channels, keypoints)
        self._pairs = _channels("link_channels", link_channels, links)
        self._exact = keypoint_channels is None, link_channels is None
        self._paf_order = paf_order
        self._native = self._build()

    def _build(self) -> native.Decoder:
        x, y = (0, 1) if self._paf_order == "xy" else (1, 0)
        links = [
            (a, b, 2 * pair + x, 2 * pair + y) for (a, b), pair in zip(self.topology.links, self._pairs, strict=True)
        ]
        options = native.Options()
        for name, value in asdict(self.options).items():
            setattr(options, name, value)
        sizes = np.ones(1)  # the native code multiplies by each person's
        tolerated = tolerances(sizes, self.topology.sigmas)[0].tolist()
        return native.Decoder(self._keypoint_channels, links, tolerated, options)

    def with_options(self, **changes: Any) -> "PoseDecoder":
        """A decoder that differs in these options of :class:`DecoderOptions` only; raises as the constructor does."""
        other = object.__new__(PoseDecoder)
        other.__dict__.update(self.__dict__)
        other.options = self.options.changed(**changes)
        other._native = other._build()
        return other

    def __call__(self, cmap: np.ndarray, paf: np.ndarray) -> list[Poses]:
        """Find the people.

        Cells that are NaN or infinite count as 0. Arrays of float32 whose last two dimensions are contiguous are read
        in place, whatever the strides of the first two; others are copied.

        Args:
            cmap: float32 [N, K, H, W], one heatmap a keypoint.
            paf: float32 [N, 2L, H, W], two channels a link.

        Returns:
            N :class:`Poses`, best person first. Keypoints in map cells, the centre of the top-left cell being (0, 0).

        Raises:
            ValueError: a shape doesn't fit the topology or the other array's.
            TypeError: not an array of floats.
        """
        cmap = _maps("cmap", cmap)
        paf = _maps("paf", paf)
        self._check_channels("cmap", cmap, self._keypoint_channels, self._exact[0], 1)
        self._check_channels("paf", paf, self._pairs, self._exact[1], 2)
        if (cmap.shape[0], *cmap.shape[2:]) != (paf.shape[0], *paf.shape[2:]):
            raise ValueError(
                f"cmap {list(cmap.shape)} and paf {list(paf.shape)} must agree in batch size, height and width"
            )
        return [Poses(self.topology, keypoints, scores) for keypoints, scores in self._native.decode(cmap, paf)]

    def _check_channels(self, name: str, maps: np.ndarray, channels: list[int], exact: bool, step: int) -> None:
        needed = step * (max(channels, default=-1) + 1)
        if maps.shape[1] < needed or (exact and maps.shape[1] != needed):
            raise ValueError(
                f"{name} has {maps.shape[1]} channels, topology {self.topology.name!r} needs "
                f"{'' if exact else 'at least '}{needed}"
            )


def _channels(name: str, channels: Any, count: int) -> list[int]:
    if channels is None:
        return list(range(count))
    try:
        channels = [index(c) for c in channels]
    except TypeError:
        raise ValueError(f"{name} must be {count} different channels counted from 0, got {channels!r}") from None
    if len(channels) != count or len(set(channels)) != count or not all(0 <= c <= _INT_MAX // 2 for c in channels):
        raise ValueError(f"{name} must be {count} different channels counted from 0, got {channels}")
    return channels


def _maps(name: str, maps: Any) -> np.ndarray:
    if not isinstance(maps, np.ndarray) or maps.dtype.kind != "f":
        kind = f"{maps.dtype} array" if isinstance(maps, np.ndarray) else type(maps).__name__
        raise TypeError(f"{name} must be a NumPy array of floats, got {kind}")
    if maps.ndim != 4:
        raise ValueError(f"{name} must be [batch, channels, height, width], got shape {list(maps.shape)}")
    if maps.shape[0] > _INT_MAX or maps.shape[2] * maps.shape[3] > _INT_MAX:
        raise ValueError(f"{name} of shape {list(maps.shape)} is too large")
    with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, which counts as 0
        maps = maps.astype(np.float32, copy=False)
    rows_contiguous = maps.strides[3] == 4 and maps.strides[2] == 4 * maps.shape[3] and maps.flags.aligned
    return maps if rows_contiguous else np.ascontiguousarray(maps)
