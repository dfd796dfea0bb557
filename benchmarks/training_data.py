"""Pictures a second that training data and targets take, beside trt_pose's own data set and C++ generators.

    git clone https://github.com/NVIDIA-AI-IOT/trt_pose && (cd trt_pose && python setup.py build_ext --inplace)
    python benchmarks/training_data.py --trt-pose trt_pose --annotations person_keypoints.json --images DIR

Both make batches of normalised 224x224 pictures, heatmaps, fields and masks of 56x56 cells, turned, scaled, shifted and
recoloured at random, of the same files, in one process with one thread, taking turns. Ours are mirrored, too. "Ours,
kept" has the decoded pictures in memory, as from the second epoch on with `train_loader.cache`; trt_pose decodes its
pictures each time. All have the C library's memory set as `trt_pose_training.train` sets it.

trt_pose imports torchvision's ColorJitter, ToTensor and Normalize. Where torchvision is not installed, stand-ins call
the same operations of Pillow and torch, without torchvision's checks and copies, in trt_pose's favour. Times are CPU
times, so that other work on the machine weighs less.
"""

import argparse
import json
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from statistics import median
from types import ModuleType

import cv2
import numpy as np
import torch
from PIL import Image, ImageEnhance

from trt_pose_ros.model_file import InputSpec
from trt_pose_ros.topology import Topology
from trt_pose_training.codecs.paf import PafCodec
from trt_pose_training.data.augment import AugmentOptions
from trt_pose_training.data.coco import KeypointData
from trt_pose_training.data.dataset import PoseDataset, Source, make_loader
from trt_pose_training.data.sampler import EpochSampler
from trt_pose_training.deploy.normalise import Normalise
from trt_pose_training.loop import memory

SIZE, STRIDE, BATCH = 224, 4, 32
JITTER = {"brightness": 0.05, "contrast": 0.05, "saturation": 0.05, "hue": 0.01}
TOPOLOGY = Topology.load("human_pose")
TRT_POSE = {
    "category_name": "person",
    "image_shape": [SIZE, SIZE],
    "target_shape": [SIZE // STRIDE, SIZE // STRIDE],
    "stdev": 0.025,
    "is_bmp": False,
    "random_angle": [-0.2, 0.2],
    "random_scale": [0.5, 2.0],
    "random_translate": [-0.2, 0.2],
}


SPENT = {}  # seconds by name


def watched(name, function):
    """The function, whose time is added up under a name."""

    def timed(*args, **kwargs):
        start = time.process_time()
        result = function(*args, **kwargs)
        SPENT[name] = SPENT.get(name, 0) + time.process_time() - start
        return result

    return timed


class ColorJitter:
    """The Pillow operations of torchvision's, in a fixed order."""

    def __init__(self, brightness, contrast, saturation, hue):
        self.ranges = brightness, contrast, saturation, hue

    def __call__(self, image):
        *factors, hue = self.ranges * np.random.default_rng().uniform(-1, 1, 4)
        for kind, factor in zip(
            (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color), factors, strict=True
        ):
            image = kind(image).enhance(1 + factor)
        h, s, v = image.convert("HSV").split()
        turned = Image.fromarray(np.asarray(h) + np.uint8(round(255 * hue) % 256))
        return Image.merge("HSV", (turned, s, v)).convert("RGB")


class ToTensor:
    def __call__(self, image):
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float().div_(255)


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))

    def __call__(self, image):
        return image.sub_(self.mean).div_(self.std)


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, image):
        for transform in self.transforms:
            image = transform(image)
        return image


def torchvision():
    """torchvision's transforms, or the stand-ins, under the names that trt_pose imports."""
    if not find_spec("torchvision"):
        transforms = ModuleType("torchvision.transforms")
        vars(transforms).update({c.__name__: c for c in (ColorJitter, ToTensor, Normalize, Compose)})
        transforms.functional = ModuleType("torchvision.transforms.functional")
        package = ModuleType("torchvision")
        package.transforms = transforms
        for module in (package, transforms, transforms.functional):
            sys.modules[module.__name__] = module
    import torchvision.transforms

    return torchvision.transforms


