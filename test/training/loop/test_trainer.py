"""Steps of training, and the state between them."""

import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

import tiny_model  # noqa: E402
from torch import nn  # noqa: E402

from trt_pose_training.data.dataset import Batch  # noqa: E402
from trt_pose_training.experiment import Experiment, checkpoint  # noqa: E402
from trt_pose_training.loop.parallel import Processes  # noqa: E402
from trt_pose_training.loop.trainer import Trainer, make_network  # noqa: E402

KEYPOINTS = len(tiny_model.TOPOLOGY.keypoints)


def trainer(**changes):
    words = {
        "train_dataset": {"images_dir": "images", "annotations_file": "labels.json"},
        "image_shape": [32, 32],
        "model": {"name": "light", "kwargs": {"widths": [4, 8, 8, 8], "depths": [1, 1, 1, 1]}},
        "optimizer": {"name": "SGD", "kwargs": {"lr": 0.1}},
    }
    return Trainer(Experiment.from_dict(words | changes), tiny_model.TOPOLOGY, Processes("cpu"))


def batch(images=4, seed=0):
    random = torch.Generator().manual_seed(seed)
    keypoints = torch.rand(images, 2, KEYPOINTS, 3, generator=random) * 32
    keypoints[..., 2] = 2
    return Batch(
        torch.randint(0, 256, (images, 32, 32, 3), generator=random, dtype=torch.uint8),
        keypoints,
        torch.ones(images, 4, 4),
        torch.ones(images, KEYPOINTS, dtype=torch.bool),
    )


def without_statistics(trainer):
    """The trainer with batch normalisation that does not depend on the batch."""
    for module in trainer.network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval().train = lambda mode=True: None
    return trainer


def weights(trainer):
    return {k: v.clone() for k, v in trainer.network.state_dict().items()}


def assert_equal(states):
    one, other = states
    assert one.keys() == other.keys()
    for key, value in one.items():
        torch.testing.assert_close(other[key], value, rtol=0, atol=0, msg=key)


def test_a_batch_in_parts_makes_the_step_of_the_whole():
    whole, parts = (without_statistics(trainer(accumulate=n)) for n in (1, 4))
    for seed in range(3):
        losses = [t.train_step(batch(8, seed), 0.1) for t in (whole, parts)]
        assert losses[1]["maps"].item() == pytest.approx(losses[0]["maps"].item(), rel=1e-5)
    for key, value in weights(whole).items():
        torch.testing.assert_close(weights(parts)[key], value, rtol=1e-4, atol=1e-6)


def test_the_same_seed_makes_the_same_run_and_another_one_another():
    runs = [trainer(seed=seed) for seed in (3, 3, 4)]
    for run in runs:
        run.train_step(batch(), 0.1)
    first, again, other = map(weights, runs)
    assert_equal([first, again])
    assert not torch.equal(first["stride4.0.0.weight"], other["stride4.0.0.weight"])


def test_gradients_are_cut_down_to_the_norm():
    cut, free = trainer(clip=1e-3, ema_decay=0), trainer(ema_decay=0)
    before = weights(cut)
    for run in (cut, free):
        run.train_step(batch(), 1.0)
    moved = [
        sum((v - before[k]).square().sum() for k, v in run.network.named_parameters()).sqrt().item()
        for run in (cut, free)
    ]
    assert moved[0] == pytest.approx(1e-3, rel=1e-2)
    assert moved[1] > 2e-3


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"optimizer": {"name": "Adam", "kwargs": {"lr": 1e-3}}, "ema_decay": 0.0},
        {"optimizer": {"name": "Muon", "kwargs": {"lr": 1e-3}}},
        {"precision": "bfloat16"},
        {"precision": "float16"},
    ],
    ids=["SGD", "Adam", "Muon", "bfloat16", "float16"],
)
def test_training_goes_on_from_a_state_as_if_never_interrupted(tmp_path, changes):
    straight = trainer(**changes)
    for seed in range(2):
        straight.train_step(batch(seed=seed), 0.01)
    checkpoint.save(straight.state(), tmp_path / "state.pth")
    resumed = trainer(**changes, seed=9)
    resumed.restore(checkpoint.load(tmp_path / "state.pth"))
    assert resumed.step == 2
    for seed in range(2, 4):
        losses = [t.train_step(batch(seed=seed), 0.01)["maps"] for t in (straight, resumed)]
        assert losses[0] == losses[1]
    assert_equal([weights(straight), weights(resumed)])
    assert_equal([t.deployed.state_dict() for t in (straight, resumed)])


@pytest.mark.parametrize(
    ("word", "changes"),
    [
        ("ema_decay", {"ema_decay": 0.0}),
        ("model.kwargs", {"model": {"name": "light", "kwargs": {"widths": [4, 8, 16, 8], "depths": [1, 1, 1, 1]}}}),
        ("optimizer.name", {"optimizer": {"name": "AdamW", "kwargs": {"lr": 1}}}),
    ],
)
def test_a_state_of_another_experiment_is_refused(word, changes):
    with pytest.raises(ValueError, match=rf"{word} was .* and is .*: train into another folder"):
        trainer(**changes).restore(trainer().state())


