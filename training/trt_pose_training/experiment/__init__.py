"""What a training run depends on, as a file says it, and the checkpoint files that keep its state."""

from .experiment import COSINE, PARTS, Experiment

__all__ = ["COSINE", "PARTS", "Experiment"]
