"""Rules of events: what they cost beside the tracker, and whether random images bring them down.

    python benchmarks/event_rules.py cost [--people 10] [--repeats 30]
    python benchmarks/event_rules.py fuzz [--frames 10000000] [--seed 0]

``cost`` gives, for the seven shipped rules of people together, the median over the images of a scene of the least time
of several repetitions, beside that of the tracker's update of the same images in the same run. ``fuzz`` feeds random
images with missing joints, NaN, infinite places, nobody, crowds, identities that vanish and come twice, and times that
jump, and stops at the first exception, event without an end or end without an event.
"""

import argparse
import resource
import time

import numpy as np

from trt_pose_ros.events import Phase, Watch, load_rules
from trt_pose_ros.poses import Poses
from trt_pose_ros.topology import Topology
from trt_pose_ros.tracking import Tracker

SIZE = (640, 480)
ZONES = {
    "left": {"kind": "seat", "polygon": [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9], [0.1, 0.9]]},
    "middle": {"kind": "seat", "polygon": [[0.4, 0.5], [0.7, 0.5], [0.7, 0.9], [0.4, 0.9]]},
    "right": {"kind": "seat", "polygon": [[0.7, 0.5], [0.9, 0.5], [0.9, 0.9], [0.7, 0.9]]},
    "window": {"kind": "edge", "unit": "pixels", "size": [640, 480], "line": [[20, 50], [20, 400]], "beyond": "left"},
}
RULES = ("fallen", "feet_on_seat", "hand_on_leg", "leaning_out", "raised_hand", "too_close", "waving")  # of people
TOPOLOGY = Topology.load("coco_17")
UPRIGHT = {"nose": (0, -1.5), "eye": (0.06, -1.55), "ear": (0.15, -1.5), "shoulder": (0.3, -1), "elbow": (0.4, -0.4),
           "wrist": (0.4, 0.1), "hip": (0.2, 0), "knee": (0.2, 0.85), "ankle": (0.2, 1.7)}  # fmt: skip


def standing(x, y, size):
    """float [K, 3]: somebody upright."""
    sides = [(1 if name.startswith("left") else -1, UPRIGHT[name.split("_")[-1]]) for name in TOPOLOGY.keypoints]
    return np.array([(x + side * dx * size, y + dy * size, 0.9) for side, (dx, dy) in sides])


def scene(count, images, rng):
    """Images of people side by side, some of whom wave, with noise and one in five joints missing."""
    for i in range(images):
        people = np.stack([standing(40 + 580 * k / count + rng.normal() * 2, 250, 40) for k in range(count)])
        people[::3, TOPOLOGY.index("left_wrist"), :2] += [12 * np.sin(i / 3), -60]
        people[..., :2] += rng.normal(size=(*people.shape[:2], 2))
        people[rng.random(people.shape[:2]) < 0.2] = (np.nan, np.nan, 0)
        yield Poses(TOPOLOGY, people, np.full(count, 0.9), np.arange(count))


def cost(arguments):
    """Print the times of rules and tracker."""
    rules = load_rules(RULES, zones=ZONES)
    images = list(scene(arguments.people, 200, np.random.default_rng(0)))
    times = np.full((2, len(images)), np.inf)
    for _ in range(arguments.repeats):
        watch, tracker, told = Watch(rules), Tracker(TOPOLOGY), 0
        for i, poses in enumerate(images):
            moments = [time.perf_counter()]
            told += len(watch.update(poses, i / 30, size=SIZE))
            moments.append(time.perf_counter())
            tracker.update(poses, i / 30)
            moments.append(time.perf_counter())
            times[:, i] = np.minimum(times[:, i], np.diff(moments))
    of_rules, of_tracker = np.median(times[:, 20:], axis=1) * 1e3
    print(f"{len(rules)} rules, {arguments.people} people, {told} starts, updates and ends in {len(images)} images")
    print(f"rules {of_rules:.3f} ms, tracker {of_tracker:.3f} ms an image, ratio {of_rules / of_tracker:.2f}")


