"""Train the shipped model of gestures, and check it on hands found in pictures.

python benchmarks/gestures.py train keypoint.csv --output trt_pose_ros/events/states/gestures.npz
python benchmarks/gestures.py pictures DIR [--pairs FOLDER=GESTURE ...]
python benchmarks/gestures.py cost gestures sitting_unsafely.npz

``keypoint.csv`` is model/keypoint_classifier/keypoint.csv of github.com/kinivi/hand-gesture-recognition-mediapipe
(Apache-2.0): 4,787 hands of 21 joints, open, closed, pointing or OK, recorded image after image, so that neighbours are
nearly the same. A hand that shows none of these must not be told to: the class ``other`` is made of the same hands by
giving some of their fingers to others. ``DIR`` holds a folder of pictures for each gesture. ``cost`` times models
beside the tracker, which takes the same people, in one run.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from trt_pose_ros import PosePipeline, Poses, Topology
from trt_pose_ros.events.states import StateModel
from trt_pose_ros.events.states.fitting import FitOptions, fit
from trt_pose_ros.events.states.metrics import Metrics
from trt_pose_ros.events.states.samples import Clip, SampleOptions, learnable
from trt_pose_ros.media.sources import open_source
from trt_pose_ros.tracking import Tracker

HAND = Topology.load("hand_21")
GESTURES = ("open_hand", "fist", "pointing", "ok")  # in the order of the file's numbers
OTHER = "other"
PARTS, BLOCK = 5, 50  # of each gesture, which are held out: fifths, and blocks of so many neighbours
FINGERS = ("thumb", "index", "middle", "ring", "little")
CHAINS = [[i for i, name in enumerate(HAND.keypoints) if name.startswith(finger)] for finger in FINGERS]
ABOUT = {
    "data": "github.com/kinivi/hand-gesture-recognition-mediapipe, model/keypoint_classifier/keypoint.csv, Apache-2.0",
    "people": "seemingly one; held out as 'people' are fifths of each gesture in the order of recording",
    "clips": f"blocks of {BLOCK} neighbours",
    "other": "made of the same hands by exchanging fingers",
}


def read_hands(file):
    """Hands float64 [N, 21, 2] of the public set, and the number of each one's gesture int [N]."""
    table = np.loadtxt(file, delimiter=",")
    return table[:, 1:].reshape(-1, 21, 2), table[:, 0].astype(int)


def upright(hands):
    """The hands with the wrist at the origin, the middle knuckle above it at distance 1, the thumb to the left."""
    hands = hands - hands[:, :1]
    middle = hands[:, HAND.keypoints.index("middle_mcp")]
    square = (middle**2).sum(axis=1)
    # as complex numbers: times -i / middle
    turn_x, turn_y = (-middle[:, 1] / square)[:, None], (-middle[:, 0] / square)[:, None]
    x, y = hands[..., 0], hands[..., 1]
    turned = np.stack([x * turn_x - y * turn_y, x * turn_y + y * turn_x], axis=2)
    left = turned[:, HAND.keypoints.index("index_mcp"), 0] < turned[:, HAND.keypoints.index("little_mcp"), 0]
    return turned * np.where(left[:, None], 1, -1)[:, :, None] ** np.array([1, 0])


def others(hands, count, rng):
    """Hands float64 [count, 21, 2] with fingers up that are none of the gestures.

    Args:
        hands: {gesture: upright hands [N, 21, 2]}.
    """
    knuckles = [chain[0] for chain in CHAINS]
    made = []
    while len(made) < count:
        up = rng.random(4) < 0.5  # index, middle, ring, little
        if up.tolist() in ([False] * 4, [True] * 4, [True, False, False, False]):
            continue
        host, donor = ("open_hand", "fist") if rng.random() < 0.5 else ("fist", "open_hand")
        hand = hands[host][rng.integers(len(hands[host]))].copy()
        # the fingers of a hand that is seen from nearly the same side
        off = np.linalg.norm(hands[donor][:, knuckles] - hand[knuckles], axis=2).sum(axis=1)
        other = hands[donor][rng.choice(np.argsort(off)[:10])]
        thumb = rng.random() < 0.5
        for chain, exchanged in zip(CHAINS, [thumb, *(up != (host == "open_hand"))], strict=True):
            if exchanged:
                hand[chain[1:]] = other[chain[1:]] - other[chain[0]] + hand[chain[0]]
        made.append(hand)
    return np.array(made)


