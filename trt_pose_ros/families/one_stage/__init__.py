"""Networks that put out whole people, no maps: YOLO-pose, RTMO, MoveNet MultiPose.

They differ in how the rows of their outputs are laid out, see :data:`KINDS`, and in whether people come twice.
"""

from .family import OneStageFamily, OneStageOptions, OneStageOutputs
from .layouts import KINDS

Family = OneStageFamily

__all__ = ["KINDS", "Family", "OneStageFamily", "OneStageOptions", "OneStageOutputs"]
