import re
import time

import pytest

from trt_pose_ros.cli import progress as module
from trt_pose_ros.cli.progress import progress


@pytest.mark.parametrize(
    ("total", "line"),
    [(5, r"\d of 5 images, [\d.]+ a second, \d:\d\d:\d\d left"), (None, r"\d images, [\d.]+ a second")],
)
def test_lines_where_no_terminal_is(monkeypatch, capsys, total, line):
    monkeypatch.setattr(module, "_INTERVAL", 0.02)
    passed = []
    for item in progress(range(5), total, "images"):
        time.sleep(0.015)
        passed.append(item)
    assert passed == [0, 1, 2, 3, 4]
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 4
    assert all(re.fullmatch(line, told) for told in lines)


def test_the_bar_counts_to_the_total(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert list(progress(range(3), 3, "frames")) == [0, 1, 2]
    assert "3/3" in capsys.readouterr().err


def test_short_work_is_silent(capsys):
    assert list(progress("abc", 3, "images")) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""
