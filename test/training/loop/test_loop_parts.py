"""The small parts of the loop: checkpoint files, schedules, averages, losses, optimisers, plots."""

import os
from dataclasses import replace

import cv2
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from torch import nn  # noqa: E402

from trt_pose_training.codecs.paf import Targets  # noqa: E402
from trt_pose_training.distill.teacher import Lesson  # noqa: E402
from trt_pose_training.experiment import Experiment, checkpoint  # noqa: E402
from trt_pose_training.experiment.settings import LossOptions  # noqa: E402
from trt_pose_training.loop import mlflow_log, optimizers, plots  # noqa: E402
from trt_pose_training.loop.ema import MovingAverage  # noqa: E402
from trt_pose_training.loop.losses import map_loss  # noqa: E402
from trt_pose_training.loop.schedule import learning_rate  # noqa: E402

WORDS = {
    "name": "run",
    "train_dataset": {"images_dir": "images", "annotations_file": "labels.json"},
    "image_shape": [32, 32],
    "optimizer": {"kwargs": {"lr": 0.1}},
    "warmup_steps": 0,
    "epochs": 10,
}


def experiment(**changes):
    return Experiment.from_dict(WORDS | changes)


class TestCheckpoint:
    def test_comes_back_as_it_was(self, tmp_path):
        state = {"a": torch.arange(3), "b": [{"c": 1.5}], "d": None}
        checkpoint.save(state, tmp_path / "new" / "x.pth")
        found = checkpoint.load(tmp_path / "new" / "x.pth")
        assert torch.equal(found["a"], state["a"])
        assert (found["b"], found["d"]) == (state["b"], None)

    def test_that_could_not_be_written_leaves_the_previous_one(self, tmp_path):
        checkpoint.save({"a": 1}, tmp_path / "x.pth")
        with pytest.raises((AttributeError, TypeError, RuntimeError)):
            checkpoint.save({"a": lambda: 0}, tmp_path / "x.pth")
        assert checkpoint.load(tmp_path / "x.pth") == {"a": 1}

    @pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
    def test_that_is_none_is_named(self, tmp_path, content):
        file = tmp_path / "x.pth"
        if content is None:
            torch.save([1, 2], file)
        else:
            file.write_bytes(content)
        with pytest.raises(ValueError, match=r"x\.pth is not a checkpoint"):
            checkpoint.load(file)

    def test_runs_nothing_that_a_file_asks_for(self, tmp_path):
        class Evil:
            def __reduce__(self):
                return os.mkdir, (str(tmp_path / "made"),)

        torch.save({"a": Evil()}, tmp_path / "x.pth")
        with pytest.raises(ValueError, match="is not a checkpoint"):
            checkpoint.load(tmp_path / "x.pth")
        assert not (tmp_path / "made").exists()


class TestLearningRate:
    def test_of_a_cosine_falls_from_the_optimisers_to_nothing(self):
        rates = [learning_rate(experiment(), step, 10) for step in range(101)]
        assert rates[0] == 0.1
        assert rates[50] == pytest.approx(0.05)
        assert rates[100] == pytest.approx(0, abs=1e-12)
        assert rates == sorted(rates, reverse=True)

    def test_of_a_table_holds_from_its_epochs_on(self):
        run = experiment(lr_schedule={2: 0.01, 5: 0.001})
        assert [learning_rate(run, 10 * epoch, 10) for epoch in (0, 1, 2, 4, 5, 9)] == [
            *(0.1, 0.1, 0.01, 0.01, 0.001, 0.001)
        ]

    def test_warms_up(self):
        run = experiment(lr_schedule={0: 1.0}, warmup_steps=4)
        assert [learning_rate(run, step, 10) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]


