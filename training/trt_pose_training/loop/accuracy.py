"""The accuracy of a network in training, measured through the path that is deployed."""

from __future__ import annotations

import logging
import tempfile
from functools import cache
from pathlib import Path

import torch
from torch import nn

from trt_pose_ros.evaluation.accuracy import compare
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.pipeline import PosePipeline
from trt_pose_ros.topology import Topology

from ..codecs.paf import PafCodec
from ..data.augment import base_matrix
from ..data.sources import load_labelled
from ..deploy.export import export, manifest_of
from ..experiment import Experiment

logger = logging.getLogger(__name__)

FIGURES = ("ap", "ap50", "ap75", "ap_medium", "ap_large", "ar")


class Accuracy:
    """Measures COCO's figures on the experiment's test data set.

    Args:
        experiment: the :class:`~trt_pose_training.experiment.Experiment`, with a ``test_dataset``.
        topology: of the network.

    Raises:
        FileNotFoundError, ValueError: what is wrong with the data set.
    """

    def __init__(self, experiment: Experiment, topology: Topology) -> None:
        options = experiment.test_dataset
        self._experiment, self._topology = experiment, topology
        self._truth = GroundTruth(options.annotations_file, options.images_dir, options.category_name or None)

    def __call__(self, network: nn.Module) -> dict[str, float]:
        """Export a network to a temporary model file, run the pipeline on it: figures in 0..1 by name.

        Beside COCO's there is ``ap_ceiling``, the AP of maps that are exactly those that the network is taught.
        A network whose export is not what it was in training has no figures; the log says why.
        """
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "model.onnx"
                export(network, manifest_of(self._experiment, self._topology, network), path)
                (report,) = compare([PosePipeline.open(path)], self._truth)
        except ValueError as error:
            logger.warning("the accuracy could not be measured: %s", error)
            return {}
        figures = {name: report["accuracy"][name] for name in FIGURES} | {"ap_ceiling": self._ceiling(network.stride)}
        return {name: value for name, value in figures.items() if value is not None}  # None: nobody of that size

    @cache  # noqa: B019 - there is one Accuracy a run
    def _ceiling(self, stride):
        """The AP of a network of this stride whose maps were exactly those that it is taught."""
        experiment = self._experiment
        targets = PafCodec(self._topology, stride, experiment.sigma, experiment.width)
        size = experiment.image_shape[::-1]
        found = []
        for sample in load_labelled(experiment.test_dataset, self._topology).samples:
            base = base_matrix(sample.width, sample.height, *size, experiment.resize)
            scale, offset = base.diagonal()[:2], base[:2, 2]
            keypoints = sample.keypoints.copy()
            keypoints[:, :, :2] = keypoints[:, :, :2] * scale + offset
            mask = torch.ones(1, *(side // stride for side in experiment.image_shape))
            maps = targets.encode(torch.from_numpy(keypoints)[None], mask, torch.from_numpy(sample.labelled)[None])
            (poses,) = targets.decode(maps.heatmaps, maps.pafs)
            found += self._truth.results(poses.transformed(1 / scale, -offset / scale), sample.image_id)
        ap = float(self._truth.average_precision(found)[0])
        return ap if ap == ap else None  # NaN: nobody to find
