"""What each image contributes, by hand."""

import json

import numpy as np
import pytest
import walkers

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from trt_pose_ros import Poses
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.measure import measure
from trt_pose_ros.evaluation.metrics.identities import Score
from trt_pose_ros.evaluation.sources import replay_run

TRUTH = walkers.truth(2, people=2)


def moved(poses, *shifts):
    """Each person moved by so many pixels to the right."""
    keypoints = poses.keypoints.copy()
    keypoints[:, :, 0] += np.array(shifts)[:, None]
    return Poses(poses.topology, keypoints, poses.scores, poses.track_ids)


def report_of(tmp_path, found, change=lambda data: None):
    file = walkers.write_truth(tmp_path / "truth.json", TRUTH, index=lambda i: i)
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))
    truth = GroundTruth(file, None)
    return measure(replay_run(walkers.write_replay(tmp_path / "run", found), truth), truth)


def test_somebody_far_off_is_missed_and_false_for_people_and_identities(tmp_path):
    report = report_of(tmp_path, [moved(TRUTH[0], 0, 300), TRUTH[1]])
    first, second = report["frames"]
    assert (first["truths"], first["found"], first["missed"], first["false"]) == (2, 1, 1, 1)
    assert first["worst"] == pytest.approx(2 - 1 + 1)
    assert second["worst"] == pytest.approx(0, abs=1e-6)
    score = Score.of(np.array(first["identities"], float))
    assert (score.people, score.reports, score.found, score.false) == (2, 2, 1, 1)
    assert report["accuracy"]["recall"] == report["accuracy"]["precision"] == 0.75
    assert report["identities"]["missed"] == report["identities"]["false"] == 1


def test_somebody_a_little_off_is_found_with_less_likeness(tmp_path):
    report = report_of(tmp_path, [moved(TRUTH[0], 4, 0), TRUTH[1]])
    first = report["frames"][0]
    assert (first["found"], first["false"]) == (2, 0)
    assert 1.5 < first["oks"] < 1.999
    assert first["worst"] == pytest.approx(2 - first["oks"])
    assert report["accuracy"]["oks_mean"] == pytest.approx((first["oks"] + 2) / 4)
    labelled = int(TRUTH[0].found[0].sum())
    assert first["joints"]["error_px"] == pytest.approx(4 * labelled, rel=1e-3)
    assert report["identities"]["mota"] == 1 > report["identities"]["hota"]


def test_who_is_in_a_crowd_is_neither_right_nor_false(tmp_path):
    def crowd(data):
        for annotation in data["annotations"][1::2]:
            annotation |= {"iscrowd": 1, "bbox": [0, 0, 640, 480], "area": 640 * 480}

    report = report_of(tmp_path, TRUTH, crowd)
    assert [(f["truths"], f["found"], f["false"]) for f in report["frames"]] == [(1, 1, 0)] * 2
    assert (report["identities"]["people"], report["identities"]["tracks"], report["identities"]["mota"]) == (1, 1, 1)


def test_official_annotations_are_measured_apart(tmp_path):
    def official(data):
        for annotation in data["annotations"]:
            annotation["source"] = "official" if annotation["image_id"] == 1 else "by hand"

    report = report_of(tmp_path, [moved(TRUTH[0], 300, 300), TRUTH[1]], official)
    assert report["accuracy"]["ap_official"] == 0 < report["accuracy"]["ap"]


def test_identities_of_two_sequences_are_added_and_do_not_mix(tmp_path):
    file = walkers.write_truth(tmp_path / "truth.json", TRUTH, index=lambda i: i)
    data = json.loads(file.read_text())
    data["images"] = [i | {"id": i["id"] + n, "topic": t} for n, t in ((0, "/a"), (10, "/b")) for i in data["images"]]
    data["annotations"] = [
        a | {"id": a["id"] + 100 * n, "image_id": a["image_id"] + n} for n in (0, 10) for a in data["annotations"]
    ]
    file.write_text(json.dumps(data))
    truth = GroundTruth(file, None)
    folder = walkers.write_replay(tmp_path / "run", TRUTH, topics=("/a", "/b"))
    lines = (folder / "results.jsonl").read_text().splitlines()
    lines[3:] = [line.replace('"track_id":100', '"track_id":555') for line in lines[3:]]  # another one on /b
    (folder / "results.jsonl").write_text("\n".join(lines) + "\n")
    identities = measure(replay_run(folder, truth), truth)["identities"]
    assert (identities["people"], identities["tracks"], identities["switches"]) == (4, 4, 0)
    assert identities["idf1"] == identities["hota"] == 1
