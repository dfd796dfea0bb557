"""Bodies, views of them, and a network that learns a little."""

import logging
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training package needs torch")
pytest.importorskip("onnx", reason="the network is exported")

from spatial import motions  # noqa: E402
from spatial.bodies import Body  # noqa: E402

from trt_pose_ros.lifting import open_network  # noqa: E402
from trt_pose_ros.spatial.lifting.features import SLOTS, WIDTH  # noqa: E402
from trt_pose_training.lift import augment, export, train, views  # noqa: E402
from trt_pose_training.lift.network import Lift  # noqa: E402

TIMES = np.arange(60) / 30
BONES = [(5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16), (11, 12), (5, 6), (0, 1)]


@pytest.fixture(scope="module")
def recorded():
    rng = np.random.default_rng(0)
    return [motions.move(Body.random(rng), rng, TIMES, kind) for kind in motions.KINDS]


def lengths(joints):
    return np.stack([np.linalg.norm(joints[..., a, :] - joints[..., b, :], axis=-1) for a, b in BONES], axis=-1)


def test_a_body_taken_apart_and_put_together_is_the_same(recorded):
    joints = np.stack(recorded)
    calm = np.random.Generator(np.random.PCG64(1))
    bones = augment._apart(joints)
    augment._LEAN, before = 0.0, augment._LEAN
    try:
        again = augment._together(bones, calm)
    finally:
        augment._LEAN = before
    np.testing.assert_allclose(again, joints, atol=1e-9)


def test_bodies_keep_their_bones_while_they_move(recorded):
    joints = views.Motions(recorded).windows(np.random.default_rng(0), np.tile(np.arange(9) * 0.1, (64, 1)))
    changed = augment.bodies(np.random.default_rng(1), joints, joints[::-1])
    assert changed.shape == joints.shape
    assert np.isfinite(changed).all()
    spread = np.ptp(lengths(changed), axis=1) / lengths(changed).mean(axis=1)
    assert np.median(spread) < 0.01  # windows lie between recorded frames, which shortens bones a little
    assert (np.abs(changed[..., 2].min(axis=(1, 2)) - 0.085) < 0.1).all()
    stature = changed[..., 2].max(axis=(1, 2))
    assert stature.std() > 0.15
    assert (stature < 2.3).all()


def test_views_show_people_as_they_are(recorded):
    """Without faults of the network, the joints lie where the image shows them."""
    data = views.batch(np.random.default_rng(0), views.Motions(recorded), 400)
    assert data.inputs.shape == (400, SLOTS, WIDTH)
    assert np.isfinite(data.inputs).all()
    assert data.valid.mean() > 0.9
    np.testing.assert_allclose(data.joints[:, 11:13].mean(axis=1), 0, atol=1e-5)
    flat, scores = data.inputs[:, 0, :34].reshape(-1, 17, 2), data.inputs[:, 0, 34:51]
    for axis in range(2):
        seen, true = flat[..., axis][scores > 0.3], data.joints[..., axis][scores > 0.3]
        assert np.corrcoef(seen, true)[0, 1] > 0.75
    up = data.inputs[:, 0, -4:-1]
    known = up.any(axis=1)
    assert 0.3 < known.mean() < 0.7
    # heads are up
    assert np.corrcoef((data.joints[known, 0] * up[known]).sum(-1), np.ones(known.sum()) + up[known, 1])[0, 1] < 1
    assert ((data.joints[known, 0] * up[known]).sum(-1) > 0.2).mean() > 0.8
    lengths = (data.inputs[..., 34:51] > 0).any(-1).sum(axis=1)
    assert (lengths == 1).mean() > 0.15
    assert (lengths == SLOTS).mean() > 0.15


def test_training_learns_and_is_exported(tmp_path, recorded, caplog):
    folder = tmp_path / "motions"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b", "test_c"):
        waves = np.sin(np.arange(80)[:, None] * rng.uniform(0.02, 0.1, 117) + rng.uniform(0, 6, 117))
        values = 0.2 * waves
        values[:, 1] += 16.0
        np.savetxt(folder / f"{name}.txt", values, delimiter=",", fmt="%.4f")
    settings = tmp_path / "lift.yaml"
    settings.write_text(
        "steps: 150\nbatch_size: 64\nhidden: 32\nembedding: 16\nblocks: 1\nheld_out: [test]\nreuse: 3\n"
    )
    caplog.set_level(logging.INFO)
    assert train.main([str(settings), "--mocap", str(folder), "--output", str(tmp_path / "run")]) == 0
    assert "2 motions to train on, 1 to measure on" in caplog.text
    network, kept = export.load(tmp_path / "run" / "lift.pth")
    assert kept.hidden == 32
    data = views.batch(np.random.default_rng(5), views.Motions(list(train.split(folder, ["test"])[1].values())), 200)
    fresh = Lift(16, 32, 1)
    assert train.measure(network, data)["all"] < 0.9 * train.measure(fresh, data)["all"]
    output = tmp_path / "lift.onnx"
    arguments = [str(tmp_path / "run" / "lift.pth"), "--mocap", str(folder), "--output", str(output)]
    assert export.main([*arguments, "--weights", str(tmp_path / "half.pth")]) == 0
    joints, stddevs = open_network(output)(data.inputs)
    with torch.no_grad():
        expected, _ = network(torch.from_numpy(data.inputs))
    assert np.abs(joints - expected.numpy()).max() < 5e-3
    off = np.linalg.norm(joints - data.joints, axis=-1)[data.valid > 0]
    assert 0.8 < np.sqrt(np.mean((off / stddevs[data.valid > 0]) ** 2)) < 1.25  # as sure as it says
    again, _ = export.load(tmp_path / "half.pth")
    assert torch.allclose(again.joints.weight, network.joints.weight, atol=1e-3)
    with pytest.raises(ValueError, match="all motions"):
        train.train(train.LiftSettings(held_out=("",)), folder, tmp_path / "none")


def test_what_is_no_checkpoint_or_no_settings(tmp_path):
    torch.save({"weights": 1}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match="no lifting network"):
        export.load(tmp_path / "other.pth")
    (tmp_path / "odd.yaml").write_text("- 1\n")
    with pytest.raises(ValueError, match="settings by name"):
        train.LiftSettings.load(tmp_path / "odd.yaml")
    (tmp_path / "typo.yaml").write_text("step: 1\n")
    with pytest.raises(ValueError, match="no option step"):
        train.LiftSettings.load(tmp_path / "typo.yaml")


def test_the_experiment_that_comes_along_is_valid():
    settings = train.LiftSettings.load(Path(__file__).parents[3] / "training" / "experiments" / "lift" / "lift.yaml")
    assert "test/" in settings.held_out
