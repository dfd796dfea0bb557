import copy
import re
from random import Random

import numpy as np
import pytest
from example_report import example_comparison, example_report
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reader import PageReader

from trt_pose_ros import Poses, Topology
from trt_pose_ros.evaluation.report import Picture, render, render_comparison, worst

MINUS = "\N{MINUS SIGN}"
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\x00\udcff</style></title>"


@pytest.fixture(scope="module")
def report():
    return example_report()


@pytest.fixture(scope="module")
def pictures(report):
    topology = Topology("t", ("a", "b"), ((0, 1),))
    image = np.full((90, 160, 3), 128, np.uint8)
    return {i: Picture.of(image, Poses.empty(topology)) for i in worst(report)}


@pytest.fixture(scope="module")
def page(report, pictures):
    return PageReader(render(report, pictures))


@pytest.mark.parametrize("said", [
    "light on drive_07", "runs/drive_07", "drive_07.json", "2026-11-28 09:12 UTC",
    "0.412", "0.331", "0.524", "0.871", "0.702", "0.610", "0.550",  # AP, its sizes, people, identities
    "7", "31.2\xa0images/s", "412\xa0MiB", "right knee", "6.20", "PCKh@0.5",
    "decode image", "camera/front",
])  # fmt: skip
def test_what_was_measured_is_told(page, said):
    assert said in page.text


@pytest.mark.parametrize("title", [
    "AP by OKS threshold", "Distance of joints from their truth", "People over time", "Identities over time",
    "Latency by stage [ms]", "Distribution of latency", "Latency over time", "The worst images",
])  # fmt: skip
def test_each_part_is_there(page, title):
    assert title in page.text


def test_the_summary_comes_first(page):
    assert page.text.index("0.412") < page.text.index("AP by OKS threshold") < page.text.index("The worst images")


