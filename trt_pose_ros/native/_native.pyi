from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

def build_info() -> dict[str, str]:
    """How the compiled code was made and what it runs on.

    ``version`` of trt_pose_ros, ``compiler``, ``build_type`` (``release``, or ``debug`` where assertions are compiled
    in), ``architecture`` (``x86_64``, ``aarch64``, ``other``) and ``simd``, the vector instructions that the inner
    loops use on this processor (``avx2``, ``sse2``, ``neon``, ``none``).
    """

def resize_into(
    images: Sequence[NDArray[np.uint8]],
    encodings: Sequence[str],
    inputs: NDArray[np.uint8],
    sizes: Sequence[tuple[int, int]],
    *,
    color: str = "bgr",
    pad: tuple[int, int, int] = (0, 0, 0),
    threads: int = 1,
) -> None:
    """Resize images as cameras send them into the network's input, in one pass each.

    Bilinear as OpenCV's ``INTER_LINEAR``, within one grey level of converting with OpenCV and then resizing.

    Args:
        images: uint8 [rows, width, channels] as ``sensor_msgs/Image`` has them, with any step between rows; [rows,
            width] too where channels is 1. They must not overlap ``inputs``.
        encodings: of each image, as in ``sensor_msgs/image_encodings``: ``bgr8``, ``rgb8`` (3 channels), ``bgra8``,
            ``rgba8`` (4), ``mono8`` (1), ``yuv422_yuy2`` or ``yuyv``, ``yuv422`` or ``uyvy`` (2), ``nv12``, ``nv21``
            (1; rows are 1.5 times the height). YUV is video range BT.601.
        inputs: uint8 [N, height, width, 3], the first images of which are overwritten.
        sizes: (height, width) in pixels that each image gets, at the top left of its input.
        color: ``bgr`` or ``rgb``, order of the input's channels.
        pad: value of the pixels to the right and below, in that order.
        threads: over the images; each works without the GIL.

    Raises:
        ValueError: an argument contradicts another one or is out of range; the message names it.
        TypeError: an argument of another type.
    """

class Options:
    """One attribute for each of trt_pose_ros.families.paf.DecoderOptions."""

    peak_threshold: float
    weak_peak_threshold: float
    max_peaks: int
    link_samples: int
    link_threshold: float
    link_agreement: float
    share_threshold: float
    min_keypoints: int
    min_score: float
    nms_threshold: float
    threads: int

