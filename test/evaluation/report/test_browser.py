"""The pages in a real browser, as their readers have them: on a phone, a desk and paper, by day and by night."""

import re
from pathlib import Path

import browser
import numpy as np
import pytest
from example_report import example_comparison, example_report
from page_faults import FAINT, OUTSIDE, SMALL

from trt_pose_ros import Poses, Topology
from trt_pose_ros.evaluation.report import Picture, render, render_comparison, worst

pytestmark = pytest.mark.skipif(browser.PROGRAM is None, reason=browser.MISSING)

SCREENS = [(360, False), (360, True), (1280, False), (1280, True)]  # width in pixels, dark
LONG = "a/long/path/without/any/blank/" + "x" * 200
# what a card on paper, where nothing can be scrolled, has no room for
CUT = """
[...document.querySelectorAll('.card *')].filter(e =>
    e.getBoundingClientRect().right > e.closest('.card').getBoundingClientRect().right + 1
).map(e => e.outerHTML.slice(0, 100))
"""
# texts of a plot that stand upon each other
OVERLAPPING = """
[...document.querySelectorAll('.plot svg[role=img]')].flatMap(svg => {
    const boxes = [...svg.querySelectorAll('text:not(.halo)')].map(t => [t.textContent, t.getBoundingClientRect()]);
    return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([b, q]) =>
        p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 4 && q.top < p.bottom - 4
    ).map(([b]) => a + ' | ' + b));
})
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser.browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """{name: file} of the page of a report and of a comparison, with names that are hard to lay out."""
    folder = tmp_path_factory.mktemp("pages")
    report = example_report() | {"notes": [LONG]}
    report["source"] |= {"path": LONG}
    image = np.random.default_rng(0).integers(0, 256, (540, 960, 3), np.uint8)
    empty = Poses.empty(Topology("t", ("a",), ()))
    pictures = {i: Picture.of(image, empty) for i in worst(report)}
    comparison = example_comparison() | {"names": ["A" * 60, LONG]}
    texts = {
        "report": render(report, pictures),
        "comparison": render_comparison(comparison, [report, example_report(300, seed=1)]),
        "nothing": render({"name": LONG}),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize("name", ["report", "comparison", "nothing"])
def test_it_opens_without_a_complaint_and_asks_for_nothing(tab, pages, name):
    tab.look(1280)
    tab.open(pages[name].as_uri())
    assert tab.complaints() == []
    assert tab.requests() == [pages[name].as_uri()]
    assert tab.run("document.querySelectorAll('img').length == [...document.images].filter(i => i.naturalWidth).length")


@pytest.mark.parametrize("name", ["report", "comparison", "nothing"])
@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_it_can_be_read_on_every_screen(tab, pages, name, width, dark):
    tab.look(width, dark=dark)
    tab.open(pages[name].as_uri())
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")
    for fault in (OUTSIDE, SMALL, OVERLAPPING, FAINT):
        assert tab.run(fault) == []


def test_dark_mode_is_dark(tab, pages):
    tab.open(pages["report"].as_uri())
    ground = {}
    for dark in (False, True):
        tab.look(1280, dark=dark)
        ground[dark] = tab.run("getComputedStyle(document.body).backgroundColor")
    light, dark = (max(map(int, re.findall(r"\d+", ground[dark]))) for dark in (False, True))
    assert light > 200
    assert dark < 60


def test_the_verdict_and_the_figures_are_on_the_first_screen(tab, pages):
    for name, last in (("report", ".tiles li:nth-child(4)"), ("comparison", ".verdict")):
        tab.look(360, height=780)
        tab.open(pages[name].as_uri())
        assert tab.run(f"document.querySelector('{last}').getBoundingClientRect().top < innerHeight")


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_nothing_is_cut_off_on_paper(tab, pages, name):
    tab.look(718, dark=True, paper=True)  # A4 with margins of a centimetre
    tab.open(pages[name].as_uri())
    assert tab.run(CUT) == []
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_it_prints(tab, pages):
    tab.look(1280, dark=True)
    tab.open(pages["report"].as_uri())
    pdf = tab.pdf()
    assert pdf.startswith(b"%PDF")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 12


def test_a_screenshot_shows_the_curves(tab, pages, tmp_path):
    import cv2

    tab.look(1280)
    tab.open(pages["comparison"].as_uri())
    file = Path(tmp_path / "shot.png")
    file.write_bytes(tab.screenshot())
    image = cv2.imread(str(file)).astype(int)
    for blue, green, red in ((235, 99, 37), (12, 87, 194)):  # --c0 and --c1
        assert (np.abs(image - (blue, green, red)).max(axis=2) < 12).sum() > 100
