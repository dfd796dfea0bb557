"""The data sets of an experiment, loaded."""

from trt_pose_ros.topology import Topology

from .coco import KeypointData
from .dataset import Source
from .images import unlabelled


def load_sources(datasets, topology=None):
    """Load data sets, all with the keypoints of one topology.

    Args:
        datasets: list of :class:`~trt_pose_training.experiment.settings.DatasetOptions`.
        topology: bundled name or JSON file; None: that of the first labelled data set's category.

    Returns:
        (topology, list of :class:`~.dataset.Source`), labelled ones first.

    Raises:
        FileNotFoundError, ValueError: what is wrong with which data set.
    """
    topology = Topology.load(topology) if topology else None
    sources = []
    for options in sorted(datasets, key=lambda d: not d.annotations_file):
        if options.annotations_file:
            data = load_labelled(options, topology)
            topology, samples = data.topology, data.samples
        elif topology:
            samples = unlabelled(options.images_dir, topology)
        else:
            raise ValueError("there are no labels to take a topology from: name one")
        sources.append(Source(samples, options.weight, options.collage))
    return topology, sources


def load_labelled(options, topology):
    """The :class:`~.coco.KeypointData` of a data set with annotations."""
    return KeypointData.load(
        options.annotations_file, options.images_dir, topology, category=options.category_name or None
    )
