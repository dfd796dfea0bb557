"""People in space from several cameras: real geometry and real keypoints, and scenes with known truth.

    TRT_POSE_MULTIVIEW=mmpose/tests/data python benchmarks/views.py

Prints the tables of docs/people_3d.md. The samples of Shelf, Campus and CMU Panoptic are those of mmpose's tests; what
they lack is said there. Scenes are those of the generator in test/spatial.
"""

import sys
from itertools import combinations
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]
import multiview_data as data  # noqa: E402
from multiview_scene import Scene, score  # noqa: E402

from trt_pose_ros.spatial.views import Fusing  # noqa: E402

DRAWS = 5  # of the keypoints' noise
PANOPTIC = ("00_03", "00_06", "00_12", "00_13", "00_23")  # the five that the literature uses


def shelf_held_out():
    """How far from a camera's own keypoints people lie that the others have found: real keypoints, no truth."""
    shelf = data.actors("shelf")
    print(
        "| cameras | people in 3 frames | pixels, median | pixels, 90 % | OKS sigmas, median |\n|---|---|---|---|---|"
    )
    for count in (2, 3, 4):
        errors, sigmas, people = [], [], []
        for cameras in combinations(shelf.views, count):
            for frame in shelf.frames:
                fusing = Fusing(data.COCO, "world", min_hits=1)
                bodies = fusing(data.seen(shelf.views, {c: frame[c] for c in cameras}), 0.0).positions
                people.append(len(bodies))
                for camera in set(shelf.views) - set(cameras):
                    pixels, relative = _nearest(shelf.views[camera].project(bodies), frame[camera])
                    errors.append(pixels)
                    sigmas.append(relative)
        errors, sigmas = np.concatenate(errors), np.concatenate(sigmas)
        print(
            f"| {count} | {np.mean(people):.1f} | {np.median(errors):.1f} | {np.quantile(errors, 0.9):.1f} | "
            f"{np.median(sigmas):.2f} |"
        )


def _nearest(bodies, found):
    """Distances of keypoints found to those of the nearest body, in pixels and in OKS sigmas of the person."""
    pixels, relative = [np.empty(0)], [np.empty(0)]
    for person in found:
        apart = np.linalg.norm(bodies - person[:, :2], axis=2)
        if not len(apart) or not np.isfinite(apart).any():
            continue
        nearest = apart[np.nanargmin(np.where(np.isfinite(apart).sum(axis=1) > 4, np.nanmedian(apart, axis=1), np.inf))]
        size = np.sqrt(0.3) * np.linalg.norm(np.ptp(person[:, :2], axis=0))
        if np.nanmedian(nearest) > size:  # nobody: the cameras in use did not see this person
            continue
        known = np.isfinite(nearest) & (person[:, 2] > 0.3)
        pixels.append(nearest[known])
        relative.append((nearest / (size * np.array(data.COCO.sigmas)))[known])
    return np.concatenate(pixels), np.concatenate(relative)


def actors_pcp(noise, wild):
    """PCP3D of Shelf and Campus, from their true joints as a network of that noise would see them."""
    print("| sample | cameras | PCP3D | mean error, mm |\n|---|---|---|---|")
    for name in ("shelf", "campus"):
        sample = data.actors(name)
        for count in (2, 3, 5):
            if count > len(sample.views):
                continue
            right, limbs, errors = 0, 0, []
            for cameras in combinations(sample.views, count):
                views = {c: sample.views[c] for c in cameras}
                for draw in range(DRAWS):
                    random = np.random.default_rng(draw)
                    people = []
                    for truth in sample.truth:
                        bodies = np.array(list(truth.values()))
                        found = data.projected(views, bodies, random, data.ACTOR, noise, wild)
                        fusing = Fusing(data.ACTOR, "world", min_hits=1)
                        people.append(fusing(data.seen(views, found, data.ACTOR), 0.0).positions)
                        errors += data.errors(people[-1], bodies)
                    counts = data.pcp3d(sample, people.__getitem__).values()
                    right, limbs = right + sum(r for r, _ in counts), limbs + sum(n for _, n in counts)
            print(f"| {name} | {count} | {100 * right / limbs:.1f} | {1000 * np.mean(errors):.0f} |")


def panoptic_mpjpe(noise, wild):
    """MPJPE on CMU Panoptic: real cameras and bodies, keypoints of that noise."""
    print("| cameras | MPJPE, mm | 95 %, mm | people found |\n|---|---|---|---|")
    for count in (2, 3, 5):
        errors, people, there = [], 0, 0
        for band in ("160906_band1", "160906_band2"):
            views, frames = data.panoptic(band)
            for cameras in combinations(PANOPTIC, count):
                used = {c: views[c] for c in cameras}
                for bodies in frames:
                    for draw in range(DRAWS):
                        found = data.projected(used, bodies, np.random.default_rng(draw), noise=noise, wild=wild)
                        fusing = Fusing(data.COCO, "world", min_hits=1)
                        located = fusing(data.seen(used, found), 0.0).positions
                        errors += data.errors(located, bodies)
                        people, there = people + len(located), there + len(bodies)
        mm = 1000 * np.array(errors)
        print(f"| {count} | {mm.mean():.1f} | {np.quantile(mm, 0.95):.0f} | {100 * people / there:.0f} % |")


def scenes():
    """Films of the generator: how many cameras, one dead, one with another clock."""
    print("| cameras | what | MPJPE, mm | 99 %, mm | found | identities of 5 people | clock said, ms |")
    print("|---|---|---|---|---|---|---|")
    for cameras, what in ((2, {}), (3, {}), (5, {}), (5, {"dead": 2}), (5, {"late": 0.04}), (3, {"late": 0.04})):
        scores = [score(Scene(cameras, frames=75, seed=seed), **what) for seed in range(2)]
        names = {"dead": "one dead from the middle on", "late": "one clock 40 ms off"}
        said = [s.clock for s in scores if s.clock is not None]
        told = " ".join(names[k] for k in what) or "all well"
        print(
            f"| {cameras} | {told} | {np.mean([s.mpjpe for s in scores]):.0f} | "
            f"{np.max([s.p99 for s in scores]):.0f} | {100 * np.mean([s.found for s in scores]):.1f} % | "
            f"{max(s.identities for s in scores)} | {', '.join(f'{1000 * c:.0f}' for c in said)} |"
        )


if __name__ == "__main__":
    if data.FOLDER.exists():
        shelf_held_out()
        actors_pcp(0.5, 0.02)
        panoptic_mpjpe(0.5, 0.02)
    else:
        print("TRT_POSE_MULTIVIEW names no folder: without Shelf, Campus and Panoptic")
    scenes()
