"""trt-pose evaluate --html and compare --html as they are typed."""

import cv2
import making
import numpy as np
import pytest
import walkers
from page_reader import PageReader

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from trt_pose_ros.cli.main import main

TRUTH = walkers.truth(30)


@pytest.fixture
def replay(tmp_path):
    """A replay with its truth, as text."""
    annotations = walkers.write_truth(tmp_path / "truth.json", TRUTH, index=lambda i: i)
    return str(walkers.write_replay(tmp_path / "drive", walkers.found(TRUTH, noise=20))), str(annotations)


def page(file):
    return PageReader(file.read_text(encoding="utf-8"))


def test_a_replay_gets_a_page(replay, tmp_path, capsys):
    file = tmp_path / "report.html"
    assert main(["evaluate", replay[0], "--annotations", replay[1], "--html", str(file)]) == 0
    read = page(file)
    for title in ("drive", "AP by OKS threshold", "Identities over time", "Latency by stage [ms]"):
        assert title in read.text
    assert "img" not in read.tags


def test_its_worst_images_are_shown_from_its_bag(replay, tmp_path, capsys):
    file = tmp_path / "report.html"
    (tmp_path / "bags").mkdir()
    bag = making.write(tmp_path / "bags" / "drive", making.images(len(TRUTH), ["/camera/image"]))
    arguments = ["--annotations", replay[1], "--html", str(file), "--bags", str(bag)]
    assert main(["evaluate", replay[0], *arguments]) == 0
    images = [attributes for name, attributes in page(file).attributes if name == "img"]
    assert 1 <= len(images) <= 12
    assert "note" not in capsys.readouterr().err


def test_a_report_on_disk_gets_a_page(replay, tmp_path, capsys):
    report, file = tmp_path / "report.json", tmp_path / "report.html"
    main(["evaluate", replay[0], "--annotations", replay[1], "--json", str(report)])
    assert main(["evaluate", str(report), "--html", str(file)]) == 0
    assert "AP by OKS threshold" in page(file).text


def test_a_comparison_gets_a_page(replay, tmp_path, capsys):
    file = tmp_path / "comparison.html"
    other = str(walkers.write_replay(tmp_path / "other", walkers.found(TRUTH, noise=3)))
    arguments = ["--annotations", replay[1], "--resamples", "50", "--fail-if", "ap<-0.9", "--html", str(file)]
    assert main(["compare", replay[0], other, *arguments]) == 0
    read = page(file)
    assert "Every threshold held" in read.text
    assert "AP, mean over OKS 0.50 to 0.95" in {row[0] for row in read.rows if row}


def test_pictures_that_cannot_be_had_are_told_and_the_page_is_made(replay, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "0.png"), np.zeros((9, 9, 3), np.uint8))
    file = tmp_path / "report.html"
    arguments = ["--annotations", replay[1], "--images", str(tmp_path), "--html", str(file)]
    assert main(["evaluate", replay[0], *arguments]) == 0
    assert "note: no picture of " in capsys.readouterr().err
    assert "AP by OKS threshold" in page(file).text


@pytest.mark.parametrize(("files", "said"), [
    (["a.html", "b.html"], "--html names 2 files for 1 reports"),
    (["no/such/folder/a.html"], "No such file"),
])  # fmt: skip
def test_what_is_wrong_is_said_in_a_line(replay, tmp_path, capsys, monkeypatch, files, said):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", replay[0], "--annotations", replay[1], "--html", *files]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert said in error
