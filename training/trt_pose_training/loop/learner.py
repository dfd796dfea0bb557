"""Learner: a network together with all that its loss needs, as one module that processes can share."""

from torch import nn

from .losses import map_loss


class Learner(nn.Module):
    """Normalised images and what they show to the losses.

    Args:
        network: what is trained.
        options: :class:`~trt_pose_training.experiment.settings.LossOptions`.
        imitation: :class:`~trt_pose_training.distill.imitation.Imitation` of the network, or None.
    """

    def __init__(self, network, options, imitation=None):
        super().__init__()
        self.network, self.options, self.imitation = network, options, imitation

    def forward(self, images, targets, lesson=None):
        """Losses, scalars by name; their sum is what is minimised.

        Args:
            images: float [N, 3, H, W].
            targets: :class:`~trt_pose_training.codecs.paf.Targets`.
            lesson: :class:`~trt_pose_training.distill.teacher.Lesson` of a teacher, if there is one.
        """
        losses = {"maps": map_loss(self.network(images), targets, lesson, self.options)}
        if self.imitation:
            losses["hints"] = self.options.hints * self.imitation(lesson.hints)
        return losses
