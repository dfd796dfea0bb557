"""Train a pose network: ``python -m trt_pose_training.train experiment.yaml``."""

import argparse
from pathlib import Path

import torch

from trt_pose_ros.topology import Topology

from .data.coco import KeypointData
from .data.dataset import PoseDataset, Source, make_loader
from .data.pictures import unlabelled
from .data.sampler import EpochSampler
from .experiment import Experiment
from .trainer import Trainer


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", help="YAML file, or one of trt_pose's JSON files")
    parser.add_argument("--output", type=Path, help="folder of the checkpoints; default: the experiment's name")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    train(Experiment.load(arguments.experiment), arguments.output, arguments.device)


def train(experiment, output=None, device="cpu"):
    """Train an experiment to its end, going on from ``output/last.pth`` if there is one; returns the Trainer."""
    output = Path(output or experiment.name)
    topology = load_topology(experiment)
    trainer = Trainer(experiment, topology, output, device)
    if (output / "last.pth").is_file():
        trainer.resume(output / "last.pth")
    dataset = make_dataset(experiment, topology, trainer.network)
    sampler = EpochSampler(
        [len(s.samples) for s in dataset.sources],
        [s.weight for s in dataset.sources],
        experiment.batch_size,
        experiment.samples_per_epoch or None,
        experiment.seed,
    )
    loader = make_loader(dataset, sampler, experiment.num_workers, pin_memory=trainer.device.type == "cuda")

    def batches(epoch, step):
        sampler.set_epoch(epoch, step)
        return loader

    trainer.fit(batches, sampler.steps)
    return trainer


def load_topology(experiment):
    """The topology that an experiment names, or that of its first labelled source."""
    if experiment.topology:
        return Topology.load(experiment.topology)
    for source in experiment.train:
        if source.annotations_file:
            return KeypointData.load(
                source.annotations_file, source.images_dir, category=source.category_name or None
            ).topology
    raise ValueError(f"experiment {experiment.name!r} has neither a topology nor labels to take one from")


def make_dataset(experiment, topology, network):
    """The training pictures of an experiment, augmented."""
    sources = [Source(_samples(s, topology), s.weight, s.collage) for s in experiment.train]
    spec = experiment.input_spec(network.multiple)
    return PoseDataset(sources, topology, spec, network.stride, experiment.augmentation, experiment.seed)


def _samples(source, topology):
    if not source.annotations_file:
        return unlabelled(source.images_dir, topology)
    category = source.category_name or None
    return KeypointData.load(source.annotations_file, source.images_dir, topology, category).samples


if __name__ == "__main__":
    main()
