"""Hands: how far their joints are off, whose and of which side they are, and what they cost beside the body.

    TRT_POSE_MULTIVIEW=mmpose/tests/data python benchmarks/hands.py joints [MODEL ...]
    python benchmarks/hands.py people ../shared/data/coco/dev [--hands MODEL] [--sheet FILE]
    python benchmarks/hands.py cost [MODEL ...]

Prints the tables of docs/hands.md. ``people`` takes pictures with COCO's labels: wrists say whose hand and of which
side it is. ``cost`` gives ratios of least processor times in one run of one thread.
"""

import argparse
import json
import sys
from pathlib import Path
from time import process_time

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]
import hand_samples  # noqa: E402

from trt_pose_ros import ModelFile, PosePipeline, Poses, Topology  # noqa: E402
from trt_pose_ros.finders.network import Network  # noqa: E402
from trt_pose_ros.hands.squares import SIDES, Squares, palm_squares  # noqa: E402
from trt_pose_ros.media.drawing import draw_poses  # noqa: E402

HAND = Topology.load("hand_21")
LOOKS = 12  # at each hand, from squares that are off as those of arms are
TURN, GROWTH, SHIFT = 0.4, 0.2, 0.08  # standard deviations: radians, logarithm of the size, sides
RUNS = 15
PEOPLE, PEOPLES_HANDS = 4, 8
TILE, LARGE = 200, 40  # pixels of a drawing, and of a hand from which on it is drawn
FOUND = 0.5  # score


