"""trt-pose evaluate and compare as they are typed, on what is on disk."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import walkers

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")
pytest.importorskip("fastjsonschema", reason="fastjsonschema, of the extra [evaluate], is not installed")

from trt_pose_ros.cli.main import main
from trt_pose_ros.evaluation.report_file import read_report
from trt_pose_ros.media.coco import results

TRUTH = walkers.truth(30)


@pytest.fixture
def runs(tmp_path):
    """Two replays and the truth: (first, second, annotations) as text."""
    annotations = walkers.write_truth(tmp_path / "truth.json", TRUTH, index=lambda i: i)
    first = walkers.write_replay(tmp_path / "first", walkers.found(TRUTH))
    second = walkers.write_replay(tmp_path / "second", walkers.found(TRUTH, noise=9), slower=1.3)
    return str(first), str(second), str(annotations)


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_replays_are_measured_and_written_as_reports(runs, tmp_path, capsys):
    first, second, annotations = runs
    files = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    assert main(["evaluate", first, second, "--annotations", annotations, "--json", *files]) == 0
    heading, _, *rows = capsys.readouterr().out.splitlines()
    names = cells(heading)
    assert {"AP", "IDF1", "HOTA", "switches", "images/s", "ms total"} <= set(names)
    reports = [read_report(file) for file in files]
    for row, report in zip(rows, reports, strict=True):
        shown = dict(zip(names, cells(row), strict=True))
        assert shown["name"] == report["name"]
        assert shown["AP"] == f"{report['accuracy']['ap']:.3f}"
        assert shown["ms total"] == f"{report['latency']['total']['p50']:.2f}"
    assert reports[0]["source"]["truth"] == annotations


def test_without_truth_there_are_times_only(runs, capsys):
    assert main(["evaluate", runs[0]]) == 0
    heading = cells(capsys.readouterr().out.splitlines()[0])
    assert "AP" not in heading
    assert "ms network" in heading


def test_folders_and_reports_compare_alike_and_limits_decide_the_exit_code(runs, tmp_path, capsys):
    first, second, annotations = runs
    files = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    main(["evaluate", first, second, "--annotations", annotations, "--json", *files])
    capsys.readouterr()
    common = ["--resamples", "50", "--json", str(tmp_path / "c.json")]
    assert main(["compare", *files, *common, "--fail-if", "ap<-0.9", "p95>+90%"]) == 0
    told = capsys.readouterr().out
    assert "held: ap<-0.9: " in told
    comparison = json.loads((tmp_path / "c.json").read_text())
    assert main(["compare", first, second, "--annotations", annotations, *common, "--fail-if", "ap<0", "p95>+90%"]) == 1
    told = capsys.readouterr().out
    assert "FAILED: ap<0: " in told
    assert "held: p95>+90%: " in told
    again = json.loads((tmp_path / "c.json").read_text())
    assert (again["differences"], again["images"]) == (comparison["differences"], 30)
    assert again["names"] == ["first", "second"]
    assert main(["compare", *files, *common]) == 0
    assert json.loads((tmp_path / "c.json").read_text())["names"] == ["a", "b"]
    (tmp_path / "of_a").mkdir()
    same_name = str(Path(files[1]).rename(tmp_path / "of_a" / "a.json"))
    assert main(["compare", files[0], same_name, *common]) == 0
    assert json.loads((tmp_path / "c.json").read_text())["names"] == [files[0], same_name]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "FIRST"], "one report, FIRST, is nothing to compare"),
        (["compare", "FIRST", "SECOND", "--fail-if", "ap=3"], "'ap=3', character 3: '=' where < or > is expected"),
        (["compare", "FIRST", "SECOND", "--fail-if", "ap<3"], "the reports have no figure 'ap', only drops"),
        (["compare", "FIRST", "model.onnx"], "model.onnx is a model: make a report of it first"),
        (["compare", "FIRST", "TRUTH"], "TRUTH holds neither COCO results, which are a list, nor a report"),
        (["evaluate", "FIRST", "model.onnx", "--annotations", "TRUTH"], "models (model.onnx) take turns"),
        (["evaluate"], "give --annotations FILE and --images DIR"),
        (["evaluate", "FIRST", "--json", "a", "b"], "--json names 2 files for 1 reports"),
        (["evaluate", "FIRST", "--truth-topic", "/t"], "--truth-topic /t is of a bag, and FIRST is none"),
        (["evaluate", "FIRST", "--annotations", "nowhere.json"], "no annotation file nowhere.json"),
        (["evaluate", "FIRST", "--annotations", "BAG"], "name the topic of the true skeletons, --truth-topic"),
        (["evaluate", "nowhere.json"], "nowhere.json: No such file"),
        (["evaluate", "FIRST", "--topic", "/t"], "has no images of /t"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(runs, tmp_path, capsys, arguments, said):
    (tmp_path / "truth.db3").touch()
    named = dict(zip(("FIRST", "SECOND", "TRUTH", "BAG"), (*runs, str(tmp_path / "truth.db3")), strict=True))
    assert main([named.get(a, a) for a in arguments]) == 2
    told = capsys.readouterr().err
    for name, path in named.items():
        said = said.replace(name, path)
    assert said in told
    assert len(told.splitlines()) == 1


def test_notes_tell_what_was_not_measured(runs, tmp_path, capsys):
    nameless = [type(p)(p.topology, p.keypoints, p.scores) for p in TRUTH]
    folder = walkers.write_replay(tmp_path / "nameless", nameless)
    assert main(["evaluate", str(folder), "--annotations", runs[2]]) == 0
    assert capsys.readouterr().err == "note: nameless: no identities: nobody was reported with a track_id\n"


@pytest.fixture
def in_space(tmp_path):
    """COCO results as trt-pose run writes them, true ones and ones 80 mm too near, and the truth in space."""
    positions = [np.random.default_rng(i).normal((0, 0, 3), 0.4, (len(p), 17, 3)) for i, p in enumerate(TRUTH)]
    people = [replace(p, positions=at, scores=p.scores) for p, at in zip(TRUTH, positions, strict=True)]
    truth = json.loads(walkers.write_truth(tmp_path / "truth.json", TRUTH).read_text())
    for annotation, at in zip(truth["annotations"], np.concatenate(positions).tolist(), strict=True):
        annotation["positions"] = at
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    files = []
    for name, short, frame in (("true", 0.0, ""), ("near", 0.08, ""), ("map", 0.0, "map")):
        found = [
            entry
            for i, p in enumerate(people)
            for entry in results(
                replace(p, positions=p.positions - (0, 0, short), position_frame=frame),
                i + 1,
                file_name=f"clip/{i:06d}.png",
            )
        ]
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(found))
    return [*map(str, files), str(tmp_path / "truth.json")]


def test_places_in_space_are_measured_and_compared(in_space, tmp_path, capsys):
    true, near, _, truth = in_space
    reports = [str(tmp_path / "a.json"), str(tmp_path / "b.json")]
    assert main(["evaluate", true, near, "--annotations", truth, "--json", *reports]) == 0
    heading, _, *rows = capsys.readouterr().out.splitlines()
    assert [dict(zip(cells(heading), cells(row), strict=True))["MPJPE mm"] for row in rows] == ["0.0", "80.0"]
    space = read_report(reports[1])["space"]
    assert space["mpjpe"] == pytest.approx(80, abs=0.1)
    assert space["root_mpjpe"] == pytest.approx(0, abs=0.2)
    limits = ["--fail-if", "mpjpe>+50", "root_mpjpe>+50", "--resamples", "20"]
    assert main(["compare", *reports, *limits]) == 1
    told = capsys.readouterr().out
    assert "FAILED: mpjpe>+50: b +79.9" in told
    assert "held: root_mpjpe>+50" in told


def test_places_in_another_frame_are_told_not_measured(in_space, capsys):
    _, _, elsewhere, truth = in_space
    assert main(["evaluate", elsewhere, "--annotations", truth]) == 0
    printed = capsys.readouterr()
    assert "MPJPE" not in printed.out
    assert "90 people are in another frame than the truth's and were not compared" in printed.err
