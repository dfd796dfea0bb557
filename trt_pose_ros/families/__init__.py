"""Families of networks: what the arrays that a network puts out mean.

One module a family, with a class ``Family`` in it. Its name is that of the module, and what ``family`` says in the
manifest of such a network. A family of somebody else's needs no change here: a package that is installed offers it as
entry point ``name = module:Family`` of the group ``trt_pose_ros.families``.
"""

import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, ClassVar, Protocol

import numpy as np

from ..geometry import Placement
from ..options import Options
from ..poses import Poses
from ..topology import Topology

GROUP = "trt_pose_ros.families"

Shape = Sequence[int | None]


class Family(Protocol):
    """One network's outputs, understood.

    Attributes:
        Outputs: frozen dataclass of what the manifest says of the network's outputs.
        Options: :class:`~trt_pose_ros.options.Options` that can be changed at any time; the node's parameters
            ``decoder.*`` are made of them.
        output_names: names of the tensors that it reads.
        options: the current Options; may be replaced at any time.
    """

    Outputs: ClassVar[type]
    Options: ClassVar[type[Options]]
    output_names: tuple[str, ...]
    options: Any

    def __init__(self, topology: Topology, outputs: Any, **settings: Any) -> None:
        """Raises ValueError where settings, outputs and topology do not fit together."""

    def check(self, shapes: Mapping[str, Shape], height: int, width: int) -> None:
        """Raise ValueError unless outputs of these shapes are those of such a network.

        Args:
            shapes: shape of each tensor of ``output_names``, None for a dimension that is not known yet.
            height, width: of the network's input in pixels.
        """

    def __call__(self, outputs: Mapping[str, np.ndarray], placements: Sequence[Placement]) -> list[Poses]:
        """Find the people.

        Args:
            outputs: the tensors of ``output_names``, float32.
            placements: where each image of the batch lies in the network's input.

        Returns:
            Poses, one an image of the batch, keypoints in pixels of the image.
        """


@cache
def names() -> tuple[str, ...]:
    """The families that there are: those of this package, then those of others."""
    own = [module.name for module in pkgutil.iter_modules(__path__)]
    return (*own, *sorted({e.name for e in entry_points(group=GROUP)} - set(own)))


def find(name: str) -> type[Family]:
    """The class of a family.

    Raises:
        ValueError: there is none of that name.
    """
    if not isinstance(name, str) or name not in names():
        raise ValueError(f"family is {name!r}, there are {', '.join(names())}")
    for entry in entry_points(group=GROUP, name=name):
        return entry.load()
    return import_module(f".{name}", __name__).Family