def joints(models):
    """Joint errors on the samples: from squares of the true palm, from rough ones, and after a palm detector."""
    samples = hand_samples.samples()
    alone = PosePipeline.open("hand", threads=1) if _is_there("mediapipe-palm") else None
    print("| model | data | hands | found | error | px | found, rough squares | error | side right |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in models:
        network = Network.open(ModelFile.load(name), "auto", None, {}, batch=16, threads=1)
        for source in dict.fromkeys(s.source for s in samples):
            some = [s for s in samples if s.source == source]
            squares = [_square(s) for s in some]
            random = np.random.default_rng(0)
            rough = [(s, _rough(q, random)) for s, q in zip(some, squares, strict=True) for _ in range(LOOKS)]
            exact = _found(network, list(zip(some, squares, strict=True)))
            shaken = _found(network, rough)
            sides = [SIDES[s.side] == hand.kinds[0] for hand, s in exact if s.side and hand.kinds[0]]
            print(
                f"| {name} | {source} | {len(some)} | {len(exact)} | {_mean_error(exact):.3f} "
                f"| {np.mean([_error(*item) for item in exact]):.1f} | {len(shaken) / len(rough):.0%} "
                f"| {_mean_error(shaken):.3f} | {f'{sum(sides)} of {len(sides)}' if sides else '-'} |"
            )
    if alone:
        found = [_nearest(alone([s.image])[0], s) for s in samples]
        there = [error for error in found if error < 0.5]
        print(f"model hand: {len(there)} of {len(found)} hands, error {np.mean(there):.3f} of the box")


def _found(network, looks):
    """(hand, sample) of the hands that a network finds in squares, each of a sample."""
    hands = network([square.region(sample.image) for sample, square in looks])
    return [(hand, sample) for hand, (sample, _) in zip(hands, looks, strict=True) if hand.scores[0] >= FOUND]


def _mean_error(found):
    return np.mean([_error(hand, sample) / sample.size for hand, sample in found])


def people(folder, model, sheet):
    """Whose hands are found, and of which side, judged by labelled wrists; optionally drawn."""
    data = json.loads((folder / "person_keypoints.json").read_text())
    coco = Topology.load("coco_17")
    wrists = {}
    for annotation in data["annotations"]:
        labelled = np.reshape(annotation["keypoints"], (-1, 3))
        for side in SIDES:
            place = labelled[coco.index(f"{side}_wrist")]
            if place[2] > 0:
                wrists.setdefault(annotation["image_id"], []).append((place[:2], side))
    pipeline = PosePipeline.open(hands=model, threads=1)
    counts, tiles = dict.fromkeys(("hands", "at a labelled wrist", "side right"), 0), []
    for number, image in enumerate(data["images"]):
        picture = cv2.imread(str(folder / "images" / image["file_name"]))
        (bodies,) = pipeline([picture])
        (hands,) = pipeline.hands
        for row in range(len(hands)):
            wrist, size = hands.keypoint("wrist")[row, :2], np.ptp(hands.boxes()[row].reshape(2, 2), axis=0).max()
            off = sorted((np.hypot(*(place - wrist)), side) for place, side in wrists.get(image["id"], []))
            counts["hands"] += 1
            if off and off[0][0] < 0.5 * size:
                counts["at a labelled wrist"] += 1
                counts["side right"] += SIDES[off[0][1]] == hands.kinds[row]
            if sheet and size > LARGE:
                tiles.append(_tile(picture, bodies, hands, row))
        if (number + 1) % 50 == 0:
            print(number + 1, counts, flush=True)
    print(counts)
    if sheet:
        columns = 8
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
        rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
        cv2.imwrite(str(sheet), np.vstack(rows))


def cost(models):
    """Least processor times for one image with four people and their eight hands, and their ratios; one thread."""
    picture = np.full((540, 960, 3), 90, np.uint8)
    body = PosePipeline.open("light", threads=1)
    refined = PosePipeline.open("light_refined", threads=1)
    networks = {name: Network.open(ModelFile.load(name), "auto", None, {}, batch=16, threads=1) for name in models}
    squares = Squares(np.random.default_rng(0).uniform(100, 400, (8, 2)), np.full(8, 90.0), np.linspace(0, 6, 8))
    regions = [squares[row].region(picture) for row in range(PEOPLES_HANDS)]
    person = refined.finder.person
    crops = [region._replace(angle=0.0) for region in regions[:PEOPLE]]
    steps = {
        "light, one image": lambda: body([picture]),
        f"light_person, {PEOPLE} people": lambda: person(crops),
    }
    for name, network in networks.items():
        steps[f"{name}, {PEOPLES_HANDS} hands in a batch"] = lambda network=network: network(regions)
        steps[f"{name}, {PEOPLES_HANDS} hands one by one"] = lambda network=network: [network([r]) for r in regions]
    least = dict.fromkeys(steps, np.inf)
    for _ in range(RUNS):
        for name, step in steps.items():
            begun = process_time()
            step()
            least[name] = min(least[name], process_time() - begun)
    print(f"| | CPU ms, least of {RUNS} | of light's |\n|---|---|---|")
    for name, seconds in least.items():
        print(f"| {name} | {1e3 * seconds:.1f} | {seconds / least['light, one image']:.2f} |")


def _square(sample):
    """The square of the true palm; of the box around the joints where the wrist is not labelled."""
    keypoints = np.column_stack([sample.joints, np.isfinite(sample.joints[:, 0])])
    square = palm_squares(Poses(HAND, keypoints[None], [1.0]))
    if square.known[0]:
        return square
    seen = sample.joints[np.isfinite(sample.joints[:, 0])]
    middle = (seen.min(axis=0) + seen.max(axis=0)) / 2
    return Squares(middle[None], np.array([1.6 * sample.size]), np.zeros(1))


def _rough(square, random):
    """A square as far off as those of arms are."""
    return Squares(
        square.middles + SHIFT * square.sides[:, None] * random.normal(size=(1, 2)),
        square.sides * np.exp(GROWTH * random.normal(size=1)),
        square.angles + TURN * random.normal(size=1),
    )


def _error(hand, sample):
    """Mean distance of the joints from the truth in pixels, of a hand alone."""
    return float(np.nanmean(np.linalg.norm(hand.keypoints[0, :, :2] - sample.joints, axis=1)))


def _nearest(hands, sample):
    """The error of the nearest of several hands in sizes of the box; infinite where there is none."""
    return min((_error(hands[row], sample) / sample.size for row in range(len(hands))), default=np.inf)


def _tile(picture, bodies, hands, row):
    drawn = picture.copy()
    draw_poses(drawn, bodies, labels=False)
    draw_poses(drawn, hands[row], labels=False)
    x_min, y_min, x_max, y_max = hands.boxes()[row]
    half = int(2 * max(x_max - x_min, y_max - y_min))
    drawn = cv2.copyMakeBorder(drawn, half, half, half, half, cv2.BORDER_CONSTANT)
    x, y = int((x_min + x_max) / 2) + half, int((y_min + y_max) / 2) + half
    tile = cv2.resize(drawn[y - half : y + half, x - half : x + half], (TILE, TILE), interpolation=cv2.INTER_AREA)
    side = "L" if hands.kinds[row] == SIDES["left"] else "R"
    cv2.putText(tile, f"{side} {hands.scores[row]:.2f}", (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 2)
    return tile


def _is_there(name):
    try:
        ModelFile.load(name)
    except OSError:
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("joints", "cost"):
        verbs.add_parser(verb).add_argument("models", nargs="*", default=["mediapipe-hand", "mediapipe-hand-lite"])
    of_people = verbs.add_parser("people")
    of_people.add_argument("folder", type=Path)
    of_people.add_argument("--hands", default="mediapipe-hand", metavar="MODEL")
    of_people.add_argument("--sheet", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.verb == "people":
        people(arguments.folder, arguments.hands, arguments.sheet)
    else:
        {"joints": joints, "cost": cost}[arguments.verb](arguments.models)


if __name__ == "__main__":
    main()
