"""The lifting network: a few images of a person in, the shape of their body out."""

from torch import Tensor, nn

from trt_pose_ros.spatial.lifting.features import JOINTS, SLOTS, WIDTH


class Lift(nn.Module):
    """Every image by itself, then all of them at once, in the residual blocks of Martinez et al. (2017).

    Args:
        embedding: width of an image.
        hidden: width of the blocks.
        blocks: how many.
    """

    def __init__(self, embedding: int = 48, hidden: int = 256, blocks: int = 2) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.Linear(WIDTH, embedding), nn.ReLU())
        self.all = nn.Sequential(nn.Linear(SLOTS * embedding, hidden), nn.BatchNorm1d(hidden), nn.ReLU())
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *(layer for _ in range(2) for layer in (nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden), nn.ReLU()))
            )
            for _ in range(blocks)
        )
        self.joints = nn.Linear(hidden, 3 * len(JOINTS))
        self.spreads = nn.Linear(hidden, len(JOINTS))

    def forward(self, people: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 17, 3] joints relative to the root in metres and [N, 17] logarithms of their errors' scale.

        Args:
            people: [N, SLOTS, WIDTH], see :mod:`trt_pose_ros.spatial.lifting.features`.
        """
        x = self.all(self.image(people).flatten(1))
        for block in self.blocks:
            x = x + block(x)
        return self.joints(x).unflatten(1, (-1, 3)), self.spreads(x).clamp(-6.0, 1.0)