def random_people(rng):
    """Poses that no camera would give, and some that one might."""
    count = int(rng.choice([0, 1, 1, 1, 2, 2, 3, 5, 80], p=[0.1, 0.2, 0.2, 0.2, 0.1, 0.1, 0.05, 0.0495, 0.0005]))
    if rng.random() < 0.5 and count:
        people = np.stack([standing(*rng.uniform((0, 0, 5), (640, 480, 100))) for _ in range(count)])
        people[..., :2] += rng.normal(size=(*people.shape[:2], 2)) * rng.choice([0, 1, 10, 50])
    else:
        people = rng.uniform(-100, 700, (count, len(TOPOLOGY.keypoints), 3))
        people[..., 2] = rng.random(people.shape[:2]) * 1.1
    strange = [np.nan, np.inf, -np.inf, 1e30, -1e30, 0.0]
    broken = rng.random(people.shape) < rng.choice([0, 0, 0.05, 0.5])
    people[broken] = rng.choice(strange, broken.sum())
    people[rng.random(people.shape[:2]) < rng.choice([0, 0.2, 0.9])] = (np.nan, np.nan, 0)
    ids = rng.integers(-1, 6, count) if rng.random() < 0.3 else np.arange(count)
    positions = rng.normal(size=people.shape) * 2 if rng.random() < 0.1 else None
    with np.errstate(over="ignore"):
        return Poses(TOPOLOGY, people, rng.random(count), ids, positions=positions)


class Ledger:
    """Checks that every event that starts ends once, and that nothing is told of others."""

    def __init__(self):
        self.open, self.last, self.count = set(), 0, 0

    def take(self, events):
        """Enter what was told."""
        for event in events:
            if event.phase == Phase.START:
                assert event.id == self.last + 1, event
                self.last, self.count = event.id, self.count + 1
                self.open.add(event.id)
            else:
                assert event.id in self.open, event
            assert bool(event.reason) == (event.phase == Phase.END), event
            if event.phase == Phase.END:
                self.open.remove(event.id)


def jump(rng):
    """Seconds to the next image, mostly a thirtieth."""
    kind = rng.random()
    if kind < 0.98:
        return 1 / 30
    return float(rng.choice([0, 0.5, 1.5, 5, 20, 1e6, -0.1, -0.9, -2, -1e5]))


def fuzz(frames, seed=0, pool=20000, every=100000, tell=print):
    """Feed random images; every so often somebody stays, or strikes a pose that lasts.

    Returns:
        the number of events.
    """
    rng = np.random.default_rng(seed)
    eager = {f"{name}.{time}": value for name in RULES for time, value in (("for", 0.05), ("until", 0.05))}
    watch, ledger = Watch(load_rules(RULES, zones=ZONES, parameters=eager)), Ledger()
    images = [random_people(rng) for _ in range(pool)]
    stamp, poses, begun = 0.0, images[0], time.monotonic()
    for i in range(1, frames + 1):
        if rng.random() < 0.4:
            poses = images[rng.integers(pool)]
        stamp += jump(rng)
        camera = "ab"[rng.random() < 0.01]
        ledger.take(watch.update(poses, stamp, camera, size=SIZE if rng.random() < 0.99 else (0, 0)))
        if i % 1000 == 0:
            assert {event.id for event in watch.current()} == ledger.open
        if i % every == 0:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            tell(f"{i} images, {ledger.count} events, {watch.late} late, {memory:.0f} MiB at most, "
                 f"{time.monotonic() - begun:.0f} s")  # fmt: skip
    ledger.take(watch.close(stamp))
    assert not ledger.open
    assert not watch.current()
    return ledger.count


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    costing = verbs.add_parser("cost")
    costing.add_argument("--people", type=int, default=10)
    costing.add_argument("--repeats", type=int, default=30)
    fuzzing = verbs.add_parser("fuzz")
    fuzzing.add_argument("--frames", type=int, default=10_000_000)
    fuzzing.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.verb == "cost":
        cost(arguments)
    else:
        print(f"{fuzz(arguments.frames, arguments.seed, tell=lambda line: print(line, flush=True))} events, all ended")


if __name__ == "__main__":
    main()