def test_the_average_is_deployed_and_lags_behind():
    run = trainer(ema_decay=0.9)
    first = weights(run)["maps.heatmaps.weight"]
    for seed in range(3):
        run.train_step(batch(seed=seed), 0.1)
    average, last = run.deployed.maps.heatmaps.weight, run.network.maps.heatmaps.weight
    assert run.deployed is not run.network
    assert 0 < (average - first).norm() < (last - first).norm()
    assert trainer(ema_decay=0.0).deployed is not None


def test_every_batch_comes_once_and_in_order():
    batches = [batch(2, seed) for seed in range(3)]
    assert all(one is other for one, other in zip(trainer().ahead(iter(batches)), batches, strict=True))


def test_masked_cells_teach_nothing():
    nothing = batch()._replace(mask=torch.zeros(4, 4, 4))
    run = trainer(ema_decay=0.0)
    before = {k: v.clone() for k, v in run.network.named_parameters()}
    assert run.train_step(nothing, 0.1)["maps"] == 0
    assert_equal([before, dict(run.network.named_parameters())])


def test_networks_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match="maps of light have stride 8, the experiment wants 4"):
        trainer(stride=4)
    with pytest.raises(ValueError, match="40x40.*multiples of 16"):  # noqa: RUF043
        trainer(image_shape=[40, 40])
    with pytest.raises(ValueError, match="no network 'heavy'"):
        trainer(model={"name": "heavy"})
    with pytest.raises(ValueError, match="no optimizer 'Adem', only .*Adam.*Muon"):  # noqa: RUF043
        trainer(optimizer={"name": "Adem", "kwargs": {"lr": 1}})
    with pytest.raises(ValueError, match="optimizer SGD: .*speed"):  # noqa: RUF043
        trainer(optimizer={"name": "SGD", "kwargs": {"lr": 1, "speed": 2}})


class TestInitialWeights:
    """``initial_state_dict``: a checkpoint, or plain weights, of the same or of other keypoints."""

    def start(self, file, topology=tiny_model.TOPOLOGY):
        words = trainer().experiment.to_dict()
        words["model"]["initial_state_dict"] = str(file)
        return make_network(Experiment.from_dict(words), topology).state_dict()

    def test_of_a_checkpoint_are_its_average(self, tmp_path):
        run = trainer(ema_decay=0.9)
        run.train_step(batch(), 0.1)
        checkpoint.save(run.state(), tmp_path / "run.pth")
        assert_equal([run.deployed.state_dict(), self.start(tmp_path / "run.pth")])

    def test_of_a_plain_file_are_what_is_in_it(self, tmp_path):
        run = trainer(seed=5)
        torch.save(run.network.state_dict(), tmp_path / "plain.pth")
        assert_equal([run.network.state_dict(), self.start(tmp_path / "plain.pth")])

    def test_of_other_keypoints_fit_but_for_the_last_layers(self, tmp_path, caplog):
        run = trainer(seed=5)
        torch.save(run.network.state_dict(), tmp_path / "plain.pth")
        category = {"name": "more", "keypoints": ["a", "b"], "skeleton": [[1, 2]]}
        found = self.start(tmp_path / "plain.pth", tiny_model.Topology.from_category(category))
        assert torch.equal(found["stride16.0.0.weight"], run.network.state_dict()["stride16.0.0.weight"])
        assert found["maps.heatmaps.weight"].shape[0] == 2
        assert "start afresh" in caplog.text
        assert "maps.heatmaps.weight" in caplog.text

    def test_of_something_else_are_refused(self, tmp_path):
        torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "linear.pth")
        with pytest.raises(ValueError, match="nothing in .*linear.pth fits"):  # noqa: RUF043
            self.start(tmp_path / "linear.pth")
        with pytest.raises(FileNotFoundError, match="no checkpoint"):
            self.start(tmp_path / "none.pth")


def test_frozen_modules_keep_weights_and_statistics():
    kwargs = {"widths": [4, 8, 8, 8], "depths": [1, 1, 1, 1]}
    frozen = trainer(model={"name": "light", "kwargs": kwargs, "freeze": ["stride4"]})
    before = weights(frozen)
    frozen.train_step(batch(), 0.1)
    after = weights(frozen)
    changed = {key for key in after if not torch.equal(after[key], before[key])}
    assert not any(key.startswith("stride4.") for key in changed)
    assert any(key.startswith("stride8.") for key in changed)


@pytest.mark.parametrize(("names", "message"), [(["trunk"], "no module trunk to freeze"), ([""], "nothing is left")])
def test_what_cannot_be_frozen_is_named(names, message):
    with pytest.raises(ValueError, match=message):
        trainer(model={"name": "light", "freeze": names})
