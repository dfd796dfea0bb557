"""Which finder a model needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from .. import families
from ..boxes import KEYPOINTS
from ..hands import HAND_TOPOLOGY, HandOptions, LoneHandFinder
from ..model_file import ModelFile
from ..topology import Topology
from . import Finder
from .network import Network
from .single import SingleFinder
from .top_down import TopDownFinder, TopDownOptions

CROPS = 16  # most that a per-person network runs at once


def open_finder(
    model: ModelFile,
    backend: str,
    input_size: tuple[int, int] | None,
    options: Mapping[str, Any],
    spec: Mapping[str, Any],
) -> Finder:
    """Load the networks of a model.

    Args:
        model: the :class:`~trt_pose_ros.model_file.ModelFile`.
        backend: see :func:`~trt_pose_ros.backends.open_backend`; likewise what it raises.
        input_size: (height, width) of the first network's input in pixels; None for its own.
        options: by name, of the first network's family; with a per-person network also of that one's family and of
            TopDownOptions.
        spec: other fields of :class:`~trt_pose_ros.backends.RunSpec`.
    """
    if model.person is None:
        return SingleFinder(Network.open(model, backend, input_size, {**model.options, **options}, **spec))
    options = {**model.options, **options}
    of_hands = model.manifest.topology.keypoints == Topology.load(HAND_TOPOLOGY).keypoints
    of_person = _names(families.find(model.person.manifest.family).Options)
    of_both = _names(HandOptions if of_hands else TopDownOptions)
    person = {name: value for name, value in options.items() if name in of_person}
    both = {name: value for name, value in options.items() if name in of_both}
    if not of_hands and model.manifest.topology.keypoints != KEYPOINTS:
        both = {"detect_every": 1} | both  # people, not boxes: what it finds is worth having in every image
    own = {name: value for name, value in options.items() if name not in of_person | of_both}
    networks = (
        Network.open(model, backend, input_size, own, **spec),
        Network.open(model.person, backend, None, person, **{**spec, "batch": CROPS}),
    )
    if of_hands:
        return LoneHandFinder(*networks, HandOptions.of(**both))
    return TopDownFinder(*networks, TopDownOptions.of(**both))


def _names(options: type) -> set[str]:
    return {field.name for field in fields(options)}