def their_annotations(data, file):
    """Write samples in the form that trt_pose's preprocess_coco_person.py makes, the neck among the keypoints."""
    images, annotations = [], []
    for sample in data.samples:
        if not len(sample.keypoints):
            continue  # trt_pose leaves pictures without people out
        number = sample.image_id
        images.append({"id": number, "file_name": sample.file.name, "width": sample.width, "height": sample.height})
        for points, area in zip(sample.keypoints, sample.areas, strict=True):
            known = int((points[:, 2] > 0).sum())
            person = {"keypoints": points.ravel().tolist(), "num_keypoints": known, "area": float(area), "iscrowd": 0}
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": 1, **person})
    category = TOPOLOGY.to_category() | {"id": 1, "name": "person"}
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": [category]}))


def theirs(checkout, annotations, images):
    """Endless batches of trt_pose's."""
    sys.path.insert(0, str(checkout))
    transforms = torchvision()
    import trt_pose.coco as coco

    for name in ("generate_cmap", "generate_paf"):
        setattr(coco.trt_pose.plugins, name, watched("theirs", getattr(coco.trt_pose.plugins, name)))
    steps = [
        transforms.ColorJitter(**JITTER),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
    dataset = coco.CocoDataset(
        images_dir=str(images), annotations_file=str(annotations), transforms=transforms.Compose(steps), **TRT_POSE
    )
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=True, drop_last=True)
    while True:
        yield from loader


def ours(data, cache=0):
    """Endless batches of ours, with the options that trt_pose's are translated to; ``cache`` in bytes."""
    jitter = {"brightness": 0.5 * JITTER["brightness"], "hue": 360 * JITTER["hue"]}
    options = AugmentOptions.none().changed(
        flip=0.5,
        rotation=float(np.rad2deg(0.2)),
        scale_min=0.5,
        scale_max=2.0,
        translation=0.2,
        **(JITTER | jitter),
    )
    spec = InputSpec("image", SIZE, SIZE, color="rgb", resize="stretch")
    samples = [s for s in data.samples if len(s.keypoints)]
    dataset = PoseDataset([Source(samples)], TOPOLOGY, spec, STRIDE, options, cache=cache)
    sampler = EpochSampler([len(samples)], [1.0], BATCH)
    spread = 0.025 * SIZE / STRIDE
    targets = PafCodec(TOPOLOGY, STRIDE, spread / 2**0.5, 0.886 * spread)
    encode = watched("ours", targets.encode)
    normalise = Normalise((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
    loader = make_loader(dataset, sampler)
    for epoch in range(10**6):
        sampler.set_epoch(epoch)
        for batch in loader:
            yield normalise(batch.images), encode(batch.keypoints, batch.mask, batch.labelled)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trt-pose", type=Path, required=True, help="a checkout with its plugins built")
    parser.add_argument("--annotations", type=Path, required=True, help="COCO keypoint JSON")
    parser.add_argument("--images", type=Path, required=True, help="folder of its pictures, JPEG")
    parser.add_argument("--rounds", type=int, default=15, help="of four batches each")
    arguments = parser.parse_args()
    memory.keep_freed()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    data = KeypointData.load(arguments.annotations, arguments.images, TOPOLOGY)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "modified.json"
        their_annotations(data, file)
        sides = {
            "trt_pose": theirs(arguments.trt_pose, file, arguments.images),
            "ours": ours(data),
            "ours, kept": ours(data, cache=2**33),
        }
        for name, batches in sides.items():
            for _ in range(4 * len(data.samples) // BATCH if name == "ours, kept" else 1):
                next(batches)
        SPENT.clear()
        seconds = {name: [] for name in sides}
        for _ in range(arguments.rounds):
            for name, batches in sides.items():
                start = time.process_time()
                for _ in islice(batches, 4):
                    pass
                seconds[name].append((time.process_time() - start) / (4 * BATCH))
    for name, times in seconds.items():
        ratio = median(a / b for a, b in zip(seconds["trt_pose"], times, strict=True))
        print(f"{name:10} {1 / median(times):7.0f} pictures/s ({1e3 * median(times):.2f} ms each), x{ratio:.1f}")
    pictures = arguments.rounds * 4 * BATCH
    print(f"  of which their generators: {1e3 * SPENT['theirs'] / pictures:.2f} ms")
    print(f"  of which our targets: {1e3 * SPENT['ours'] / (2 * pictures):.2f} ms")  # of both of ours


if __name__ == "__main__":
    main()
