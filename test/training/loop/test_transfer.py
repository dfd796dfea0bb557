"""A network that starts from a checkpoint of other keypoints."""

import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from trt_pose_ros import Topology  # noqa: E402
from trt_pose_training import networks  # noqa: E402
from trt_pose_training.experiment import checkpoint  # noqa: E402
from trt_pose_training.experiment.settings import ModelOptions  # noqa: E402
from trt_pose_training.loop.transfer import start_from  # noqa: E402


def topology(keypoints, *links):
    names = keypoints.split()
    pairs = [[names.index(end) + 1 for end in link.split("-")] for link in links]
    return Topology.from_category({"name": "some", "keypoints": names, "skeleton": pairs})


OLD = topology("a b c d", "a-b", "b-c", "c-d")
NEW = topology("c x b a", "a-b", "c-b", "b-x")  # d is gone, x new, c-b turned round, c-d gone, b-x new
MODELS = {
    "light": ModelOptions("light", {"widths": [4, 8, 8, 8], "depths": [1, 1, 1, 1]}),
    "baseline": ModelOptions("resnet18_baseline", {"upsample_channels": 8, "num_upsample": 1}),
    "attention": ModelOptions("resnet18_baseline_att", {"upsample_channels": 8, "num_upsample": 1}),
    "dla": ModelOptions("dla34up_pose"),
}


def build(model, of):
    return networks.build(model.name, len(of.keypoints), len(of.links), start=False, **model.kwargs)


def transferred(model, old, new, folder):
    """(trained, fresh, started): networks of old and new keypoints, and what becomes of the second."""
    trained, started = build(model, old), build(model, new)
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.normal_(std=0.1)
        for parameter in started.parameters():
            parameter.normal_(std=0.1)
    fresh = build(model, new)
    fresh.load_state_dict(started.state_dict())
    checkpoint.save({"model": trained.state_dict(), "topology": old.to_category()}, folder / "old.pth")
    start_from(started, model, new, folder / "old.pth")
    return trained.eval(), fresh.eval(), started.eval()


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_maps_of_common_keypoints_and_links_are_the_same_in_the_new_order(tmp_path, model):
    fewer = topology("c b a", "a-b", "c-b")  # nothing fresh, which a refinement would mix with the rest
    trained, _, started = transferred(model, topology("a b c", "a-b", "b-c"), fewer, tmp_path)
    with torch.no_grad():
        images = torch.randn(1, 3, 64, 64)
        (heatmaps, pafs), (new_heatmaps, new_pafs) = trained(images)[:2], started(images)[:2]
    torch.testing.assert_close(new_heatmaps, heatmaps[:, [2, 1, 0]], rtol=1e-4, atol=1e-5)
    turned = torch.cat([pafs[:, :2], -pafs[:, 2:]], 1)
    torch.testing.assert_close(new_pafs, turned, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_what_is_new_starts_afresh_and_what_is_gone_is_left(tmp_path, model):
    trained, fresh, started = (n.state_dict() for n in transferred(model, OLD, NEW, tmp_path))
    key = next(
        k
        for k in ("maps.heatmaps.bias", "1.cmap_conv.1.bias", "1.cmap_conv.bias", "backbone.fc.0.bias")
        if k in trained
    )
    old, own, new = (state[key] for state in (trained, fresh, started))
    assert torch.equal(new[[0, 2, 3]], old[[2, 1, 0]])
    assert new[1] == own[1]
    trunk = next(k for k in trained if k.endswith(".weight"))
    assert torch.equal(started[trunk], trained[trunk])


def test_channels_that_a_layer_reads_are_put_in_order_too(tmp_path):
    trained, fresh, started = (n.state_dict() for n in transferred(MODELS["light"], OLD, NEW, tmp_path))
    old, own, new = (state["refinement.0.0.weight"] for state in (trained, fresh, started))
    assert torch.equal(new[:, :8], old[:, :8])  # the features
    assert torch.equal(new[:, 8 + 0], old[:, 8 + 2])  # c
    assert torch.equal(new[:, 8 + 1], own[:, 8 + 1])  # x
    assert torch.equal(new[:, 12:14], old[:, 12:14])  # a-b
    assert torch.equal(new[:, 14:16], -old[:, 14:16])  # c-b
    assert torch.equal(new[:, 16:18], own[:, 16:18])  # b-x


def test_the_log_says_what_is_new(tmp_path, caplog):
    caplog.set_level("INFO")
    transferred(MODELS["light"], OLD, NEW, tmp_path)
    assert "3 of 4 keypoints and 2 of 3 links" in caplog.text
    assert "start afresh: x, b-x" in caplog.text


def test_of_another_width_only_what_fits_is_taken(tmp_path, caplog):
    other = ModelOptions("light", {"widths": [4, 8, 16, 8], "depths": [1, 1, 1, 1]})
    trained = build(other, OLD)
    checkpoint.save({"model": trained.state_dict(), "topology": OLD.to_category()}, tmp_path / "old.pth")
    started = build(MODELS["light"], NEW)
    start_from(started, MODELS["light"], NEW, tmp_path / "old.pth")
    assert torch.equal(started.state_dict()["stride4.0.0.weight"], trained.state_dict()["stride4.0.0.weight"])
    assert "maps.heatmaps.weight" in caplog.text
