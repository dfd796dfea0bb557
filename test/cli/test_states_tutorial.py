"""docs/states.md does what it says: its commands run one after another, with fewer people."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from documents import ROOT, blocks

from trt_pose_ros.events import load_rules
from trt_pose_ros.events.states import StateModel

PAGE = ROOT / "docs" / "states.md"
FEWER = {"--people 12": "--people 3", "--people 6": "--people 1", "--every 1": "--every 1.5 --folds 3"}


@pytest.mark.slow
def test_the_tutorial(tmp_path, monkeypatch):
    pytest.importorskip("sklearn", reason="training states needs scikit-learn")
    (tmp_path / "benchmarks").symlink_to(ROOT / "benchmarks")
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
    }
    said = ""
    for block in blocks(PAGE):
        code = block.code
        if block.file:
            (tmp_path / block.file).write_text(code)
        elif block.language == "sh" and not block.needs:
            for words, fewer in FEWER.items():
                code = code.replace(words, fewer)
            done = subprocess.run(["bash", "-euc", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
            said += done.stdout
    assert "people held out" in said
    assert "unknown; images of unsafe states told" in said
    monkeypatch.chdir(tmp_path)
    assert StateModel.load("sitting_unsafely.npz").classes[-1] == "upright"
    (rule,) = load_rules("unsafe.yaml")
    assert rule.name == "sitting_unsafely"
