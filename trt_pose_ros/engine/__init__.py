"""TensorRT engines: is a model fit (:func:`check`), build (:mod:`.build`), keep (:mod:`.store`). No torch, no ROS."""

from .parser import Problem, check

__all__ = ["Problem", "check"]