class Decoder:
    def __init__(
        self,
        keypoint_channels: list[int],
        links: list[tuple[int, int, int, int]],  # from, to, x channel, y channel
        tolerances: list[float],  # of each keypoint, as trt_pose_ros.tracking.oks gives them at size 1
        options: Options,
    ) -> None: ...
    def decode(
        self, cmap: NDArray[np.float32], paf: NDArray[np.float32]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """(keypoints [P, K, 3], scores [P]) of each image; the arrays' last two dimensions must be contiguous."""

class Body:
    """What :mod:`trt_pose_ros.spatial.depth` knows of bodies, see :class:`trt_pose_ros.spatial.anatomy.Anatomy`.

    Args:
        order: the K joints from the middle of the body outwards.
        radii: [K]; lengths: [B]; nearest, farthest: [K, K], for a stature of 1.
        bones: the pairs of joints that B bones join.
        stature: metres, of somebody nothing is known of.
        statures: metres, of the smallest and the tallest whom to expect.
        long_bone: bones longer than that, for a stature of 1, tell the stature.

    Raises:
        ValueError: a shape or an index that does not fit the others.
    """

    def __init__(
        self,
        *,
        order: Sequence[int],
        radii: NDArray[np.float64],
        bones: Sequence[tuple[int, int]],
        lengths: NDArray[np.float64],
        nearest: NDArray[np.float64],
        farthest: NDArray[np.float64],
        stature: float,
        statures: tuple[float, float],
        long_bone: float,
    ) -> None: ...
    def locate(
        self,
        found: NDArray[np.bool_],
        rays: NDArray[np.float64],
        scores: NDArray[np.float64],
        samples: NDArray[np.float64],
        middles: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Depths and standard deviations [P, K] of the joints of P people in one image, metres; NaN where unknown.

        Args:
            found: [P, K].
            rays: [P, K, 3], directions of the keypoints, z = 1.
            scores: [P, K] of the keypoints, 0 to 1.
            samples: [P, K, S], depths measured around each, metres; NaN where nothing was.
            middles: [P], :func:`commonest` depth of each.

        Raises:
            ValueError: a shape does not fit.
        """

def commonest(depths: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [P]: the depth that most of [P, N] are close to, NaN where all are NaN."""

class Logic:
    """What is true of people by rules, in three-valued logic: 1 true, 0 unknown, -1 false.

    Args:
        programs: of each rule and each of its zones, whether it is about two people, and the steps of its tree, parts
            before what combines them: (what: 0 condition, 1 all, 2 any, 3 not; how many it combines; whose value it
            is: 0 A's or the only one's, 1 B's, 2 the pair's; its row; sign: 1 where limits are the least, -1 where
            they are the most; limit for a start; limit for going on).

    Raises:
        ValueError: steps that are not a tree.
    """

    def __init__(
        self, programs: Sequence[tuple[bool, Sequence[tuple[int, int, int, int, float, float, float]]]]
    ) -> None: ...
    def judge(
        self,
        singles: NDArray[np.float64],
        pairs: NDArray[np.float64],
        active: NDArray[np.bool_],
        counted: NDArray[np.bool_],
    ) -> NDArray[np.int8]:
        """int8 [N]: the truths, first those of the first program for each person, or each pair with A before B.

        Args:
            singles, pairs: [M, S] and [M, S, S], what was measured; NaN where unknown.
            active: [N], whose limits are those for going on.
            counted: [N]; the others are unknown.

        Raises:
            ValueError: a shape does not fit.
        """

def advance(
    truth: NDArray[np.int8],
    stamp: float,
    lasts: NDArray[np.float64],
    until: NDArray[np.float64],
    gap: NDArray[np.float64],
    active: NDArray[np.bool_],
    began: NDArray[np.float64],
    level: NDArray[np.float64],
    agreed: NDArray[np.bool_],
    known: NDArray[np.float64],
) -> tuple[list[int], list[int], list[int]]:
    """Take in truths [N]; change the last five in place; return the indices of what started, was over, was lost.

    See :class:`trt_pose_ros.events.lasting.Lasting`.
    """

def locate(
    places: NDArray[np.float64],
    seen: NDArray[np.float64],
    weights: NDArray[np.float64],
    min_score: float,
    farthest: float,
) -> NDArray[np.float64]:
    """float64 [C, K + N + 1, S]: places of K keypoints, N means of some, and one that is nowhere; NaN: unknown.

    Args:
        places: [C, K, S].
        seen: [3, K, S], x, y and score; a score below ``min_score`` or above 1 and a place ``farthest`` away or more
            are unknown.
        weights: [N, K] of the means.

    Raises:
        ValueError: a shape does not fit.
    """

class Build:
    """By which limbs bodies' sizes are seen.

    Args:
        starts, ends, relative: for each limb its left and its right one: rows of its ends, and its length relative to
            the size.
        limbs: so many limbs tell the size; the others do where none of those is seen.
        smallest: size in pixels; what is smaller is noise.
    """

    def __init__(
        self, starts: Sequence[int], ends: Sequence[int], relative: Sequence[float], limbs: int, smallest: float
    ) -> None: ...
    def settle(self, points: NDArray[np.float64], share: float, sizes: NDArray[np.float64]) -> None:
        """Mix the sizes that points [2, J, S] show into ``sizes`` [S], by ``share``, where both are known."""

class Reaches:
    """Measures how far joints are from joints or limbs, in sizes.

    Args:
        reaches: (row of the joint, rows of both ends of the limb, whether the joint is B's, whether the limb is).
        of_pairs: of all pairs of people, else of each person.
    """

    def __init__(self, reaches: Sequence[tuple[int, int, int, bool, bool]], of_pairs: bool) -> None: ...
    def measure(self, table: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
        """float64 [M, S] or [M, S, S] of a table [C, J, S] and sizes [S]; of two sizes the larger that is known."""

def depths_in_polygons(points: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [Q, S]: how deep points [2, Q, S] are in polygons [2, Q, E]: distance to the border, outside negative."""

def follow(
    places: NDArray[np.float64],
    amplitudes: NDArray[np.float64],
    stamp: float,
    farthest: NDArray[np.float64],
    nearest: NDArray[np.float64],
    heading: NDArray[np.float64],
    before: NDArray[np.float64],
    turned: NDArray[np.float64],
) -> None:
    """Take in places [M, S] along a line; change what is remembered, ``turned`` [T, M, S] and others [M, S], in place.

    See :class:`trt_pose_ros.events.motion.Turns`.
    """
