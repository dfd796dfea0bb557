"""Differences of replays and how sure they are."""

import copy
import json

import numpy as np
import pytest
import walkers

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from trt_pose_ros.evaluation.comparison.compare import compare, rows
from trt_pose_ros.evaluation.comparison.thresholds import parse_threshold
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.measure import measure
from trt_pose_ros.evaluation.sources import replay_run

TRUTH = walkers.truth(60)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A replay, one with more noise and switches that is slower, and one that differs by chance only."""
    folder = tmp_path_factory.mktemp("reports")
    truth = GroundTruth(walkers.write_truth(folder / "truth.json", TRUTH, index=lambda i: i), None)
    runs = {
        "first": (walkers.found(TRUTH), 1.0),
        "worse": (walkers.found(TRUTH, noise=9, switch=0.2, missed=0.3), 1.5),
        "chance": (walkers.found(TRUTH, seed=5), 1.0),
    }
    return [
        measure(replay_run(walkers.write_replay(folder / name, found, slower), truth), truth)
        for name, (found, slower) in runs.items()
    ]


def limits(*texts):
    return [parse_threshold(text) for text in texts]


def test_figures_are_those_of_the_reports(reports):
    (differences,) = compare(reports[:2], resamples=20)["differences"]
    for side, report in zip("ab", reports[:2], strict=True):
        known = report["accuracy"] | report["accuracy"]["pck"] | report["identities"] | report["throughput"]
        known = {name.lower(): value for name, value in known.items()}
        known |= {name: report["latency"]["total"][name] for name in ("p50", "p90", "p95", "p99", "mean")}
        known |= {"network.p95": report["latency"]["network"]["p95"]}
        compared = {name: figure[side] for name, figure in differences.items() if name in known}
        assert {"ap", "ap50", "ar", "pck@0.2", "mota", "idf1", "hota", "switches", "p95", "fps", "drops"} <= set(
            compared
        )
        for name, value in compared.items():
            assert value == pytest.approx(known[name], rel=1e-12), name
        assert differences["ap"][side] == report["accuracy"]["ap"]


def test_what_is_worse_is_sure_to_be_and_chance_is_not(reports):
    worse, chance = compare(reports, resamples=300)["differences"]
    for figure in ("ap", "recall", "idf1", "hota"):
        assert worse[figure]["high"] < 0, figure
    for figure in ("joint_error", "p50", "p95", "switches"):
        assert worse[figure]["low"] > 0, figure
    assert worse["p50"]["relative"] == pytest.approx(0.5, abs=0.05)
    assert chance["ap"]["low"] < 0 < chance["ap"]["high"]
    assert chance["p95"]["difference"] == chance["p95"]["low"] == 0
    assert worse["fps"]["low"] is None


def test_the_same_seed_gives_the_same_and_another_one_does_not(reports):
    first, again, other = (compare(reports[:2], resamples=50, seed=seed) for seed in (1, 1, 2))
    assert json.dumps(first) == json.dumps(again)
    assert first["differences"][0]["ap"]["low"] != other["differences"][0]["ap"]["low"]


def test_intervals_cover_the_truth_as_often_as_they_say():
    """Of pictures from two known distributions of times, as many intervals as said hold the true difference."""
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(100):
        times = rng.gamma(9, 2, 60)
        both = (times, times + rng.normal(1, 3, 60))
        made = [
            {"name": n, "frames": [{"file": f"{i}.png", "ms": {"network": t}} for i, t in enumerate(ms)], "latency": {}}
            for n, ms in zip("ab", both, strict=True)
        ]
        mean = compare(made, resamples=100, confidence=0.9)["differences"][0]["mean"]
        covered += mean["low"] <= 1 <= mean["high"]
    assert 80 <= covered <= 97


def test_limits_hold_or_fail_for_each_report(reports):
    texts = ("ap<-0.01", "p95>+10%", "p95 > 60%", "switches>0", "ap>0")
    verdict = compare(reports, limits(*texts), resamples=50)["verdict"]
    held = {(rule["text"], rule["name"], i % 2): rule["held"] for i, rule in enumerate(verdict)}
    assert [rule["held"] for rule in verdict[0::2]] == [False, False, True, False, True]
    assert len(held) == 10
    assert verdict[2]["value"] == pytest.approx(0.5, abs=0.1)
    same = compare([reports[0], reports[0]], limits("ap<0", "ap>0", "p95>0%", "switches>0"), resamples=50)
    assert same["held"]
    assert not compare(reports[:2], limits("ap<0"), resamples=50)["held"]


def test_significant_asks_for_the_whole_interval(reports):
    chance = [reports[0], reports[2]]
    difference = compare(chance, resamples=50)["differences"][0]["ap"]["difference"]
    limit = limits(f"ap{'<' if difference < 0 else '>'}0")
    assert not compare(chance, limit, resamples=200)["held"]
    assert compare(chance, limit, resamples=200, significant=True)["held"]
    assert not compare(reports[:2], limits("ap<0"), resamples=200, significant=True)["held"]


def test_a_share_of_nothing_is_infinite_and_fails(reports):
    calm = copy.deepcopy(reports[0])
    for frame in calm["frames"]:
        frame["identities"][3] = 0  # switches
    (rule,) = compare([calm, reports[1]], limits("switches>10%"), resamples=50)["verdict"]
    assert (rule["held"], rule["value"]) == (False, None)
    assert compare([calm, calm], limits("switches>10%"), resamples=50)["held"]


def test_a_figure_that_one_has_lost_keeps_no_limit(reports):
    silent = copy.deepcopy(reports[0])
    for frame in silent["frames"]:
        frame |= {"found": 0, "false": 0, "oks": 0}
    (rule,) = compare([reports[0], silent], limits("precision<-0.5"), resamples=50)["verdict"]
    assert (rule["held"], rule["value"]) == (False, None)


def test_only_common_images_count_and_it_is_said(reports):
    half = copy.deepcopy(reports[1])
    half["frames"] = half["frames"][::2]
    comparison = compare([reports[0], half], resamples=20)
    assert comparison["images"] == 30
    assert comparison["notes"][0] == "30 of 60 images are in all reports; the others are left out"
    a = comparison["differences"][0]["recall"]["a"]
    found = [frame["found"] / frame["truths"] for frame in reports[0]["frames"][::2]]
    assert a == pytest.approx(np.mean(found))  # all images have three people


def test_pictures_in_a_bag_are_the_same_as_in_files(reports):
    files = copy.deepcopy(reports[0])
    for frame in files["frames"]:
        frame["file"] = f"{frame['index']}.png"
        for key in ("bag", "topic", "camera", "index", "stamp"):
            del frame[key]
    comparison = compare([reports[0], files], resamples=20)
    assert comparison["images"] == 60
    assert comparison["differences"][0]["ap"]["difference"] == 0


def test_streams_are_drawn_in_segments_and_pictures_one_by_one(reports):
    assert compare(reports[:2], resamples=1, segment=5)["units"] == 12
    assert compare(reports[:2], resamples=1)["units"] == 10  # at least ten
    short = copy.deepcopy(reports[0])
    short["frames"] = short["frames"][:9]
    comparison = compare([short, short], resamples=10)
    assert comparison["differences"][0]["ap"]["low"] is None
    assert comparison["notes"] == ["no intervals: 9 images or segments are too few, 10 are needed"]


def test_what_cannot_be_compared_is_refused(reports):
    elsewhere = copy.deepcopy(reports[1])
    for frame in elsewhere["frames"]:
        frame["bag"] = "other"
        frame["image"] += 1000
    with pytest.raises(ValueError, match="first, worse have no image in common"):
        compare([reports[0], elsewhere])
    otherwise = copy.deepcopy(reports[1])
    otherwise["frames"][7]["truths"] = 9
    with pytest.raises(ValueError, match=r"different truths: drive /camera/image image 7 has \[3, 9\] people"):
        compare([reports[0], otherwise])
    with pytest.raises(ValueError, match="have no figure 'mpjpe', only drops, ap"):
        compare(reports[:2], limits("mpjpe>3"), resamples=1)


def test_rows_show_medians_and_high_percentiles_of_stages(reports):
    heading, *body = rows(compare(reports[:2], resamples=50, names=["x", "y"]), 0)
    assert heading[:3] == ["figure", "x", "y"]
    names = [row[0] for row in body]
    assert {"p95", "network.p50", "network.p95"} <= set(names)
    assert not {"network.p99", "total.p50"} & set(names)
    assert dict(zip(names, (row[5] for row in body), strict=True))["ap"] == "worse"
