"""What torch2trt saves becomes an engine file that the backend tensorrt runs."""

import pickle
import sys
from types import ModuleType

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: make training")
pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the stand-in's engines run on onnxruntime")

import numpy as np  # noqa: E402
from gpu_stand_in import gpu  # noqa: E402

from trt_pose_ros import ModelFile, Topology  # noqa: E402
from trt_pose_ros.backends import RunSpec  # noqa: E402
from trt_pose_ros.backends.tensorrt import Backend  # noqa: E402
from trt_pose_training import networks  # noqa: E402
from trt_pose_training.deploy.torch2trt_engine import read  # noqa: E402
from trt_pose_training.import_torch2trt import main  # noqa: E402

HUMAN = Topology.load("human_pose")
NAMES = {"input_names": ["input_0"], "output_names": ["output_0", "output_1"]}


def save(path, **entries):
    """Write a state dict as TRTModule of torch2trt does."""
    torch.save({"engine": bytearray(b"an engine")} | NAMES | entries, path)
    return path


@pytest.mark.parametrize("zipped", [True, False], ids=["from torch 1.6 on", "before"])
def test_engine_and_names_are_read(tmp_path, zipped):
    state = {"engine": bytearray(b"an engine"), **NAMES}
    torch.save(state, tmp_path / "a_trt.pth", _use_new_zipfile_serialization=zipped)
    assert read(tmp_path / "a_trt.pth") == (b"an engine", ["input_0"], ["output_0", "output_1"])


def test_a_module_inside_another_and_an_engine_as_tensor(tmp_path):
    engine = torch.tensor(list(b"an engine"), dtype=torch.uint8)
    nested = {f"module.{key}": value for key, value in ({"engine": engine} | NAMES).items()}
    torch.save(nested, tmp_path / "a_trt.pth")
    assert read(tmp_path / "a_trt.pth")[0] == b"an engine"


def test_the_flatteners_of_later_versions_are_left_out(tmp_path, monkeypatch):
    module = ModuleType("torch2trt.flattener")

    class Flattener:
        pass

    Flattener.__module__, Flattener.__qualname__ = module.__name__, "Flattener"
    module.Flattener = Flattener
    flattener = Flattener()
    flattener._schema, flattener._size = [0, 1], 2
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "torch2trt", ModuleType("torch2trt"))
        patch.setitem(sys.modules, module.__name__, module)
        save(tmp_path / "a_trt.pth", input_flattener=flattener, output_flattener=flattener)
    assert read(tmp_path / "a_trt.pth") == (b"an engine", ["input_0"], ["output_0", "output_1"])


def test_nothing_in_the_file_is_executed(tmp_path):
    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("harm").touch, ())

    save(tmp_path / "a_trt.pth", extra=Evil())
    with pytest.raises(ValueError, match=r"a_trt\.pth is not a file of torch2trt"):
        read(tmp_path / "a_trt.pth")
    assert not (tmp_path / "harm").exists()


def test_the_engine_runs_as_the_weights_would(tmp_path, capsys):
    torch.manual_seed(0)
    network = networks.build("resnet18_baseline_att", 18, 21, pretrained=False, start=False, upsample_channels=8).eval()
    onnx = tmp_path / "network.onnx"  # the stand-in's engines are ONNX files
    example = torch.zeros(1, 3, 64, 96)
    torch.onnx.export(
        network, (example,), str(onnx), input_names=["input_0"], output_names=NAMES["output_names"], dynamo=False
    )
    path, output = tmp_path / "resnet18_baseline_att_064x096_A_trt.pth", tmp_path / "pose.engine"
    save(path, engine=bytearray(onnx.read_bytes()))
    assert main([str(path), "--output", str(output), "--input-size", "64x96"]) == 0
    assert "input 64x96, stretch" in capsys.readouterr().out

    model = ModelFile.load(output)
    about = model.manifest
    assert (about.topology, about.input.layout, about.input.color) == (HUMAN, "nchw", "rgb")
    assert (about.outputs.heatmaps, about.outputs.pafs, about.outputs.paf_order) == ("output_0", "output_1", "yx")
    flavour, cuda = gpu(1, (64, 96))
    backend = Backend(model, RunSpec(64, 96, ("output_0", "output_1"), batch=4), flavour=flavour, cuda=cuda)
    assert backend.max_batch == 1
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    backend.input[0] = image
    found = backend.run(1)
    mean, std = (np.array(v, np.float32) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))  # as trt_pose has it
    with torch.no_grad():
        maps = network(torch.from_numpy((image / np.float32(255) - mean) / std).permute(2, 0, 1)[None])
    for name, expected in zip(("output_0", "output_1"), maps, strict=True):
        np.testing.assert_allclose(found[name], expected.numpy(), atol=1e-4)


def test_an_engine_of_another_board_is_refused_with_the_way_out(tmp_path):
    path = save(tmp_path / "resnet18_224x224_trt.pth")
    main([str(path), "--output", str(tmp_path / "pose.engine")])
    flavour, cuda = gpu()
    with pytest.raises(ValueError, match=r"runs only on the kind of board.* import the weights"):
        Backend(
            ModelFile.load(tmp_path / "pose.engine"),
            RunSpec(224, 224, ("output_0", "output_1")),
            flavour=flavour,
            cuda=cuda,
        )


def test_an_engine_without_its_description_is_refused(tmp_path):
    (tmp_path / "pose.engine").write_bytes(b"an engine")
    with pytest.raises(ValueError, match=r"is an engine, .* name the \.onnx that it was built from"):
        ModelFile.load(tmp_path / "pose.engine")


def test_a_size_that_nobody_tells_is_asked_for(tmp_path):
    with pytest.raises(ValueError, match="does not say the input's size: give --input-size"):
        main([str(save(tmp_path / "a_trt.pth")), "--output", str(tmp_path / "a.engine")])


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ({"output_names": ["output_0"]}, "has inputs input_0 and outputs output_0, but trt_pose's networks have one"),
        ({"input_names": []}, "has inputs none"),
        ({"engine": bytearray()}, "the engine in .* is empty"),
    ],
)
def test_other_engines_are_refused(tmp_path, entries, complaint):
    path = save(tmp_path / "resnet18_224x224_trt.pth", **entries)
    with pytest.raises(ValueError, match=complaint):
        main([str(path), "--output", str(tmp_path / "a.engine")])
    assert not (tmp_path / "a.engine").exists()


@pytest.mark.parametrize("content", [{"weight": torch.zeros(2)}, [1, 2], torch.zeros(3)])
def test_weights_are_not_engines(tmp_path, content):
    torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(ValueError, match=r"has no engine, input_names, output_names.*import_trt_pose"):
        read(tmp_path / "weights.pth")


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"engine": 1})[:-2]])
def test_what_is_no_such_file_is_named(tmp_path, content):
    (tmp_path / "a_trt.pth").write_bytes(content)
    with pytest.raises(ValueError, match=r"a_trt\.pth is not a file of torch2trt: "):
        read(tmp_path / "a_trt.pth")


def test_the_outputs_name_is_checked_before_anything_is_written(tmp_path):
    path = save(tmp_path / "resnet18_224x224_trt.pth")
    with pytest.raises(ValueError, match=r"must end in \.engine"):
        main([str(path), "--output", str(tmp_path / "a.onnx")])
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
