"""trt-pose train-state, from labelled clips to a rule that goes by them, as docs/states.md does it."""

import json
import re

import numpy as np
import pytest
from events.states.people_in_states import STATES, TOPOLOGY, clip

from trt_pose_ros.cli.main import main
from trt_pose_ros.events.states import StateModel
from trt_pose_ros.media.coco import results
from trt_pose_ros.poses import Poses

pytest.importorskip("sklearn", reason="training states needs scikit-learn")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """STATE/PERSON/clip.json of three people."""
    root, rng = tmp_path_factory.mktemp("clips"), np.random.default_rng(0)
    for state in STATES:
        for person in range(3):
            found = clip(state, person, rng)
            entries = []
            for i, (stamp, keypoints) in enumerate(zip(found.stamps, found.keypoints, strict=True)):
                poses = Poses(TOPOLOGY, keypoints[None], np.ones(1), np.array([5]))
                entries += results(poses, i, file_name="x.mp4", frame=i, time=float(stamp))
            file = root / state / f"person_{person}" / "clip.json"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps(entries))
    return root


def test_a_model_and_its_report(folder, tmp_path, capsys):
    output = tmp_path / "made" / "cabin.npz"
    given = ["--output", str(output), "--classifier", "svm", "--every", "0.4", "--folds", "3", "--licence", "CC0"]
    assert main(["train-state", str(folder), *given]) == 0
    said = capsys.readouterr().out
    for told in ("people held out", "clips held out", "accuracy", "calibration error", "precision", "3 people"):
        assert told in said
    model = StateModel.load(output)
    assert (model.name, model.licence, model.topology) == ("cabin", "CC0", "coco_17")
    assert model.classes == STATES
    assert model.features.window == 1.0
    assert not list(output.parent.glob(".*"))


def test_a_table_of_intervals(folder, tmp_path, capsys):
    lines = ["file,label,from,to,person"]
    for state in STATES[:2]:
        for person in range(3):
            lines.append(f"{folder / state / f'person_{person}' / 'clip.json'},{state},0.5,2.9,{person}")
    (tmp_path / "table.csv").write_text("\n".join(lines))
    output = tmp_path / "two.npz"
    given = ["--output", str(output), "--classifier", "svm", "--window", "0", "--every", "0.3", "--no-mirror"]
    assert main(["train-state", str(tmp_path / "table.csv"), *given]) == 0
    model = StateModel.load(output)
    assert model.classes == STATES[:2]
    assert model.features.window == 0
    assert model.about["people"] == 3


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["nowhere", "--output", "x.npz"], "nowhere: No such file"),
        (["{folder}", "--output", "x.pkl"], "must end in .npz"),
        (["{folder}", "--output", "x.npz", "--window", "-1"], "window is -1.0, must be a number at least 0"),
        (["{folder}", "--output", "x.npz", "--window", "9"], "shorter than the window of 9 s"),
        (["{folder}/sitting", "--output", "x.npz"], "two clips or more"),
    ],
)
def test_what_is_wrong_is_one_sentence(folder, tmp_path, monkeypatch, capsys, given, told):
    monkeypatch.chdir(tmp_path)
    assert main(["train-state", *(g.format(folder=folder) for g in given)]) == 2
    error = capsys.readouterr().err
    assert re.search(told, error)
    assert not list(tmp_path.iterdir())
