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