def test_a_browser_is_asked_for_nothing_and_runs_nothing(page):
    assert not {"script", "link", "iframe", "object", "embed", "base", "form", "a"} & set(page.tags)
    loaded = [v for _, attributes in page.attributes for k, v in attributes.items() if k in ("src", "href", "srcset")]
    assert loaded
    assert all(value.startswith("data:image/jpeg;base64,") for value in loaded)
    assert not [k for _, attributes in page.attributes for k in attributes if k.startswith("on")]
    assert not re.search(r"url\(|@import", page.styles)
    policies = [a["content"] for name, a in page.attributes if a.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_what_is_seen_is_said_to_those_who_cannot_see_it(page):
    images = [a for name, a in page.attributes if name == "img"]
    assert len(images) == 12
    assert all(a["alt"] and a["width"] and a["height"] for a in images)
    drawings = [a for name, a in page.attributes if name == "svg" and "viewbox" not in a]
    assert len(drawings) == 5
    assert all(a["role"] == "img" and a["aria-label"] for a in drawings)
    assert all(a.get("scope") in ("row", "col") for name, a in page.attributes if name == "th")
    assert page.tags.count("caption") == page.tags.count("table") >= 4
    assert page.tags.count("h1") == 1
    assert ("html", {"lang": "en"}) in page.attributes


def hostile(value):
    """The same with markup in the place of every text but those that code looks at."""
    if isinstance(value, dict):
        known = isinstance(value.get("format"), str)
        return {k: v if known and k in ("format", "version") else hostile(v) for k, v in value.items()}
    if isinstance(value, list):
        return [hostile(v) for v in value]
    return HOSTILE if isinstance(value, str) else value


def test_names_of_files_and_bags_are_text_and_nothing_else(page, report, pictures):
    report = report | {"notes": ["a"]}
    kind = report["source"]["kind"]
    nasty = hostile(report)
    nasty["source"]["kind"] = kind
    nasty["accuracy"]["joint_errors"] = {HOSTILE + k: v for k, v in report["accuracy"]["joint_errors"].items()}
    nasty["accuracy"]["pck"] = {HOSTILE + k: v for k, v in report["accuracy"]["pck"].items()}
    for frame in nasty["frames"]:
        frame["ms"] = {HOSTILE + k: v for k, v in frame["ms"].items()}
    html = render(nasty, pictures)
    html.encode()
    assert PageReader(html).tags == PageReader(render(report, pictures)).tags
    assert "<script>alert(1)</script>" in PageReader(html).text


def test_names_in_a_comparison_are_text_and_nothing_else(report):
    plain = example_comparison()
    nasty = plain | {"names": [HOSTILE, HOSTILE + "b"]}
    rows = list(enumerate(plain["differences"][0].values()))
    nasty["differences"] = [{f"{HOSTILE}{i}": row for i, row in rows}]
    plain["differences"] = [{f"figure{i}": row for i, row in rows}]
    nasty["verdict"] = [rule | {"text": HOSTILE, "name": HOSTILE} for rule in plain["verdict"]]
    nasty_report = report | {"source": {"path": HOSTILE, "truth": HOSTILE}}
    html = render_comparison(nasty, [nasty_report] * 2)
    html.encode()
    assert PageReader(html).tags == PageReader(render_comparison(plain, [report] * 2)).tags


def without(value, random):
    """A copy in which some of what is there is missing or None."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if random.random() > 0.1}
        return {k: None if random.random() < 0.1 else without(v, random) for k, v in kept.items()}
    return (
        [without(v, random) for v in value]
        if isinstance(value, list) and value and isinstance(value[0], dict)
        else value
    )


@given(st.integers(1, 4), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_a_page_is_made_of_whatever_was_measured(images, seed):
    report = without(example_report(images), Random(seed))
    assert "<h1>" in render(report)
    comparison = example_comparison() | {"verdict": []}
    assert "<h1>" in render_comparison(comparison, [report, example_report(3)])


def test_nothing_measured_is_a_page_without_sections():
    page = PageReader(render({"name": "x", **dict.fromkeys(("accuracy", "identities", "space", "latency", "frames"))}))
    assert "section" not in page.tags
    assert "x" in page.text


def test_a_long_recording_makes_no_long_page(report):
    copies = 100
    frames = [copy.copy(frame) for _ in range(copies) for frame in report["frames"]]
    for i, frame in enumerate(frames):
        frame |= {"index": i, "stamp": i * 33_333_333, "track_ids": [i // 200, i // 300 + 10_000]}
    html = render(report | {"frames": frames})
    assert len(html) < 400_000
    assert "more are not drawn" in PageReader(html).text


def test_somebody_in_the_last_image_only_is_seen(report):
    frames = [frame | {"track_ids": [7] if i == 4 else []} for i, frame in enumerate(report["frames"][:5])]
    page = PageReader(render(report | {"frames": frames}))
    bars = [a for name, a in page.attributes if name == "rect" and a["height"] == "8"]
    assert len(bars) == 1
    assert float(bars[0]["width"].rstrip("%")) == pytest.approx(20, abs=1)


def test_images_that_were_dropped_make_no_gaps(report):
    dropped = {"dropped": True, "people": 0, "track_ids": []}
    frames = [f | ({"track_ids": [7]} if i % 2 else dropped) for i, f in enumerate(report["frames"][:100])]
    page = PageReader(render(report | {"frames": frames}))
    assert len([a for name, a in page.attributes if name == "rect" and a["height"] == "8"]) == 1
    frames[51] |= {"track_ids": []}
    page = PageReader(render(report | {"frames": frames}))
    assert len([a for name, a in page.attributes if name == "rect" and a["height"] == "8"]) == 2


def test_many_recordings_are_told_apart_and_counted(report):
    frames = [frame | {"bag": f"bag{i}"} for i in range(6) for frame in report["frames"][:100]]
    text = PageReader(render(report | {"frames": frames})).text
    assert "People over time: bag0 /camera/front/image" in text
    assert "2 more recordings are not drawn." in text


def test_time_that_jumps_back_is_shown_by_number(report):
    frames = [copy.copy(frame) for frame in report["frames"]]
    frames[300]["stamp"] = 0
    text = PageReader(render(report | {"frames": frames})).text
    assert "Time [s]" not in text
    assert "Image" in text


def test_live_latency_and_drops_are_shown(report):
    frames = [frame | ({"dropped": True, "ms": None} if i % 10 == 0 else {"latency": 50.0 + i % 7}) for i, frame in
              enumerate(report["frames"])]  # fmt: skip
    latency = report["latency"] | {"latency": report["latency"]["total"] | {"p95": 55.5}}
    page = PageReader(render(report | {"frames": frames, "latency": latency}))
    assert "Camera to skeletons [ms]" in page.text
    assert "55.5\xa0ms" in page.text
    assert "slowest image, camera to skeletons" in page.text
    assert any(a.get("aria-label") == "60 of 600 images were dropped" for _, a in page.attributes)


def test_latency_without_stages_has_its_course(report):
    frames = [{k: v for k, v in f.items() if k != "ms"} | {"latency": 50.0} for f in report["frames"][:100]]
    text = PageReader(render(report | {"frames": frames})).text
    assert "Latency over time" in text
    assert "slowest image" not in text  # each has its own point


def test_a_comparison_says_what_differs_and_how_surely(report):
    page = PageReader(render_comparison(example_comparison(), [report, example_report(50, seed=1)]))
    assert page.text.index("1 of 3 thresholds failed") < page.text.index("What differs")
    assert "switches>0 failed: light, 8 bits differs by +2" in page.text
    assert f"p95>+10% held: light, 8 bits differs by {MINUS}21.6\xa0%" in page.text
    rows = {row[0]: row for row in page.rows if row}
    ap = rows["AP, mean over OKS 0.50 to 0.95"]
    assert ap[1:] == ["0.412", "0.409", f"{MINUS}0.003", "", f"{MINUS}0.008 to +0.002", ""]
    assert rows["Recall of people, OKS 0.50"][4] == "worse"
    assert rows["Latency, all stages, p95 [ms]"][3:] == [f"{MINUS}8.70", "better", f"{MINUS}9.40 to {MINUS}8.10", ""]
    assert rows["Mean distance of joints from their truth [px]"][4:] == ["", "\N{EN DASH}", ""]
    assert rows["PCK@0.1"][3] == f"{MINUS}0.010"
    assert "Latency, network, p95 [ms]" in rows
    assert "Latency, network, p99 [ms]" not in rows


def test_a_comparison_where_all_holds(report):
    comparison = example_comparison()
    html = render_comparison(comparison | {"verdict": comparison["verdict"][:2]}, [report, report])
    assert "Every threshold held" in PageReader(html).text
