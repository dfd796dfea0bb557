"""Make people who sit safely and unsafely in a cabin: what docs/states.md trains on, and what it is checked on.

python benchmarks/sitting_unsafely.py make DIR [--people 12] [--clips 2] [--first 0]
python benchmarks/sitting_unsafely.py check sitting_unsafely.npz [--people 6] [--first 100]

``make`` writes DIR/STATE/PERSON/CLIP/results.jsonl as ``trt-pose replay`` does: three cameras film a passenger, and a
network with the usual faults finds the joints: noise, outliers, a fifth of them missing. ``check`` runs a model over
other people, who change from state to state, as a rule would. All of it is synthetic: it shows that the tools work and
how to use them, not how well a camera in a car does.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "test"))

from events.episodes import cabin
from events.episodes.actor import SIDES, Actor, during, shaking
from events.episodes.filming import Faults, film
from events.episodes.hands import face, gesture, side_of
from spatial.bodies import TOPOLOGY, Body

from trt_pose_ros.evaluation.results import Image, entry, header, line
from trt_pose_ros.events.states import StateModel
from trt_pose_ros.events.states.metrics import Metrics

RATE, SECONDS = 10.0, 3.0
HELD = 4.0  # seconds in each state, of a check


class Passenger(Actor):
    """Somebody in one of the seats, feet on the floor."""

    def __init__(self, body, rng, times, seat):
        self.middle = cabin.MIDDLES[seat]
        n = body.lengths
        hips = np.array([rng.uniform(0.1, 0.17), self.middle + rng.normal(0, 0.03), cabin.CUSHION + 0.09 * body.girth])
        ankles = {
            side: [hips[0] + n["thigh"] + rng.uniform(-0.1, 0.15), hips[1] + sign * rng.uniform(0.06, 0.16), 0.11]
            for side, sign in zip(SIDES, (1, -1), strict=True)
        }
        super().__init__(body, rng, times, hips, ankles, rng.normal(0, 0.06))
        self.angles["lean"] += rng.uniform(-0.25, 0.0)


def upright(a, w, rng):
    """As one sits, also with a little leaning, crossed legs, a look aside."""
    a.bend(w, lean=rng.uniform(-0.25, 0.3), tilt=rng.uniform(-0.2, 0.2), twist=rng.uniform(-0.3, 0.3))
    if rng.random() < 0.3:
        side, sign = side_of(rng)
        a.step(side, w, a.hips[0] + np.array([a.body.lengths["thigh"] * 0.95 - 0.03, -sign * 0.17, 0.17]))


def leaning_forward(a, w, rng):
    """The chest far ahead of the belt, over the knees."""
    a.bend(w, lean=rng.uniform(0.75, 1.25), tilt=rng.uniform(-0.2, 0.2), nod=rng.uniform(-0.4, 0.2))


def turned_round(a, w, rng):
    """To the rear, or to the one behind."""
    s = rng.choice([-1, 1])
    a.bend(w, yaw=s * rng.uniform(1.1, 2.2), twist=s * rng.uniform(0.4, 0.9), look=s * rng.uniform(0.2, 0.8))
    a.step("left" if s > 0 else "right", w, a.hips[0] + np.array([0.25, -s * 0.3, 0.0]))


def lying_across(a, w, rng):
    """The upper body lies on the seats beside."""
    s = rng.choice([-1, 1])
    a.bend(w, roll=s * rng.uniform(0.6, 0.9), tilt=s * rng.uniform(0.4, 0.7), lean=rng.uniform(-0.1, 0.3))


def feet_up(a, w, rng):
    """A foot, or both, on the own cushion."""
    a.bend(w, lean=rng.uniform(-0.3, 0.0))
    for side in SIDES if rng.random() < 0.6 else SIDES[:1]:
        sign = 1 if side == "left" else -1
        goal = [rng.uniform(0.33, 0.43), a.middle + sign * rng.uniform(0.05, 0.15), cabin.CUSHION + 0.08]
        a.step(side, w, np.array(goal) + shaking(rng, a.times, 0.01))


STATES = {act.__name__: act for act in (upright, leaning_forward, turned_round, lying_across, feet_up)}


def views(person, seed, parts, times):
    """What three cameras see of a person who does the ``parts``: (state, weight [T])."""
    rng = np.random.default_rng([person, seed])
    passenger = Passenger(Body.random(np.random.default_rng([person, 7])), rng, times, int(rng.integers(3)))
    for state, weight in parts:
        STATES[state](passenger, weight, rng)
    passenger.settle()
    always = np.ones(len(times))
    for side, sign in zip(SIDES, (1, -1), strict=True):
        hip, knee = passenger.found[f"{side}_hip"], passenger.found[f"{side}_knee"]
        on_thigh = hip + rng.uniform(0.4, 0.8) * (knee - hip) + np.array([-0.03, -0.03 * sign, 0.09])
        passenger.reach(side, always, on_thigh + shaking(rng, times, 0.015))
    if rng.random() < 0.5:
        (face if rng.random() < 0.4 else gesture)(passenger, always, None, rng)
    joints = passenger.joints()[:, None]
    return [film(camera, rng, times, joints, Faults(switched=0.0)) for camera in cabin.CAMERAS]


def make(arguments):
    """Write the clips."""
    times = np.arange(round(RATE * SECONDS)) / RATE
    for person in range(arguments.first, arguments.first + arguments.people):
        for number, state in enumerate(STATES):
            for clip in range(arguments.clips):
                folder = arguments.folder / state / f"person_{person}" / f"clip_{clip}"
                folder.mkdir(parents=True, exist_ok=True)
                lines = [line(header({}, TOPOLOGY, {}, [folder.name]))]
                for view in views(person, 100 * clip + number, [(state, np.ones(len(times)))], times):
                    name = view.camera.name
                    for i, (stamp, poses) in enumerate(view.frames):
                        image = Image(folder.name, f"/{name}/image", name, i, round(1e9 * (1000 + stamp)), 640, 480)
                        lines.append(line(entry(image, poses)))
                (folder / "results.jsonl").write_bytes(b"".join(lines))
    print(f"{arguments.people * len(STATES) * arguments.clips} clips of {arguments.people} people: {arguments.folder}")


def check(arguments):
    """Print how often the model tells the state of people who change theirs; within a change nothing is judged."""
    model = StateModel.load(arguments.model)
    times = np.arange(round(RATE * HELD * 5)) / RATE
    told, truth, seen = [], [], []
    for person in range(arguments.first, arguments.first + arguments.people):
        order = np.random.default_rng(person).permutation(list(STATES))
        parts = [(s, during(times, HELD * i + 0.5, HELD * (i + 1) - 0.5, 0.5)) for i, s in enumerate(order)]
        for view in views(person, 1, parts, times):
            watch = model.watch()
            for stamp, poses in view.frames:
                at = stamp % HELD
                if len(poses):
                    (row, *_) = watch.update(poses, stamp, view.camera.name)
                    if 0.5 + model.features.window <= at <= HELD - 0.5:
                        told.append(row)
                        truth.append(model.classes.index(order[int(stamp // HELD)]))
                        seen.append(view.camera.name)
    metrics = Metrics.of(np.array(told), np.array(truth), model.classes)
    print(metrics.table())
    unsafe = [i for i, name in enumerate(model.classes) if name != "upright"]
    is_unsafe = np.isin(truth, unsafe)
    says = np.array(told)[:, unsafe].sum(axis=1) >= 0.7
    known = ~np.isnan(told).any(axis=1)
    print(f"accuracy {metrics.accuracy:.3f} of {known.sum()} images, {metrics.unknown} unknown; images of ", end="")
    print(f"unsafe states told at 0.7: {says[is_unsafe & known].mean():.3f}, ", end="")
    print(f"of upright ones falsely: {says[~is_unsafe & known].mean():.3f}")


def main():
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    making = commands.add_parser("make")
    making.add_argument("folder", type=Path)
    making.add_argument("--clips", type=int, default=2, help="of each person in each state")
    making.set_defaults(run=make)
    checking = commands.add_parser("check")
    checking.add_argument("model", type=Path)
    checking.set_defaults(run=check)
    for command, people, first in ((making, 12, 0), (checking, 6, 100)):
        command.add_argument("--people", type=int, default=people)
        command.add_argument("--first", type=int, default=first, help="number of the first of them")
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