def test_a_moving_average_is_young_at_first_and_takes_buffers_too():
    network = nn.BatchNorm1d(1)
    average = MovingAverage(network, 0.5)
    nn.init.constant_(network.weight, 12.0)
    network.running_mean += 12
    network.num_batches_tracked += 7
    average.update(network)  # decay 1/11
    assert average.network.weight.item() == pytest.approx(1 + 11 * 10 / 11)
    assert average.network.running_mean.item() == pytest.approx(12 * 10 / 11)
    assert average.network.num_batches_tracked == 7
    for _ in range(60):
        average.update(network)
    assert average.network.weight.item() == pytest.approx(12)


class TestLoss:
    """Of one image, one keypoint, one link, and maps of two cells."""

    labels = torch.tensor([[[[1.0, 0.0]]]]), torch.zeros(1, 2, 1, 2)
    targets = Targets(*labels, torch.ones(1, 1, 2), torch.ones(1, 1), torch.ones(1, 2))
    options = LossOptions(heatmaps=3.0, pafs=5.0, teacher=2.0)

    def loss(self, *outputs, targets=None, lesson=None):
        return map_loss(outputs, targets or self.targets, lesson, self.options).item()

    def test_is_none_for_the_targets(self):
        assert self.loss(self.targets.heatmaps, self.targets.pafs) == 0

    def test_is_the_weighted_squared_error_a_cell_of_all_stages(self):
        heatmaps, pafs = torch.zeros(1, 1, 1, 2), torch.full((1, 2, 1, 2), 0.5)
        expected = 3 * 1 / 2 + 5 * 4 * 0.25 / 2
        assert self.loss(heatmaps, pafs) == pytest.approx(expected)
        assert self.loss(heatmaps, pafs, heatmaps, pafs) == pytest.approx(2 * expected)

    def test_leaves_out_masked_cells_and_unknown_channels(self):
        wrong = torch.tensor([[[[0.0, 2.0]]]]), torch.tensor([[[[0.0, 1.0]], [[0.0, 3.0]]]])
        masked = Targets(*self.labels, torch.tensor([[[1.0, 0.0]]]), torch.ones(1, 1), torch.ones(1, 2))
        assert self.loss(*wrong, targets=masked) == pytest.approx(3 * 1 / 2)
        unknown = Targets(*self.labels, torch.ones(1, 1, 2), torch.zeros(1, 1), torch.tensor([[1.0, 0.0]]))
        assert self.loss(*wrong, targets=unknown) == pytest.approx(5 * 1 / 2)

    def test_has_a_teachers_part_in_what_the_teacher_knows(self):
        known = torch.ones(1, 1), torch.tensor([[1.0, 0.0]])
        lesson = Lesson(torch.zeros(1, 1, 1, 2), torch.ones(1, 2, 1, 2), *known, {})
        assert self.loss(*self.labels, lesson=lesson) == pytest.approx(2 * (3 * 1 / 2 + 5 * 2 / 2))

    def test_takes_the_teacher_where_labels_leave_gaps(self):
        pafs = torch.tensor([[[[0.0, 0.0]], [[1.0, 0.0]]]])  # a limb in the first cell that points downwards
        labels = Targets(self.labels[0], pafs, *(self.targets.mask, torch.ones(1, 1), torch.ones(1, 2)))
        lesson = Lesson(
            torch.full((1, 1, 1, 2), 0.25), torch.full((1, 2, 1, 2), 0.5), *map(torch.ones, [(1, 1), (1, 2)]), {}
        )
        filled = torch.tensor([[[[1.0, 0.25]]]]), torch.tensor([[[[0.0, 0.5]], [[1.0, 0.5]]]])
        options = replace(self.options, fill=True)
        assert map_loss(filled, labels, lesson, options) == 0
        assert map_loss((filled[0] - 1, filled[1] - 1), labels, lesson, options) == pytest.approx(
            (3 + 5 * 2) * (1 + 2) / 2  # one cell by the labels, one by the teacher, whose weight is 2
        )
        masked = replace(labels, mask=torch.zeros(1, 1, 2))
        assert map_loss((lesson.heatmaps, lesson.pafs), masked, lesson, options) == 0


