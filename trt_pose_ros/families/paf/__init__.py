"""Heatmaps and part affinity fields (Cao et al., "Realtime Multi-Person 2D Pose Estimation using Part Affinity Fields",
CVPR 2017): trt_pose, OpenPose and its relatives.
"""

from .decoder import PRESETS, DecoderOptions, PoseDecoder
from .family import PafFamily, PafOutputs, check_cells

Family = PafFamily

__all__ = ["PRESETS", "DecoderOptions", "Family", "PafFamily", "PafOutputs", "PoseDecoder", "check_cells"]
