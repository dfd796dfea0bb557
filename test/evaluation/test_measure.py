"""Reports as files: all fields described, no NaN, and what is none is refused."""

import json
from collections import Counter

import numpy as np
import pytest
import walkers
from mutations import CASES, mutated_value

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")
pytest.importorskip("fastjsonschema", reason="fastjsonschema, of the extra [evaluate], is not installed")

import fastjsonschema

from trt_pose_ros.evaluation.comparison.compare import compare
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.measure import measure
from trt_pose_ros.evaluation.report import render, render_comparison
from trt_pose_ros.evaluation.report_file import SCHEMA, read_report, write_report
from trt_pose_ros.evaluation.runs import Run, RunFrame
from trt_pose_ros.evaluation.sources import replay_run
from trt_pose_ros.evaluation.table import table

TRUTH = walkers.truth(20)


@pytest.fixture
def truth(tmp_path):
    return GroundTruth(walkers.write_truth(tmp_path / "truth.json", TRUTH, index=lambda i: i), None)


@pytest.fixture
def report(truth, tmp_path):
    return measure(replay_run(walkers.write_replay(tmp_path / "run", walkers.found(TRUTH)), truth), truth)


def test_a_report_is_read_as_it_was_written(report, tmp_path):
    write_report(report, tmp_path / "report.json")
    assert read_report(tmp_path / "report.json") == report
    lines = (tmp_path / "report.json").read_text().splitlines()
    assert sum(line.startswith('  {"bag":') for line in lines) == len(TRUTH)  # a line a frame


def test_reports_keep_to_the_schema(report, truth):
    validate = fastjsonschema.compile(json.loads(SCHEMA.read_text()))
    unlabelled = measure(Run("x", "replay", "x", walkers.TOPOLOGY, [RunFrame({"file": "1.png"}, [])]))
    nobody = GroundTruth(truth_file_without_people(truth), None)
    picture = RunFrame({"file": "1.png"}, [], {"network": 1.0}, 1)
    empty = measure(Run("x", "model", "x", walkers.TOPOLOGY, [picture]), nobody)
    for some in (report, unlabelled, empty):
        validate(some)
    for part, name in (("accuracy", "ap"), ("identities", "hota"), ("throughput", "fps")):
        less = {key: value for key, value in report[part].items() if key != name}
        for broken in (less, report[part] | {"other": 1}):
            with pytest.raises(fastjsonschema.JsonSchemaException):
                validate(report | {part: broken})


def truth_file_without_people(truth):
    from trt_pose_ros.evaluation.annotations import AnnotationFile

    category = walkers.TOPOLOGY.to_category() | {"id": 1}
    images = [{"id": 1, "file_name": "1.png", "width": 640, "height": 480}]
    return AnnotationFile("none.json", data={"images": images, "annotations": [], "categories": [category]})


def test_what_is_not_defined_is_none(truth):
    run = Run("x", "model", "x", walkers.TOPOLOGY, [RunFrame({"file": "1.png"}, [], None, 1)])
    report = measure(run, GroundTruth(truth_file_without_people(truth), None))
    accuracy = report["accuracy"]
    assert accuracy["ap"] is accuracy["precision"] is accuracy["recall"] is accuracy["pck"]["PCK@0.1"] is None
    assert report["latency"] is None
    json.dumps(report, allow_nan=False)


def test_a_run_without_labelled_images_is_refused(truth):
    with pytest.raises(ValueError, match=r"none of the 1 images of x is in the truth t\.json"):
        measure(
            Run("x", "replay", "x", walkers.TOPOLOGY, [RunFrame({"file": "1.png"}, [])]), truth, truth_name="t.json"
        )


def test_people_with_low_scores_count_for_ap_only(truth, tmp_path):
    folder = walkers.write_replay(tmp_path / "run", walkers.found(TRUTH, noise=1, ghosts=1))  # ghosts have 0.3
    every, sure = (measure(replay_run(folder, truth), truth, score) for score in (0, 0.35))
    assert every["accuracy"]["ap"] == sure["accuracy"]["ap"]
    assert every["accuracy"]["precision"] < sure["accuracy"]["precision"] == 1
    assert every["identities"]["false"] > sure["identities"]["false"] == 0
    assert sum(f["people"] for f in every["frames"]) > sum(f["people"] for f in sure["frames"])


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a report of trt-pose evaluate"),
        ('{"format": "other"}', "its format is not 'trt_pose_ros.report'"),
        ('{"format": "trt_pose_ros.report", "version": 2}', "has version 2, only 1 is known"),
        (
            '{"format": "trt_pose_ros.report", "version": 1}',
            "is damaged, make it again with trt-pose evaluate --json: it must contain",
        ),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, content, match):
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(ValueError, match=match):
        read_report(tmp_path / "report.json")


def test_damaged_reports_are_refused_or_used_and_never_crash(report, tmp_path):
    file, rng, outcomes = tmp_path / "report.json", np.random.default_rng(0), Counter()
    report["frames"] = report["frames"][:12]
    frames = report["frames"]
    for _ in range(CASES):
        damaged = dict(report)
        if rng.random() < 0.7:
            i = rng.integers(len(frames))
            damaged["frames"] = [*frames[:i], mutated_value(rng, frames[i]), *frames[i + 1 :]]
        else:
            damaged |= mutated_value(rng, {key: value for key, value in report.items() if key != "frames"})
        file.write_text(json.dumps(damaged))
        try:
            read = read_report(file)
            table([report, read])
            render_comparison(compare([report, read], resamples=2), [report, read])
            render(read)
            outcomes["used"] += 1
        except ValueError:
            outcomes["refused"] += 1
    assert min(outcomes["used"], outcomes["refused"]) > CASES / 20, outcomes
