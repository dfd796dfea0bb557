"""Whole training runs on stick figures, through the command line where processes matter."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

import stick_people  # noqa: E402
import yaml  # noqa: E402
from tiny_model import TOPOLOGY  # noqa: E402

from trt_pose_training.data import images, subset  # noqa: E402
from trt_pose_training.deploy.export import export, manifest_of  # noqa: E402
from trt_pose_training.experiment import Experiment, checkpoint  # noqa: E402
from trt_pose_training.loop import session  # noqa: E402
from trt_pose_training.loop.session import train  # noqa: E402
from trt_pose_training.loop.trainer import make_network  # noqa: E402

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("TRT_POSE_SHARED") or ROOT.parent / "shared")
PLAIN = {"flip": 0.0, "rotation": 0, "scale_min": 1, "scale_max": 1, "translation": 0, "crop_around_person": 0}


def words(folder, **changes):
    """The words of an experiment on a dozen images, 3 steps an epoch."""
    data = stick_people.write(folder / "data", count=12, people=2, width=128)
    return {
        "name": "sticks",
        "train_dataset": data,
        "image_shape": [64, 128],
        "model": {"name": "light", "kwargs": {"widths": [8, 16, 16, 16], "depths": [1, 1, 1, 1]}},
        "train_loader": {"batch_size": 4, "num_workers": 0},
        "optimizer": {"name": "SGD", "kwargs": {"lr": 0.02, "momentum": 0.9}},
        "epochs": 3,
        "warmup_steps": 2,
        "log_every": 1,
        "evaluate_every": 0,
        "checkpoints": {"minutes": 0},
    } | changes


def command(experiment, output, processes=0):
    """A running `python -m trt_pose_training.train`, by torchrun where there are several processes."""
    file = output.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(experiment))
    start = ["-m"]
    if processes:
        start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m"]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "training")]),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, *start, "trt_pose_training.train", file, "--output", output, "--device", "cpu"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return errors


def history(output):
    return checkpoint.load(output / "last.pth")["history"]


def test_a_run_learns_what_it_is_shown_and_leaves_its_best_state(tmp_path):
    experiment = words(
        tmp_path,
        augmentation=PLAIN | {"occlusion": 0},
        optimizer={"name": "AdamW", "kwargs": {"lr": 0.01}},
        epochs=20,
        warmup_steps=5,
        evaluate_every=10,
        ema_decay=0.0,
        checkpoints={"interval": 10},
    )
    experiment["test_dataset"] = experiment["train_dataset"]
    rows = train(Experiment.from_dict(experiment), tmp_path / "run")
    measured = [row for row in rows if "ap" in row]
    assert [row["step"] for row in measured] == [30, 60]
    assert measured[-1]["ap"] > 0.85
    assert measured[-1]["ap_ceiling"] > 0.95
    written = {file.name for file in (tmp_path / "run").iterdir()}
    assert {"last.pth", "best.pth", "epoch_10.pth", "epoch_20.pth", "experiment.yaml", "plots.png"} <= written
    assert history(tmp_path / "run") == rows
    assert checkpoint.load(tmp_path / "run" / "epoch_10.pth")["step"] == 30
    best = max(measured, key=lambda row: row["ap"])
    assert checkpoint.load(tmp_path / "run" / "best.pth")["step"] == best["step"]
    assert Experiment.load(tmp_path / "run" / "experiment.yaml") == Experiment.from_dict(experiment)


def test_images_that_are_kept_are_read_once_and_change_nothing(tmp_path, monkeypatch):
    read, files = images.read, []
    monkeypatch.setattr(images, "read", lambda file, *how: files.append(file) or read(file, *how))
    runs = []
    for cache, times in ((0.0, 3), (0.1, 1)):
        loader = {"batch_size": 4, "num_workers": 0, "cache": cache}
        experiment = words(tmp_path, augmentation=PLAIN, train_loader=loader)
        files.clear()
        runs.append(train(Experiment.from_dict(experiment), tmp_path / f"run{times}"))
        assert len(files) == 12 * times
        assert len(set(files)) == 12
    assert runs[0] == runs[1]


@pytest.mark.slow
def test_twenty_photographs_are_learned_by_heart(tmp_path):
    data = SHARED / "data/coco/train"
    if not data.is_dir():
        pytest.skip(f"the photographs are not at {data}")
    chosen = tmp_path / "overfit.json"
    rule = ["--count", "20", "--min-keypoints", "10", "--min-area", "0.02"]
    assert subset.main([str(data / "person_keypoints.json"), *rule, "--output", str(chosen)]) == 0
    images = {"images_dir": str(data / "images"), "annotations_file": str(chosen)}
    experiment = Experiment.load(ROOT / "training/experiments/overfit.yaml").to_dict()
    rows = train(Experiment.from_dict(experiment | {"train_dataset": images, "test_dataset": images}), tmp_path)
    assert rows[-1]["ap"] > 0.9
    assert rows[-1]["ap_ceiling"] > rows[-1]["ap"] - 0.01


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path):
    experiment = words(tmp_path, epochs=6)
    run = command(experiment, tmp_path / "killed")
    last = tmp_path / "killed" / "last.pth"
    while run.poll() is None and not (last.is_file() and checkpoint.load(last)["step"] >= 4):
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    assert run.returncode == -signal.SIGKILL, "it was over before it could be killed"
    state = checkpoint.load(last)
    assert 4 <= state["step"] < 18
    assert "going on from step" in finish(command(experiment, tmp_path / "killed"))
    finish(command(experiment, tmp_path / "whole"))
    assert history(tmp_path / "killed") == history(tmp_path / "whole")
    resumed, whole = (checkpoint.load(tmp_path / name / "last.pth") for name in ("killed", "whole"))
    for part in ("model", "ema"):
        assert all(torch.equal(value, whole[part][key]) for key, value in resumed[part].items())


def teacher(folder):
    """A teacher for the network of :func:`words`: another one like it, and its hints."""
    experiment = Experiment.from_dict(words(folder, name="teacher"))
    torch.manual_seed(1)
    network = make_network(experiment, TOPOLOGY).eval()
    export(network, manifest_of(experiment, TOPOLOGY, network), folder / "teacher.onnx")
    return {
        "model": str(folder / "teacher.onnx"),
        "hints": {"stride16": "/network/stride16/stride16.0/stride16.0.2/Relu"},
    }


@pytest.mark.parametrize("changes", [{}, {"accumulate": 3, "clip": 1.0, "teacher": teacher}], ids=["plain", "teacher"])
def test_two_processes_train_as_one(tmp_path, changes):
    if "teacher" in changes:
        changes = changes | {"teacher": teacher(tmp_path)}
    # small steps: rounding errors grow with each, as two processes add in another order
    experiment = words(tmp_path, **changes, epochs=2, optimizer={"name": "SGD", "kwargs": {"lr": 0.002}})
    alone = train(Experiment.from_dict(experiment), tmp_path / "alone")
    finish(command(experiment, tmp_path / "together", processes=2))
    together = history(tmp_path / "together")
    assert len(together) == len(alone)
    for one, other in zip(alone, together, strict=True):
        assert other == pytest.approx(one, rel=1e-4)
    states = [checkpoint.load(tmp_path / name / "last.pth") for name in ("alone", "together")]
    for key, value in states[0]["model"].items():
        torch.testing.assert_close(states[1]["model"][key], value, rtol=1e-3, atol=1e-4)


def test_a_loss_that_is_not_a_number_ends_the_run_and_spares_the_last_state(tmp_path):
    experiment = words(tmp_path, ema_decay=0.0)
    train(Experiment.from_dict(experiment), tmp_path / "run")
    kept = checkpoint.load(tmp_path / "run" / "last.pth")["step"]
    wild = experiment | {"epochs": 6, "optimizer": {"name": "SGD", "kwargs": {"lr": 1e30}}}
    with pytest.raises(ValueError, match=r"the loss is .*nan.* lower the learning rate"):
        train(Experiment.from_dict(wild), tmp_path / "run")
    assert checkpoint.load(tmp_path / "run" / "last.pth")["step"] in (kept, kept + 1)


def test_the_states_are_written_as_often_as_asked(tmp_path, monkeypatch):
    steps = []
    monkeypatch.setattr(session.checkpoint, "save", lambda state, path: steps.append(state["step"]))
    train(Experiment.from_dict(words(tmp_path, checkpoints={"minutes": 1e-9}, epochs=2)), tmp_path / "often")
    assert steps == [1, 2, 3, 4, 5, 6]
    steps.clear()
    train(Experiment.from_dict(words(tmp_path, epochs=2, checkpoints={"minutes": 60})), tmp_path / "seldom")
    assert steps == [3, 6]


def test_a_network_whose_export_differs_has_no_accuracy_and_trains_on(tmp_path, monkeypatch, caplog):
    def differs(*_):
        raise ValueError("the exported network is not the trained one")

    monkeypatch.setattr("trt_pose_training.loop.accuracy.export", differs)
    experiment = words(tmp_path, epochs=1)
    rows = train(Experiment.from_dict(experiment | {"test_dataset": experiment["train_dataset"]}), tmp_path / "run")
    assert "the accuracy could not be measured: the exported network" in caplog.text
    assert not [row for row in rows if "ap" in row]
    assert (tmp_path / "run" / "last.pth").is_file()


def test_the_command_line_names_what_is_wrong(tmp_path):
    broken = command(words(tmp_path) | {"epoch": 3}, tmp_path / "run")
    _, errors = broken.communicate(timeout=120)
    assert broken.returncode == 2
    assert "no word epoch, only name" in errors
    assert "Traceback" not in errors


def test_an_experiment_of_trt_pose_trains(tmp_path):
    """Its words as they are, on a network of its zoo, small; the topology is the data's."""
    data = stick_people.write(tmp_path / "data", count=4)
    person = {"category_name": TOPOLOGY.name, "image_shape": [64, 64], "target_shape": [16, 16], "stdev": 0.05}
    channels = {"cmap_channels": len(TOPOLOGY.keypoints), "paf_channels": 2 * len(TOPOLOGY.links)}
    file = tmp_path / "mnasnet.json"
    file.write_text(
        json.dumps(
            {
                "train_dataset": data | person | {"random_angle": [-0.2, 0.2], "random_scale": [0.5, 2.0]},
                "test_dataset": data | person,
                "stdev_schedule": {"0": 0.05},
                "color_jitter": {"brightness": 0.05, "contrast": 0.05, "saturation": 0.05, "hue": 0.01},
                "train_loader": {"batch_size": 2, "shuffle": True, "num_workers": 0, "pin_memory": True},
                "test_loader": {"batch_size": 2, "shuffle": True, "num_workers": 0, "pin_memory": True},
                "model": {
                    "name": "mnasnet0_5_baseline_att",
                    "kwargs": {**channels, "upsample_channels": 8, "num_upsample": 3, "pretrained": False},
                },
                "optimizer": {"name": "Adam", "kwargs": {"lr": 1e-3}},
                "epochs": 2,
                "lr_schedule": {"0": 1e-3, "1": 1e-4},
                "checkpoints": {"interval": 1},
            }
        )
    )
    rows = train(Experiment.load(file), tmp_path / "run")
    assert [row["learning_rate"] for row in rows if "maps" in row] == [1e-3, 1e-4]
    assert "ap" in rows[-1]
    assert (tmp_path / "run" / "epoch_1.pth").is_file()


def test_idle_threads_are_told_to_sleep_before_torch_is_loaded():
    check = "import sys, trt_pose_training.train; sys.exit('torch' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "training")])}
    subprocess.run([sys.executable, "-c", check], env=environment, check=True)