def test_muon_steps_are_orthogonal_and_vectors_go_to_adamw():
    torch.manual_seed(0)
    network = nn.Conv2d(4, 8, 3)
    optimizer = optimizers.build("Muon", network.parameters(), {"lr": 0.1, "weight_decay": 0.0})
    before = network.weight.detach().clone(), network.bias.detach().clone()
    network(torch.rand(2, 4, 6, 6)).square().sum().backward()
    optimizer.step()
    moved = (network.weight.detach() - before[0]).reshape(8, 36)
    values = torch.linalg.svdvals(moved)
    assert values.max() < 2 * values.min()
    assert (network.bias.detach() - before[1]).abs().tolist() == pytest.approx([0.1] * 8, rel=1e-3)


def history():
    steps = [
        {"step": i, "epoch": i / 10, "learning_rate": 0.1 / i, "maps": 1 / i, "hints": 2 / i} for i in range(1, 30, 3)
    ]
    return [*steps, {"step": 30, "epoch": 3.0, "ap": 0.5, "ap50": 0.7, "ar": 0.6, "ap_ceiling": 0.9}]


@pytest.mark.parametrize("rows", [history(), history()[:1], history()[-1:]], ids=["all", "losses", "accuracy"])
def test_plots_show_the_history(tmp_path, rows):
    plots.draw(rows, tmp_path / "plots.png", "a run")
    image = cv2.imread(str(tmp_path / "plots.png"))
    assert image.shape[1] == 880
    assert image.std() > 5


class TestMlflowLog:
    def test_without_mlflow_is_said_and_none(self, tmp_path, monkeypatch, caplog):
        monkeypatch.setattr(mlflow_log, "find_spec", lambda name: None)
        caplog.set_level("INFO")
        log = mlflow_log.open_log(experiment(), tmp_path)
        log.metrics({"step": 1, "maps": 0.5})
        log.artifact(tmp_path / "nothing")
        log.close()
        assert "pip install mlflow" in caplog.text
        assert not list(tmp_path.iterdir())

    @pytest.fixture
    def client(self, tmp_path):
        pytest.importorskip("mlflow", reason="tracking needs MLflow: pip install mlflow")
        pytest.importorskip("sqlalchemy", reason="mlflow-skinny has no local store: pip install mlflow")
        from mlflow.tracking import MlflowClient

        return MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")

    def only_run(self, client):
        (found,) = [e for e in client.search_experiments() if e.name == "run"]
        (run,) = client.search_runs([found.experiment_id])
        return run

    def test_stores_parameters_figures_and_files(self, tmp_path, client, monkeypatch):
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        (tmp_path / "notes.txt").write_text("hello")
        log = mlflow_log.open_log(experiment(), tmp_path)
        log.metrics({"step": 1, "maps": 0.5})
        log.close()
        log = mlflow_log.open_log(experiment(), tmp_path)  # an interrupted run goes on
        log.metrics({"step": 2, "maps": 0.25})
        log.artifact(tmp_path / "notes.txt")
        log.close()
        run = self.only_run(client)
        assert run.info.status == "FINISHED"
        assert run.data.params["optimizer.kwargs.lr"] == "0.1"
        values = client.get_metric_history(run.info.run_id, "maps")
        assert sorted((m.step, m.value) for m in values) == [(1, 0.5), (2, 0.25)]
        assert [a.path for a in client.list_artifacts(run.info.run_id)] == ["notes.txt"]
        assert (tmp_path / "mlflow_artifacts").is_dir()

    def test_that_fails_does_not_stop_the_training(self, tmp_path, client, monkeypatch, caplog):
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        log = mlflow_log.open_log(experiment(), tmp_path)
        log._run = "lost"
        log.metrics({"step": 1, "maps": 0.5})
        assert "not tracked" in caplog.text
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "nonsense://nowhere")
        assert isinstance(mlflow_log.open_log(experiment(), tmp_path / "other"), mlflow_log.NoLog)
