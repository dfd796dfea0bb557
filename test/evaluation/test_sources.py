"""Runs on disk: a replay, COCO results and a bag of the same people give the same figures."""

import json

import numpy as np
import pytest
import walkers

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.measure import measure
from trt_pose_ros.evaluation.sources import kind_of, replay_run, results_run
from trt_pose_ros.media.coco import results

TRUTH = walkers.truth()
FOUND = walkers.found(TRUTH)


@pytest.fixture
def truth(tmp_path):
    return GroundTruth(walkers.write_truth(tmp_path / "truth.json", TRUTH, index=lambda i: i), None)


@pytest.fixture
def replayed(tmp_path):
    return walkers.write_replay(tmp_path / "run", FOUND)


def coco_results(file, frames, **fields):
    entries = [
        entry | {name: value(i) for name, value in fields.items()}
        for i, poses in enumerate(frames)
        for entry in results(poses, i + 1)
    ]
    file.write_text(json.dumps(entries))
    return file


def test_a_replay_is_measured_in_full(truth, replayed):
    report = measure(replay_run(replayed, truth), truth)
    assert report["source"]["labelled"] == len(TRUTH)
    assert 0.3 < report["accuracy"]["ap"] < 0.95
    assert 0.7 < report["accuracy"]["recall"] < 0.95 < report["accuracy"]["precision"] < 1
    assert report["identities"]["people"] == 3 < report["identities"]["tracks"]
    assert report["identities"]["switches"] > 0 < report["identities"]["hota"] < report["identities"]["deta"]
    assert list(report["latency"]) == ["read", "preprocess", "network", "decode", "track", "total"]
    assert 26 * 0.9 < report["latency"]["total"]["p50"] < 27 * 1.2
    speed = {"fps": 31.5, "seconds": 2, "cpu": 1.5, "memory": 210.5}
    assert report["throughput"] == {"images": 40, "drops": 0, "drop_share": 0, **speed}
    assert report["model"]["name"] == "walker"
    assert report["machine"] == {"backend": "openvino"}


def test_coco_results_of_file_names_frames_or_ids_have_the_same_figures(truth, replayed, tmp_path):
    expected = measure(replay_run(replayed, truth), truth)
    file = tmp_path / "results.json"
    for fields in (
        {},
        {"image_id": lambda i: i + 77, "file_name": lambda i: f"other/clip/{i:06d}.png"},  # counted from elsewhere
        {"image_id": lambda i: i, "frame": lambda i: i, "file_name": lambda i: "clip.mp4"},
    ):
        report = measure(results_run(coco_results(file, FOUND, **fields), truth), truth)
        for part in ("accuracy", "identities"):
            assert report[part] == expected[part], fields


def test_people_of_perfect_tracks_have_perfect_figures(truth, tmp_path):
    file = coco_results(tmp_path / "results.json", TRUTH)
    report = measure(results_run(file, truth), truth)
    assert report["accuracy"]["ap"] == report["accuracy"]["pck"]["PCK@0.1"] == report["identities"]["hota"] == 1
    assert report["accuracy"]["joint_error"] < 1e-3
    assert all(frame["worst"] < 1e-6 for frame in report["frames"])
    assert report["latency"] is None


def test_without_truth_speed_and_numbers_remain(replayed):
    report = measure(replay_run(replayed, None))
    assert report["accuracy"] is report["identities"] is None
    assert report["latency"]["network"]["count"] == len(FOUND)
    assert sum(frame["people"] for frame in report["frames"]) == sum(map(len, FOUND))


def test_images_that_are_not_labelled_count_for_speed_only(replayed, tmp_path):
    labelled = TRUTH[:10]
    truth = GroundTruth(walkers.write_truth(tmp_path / "part.json", labelled, index=lambda i: i), None)
    report = measure(replay_run(replayed, truth), truth)
    assert report["source"]["labelled"] == 10
    assert report["latency"]["total"]["count"] == len(FOUND)
    assert sum("truths" in frame for frame in report["frames"]) == 10


def test_dropped_images_are_counted_and_hold_nobody_against_the_model(replayed, truth, tmp_path):
    whole = measure(replay_run(replayed, truth), truth)
    lines = (replayed / "results.jsonl").read_bytes().splitlines(keepends=True)
    (replayed / "results.jsonl").write_bytes(b"".join(lines[:-1]))
    times = [json.loads(line) for line in (replayed / "timings.jsonl").read_text().splitlines()]
    del times[-1]["ms"]
    times[-1]["dropped"] = True
    for entry in times[:-1]:
        entry["latency"] = 50.0
    (replayed / "timings.jsonl").write_text("".join(json.dumps(t) + "\n" for t in times))
    report = measure(replay_run(replayed, truth), truth)
    assert report["throughput"]["drops"] == 1
    assert report["source"]["not_found"] == 1
    assert report["frames"][-1]["dropped"]
    assert "truths" not in report["frames"][-1]
    assert report["latency"]["latency"]["p50"] == 50
    assert report["latency"]["total"]["p50"] == pytest.approx(whole["latency"]["total"]["p50"], rel=0.05)


