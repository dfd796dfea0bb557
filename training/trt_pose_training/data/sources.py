"""The data sets of an experiment, loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trt_pose_ros.topology import Topology

from .coco import KeypointData
from .dataset import Source
from .images import unlabelled

if TYPE_CHECKING:
    from ..experiment.settings import DatasetOptions


def load_sources(datasets: Sequence[DatasetOptions], topology: str | None = None) -> tuple[Topology, list[Source]]:
    """Load data sets, all with the keypoints of one topology.

    Args:
        datasets: list of :class:`~trt_pose_training.experiment.settings.DatasetOptions`.
        topology: bundled name or JSON file; None: that of the first labelled data set's category.

    Returns:
        (topology, list of :class:`~.dataset.Source`), labelled ones first.

    Raises:
        FileNotFoundError, ValueError: what is wrong with which data set.
    """
    known = Topology.load(topology) if topology else None
    sources = []
    for options in sorted(datasets, key=lambda d: not d.annotations_file):
        if options.annotations_file:
            data = load_labelled(options, known)
            known, samples = data.topology, data.samples
        elif known:
            samples = unlabelled(options.images_dir, known)
        else:
            raise ValueError("there are no labels to take a topology from: name one")
        sources.append(Source(samples, options.weight, options.collage))
    return known, sources


def load_labelled(options: DatasetOptions, topology: Topology | None) -> KeypointData:
    """The :class:`~.coco.KeypointData` of a data set with annotations."""
    return KeypointData.load(
        options.annotations_file, options.images_dir, topology, category=options.category_name or None
    )
