"""Weights of trt_pose become a model file that is run as trt_pose ran them."""

import re
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: make training")
pytest.importorskip("onnx", reason="the exporter needs the onnx package")

import numpy as np  # noqa: E402
from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from trt_pose_ros import ModelFile, PosePipeline, Topology  # noqa: E402
from trt_pose_ros.backends import infer  # noqa: E402
from trt_pose_ros.preprocess import Preprocessor  # noqa: E402
from trt_pose_training import networks  # noqa: E402
from trt_pose_training.deploy.trt_pose_weights import load, manifest, resize_in, size_in  # noqa: E402
from trt_pose_training.import_trt_pose import main  # noqa: E402

HUMAN = Topology.load("human_pose")
HAND = Topology("hand", tuple(f"joint_{i}" for i in range(21)), tuple((0, i) for i in range(1, 21)))


def weights(path, name, topology=HUMAN, **keywords):
    """Write random weights with the entries that trt_pose's file would have; returns the network."""
    torch.manual_seed(0)
    network = networks.build(name, len(topology.keypoints), len(topology.links), pretrained=False, **keywords)
    classifier = {"resnet": "0.resnet.fc.", "mnasnet": "0.backbone.classifier.1.", "dla": "backbone.base.fc."}
    prefix = classifier[re.match("[a-z]+", name)[0]]
    torch.save(
        network.state_dict() | {f"{prefix}weight": torch.zeros(1000, 1), f"{prefix}bias": torch.zeros(1000)}, path
    )
    return network.eval()


def test_a_file_becomes_a_model(tmp_path, capsys):
    path, output = tmp_path / "resnet18_baseline_att_128x160_A_epoch_249.pth", tmp_path / "model.onnx"
    network = weights(path, "resnet18_baseline_att", upsample_channels=8)
    assert main([str(path), "--output", str(output), "--licence", "MIT"]) == 0
    assert "resnet18_baseline_att, input 128x160, stretch" in capsys.readouterr().out
    about = ModelFile.load(output).manifest
    assert (about.name, about.licence, about.topology) == (path.stem, "MIT", HUMAN)
    assert (about.input.color, about.input.resize, about.input.multiple) == ("rgb", "stretch", 32)
    assert (about.outputs.stride, about.outputs.offset, about.outputs.paf_order) == (4, 1.5, "yx")
    # our way from an image to maps, and trt_pose's preprocessing of the same image
    pipeline = PosePipeline.open(output, threads=1)
    image = np.random.default_rng(0).integers(0, 256, (128, 160, 3)) // (1, 2, 4)
    image = image.astype(np.uint8)
    found = infer(pipeline.model, pipeline.finder.network.preprocess([image])[0])["heatmaps"]
    mean, std = (np.array(v, np.float32) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.no_grad():
        right, wrong = (
            network(torch.from_numpy((colors / np.float32(255) - mean) / std).permute(2, 0, 1)[None])[0].numpy()
            for colors in (image[..., ::-1], image)
        )
    assert np.abs(found - right).max() < 0.2 * np.abs(wrong - right).max()


@given(
    width=st.integers(8, 2000),
    height=st.integers(8, 2000),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
    side=st.sampled_from([224, 256, 384]),
    stride=st.sampled_from([2, 4, 8]),
)
def test_keypoints_come_back_from_where_trt_pose_puts_them(width, height, x, y, side, stride):
    """Its labels' formula forth, our way back: what is left is its own pixel at most."""
    about = manifest(SimpleNamespace(stride=stride, multiple=32), HUMAN, "name", (side, side), "stretch")
    image = np.empty((height, width, 3), np.uint8)
    _, (placement,) = Preprocessor(about.input, side, side)([image])
    cells = side / stride
    for axis, (position, length) in enumerate(((x, width), (y, height))):
        label = position * (length - 1)
        cell = cells * (label + 0.5) / (length + 1) - 0.5
        pixel = stride * cell + about.outputs.offset
        found = pixel * placement.scale[axis] + placement.offset[axis]
        assert -1 <= found - label <= 1e-6 * length
        exact = stride * (cells * (label + 0.5) / length - 0.5) + about.outputs.offset
        assert exact * placement.scale[axis] + placement.offset[axis] == pytest.approx(label, abs=1e-6 * length)


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("resnet18_baseline", {"num_upsample": 0}),
        ("resnet34_baseline_att", {"upsample_channels": 4, "num_upsample": 2, "num_flat": 2}),
        ("mnasnet1_0_baseline", {"upsample_channels": 6, "num_upsample": 3, "num_flat": 1}),
        ("dla34up_pose", {}),
    ],
)
def test_the_network_is_told_by_its_weights(name, keywords, tmp_path):
    path = tmp_path / "epoch_3.pth"
    expected = weights(path, name, HAND, **keywords)
    network, found = load(path, HAND)
    assert found == name
    assert network.stride == expected.stride
    x = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(network.eval()(x), expected(x), strict=True))


