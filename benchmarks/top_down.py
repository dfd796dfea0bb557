"""How long a top-down model takes by the number of people, and how well it follows them by how often it detects.

    python benchmarks/top_down.py MODEL.json --annotations person_keypoints.json --images DIR [--frames 60]

Films are made of photographs: people are cut out of COCO's pictures along their labelled outlines, and walk through an
image of 640x480. So it is known who is where. Every setting sees the same frame in turn, so that whatever else the
machine does slows all of them alike: compare columns, not with another machine's.
"""

import argparse
from dataclasses import replace

import cv2
import numpy as np

from trt_pose_ros import PosePipeline
from trt_pose_ros.evaluation.annotations import AnnotationFile
from trt_pose_ros.evaluation.metrics.identities import TrackedFrame, identity_score
from trt_pose_ros.tracking import TrackerOptions
from trt_pose_ros.tracking.oks import body_sizes, oks, tolerances

WIDTH, HEIGHT, FPS = 640, 480, 15
COUNTS = (1, 3, 10, 30)
INTERVALS = (1, 2, 3, 5)
ENOUGH_KEYPOINTS, TALL_ENOUGH = 14, 180  # of people who are cut out; keypoints, pixels
SEEN = 0.5  # share of a person's keypoints that nobody in front hides, from which the person is to be found


class Figure:
    """A person cut out of a picture: ``pixels`` [h, w, 3], ``mask`` [h, w], ``points`` [K, 2] (NaN where not seen)."""

    def __init__(self, annotation, image):
        mask = np.zeros(image.shape[:2], np.uint8)
        for outline in annotation["segmentation"]:
            cv2.fillPoly(mask, [np.int32(np.reshape(outline, (-1, 2)).round())], 255)
        x, y, w, h = (int(v) for v in annotation["bbox"])
        part = np.s_[max(y, 0) : y + h + 1, max(x, 0) : x + w + 1]
        points = np.reshape(annotation["keypoints"], (-1, 3)).astype(float)
        points[points[:, 2] == 0] = np.nan
        self.pixels, self.mask, self.points = image[part], mask[part], points[:, :2] - (max(x, 0), max(y, 0))

    def resized(self, height):
        """The same person, ``height`` pixels tall."""
        scale = height / len(self.mask)
        size = max(1, round(scale * self.mask.shape[1])), height
        made = object.__new__(Figure)
        made.pixels = cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA)
        made.mask = cv2.resize(self.mask, size, interpolation=cv2.INTER_AREA)
        made.points = self.points * scale
        return made


def figures(annotations, images):
    """Whoever of a COCO file is tall, has an outline and most keypoints."""
    file = AnnotationFile(annotations, None)
    names = {image["id"]: image["file_name"] for image in file.images}
    made = []
    for annotation in file.annotations:
        right = isinstance(annotation.get("segmentation"), list) and annotation["bbox"][3] >= TALL_ENOUGH
        if right and not annotation.get("iscrowd") and annotation["num_keypoints"] >= ENOUGH_KEYPOINTS:
            made.append(Figure(annotation, cv2.imread(f"{images}/{names[annotation['image_id']]}")))
    return made, file.topology


def film(people, count, frames, seed):
    """Yield (image, who is to be found, their keypoints [P, K, 2]); people in front hide those behind."""
    rng = np.random.default_rng(seed)
    chosen = [people[i] for i in rng.permutation(len(people))[:count]]
    while len(chosen) < count:
        chosen.append(people[rng.integers(len(people))])
    heights = np.sort(rng.uniform(90, 230, count) * min(1, np.sqrt(12 / count)))  # the near ones last
    chosen = [figure.resized(int(height)) for figure, height in zip(chosen, heights, strict=True)]
    left, speed = rng.uniform(0, WIDTH - 60, count), rng.choice([-1, 1], count) * rng.uniform(20, 70, count)
    feet = np.linspace(0.75, 1.0, count) * HEIGHT
    background = cv2.GaussianBlur(rng.integers(60, 190, (HEIGHT, WIDTH, 3), np.uint8), (0, 0), 12)
    for step in range(frames):
        image, owner = background.copy(), np.full((HEIGHT, WIDTH), -1)
        places = []
        for who, figure in enumerate(chosen):
            x = int(_bounced(left[who] + speed[who] * step / FPS, WIDTH - figure.mask.shape[1]))
            y = int(feet[who]) - len(figure.mask)
            _paste(figure, image, owner, x, y, who)
            places.append(figure.points + np.array([x, y]))
        yield image, *_seen(np.array(places), owner)


def _bounced(x, room):
    """A place that comes and goes between 0 and ``room``."""
    room = max(room, 1)
    return room - abs(x % (2 * room) - room)


def _paste(figure, image, owner, x, y, who):
    top, left = max(y, 0), max(x, 0)
    there = np.s_[top : y + len(figure.mask), left : x + figure.mask.shape[1]]
    here = np.s_[top - y : top - y + image[there].shape[0], left - x : left - x + image[there].shape[1]]
    share = figure.mask[here][:, :, None] / 255
    image[there] = (share * figure.pixels[here] + (1 - share) * image[there]).astype(np.uint8)
    owner[there][figure.mask[here] > 127] = who


