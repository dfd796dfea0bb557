"""What docs/training.md lists is what the code has: words of an experiment, networks."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from trt_pose_training import networks
from trt_pose_training.experiment import PARTS, Experiment
from trt_pose_training.experiment.settings import DatasetOptions

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "training.md"


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def rows(titles):
    """The rows of the table in docs/training.md that has these titles."""
    lines = iter(PAGE.read_text().splitlines())
    assert any(line.startswith("|") and cells(line) == titles for line in lines), f"no table {titles}"
    next(lines)
    found = []
    while (line := next(lines, "")).startswith("|"):
        found.append(cells(line))
    return found


def default(field):
    value = field.default_factory() if field.default is MISSING else field.default
    if value in ("", (), None) or value == {}:
        return ""
    if isinstance(value, dict):
        return "`{" + ", ".join(f"{k}: {v}" for k, v in value.items()) + "}`"
    return f"`{list(value) if isinstance(value, tuple) else value}`"


def words():
    """A row [word, default, what it is] for each word of an experiment, those of its parts behind a dot."""
    parts = {"train_dataset": DatasetOptions, **PARTS}
    del parts["test_dataset"]  # has the words of train_dataset
    described = []
    for field in fields(Experiment):
        effect = field.metadata["effect"]
        kind = parts.get(field.name)
        described.append([f"`{field.name}`", "" if kind else default(field), effect])
        for f in fields(kind) if kind else ():
            described.append([f"`{field.name}.{f.name}`", default(f), f.metadata["effect"]])
    return described


def test_every_word_of_an_experiment_is_listed_with_its_default():
    lines = [f"| {' | '.join(row)} |" for row in words()]
    assert rows(["word", "default", "what it is"]) == words(), "the table should be\n" + "\n".join(lines)


def test_every_network_is_listed():
    listed = set()
    for row in rows(["network", "`_baseline`", "`_baseline_att`"]):
        name = row[0].strip("`")
        names = (f"{name}_baseline", f"{name}_baseline_att") if row[2] else (name,)
        listed |= set(names)
    assert listed == set(networks.NAMES)


def test_the_tutorials_experiment_is_the_file():
    assert (ROOT / "training" / "experiments" / "fine_tune.yaml").read_text() in (
        ROOT / "docs" / "fine_tuning.md"
    ).read_text()