def clips(hands, numbers, seed=0):
    """Clips of the gestures and of others; ``person`` is the fifth, ``name`` the block."""
    rng, found = np.random.default_rng(seed), []
    parts = {gesture: np.array_split(upright(hands[numbers == i]), PARTS) for i, gesture in enumerate(GESTURES)}
    for part in range(PARTS):
        here = {gesture: parts[gesture][part] for gesture in GESTURES}
        for gesture, some in (here | {OTHER: others(here, len(hands) // 4 // PARTS, rng)}).items():
            for block in range(0, len(some), BLOCK):
                few = some[block : block + BLOCK]
                points = np.concatenate([few, np.ones((*few.shape[:2], 1))], axis=2)
                name = f"{gesture} {part} {block}"
                found.append(Clip(name, f"{gesture} {part}", gesture, np.full(len(few), np.nan), points))
    return found


def train(arguments):
    """Train, print the figures, write the file."""
    hands, numbers = read_hands(arguments.csv)
    found = learnable(clips(hands, numbers), HAND, SampleOptions(window=0.0))
    options = FitOptions(classifier=arguments.classifier)
    model, report = fit(
        "gestures", found.classes, found.features, HAND.name, found.samples, options, "Apache-2.0", ABOUT
    )
    print(report.text())
    for group, metrics in report.by.items():
        four = [found.classes.index(g) for g in GESTURES]
        real = metrics.confusion[four]
        print(
            f"{real[:, four].trace() / real.sum():.4f} of {real.sum()} recorded hands are told right, {group} held out"
        )
    arguments.output.write_bytes(model.to_bytes())
    print(f"{arguments.output}: {arguments.output.stat().st_size} bytes")


def pictures(arguments):
    """Find hands in pictures and print how often their gesture is told right."""
    model, pipeline = StateModel.load(arguments.model), PosePipeline.open(arguments.hand_model)
    watch, pairs = model.watch(), dict(pair.split("=") for pair in arguments.pairs)
    probabilities, truth, without = [], [], {}
    for folder in sorted(p for p in arguments.folder.iterdir() if p.is_dir()):
        gesture = pairs.get(folder.name, folder.name)
        if gesture not in model.classes:
            continue
        for frame in open_source([str(folder)]):
            if frame.index >= arguments.most:
                break
            (found,) = pipeline([frame.image])
            found = found[found.scores >= 0.3]
            if not len(found):
                without[gesture] = without.get(gesture, 0) + 1
                continue
            best = found[[int(found.scores.argmax())]]
            (row,) = watch.update(best, 0.0)
            probabilities.append(row)
            truth.append(model.classes.index(gesture))
            if arguments.show and row.argmax() != truth[-1]:
                print(f"{folder.name}/{frame.name}: {dict(zip(model.classes, row.round(2).tolist(), strict=True))}")
    metrics = Metrics.of(np.array(probabilities), np.array(truth), model.classes)
    print(metrics.table())
    print(json.dumps(metrics.as_dict(), indent=1))
    print(f"no hand found: {without}")


def cost(arguments):
    """Print the least milliseconds an image of each model, and of the tracker in the same run."""
    for name in arguments.models:
        model = StateModel.load(name)
        topology = HAND if model.features.layout == "hand" else Topology.load("coco_17")
        for people in (1, 10):
            rng, least = np.random.default_rng(0), [np.inf, np.inf]
            body = rng.normal(0, 50, (people, len(topology.keypoints), 2)) + 300 * np.arange(people)[:, None, None]
            watch, tracker = model.watch(), Tracker(topology)
            for image in range(arguments.images):
                noisy = np.concatenate(
                    [body + rng.normal(0, 1, body.shape), np.full((*body.shape[:2], 1), 0.9)], axis=2
                )
                poses = Poses(topology, noisy, np.ones(people), np.arange(people))
                for i, update in enumerate((watch.update, tracker.update)):
                    begun = time.perf_counter()
                    update(poses, image / 30)
                    least[i] = min(least[i], 1e3 * (time.perf_counter() - begun))
            kind = f"{model.classifier.kind}, {model.features.count} features"
            print(f"{name} ({kind}), {people} people: {least[0]:.3f} ms an image; tracker {least[1]:.3f} ms")


def main():
    """Run one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    training = commands.add_parser("train")
    training.add_argument("csv", type=Path)
    training.add_argument("--output", type=Path, required=True)
    training.add_argument("--classifier", default="best")
    training.set_defaults(run=train)
    checking = commands.add_parser("pictures")
    checking.add_argument("folder", type=Path)
    checking.add_argument("--pairs", nargs="*", default=[], metavar="FOLDER=GESTURE")
    checking.add_argument("--model", default="gestures")
    checking.add_argument("--hand-model", default="hand", help="model that finds hands in pictures")
    checking.add_argument("--most", type=int, default=10**9, help="pictures of a folder")
    checking.add_argument("--show", action="store_true", help="print what is told wrong")
    checking.set_defaults(run=pictures)
    timing = commands.add_parser("cost")
    timing.add_argument("models", nargs="+")
    timing.add_argument("--images", type=int, default=2000)
    timing.set_defaults(run=cost)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