def test_weights_that_do_not_fit(tmp_path):
    path = tmp_path / "epoch_3.pth"
    weights(path, "mnasnet0_5_baseline_att", upsample_channels=8)
    with pytest.raises(
        ValueError, match=r"(?s)size mismatch for 0\.backbone.*It has the weights of mnasnet0_5_baseline_att"
    ):
        load(path, HUMAN, "mnasnet0_75_baseline_att")
    with pytest.raises(ValueError, match=r"(?s)size mismatch for 1\.cmap_up.*the weights of mnasnet0_5_baseline_att"):
        load(path, HUMAN, "densenet121_baseline_att")
    with pytest.raises(
        ValueError, match=r"(?s)unexpected keyword argument 'num_upsample'.*the weights of mnasnet0_5_baseline_att"
    ):
        load(path, HUMAN, "dla34up_pose")
    with pytest.raises(ValueError, match=r"makes 18 and 42 maps, but topology 'hand' has 21 keypoints and 20 links"):
        load(path, HAND)
    state = torch.load(path)
    del state["0.backbone.layers.0.weight"]
    torch.save(state, path)
    with pytest.raises(ValueError, match=r"does not have the weights of any network of trt_pose; its first entries"):
        load(path, HUMAN)
    with pytest.raises(ValueError, match=r"0\.backbone\.layers\.0\.weight is missing$"):
        load(path, HUMAN, "mnasnet0_5_baseline_att")
    weights(path, "dla34up_pose", HAND)
    with pytest.raises(ValueError, match=r"makes 61 maps, but topology 'human_pose'"):
        load(path, HUMAN)


@pytest.mark.parametrize("zipped", [True, False])
def test_engines_of_torch2trt_are_refused(zipped, tmp_path):
    path = tmp_path / "resnet18_baseline_att_224x224_A_epoch_249_trt.pth"
    engine = {"engine": bytearray(b"plan"), "input_names": ["input_0"], "output_names": ["output_0", "output_1"]}
    torch.save(engine, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match=r"a TensorRT engine made by torch2trt, .* import the weights"):
        load(path, HUMAN)


def test_sizes_in_names():
    assert size_in("resnet18_baseline_att_224x224_A_epoch_249.pth", 32) == (224, 224)
    assert size_in("densenet121_baseline_att_256x256_B_epoch_160.pth", 32) == (256, 256)
    assert size_in("hand_pose_resnet18_att_244_244.pth", 32) == (224, 224)
    with pytest.raises(ValueError, match=r"name of mnasnet0_75_baseline_epoch_249\.pth does not say .* --input-size"):
        size_in("mnasnet0_75_baseline_epoch_249.pth", 32)


def test_how_images_are_resized_for_experiments():
    """By what ``keep_aspect_ratio`` is in trt_pose's experiments: the letter alone does not tell."""
    assert resize_in("resnet18_baseline_att_224x224_A_epoch_249.pth") == "stretch"
    assert resize_in("densenet121_baseline_att_256x256_B_epoch_160.pth") == "stretch"
    assert resize_in("mnasnet0_5_baseline_att_224x224_keepAR_epoch_3.pth") == "stretch"
    assert resize_in("resnet18_baseline_att_224x224_B_epoch_3.pth") == "letterbox"
    assert resize_in("resnet18_baseline_att_224x224_keepAR_epoch_3.pth") == "letterbox"


def test_trt_pose_hands_network_finds_hands_by_the_names_of_hand_21(tmp_path):
    """Its file's name and maps say all: 21 joints, 20 links, 224x224; random weights, so only the maps are compared."""
    path, output = tmp_path / "hand_pose_resnet18_att_244_244.pth", tmp_path / "hand_pose.onnx"
    network = weights(path, "resnet18_baseline_att", Topology.load("hand_pose"), upsample_channels=8)
    assert main([str(path), "--output", str(output)]) == 0
    pipeline = PosePipeline.open(output, threads=1)
    about = pipeline.model.manifest
    assert (about.family, about.topology.name, about.input.height, about.input.width) == ("paf", "hand_pose", 224, 224)
    image = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    maps = infer(pipeline.model, pipeline.finder.network.preprocess([image])[0])
    mean, std = (np.array(v, np.float32) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.no_grad():
        normalised = (image[..., ::-1] / np.float32(255) - mean) / std
        expected = network(torch.from_numpy(normalised).permute(2, 0, 1)[None])
    for name, truth in zip(("heatmaps", "pafs"), expected, strict=True):
        assert np.abs(maps[name] - truth.numpy()).max() < 0.02 * np.abs(truth.numpy()).max()
    (hands,) = pipeline([image])
    assert set(hands.as_topology(Topology.load("hand_21")).topology.keypoints) == set(about.topology.keypoints)
