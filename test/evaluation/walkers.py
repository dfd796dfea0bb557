"""People who walk through the images of a sequence, as truth and as somebody with faults finds them."""

import json
from dataclasses import replace

import numpy as np

from trt_pose_ros import Poses, Topology
from trt_pose_ros.evaluation import results

TOPOLOGY = Topology.load("coco_17")
SIZE = 640, 480
PERIOD = 100_000_000  # ns
_BODY = np.random.default_rng(0).uniform(0, 1, (17, 2)) * (60, 160)
STAGES = {"read": 1.0, "preprocess": 2.0, "network": 20.0, "decode": 3.0, "track": 0.5}


def truth(images=40, people=3, seed=0):
    """Poses of each image: everybody, with identities from 100."""
    rng = np.random.default_rng(seed)
    starts, speeds = rng.uniform((20, 50), (400, 250), (people, 2)), rng.uniform(-3, 3, (people, 2))
    sizes = rng.uniform(0.5, 1.5, people)
    frames = []
    for i in range(images):
        xy = starts[:, None] + speeds[:, None] * i + _BODY * sizes[:, None, None]
        keypoints = np.concatenate([xy, np.ones((people, 17, 1))], axis=2)
        keypoints[:, rng.integers(0, 17, 3)] = np.nan, np.nan, 0
        frames.append(Poses(TOPOLOGY, keypoints, np.ones(people), np.arange(people) + 100))
    return frames


def found(frames, noise=3.0, seed=1, missed=0.15, switch=0.05, ghosts=0.1):
    """The same people with noise, some missed, some with a new identity, and some who are not there."""
    rng = np.random.default_rng(seed)
    following, fresh, given = {}, 0, []
    for poses in frames:
        for number in poses.track_ids.tolist():
            if number not in following or rng.random() < switch:
                following[number], fresh = fresh, fresh + 1
        keypoints = poses.keypoints.copy()
        keypoints[:, :, :2] += rng.normal(0, noise, keypoints[:, :, :2].shape) * rng.random((len(poses), 1, 1)) * 2
        scores = np.round(rng.uniform(0.2, 0.9, len(poses)), 3)
        tracks = [following[number] for number in poses.track_ids.tolist()]
        seen = replace(poses, keypoints=keypoints, scores=scores, track_ids=np.array(tracks))
        keep = rng.random(len(poses)) >= missed
        if rng.random() < ghosts and len(poses):
            extra = keypoints[:1] + np.array([150, 40, 0], np.float32)
            seen = replace(
                seen,
                keypoints=np.concatenate([keypoints, extra]),
                scores=np.append(scores, 0.3),
                track_ids=np.append(tracks, 1000 + fresh),
                kinds=np.zeros(len(poses) + 1),
                owner_ids=np.full(len(poses) + 1, -1),
            )
            keep = np.append(keep, True)
        given.append(seen[keep])
    return given


def write_truth(file, frames, **fields):
    """A COCO keypoint JSON with track ids; ``fields`` are functions of its number that give an image more."""
    images, annotations = [], []
    for i, poses in enumerate(frames):
        entry = {"id": i + 1, "file_name": f"clip/{i:06d}.png", "width": SIZE[0], "height": SIZE[1]}
        images.append(entry | {name: value(i) for name, value in fields.items()})
        for keypoints, number in zip(poses.keypoints, poses.track_ids.tolist(), strict=True):
            labels = np.where(keypoints[:, 2:] > 0, np.nan_to_num(keypoints), 0)
            labels[:, 2] *= 2
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": i + 1,
                    "category_id": 1,
                    "keypoints": labels.astype(float).ravel().tolist(),
                    "track_id": number,
                }
            )
    category = TOPOLOGY.to_category() | {"id": 1, "name": "person"}
    file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": [category]}))
    return file


def write_replay(folder, frames, slower=1.0, topics=("/camera/image",), **summary):
    """What trt-pose replay leaves: results, times and a summary; all topics show the same people."""
    folder.mkdir()
    head = results.header({"name": "walker", "sha256": "0", "family": "paf"}, TOPOLOGY, {}, ["drive"])
    lines, times = [results.line(head)], []
    rng = np.random.default_rng(2)
    for topic in topics:
        for i, poses in enumerate(frames):
            image = results.Image("drive", topic, "", i, i * PERIOD, *SIZE)
            lines.append(results.line(results.entry(image, poses)))
            ms = {stage: round(slower * value * rng.uniform(0.9, 1.2), 4) for stage, value in STAGES.items()}
            times.append({"bag": "drive", "topic": topic, "index": i, "stamp": i * PERIOD, "ms": ms})
    (folder / "results.jsonl").write_bytes(b"".join(lines))
    (folder / "timings.jsonl").write_text("".join(json.dumps(t) + "\n" for t in times))
    known = {"fps": 31.5 / slower, "backend": "openvino", "seconds": 2.0, "cpu_seconds": 3.0, "peak_rss_mib": 210.5}
    (folder / "summary.json").write_text(json.dumps(known | summary))
    return folder
