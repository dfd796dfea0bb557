"""trt_pose's zoo: entries and shapes are the original's, whatever form its weights come in."""

import copy
import hashlib
import json
import logging
import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: make training")

from trt_pose_training import networks  # noqa: E402
from trt_pose_training.networks.backbone import load_weights, read_state  # noqa: E402

# Written by benchmarks/zoo_against_trt_pose.py from the original's own code: see there
FACTS = Path(__file__).parent / "trt_pose"
DIGESTS = json.loads((FACTS / "digests.json").read_text())
KEYPOINTS, LINKS = 18, 21
# with a narrow head: the backbones are what differs
SMALLEST = {
    "resnet18_baseline": {"upsample_channels": 8},
    "densenet121_baseline_att": {"upsample_channels": 8},
    "mnasnet0_5_baseline_att": {"upsample_channels": 8, "num_upsample": 2, "num_flat": 1},
    "dla34up_pose": {},
}


def build(name, device="meta", **keywords):
    """A network for human_pose; on "meta" it has shapes and no values."""
    with torch.device(device):
        return networks.build(name, KEYPOINTS, LINKS, pretrained=False, **keywords)


def shapes(state):
    return {key: tuple(value.shape) for key, value in state.items()}


def digest(entries):
    text = "\n".join(sorted(f"{key} {'x'.join(map(str, shape))}" for key, shape in entries.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def parse(lines):
    """Entries of lines ``key shape`` and ``module norm channels``."""
    entries = {}
    for line in lines:
        key, *kind, size = line.split(" ")
        if kind:
            entries |= {f"{key}.{k}": (int(size),) for k in ("weight", "bias", "running_mean", "running_var")}
            entries[f"{key}.num_batches_tracked"] = ()
        else:
            entries[key] = tuple(int(s) for s in size.split("x") if s)
    return entries


def published(name):
    """State dict of trt_pose's network of that name, zeros."""
    return {k: torch.zeros(s) for k, s in parse((FACTS / f"{name}.txt").read_text().splitlines()).items()}


@pytest.mark.parametrize("label", [label for label in DIGESTS if "old stem" not in label])
def test_entries_are_those_of_the_original(label):
    name, *keywords = label.split(" ")
    keywords = {k: int(v) for k, v in (keyword.split("=") for keyword in keywords)}
    entries = shapes(build(name, **keywords).state_dict())
    skipped = parse(DIGESTS[label]["skipped"])
    assert not entries.keys() & skipped.keys()
    assert len(entries) + len(skipped) == DIGESTS[label]["entries"]
    assert digest(entries | skipped) == DIGESTS[label]["sha256"]


def test_every_network_of_trt_pose_was_compared():
    theirs = {name for name in networks.NAMES if name.startswith(("resnet", "densenet", "mnasnet", "dla"))}
    assert len(theirs) == 30
    assert theirs == {label.split(" ")[0] for label in DIGESTS}


@pytest.mark.parametrize(
    ("name", "classifier", "zipped"),
    [("resnet18_baseline_att", "0.resnet.fc.", False), ("densenet121_baseline_att", "0.densenet.classifier.", True)],
)
def test_published_weights_load_as_they_are(name, classifier, zipped, tmp_path):
    """From a zip file, and from what torch wrote before 1.6."""
    state = published(name)
    state["1.cmap_conv.bias"] += 7
    torch.save(state, tmp_path / "weights.pth", _use_new_zipfile_serialization=zipped)
    network = build(name, "cpu")
    network.load_state_dict(torch.load(tmp_path / "weights.pth", weights_only=True))
    loaded = network.state_dict()
    assert all(torch.equal(value, state[key]) for key, value in loaded.items())
    assert {k for k in state if k not in loaded} == {classifier + "weight", classifier + "bias"}


@pytest.mark.parametrize(("name", "keywords"), SMALLEST.items())
def test_maps_have_the_stride_and_every_weight_counts(name, keywords):
    network = build(name, "cpu", **keywords)
    network(torch.zeros(2, 3, network.multiple, network.multiple))
    heatmaps, pafs = network(torch.rand(2, 3, 64, 96))
    assert heatmaps.shape == (2, KEYPOINTS, 64 // network.stride, 96 // network.stride)
    assert pafs.shape == (2, 2 * LINKS, *heatmaps.shape[2:])
    (heatmaps.square().sum() + pafs.square().sum()).backward()
    # a parameter without gradient would stop data-parallel training
    assert [key for key, parameter in network.named_parameters() if parameter.grad is None] == []


@pytest.mark.parametrize("name", SMALLEST)
def test_a_copy_loads_what_the_original_has(name):
    network = build(name, **SMALLEST[name])
    twin = copy.deepcopy(network)
    assert twin.load_state_dict(network.state_dict()).missing_keys == []


def test_the_first_mnasnet_of_torchvision_brings_its_stem():
    """Whose first layers were as wide in mnasnet0_5 as in mnasnet1_0."""
    network, wide = build("mnasnet0_5_baseline_att"), shapes(build("mnasnet1_0_baseline_att").state_dict())
    old = shapes(network.state_dict())
    last = "0.backbone.layers.8.0.layers."  # from its sixth layer on it has the outputs of mnasnet0_5
    stem = [f"0.backbone.layers.{i}." for i in range(8)] + [f"{last}{i}." for i in range(6)]
    old |= {key: wide[key] for key in old if key.startswith(tuple(stem))}
    old[f"{last}6.weight"] = (16, 48, 1, 1)
    known = DIGESTS["mnasnet0_5_baseline_att old stem"]
    assert digest(old | parse(known["skipped"])) == known["sha256"]
    network.load_state_dict({key: torch.zeros(shape, device="meta") for key, shape in old.items()})
    assert shapes(network.state_dict()) == old


def imagenet(name):
    """Backbone weights under torchvision's keys: all ones."""
    backbone = build(name)[0][0]
    return {key: torch.ones(shape) for key, shape in shapes(backbone.state_dict()).items()}


def test_imagenet_weights_from_a_file(tmp_path, caplog):
    weights = imagenet("resnet18_baseline") | {"fc.weight": torch.zeros(1000, 512)}
    path = tmp_path / "backbone.pth"
    torch.save({k: v for k, v in weights.items() if "num_batches" not in k}, path)  # old files don't count batches
    network = networks.build("resnet18_baseline", KEYPOINTS, LINKS, backbone_weights=str(path))
    assert all(bool((p == 1).all()) for p in network[0].parameters())
    assert not caplog.records


def test_keys_of_old_densenet_files(tmp_path):
    old = {"norm1": "norm.1", "conv1": "conv.1", "norm2": "norm.2", "conv2": "conv.2"}
    weights = imagenet("densenet121_baseline")
    renamed = {re.sub(r"(?<=\d\.)(norm|conv)[12]", lambda m: old[m[0]], key): value for key, value in weights.items()}
    assert "features.denseblock4.denselayer16.conv.2.weight" in renamed
    assert len(renamed.keys() - weights.keys()) == 58 * 12
    path = tmp_path / "backbone.pth"
    torch.save(renamed, path)
    network = networks.build("densenet121_baseline", KEYPOINTS, LINKS, backbone_weights=str(path))
    assert all(bool((p == 1).all()) for p in network[0].parameters())


def test_imagenet_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "backbone.pth"
    weights = imagenet("resnet18_baseline")
    torch.save({k: v for k, v in weights.items() if k != "layer4.1.bn2.weight"}, path)
    with pytest.raises(ValueError, match=r"backbone\.pth does not fit.*\n  layer4\.1\.bn2\.weight is missing$"):
        build("resnet18_baseline", "cpu", backbone_weights=str(path))
    with pytest.raises(ValueError, match=r"(?s)layer1\.2\.conv1\.weight is missing.* and \d+ more"):
        build("resnet34_baseline", "cpu", backbone_weights=str(path))
    with pytest.raises(ValueError, match=r"size mismatch for layer1\.0\.conv1\.weight"):
        build("resnet50_baseline", "cpu", backbone_weights=str(path))
    with pytest.raises(FileNotFoundError):
        build("resnet18_baseline", "cpu", backbone_weights=str(tmp_path / "none.pth"))


def test_random_weights_are_said_to_be_random(caplog):
    with caplog.at_level(logging.WARNING), torch.device("meta"):
        networks.build("mnasnet0_5_baseline", 18, 21, pretrained=True)
    assert "mnasnet0_5_baseline starts from random weights" in caplog.text
    caplog.clear()
    build("mnasnet0_5_baseline")
    with torch.device("meta"):
        networks.build("mnasnet0_5_baseline", 18, 21, start=False, backbone_weights="no longer there.pth")
    assert not caplog.records


def test_a_network_of_our_own_starts_by_itself(monkeypatch, caplog):
    monkeypatch.setitem(networks._BUILDERS, "own", lambda keypoints, links: torch.nn.Conv2d(3, keypoints, 1))
    networks.build("own", 18, 21)
    assert not caplog.records
    with pytest.raises(ValueError, match=r"weights is 'a\.pth', but own has no backbone that others have trained"):
        networks.build("own", 18, 21, backbone_weights="a.pth")


def test_random_weights_keep_the_scale_of_the_image():
    torch.manual_seed(0)
    for name in ("resnet18_baseline", "dla34up_pose"):
        heatmaps, _ = build(name, "cpu")(torch.randn(2, 3, 64, 64))
        assert 1e-3 < heatmaps.std() < 10


@pytest.mark.parametrize(
    ("name", "keywords", "message"),
    [
        ("resnet19_baseline", {}, "no network 'resnet19_baseline', only "),
        ("resnet18_baseline", {"cmap_channels": 17}, "cmap_channels is 17, but 18 keypoints and 21 links need 18"),
        ("dla34up_pose", {"paf_channels": 21}, "paf_channels is 21, but 18 keypoints and 21 links need 42"),
        ("resnet18_baseline", {"num_upsample": 6}, "num_upsample is 6, must be a whole number"),
        ("resnet18_baseline", {"upsample": 3}, "no option upsample, only"),
        (
            "dla34up_pose",
            {"num_upsample": 3},
            "network dla34up_pose: got an unexpected keyword argument 'num_upsample'",
        ),
        ("resnet18_baseline_att", {"num_upsample": 0}, "upsample_channels is 256: .* must be the backbone's 512"),
    ],
)
def test_wrong_requests(name, keywords, message):
    with pytest.raises(ValueError, match=message):
        build(name, **keywords)


def test_numbers_of_channels_may_be_repeated():
    assert len(build("resnet18_baseline_att", cmap_channels=18, paf_channels=42).state_dict()) == 170


def test_files_that_are_no_weights(tmp_path):
    path = tmp_path / "weights.pth"
    for content in (b"", b"not a file of weights", b"PK\x03\x04 cut off"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"weights\.pth is not a file of PyTorch weights"):
            read_state(path)
    torch.save(build("mnasnet0_5_baseline"), path)  # a whole module: pickled code
    with pytest.raises(ValueError, match="not a file of PyTorch weights"):
        read_state(path)
    for held, message in (([1], "list"), ({"model": {}, "step": 3}, "a dict of model, step")):
        torch.save(held, path)
        with pytest.raises(ValueError, match=f"not a state dict.* {message}"):
            read_state(path)


def test_differences_are_named_but_not_all_of_them():
    network = build("mnasnet0_5_baseline", "cpu", upsample_channels=8)
    state = network.state_dict() | {"surplus": torch.zeros(1)}
    with pytest.raises(ValueError, match=r"weights does not fit Baseline:\n  surplus is unknown$"):
        load_weights(network, state, "weights")
    with pytest.raises(
        ValueError, match=r"(?s)^weights does not fit Baseline:(\n  [\w.]+ is missing){10}\n.*\d+ more$"
    ):
        load_weights(network, {}, "weights")