def test_what_a_replay_could_not_read_is_said(truth, tmp_path):
    folder = walkers.write_replay(tmp_path / "bad", FOUND, unreadable={"cut short": 2}, lost=3, resumed=0.5)
    report = measure(replay_run(folder, truth), truth)
    assert report["notes"] == [
        "2 images of the bags could not be read: cut short",
        "3 images of the bags are lost in damaged files",
    ]
    assert report["throughput"]["cpu"] is None  # its seconds are those of the rest only


def test_only_the_topics_that_are_asked_for(tmp_path, truth):
    folder = walkers.write_replay(tmp_path / "two", FOUND, topics=("/left", "/right"))
    with pytest.raises(ValueError, match="image 1 of the truth may be drive /left image 0 or drive /right image 0"):
        replay_run(folder, truth)
    assert len(replay_run(folder, truth, ["/left"]).frames) == len(FOUND)
    with pytest.raises(ValueError, match="has no images of /nowhere"):
        replay_run(folder, truth, ["/nowhere"])


def test_hands_are_not_people(replayed, truth, tmp_path):
    from dataclasses import replace

    hands = [replace(poses, kinds=np.where(np.arange(len(poses)) == 0, 1, 0)) for poses in FOUND]
    folder = walkers.write_replay(tmp_path / "hands", hands)
    people = sum(len(frame.people) for frame in replay_run(folder, truth).frames)
    assert people == sum(len(poses) - 1 for poses in FOUND if len(poses))


def test_why_there_are_no_identities_is_said(truth, replayed, tmp_path):
    nameless = [poses[:] for poses in FOUND]
    nameless = [type(p)(p.topology, p.keypoints, p.scores) for p in nameless]
    folder = walkers.write_replay(tmp_path / "nameless", nameless)
    report = measure(replay_run(folder, truth), truth)
    assert report["identities"] is None
    assert report["notes"] == ["no identities: nobody was reported with a track_id"]
    data = json.loads((tmp_path / "truth.json").read_text())
    del data["annotations"][5]["track_id"]
    (tmp_path / "truth.json").write_text(json.dumps(data))
    again = GroundTruth(tmp_path / "truth.json", None)
    (note,) = measure(replay_run(replayed, again), again)["notes"]
    assert note.startswith(
        "no identities: the truth has people without track_id, such as in drive /camera/image image "
    )


def test_what_does_not_fit_is_refused(truth, replayed, tmp_path):
    other = [type(p)(p.topology, p.keypoints, p.scores) for p in TRUTH]
    data = json.loads((tmp_path / "truth.json").read_text())
    data["images"][3]["width"] = 320
    (tmp_path / "small.json").write_text(json.dumps(data))
    with pytest.raises(
        ValueError, match="drive /camera/image image 3 has 640x480 pixels, as image 4 of the truth 320x480"
    ):
        replay_run(replayed, GroundTruth(tmp_path / "small.json", None))
    file = coco_results(tmp_path / "lost.json", other, file_name=lambda i: f"clip/{i:06d}.jpg")
    with pytest.raises(ValueError, match=r"results of 40 files that are not in the truth, such as clip/000000\.jpg"):
        results_run(file, truth)
    file = coco_results(tmp_path / "ids.json", other, image_id=lambda i: i)
    with pytest.raises(ValueError, match="has a result of image 0, which is not in the truth"):
        results_run(file, truth)
    (replayed / "timings.jsonl").write_text('{"bag": "drive"}\n')
    with pytest.raises(ValueError, match=r"timings\.jsonl, line 1: not an image's times"):
        replay_run(replayed, truth)


def test_kinds_are_told_by_what_is_there(tmp_path, replayed):
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "0.mcap.zstd").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "report.json").write_text('{"format": "x"}')
    (tmp_path / "other.json").write_text('{"a": 1}')
    assert kind_of(replayed) == kind_of(replayed / "results.jsonl") == "replay"
    assert kind_of(tmp_path / "bag") == kind_of("x.db3") == "bag"
    assert (kind_of(tmp_path / "list.json"), kind_of(tmp_path / "report.json")) == ("results", "report")
    assert kind_of("model.onnx") == kind_of("model.xml") == "model"
    with pytest.raises(ValueError, match=r"holds neither results\.jsonl"):
        kind_of(tmp_path / "empty")
    with pytest.raises(ValueError, match="holds neither COCO results"):
        kind_of(tmp_path / "other.json")