def _seen(places, owner):
    """Who can be seen, and the keypoints of these."""
    columns, rows = (np.nan_to_num(places[:, :, i], nan=-1).round().astype(int) for i in (0, 1))
    inside = (columns >= 0) & (columns < WIDTH) & (rows >= 0) & (rows < HEIGHT)
    front = owner[np.clip(rows, 0, HEIGHT - 1), np.clip(columns, 0, WIDTH - 1)]
    labelled = np.isfinite(places[:, :, 0])
    hidden = labelled & inside & (front > np.arange(len(places))[:, None])
    who = np.flatnonzero((labelled & inside & ~hidden).sum(axis=1) >= SEEN * labelled.sum(axis=1))
    return who, places[who]


def tracked(poses, who, truth, topology):
    """The TrackedFrame of what was found."""
    poses = poses[poses.track_ids >= 0].as_topology(topology)
    sizes = tolerances(np.maximum(body_sizes(truth), 1.0), topology.sigmas)
    similarity = oks(truth, poses.keypoints[:, :, :2].astype(float), sizes) if len(truth) else np.zeros((0, len(poses)))
    return TrackedFrame(who, poses.track_ids, similarity)


def by_interval(model, people, topology, frames, count, seeds):
    """Rows: times and identities for each number of images between two looks of the first network."""
    pipelines = [PosePipeline.open(model, detect_every=every, max_people=2 * count) for every in INTERVALS]
    times, followed = [[] for _ in INTERVALS], [[] for _ in INTERVALS]
    for seed in seeds:
        scores = [[] for _ in INTERVALS]
        for pipeline in pipelines:
            pipeline.following.tracking = TrackerOptions()
        for step, (image, who, truth) in enumerate(film(people, count, frames, seed)):
            for i in np.roll(range(len(INTERVALS)), step):
                (poses,) = pipelines[i]([image], [seed], [step / FPS])
                if step > 2:
                    times[i].append(sum(pipelines[i].times.values()))
                scores[i].append(tracked(poses, who, truth, topology))
        for i, one in enumerate(scores):
            followed[i].append(identity_score(one))
    print(f"\n{count} people at {WIDTH}x{HEIGHT}, {len(list(seeds))} films of {frames} images at {FPS} a second\n")
    print("| detector at every | ms p50 | ms p95 | of the p95 with every image | MOTA | IDF1 | switches |")
    print("|---|---|---|---|---|---|---|")
    base = np.percentile(times[0], 95)
    for every, one, score in zip(INTERVALS, times, (sum(f[1:], f[0]) for f in followed), strict=True):
        p50, p95 = np.percentile(one, (50, 95))
        print(
            f"| {every} | {1e3 * p50:.1f} | {1e3 * p95:.1f} | {p95 / base:.2f} "
            f"| {score.mota:.3f} | {score.idf1:.3f} | {score.switches:.0f} |",
            flush=True,
        )


def times_by_people(pipelines, people, frames):
    """({(pipeline, count): seconds of each image}, {the same: people found of a score of 0.3 or more})."""
    for pipeline in pipelines:
        if "top_down" in pipeline.options:
            everybody = replace(pipeline.options["top_down"], max_people=2 * max(COUNTS))
            pipeline.options = {**pipeline.options, "top_down": everybody}
    times = {(i, count): [] for i in range(len(pipelines)) for count in COUNTS}
    found = {key: [] for key in times}
    for count in COUNTS:
        for step, (image, _, _) in enumerate(film(people, count, frames, 7)):
            for i in np.roll(range(len(pipelines)), step):
                (poses,) = pipelines[i]([image])
                if step:
                    times[i, count].append(sum(pipelines[i].times.values()))
                    found[i, count].append((poses.scores >= 0.3).sum())
    return times, found


def by_people(models, people, frames):
    """Rows: milliseconds an image of each model for each number of people."""
    pipelines = [PosePipeline.open(model) for model in models]
    times, found = times_by_people(pipelines, people, frames)
    print(f"\nms an image of {WIDTH}x{HEIGHT} without tracker (people found, of a score of 0.3 or more)\n")
    print(f"| model | {' | '.join(f'{count} people' for count in COUNTS)} |\n{'|---' * (len(COUNTS) + 1)}|")
    for i, pipeline in enumerate(pipelines):
        cells = [f"{1e3 * np.median(times[i, c]):.1f} ({np.mean(found[i, c]):.1f})" for c in COUNTS]
        print(f"| {pipeline.model.manifest.name} | {' | '.join(cells)} |", flush=True)


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", help="models; the first one is of two networks")
    parser.add_argument("--annotations", required=True, help="COCO keypoint JSON with outlines")
    parser.add_argument("--images", required=True)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--films", type=int, default=3, help="0: only the times by the number of people")
    parser.add_argument("--people", type=int, default=10, help="of the films in which people are followed")
    parser.add_argument("--save", help="write the middle image of the first film there, with what was found")
    arguments = parser.parse_args()
    people, topology = figures(arguments.annotations, arguments.images)
    if arguments.save:
        save(arguments.models[0], people, arguments.people, arguments.save)
    if arguments.films:
        by_interval(arguments.models[0], people, topology, arguments.frames, arguments.people, range(arguments.films))
    by_people(arguments.models, people, max(4, arguments.frames // 10))


def save(model, people, count, file):
    """Write an image with what was found in it."""
    from trt_pose_ros.media.drawing import draw_poses

    image, _, _ = list(film(people, count, 20, 0))[-1]
    (poses,) = PosePipeline.open(model)([image])
    cv2.imwrite(file, draw_poses(image.copy(), poses))


if __name__ == "__main__":
    main()
