"""docs/states.md does what it says: its commands run one after another, with fewer people."""

import pytest
from documents import ROOT
from running import folder_of_reader, run

from trt_pose_ros.events import load_rules
from trt_pose_ros.events.states import StateModel


@pytest.mark.slow
def test_the_tutorial(tmp_path, monkeypatch):
    folder = folder_of_reader(tmp_path)
    said = run(ROOT / "docs" / "states.md", folder)
    assert "people held out" in said
    assert "unknown; images of unsafe states told" in said
    monkeypatch.chdir(folder)
    assert StateModel.load("sitting_unsafely.npz").classes[-1] == "upright"
    (rule,) = load_rules("unsafe.yaml")
    assert rule.name == "sitting_unsafely"
