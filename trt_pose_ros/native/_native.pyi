import numpy as np
from numpy.typing import NDArray

def build_info() -> dict[str, str]:
    """How the compiled code was made and what it runs on.

    ``version`` of trt_pose_ros, ``compiler``, ``build_type`` (``release``, or ``debug`` where assertions are compiled
    in), ``architecture`` (``x86_64``, ``aarch64``, ``other``) and ``simd``, the vector instructions that the inner
    loops use on this processor (``avx2``, ``sse2``, ``neon``, ``none``).
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
