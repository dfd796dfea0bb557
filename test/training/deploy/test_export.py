import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch: make training")
onnx = pytest.importorskip("onnx", reason="the exporter needs the onnx package")

from tiny_network import MANIFEST, TinyNetwork  # noqa: E402
from torch import nn  # noqa: E402

from trt_pose_ros import ModelFile, PosePipeline  # noqa: E402
from trt_pose_ros.backends import NAMES, infer, is_usable  # noqa: E402
from trt_pose_training import networks as zoo  # noqa: E402
from trt_pose_training.deploy.export import Deployable, check_parity, export  # noqa: E402
from trt_pose_training.export import main  # noqa: E402


@pytest.fixture
def network():
    return TinyNetwork()


@pytest.fixture(params=NAMES)
def runtime(request):
    if not is_usable(request.param):
        pytest.skip(f"{request.param} is not installed, or has no hardware here")
    return request.param


def images(count, height, width):
    return np.random.default_rng(1).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def test_the_deployable_network_normalises_inside(network):
    spec = MANIFEST.input
    batch = images(2, 32, 48)
    planes = ((batch - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)).transpose(0, 3, 1, 2)
    with torch.no_grad():
        expected = network.eval()(torch.from_numpy(planes.astype(np.float32)))
        found = Deployable(network, spec.mean, spec.std)(torch.from_numpy(batch))
    assert len(found) == 2
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_export_leaves_the_network_in_training(network):
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    Deployable(network.train(), MANIFEST.input.mean, MANIFEST.input.std, "float16")
    assert network.training
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, weights[name], rtol=0, atol=0)


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_the_file_runs_at_any_size_with_its_manifest_inside(network, runtime, tmp_path, precision):
    path = tmp_path / "folder" / "tiny.onnx"
    differences = export(network, MANIFEST, path, precision)
    assert 0 <= differences[runtime] <= {"float32": 1e-4, "float16": 0.01}[precision]
    assert [p.name for p in path.parent.iterdir()] == ["tiny.onnx"]
    model = ModelFile.load(path)
    assert model.manifest == MANIFEST
    for count, height, width in ((1, 32, 48), (3, 48, 16)):
        heatmaps, pafs = infer(model, images(count, height, width), runtime).values()
        assert heatmaps.shape == (count, 6, height // 4, width // 4)
        assert pafs.shape == (count, 10, height // 4, width // 4)
        assert heatmaps.dtype == pafs.dtype == np.float32


def test_batch_normalisation_is_folded_and_old_runtimes_can_read_it(network, tmp_path):
    export(network, MANIFEST, tmp_path / "tiny.onnx")
    written = onnx.load(tmp_path / "tiny.onnx")
    operators = [node.op_type for node in written.graph.node]
    assert "BatchNormalization" not in operators
    assert operators.count("Cast") == 1  # of the image
    assert [(o.domain, o.version) for o in written.opset_import] == [("", 17)]


def test_half_the_precision_is_half_the_size(network, tmp_path):
    for precision in ("float32", "float16"):
        export(network, MANIFEST, tmp_path / f"{precision}.onnx", precision)
    weights = {
        precision: {len(t.raw_data) for t in onnx.load(tmp_path / f"{precision}.onnx").graph.initializer if t.dims}
        for precision in ("float32", "float16")
    }
    assert max(weights["float16"]) * 2 == max(weights["float32"])


def test_a_file_of_other_weights_is_found_out(network, tmp_path):
    export(network, MANIFEST, tmp_path / "tiny.onnx")
    with torch.no_grad():
        next(network.parameters()).mul_(1.5)
    with pytest.raises(ValueError, match=r"differs from torch by .* the exported network is not the trained one"):
        check_parity(network, tmp_path / "tiny.onnx")


class Wrong(nn.Module):
    """What a wrong export would make of a network."""

    def __init__(self, network, kind):
        super().__init__()
        self.network, self.kind, self.stride, self.multiple = network, kind, network.stride, 4

    def forward(self, x):
        """See TinyNetwork."""
        x = {"colours": x.flip(1), "place": x.roll(2, 3), "mean": x + 0.4, "scale": 1.2 * x}[self.kind]
        return self.network(x)


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("kind", ["colours", "place", "mean", "scale"])
def test_a_wrong_graph_is_found_out(network, tmp_path, kind, precision):
    export(network, MANIFEST, tmp_path / "tiny.onnx", precision)
    with pytest.raises(ValueError, match="the exported network is not the trained one"):
        check_parity(Wrong(network, kind), tmp_path / "tiny.onnx", precision)


def coarse(network, factor):
    """The network with maps that stand on a pedestal of so many standard deviations, which takes float16's digits."""
    with torch.no_grad():
        heatmaps = Deployable(network, MANIFEST.input.mean, MANIFEST.input.std)(torch.from_numpy(images(1, 32, 48)))[0]
        network.maps[0].bias.fill_(factor * float(heatmaps.std()))
    return network


def test_what_float16_renders_coarsely_is_measured_by_that(network, runtime, tmp_path):
    differences = export(coarse(network, 400), MANIFEST, tmp_path / "tiny.onnx", "float16")
    assert differences[runtime] > 0.03
    with pytest.raises(ValueError, match="the exported network is not the trained one"):
        check_parity(Wrong(network, "colours"), tmp_path / "tiny.onnx", "float16")


def test_what_float16_cannot_render_is_not_exported(network, tmp_path):
    with pytest.raises(ValueError, match="differs from torch by"):
        export(coarse(network, 10000), MANIFEST, tmp_path / "tiny.onnx", "float16")
    assert not list(tmp_path.iterdir())


def test_large_statistics_are_no_matter_in_float16(network, runtime, tmp_path):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_var.fill_(1e6)  # more than float16 can hold
            module.running_mean.mul_(1e3)
            module.weight.data.mul_(1e3)
    assert export(network, MANIFEST, tmp_path / "tiny.onnx", "float16")[runtime] < 0.01


def test_what_tensorrt_cannot_take_is_not_exported(network, tmp_path):
    class Determined(Wrong):
        def forward(self, x):
            heatmaps, *rest = self.network(x)
            return (heatmaps + torch.det(x[:, :, :3, :3]).mean(), *rest)

    with pytest.raises(ValueError, match=r"TensorRT cannot take .*no such operator"):
        export(Determined(network, ""), MANIFEST, tmp_path / "tiny.onnx")
    assert not list(tmp_path.iterdir())


def test_a_network_with_infinite_results_is_not_exported(network, tmp_path):
    with torch.no_grad():
        next(network.parameters()).fill_(np.inf)
    with pytest.raises(ValueError, match="differs from torch by nan"):
        export(network, MANIFEST, tmp_path / "tiny.onnx")
    assert not list(tmp_path.iterdir())


def test_a_network_that_does_not_fit_its_manifest_is_not_exported(network, tmp_path):
    outputs = dataclasses.replace(MANIFEST, topology=dataclasses.replace(MANIFEST.topology, links=((0, 1),)))
    with pytest.raises(ValueError, match="do not match"):
        export(network, outputs, tmp_path / "tiny.onnx")
    with pytest.raises(ValueError, match="peak_treshold"):
        export(network, dataclasses.replace(MANIFEST, decoder={"peak_treshold": 0.1}), tmp_path / "tiny.onnx")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint as training writes it, of an untrained network, whose average is not its weights."""
    kwargs = {"widths": [4, 4, 8, 8], "depths": [1, 1, 1, 1]}
    topology = MANIFEST.topology
    build = {"keypoints": len(topology.keypoints), "links": len(topology.links), **kwargs}
    torch.manual_seed(0)
    state = {
        "model": zoo.build("light", **build).state_dict(),
        "ema": zoo.build("light", **build).state_dict(),
        "experiment": {
            "name": "little",
            "train_dataset": {"images_dir": "images", "annotations_file": "keypoints.json"},
            "model": {"name": "light", "kwargs": kwargs},
            "image_shape": [32, 48],
            "color": "bgr",
            "resize": "stretch",
            "pad": [1, 2, 3],
        },
        "topology": topology.to_category(),
    }
    torch.save(state, tmp_path / "last.pth")
    return tmp_path / "last.pth"


def run(checkpoint, *arguments):
    output = checkpoint.with_name("out.onnx")
    assert main([str(checkpoint), "--output", str(output), *arguments]) == 0
    return ModelFile.load(output)


def test_a_checkpoint_becomes_a_model(checkpoint, capsys):
    model = run(checkpoint, "--licence", "CC0", "--decoder", "peak_threshold=0.2", "min_keypoints=2")
    manifest = model.manifest
    assert (manifest.name, manifest.licence) == ("little", "CC0")
    assert manifest.topology == MANIFEST.topology
    assert manifest.decoder == {"peak_threshold": 0.2, "min_keypoints": 2}
    spec = manifest.input
    assert (spec.height, spec.width, spec.multiple, spec.layout) == (32, 48, 16, "nhwc")
    assert (spec.color, spec.resize, spec.pad) == ("bgr", "stretch", (1, 2, 3))
    assert (manifest.outputs.stride, manifest.outputs.offset, manifest.outputs.paf_order) == (8, 3.5, "xy")
    assert "largest difference from torch" in capsys.readouterr().out
    assert len(PosePipeline.open(model.path)(list(images(2, 40, 40)))) == 2


def test_the_size_at_run_time_may_be_another(checkpoint, capsys):
    spec = run(checkpoint, "--input-size", "64x32").manifest.input
    assert (spec.height, spec.width) == (64, 32)
    with pytest.raises(ValueError, match="must be positive multiples of 16"):
        run(checkpoint, "--input-size", "60x32")


def test_the_average_is_what_leaves_unless_told_otherwise(checkpoint):
    state = torch.load(checkpoint, weights_only=True)
    default, weights = run(checkpoint).sha256, run(checkpoint, "--no-ema").sha256
    assert run(checkpoint, "--ema").sha256 == default != weights
    state["ema"] = None
    torch.save(state, checkpoint)
    assert run(checkpoint).sha256 == weights
    with pytest.raises(ValueError, match="no average of the weights"):
        run(checkpoint, "--ema")


def test_what_is_no_checkpoint_of_ours_is_named(checkpoint):
    torch.save(torch.load(checkpoint, weights_only=True)["model"], checkpoint)
    with pytest.raises(ValueError, match=r"last\.pth has no experiment, model, topology"):
        run(checkpoint)
    checkpoint.unlink()
    with pytest.raises(FileNotFoundError, match=r"last\.pth"):
        run(checkpoint)
