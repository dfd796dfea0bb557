"""The shipped rules on generated people: precision, recall, latency and false alarms of every rule.

    python benchmarks/event_accuracy.py [--episodes 1000] [--first 100000] [--scene cabin,floor] [--jobs N]
        [--perfect] [--set RULE.PARAMETER=VALUE] [--mistakes KIND]

Episodes and their truth: test/events/episodes. A cabin with three cameras, two to three passengers; a floor before a
robot. ``--first`` is the first seed: the figures of docs/event_accuracy.md are of seeds that no rule was tuned on.
``--perfect`` gives the rules all joints where they truly are, as far as the cameras see them.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]

from events.episodes import SCENES, scoring, watching  # noqa: E402
from events.episodes.filming import PERFECT, Faults  # noqa: E402

HELD_OUT = 100_000  # the first seed of those that rules are not tuned on


CHUNK = 10  # episodes that a process takes at a time


def main():
    """Run, and print a table a scene."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=1000, metavar="N", help="of every scene")
    parser.add_argument("--first", type=int, default=HELD_OUT, metavar="SEED")
    parser.add_argument("--scene", default=",".join(SCENES), help="default: all")
    parser.add_argument("--perfect", action="store_true", help="no faults of the network")
    parser.add_argument("--set", action="append", default=[], metavar="RULE.PARAMETER=VALUE", help="of the rules")
    parser.add_argument("--mistakes", metavar="KIND", help="list what was missed and what was false of that rule")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    changes = {name: float(value) for name, value in (change.split("=") for change in arguments.set)}
    seeds = range(arguments.first, arguments.first + arguments.episodes)
    chunks = [seeds[i : i + CHUNK] for i in range(0, len(seeds), CHUNK)]
    for name in arguments.scene.split(","):
        tallies, done = scoring.tallies(), 0
        with ProcessPoolExecutor(arguments.jobs) as pool:
            for chunk, found in zip(
                chunks, pool.map(partial(judged, name, changes, arguments.perfect), chunks), strict=True
            ):
                for kind, tally in found.items():
                    tallies[kind].add(tally)
                done += len(chunk)
                if done % 100 == 0:
                    print(f"{name}, {done} episodes\n{table(tallies)}", file=sys.stderr, flush=True)
        print(f"\n{name}, {arguments.episodes} episodes from seed {arguments.first}")
        print(table(tallies))
        if arguments.mistakes:
            tally = tallies[arguments.mistakes]
            print("missed (seed, camera, people, seconds):", *tally.missed[:40], sep="\n  ")
            print("false:", *tally.false[:40], sep="\n  ")


def judged(name, changes, perfect, seeds):
    """The tallies of some episodes of a scene."""
    scene, tallies = SCENES[name], scoring.tallies()
    rules = watching.rules(scene, changes)
    for seed in seeds:
        episode = scene.episode(seed, PERFECT if perfect else Faults())
        scoring.score(tallies, seed, episode, watching.watched(episode, rules))
    return tallies


def table(tallies):
    """A Markdown table of the tallies."""
    lines = ["| rule | truths | recall | events | precision | false an hour | latency s: median | p95 | told again |"]
    lines.append("|---|" + "---|" * 8)
    for kind, t in sorted(tallies.items(), key=lambda item: (item[0].split()[-1], len(item[0]))):
        figures = [f"{t.truths} | {t.recall:.3f}"]
        if kind.startswith("any "):
            figures += ["", "", ""]
        else:
            figures += [str(t.told - t.unsure), f"{t.precision:.3f}", f"{t.false_an_hour:.1f}"]
        figures += [f"{t.latency(0.5):.2f} | {t.latency(0.95):.2f}", "" if kind.startswith("any ") else str(t.extra)]
        lines.append(f"| {kind.replace('any ', '... by any camera: ')} | " + " | ".join(figures) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
