"""Whole camera images in: the graph resizes and pads as the CPU does."""

import dataclasses

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch: make training")
onnx = pytest.importorskip("onnx", reason="layers are added with the onnx package")
pytest.importorskip("onnxruntime", reason="the networks are run with onnxruntime")

from engines import needs_builder, spec  # noqa: E402
from tiny_network import MANIFEST, TinyNetwork  # noqa: E402

from trt_pose_ros import PosePipeline  # noqa: E402
from trt_pose_ros.backends import NAMES, RunSpec, is_usable, open_backend  # noqa: E402
from trt_pose_ros.engine import flavour  # noqa: E402
from trt_pose_ros.engine.build import build  # noqa: E402
from trt_pose_ros.media.encodings import EncodedImage  # noqa: E402
from trt_pose_ros.model_file import LIGHT, ModelFile  # noqa: E402
from trt_pose_ros.preprocess import Preprocessor  # noqa: E402
from trt_pose_training.deploy.export import export  # noqa: E402
from trt_pose_training.deploy.full_frame import take_whole_frames  # noqa: E402
from trt_pose_training.full_frame import main  # noqa: E402

HEIGHT, WIDTH = 90, 130


@pytest.fixture
def write(tmp_path):
    """Write a model whose input has these properties."""

    def write(**changes):
        path = tmp_path / "tiny.onnx"
        export(TinyNetwork(), dataclasses.replace(MANIFEST, input=dataclasses.replace(MANIFEST.input, **changes)), path)
        return path

    return write


def scene(seed=0, height=HEIGHT, width=WIDTH):
    """A soft image, as cameras make them."""
    return cv2.resize(np.random.default_rng(seed).integers(0, 256, (9, 13, 3), np.uint8), (width, height))


def maps(model, images, backend="onnxruntime"):
    """The network's outputs, and where the images lie in its input."""
    tensor, family = model.manifest.input, model.manifest.new_family()
    size = tensor.tensor_size(tensor.height, tensor.width)
    network = open_backend(model, RunSpec(*size, family.output_names, precision="float32"), backend)
    _, placements = Preprocessor(tensor, tensor.height, tensor.width)(images, network.input)
    return {name: array.copy() for name, array in network.run(len(images)).items()}, placements


@pytest.mark.parametrize("backend", NAMES)
@pytest.mark.parametrize(
    "changes", [{}, {"color": "rgb", "pad": (10, 200, 90)}, {"resize": "stretch"}, {"pad": (120, 110, 100)}]
)
def test_the_maps_are_those_of_images_resized_by_the_cpu(write, changes, backend):
    if not is_usable(backend):
        pytest.skip(f"{backend} is not installed, or has no hardware here")
    path = write(**changes)
    images = [scene(seed) for seed in range(3)]
    expected, places = maps(ModelFile.load(path), images, backend)
    found, same = maps(take_whole_frames(path, HEIGHT, WIDTH, path.with_name("whole.onnx")), images, backend)
    assert places == same
    for name, wanted in expected.items():
        # grey levels are rounded on the CPU, here they are not
        assert np.sqrt(np.mean((found[name] - wanted) ** 2)) < 0.02 * wanted.std()


@pytest.mark.parametrize(
    ("height", "width"), [(1080, 1920), (720, 1280), (480, 640), (1944, 2592), (601, 799), (97, 41)]
)
def test_every_camera_fills_the_input_to_the_pixel(tmp_path, height, width):
    """The size after Resize is a product of floats that is rounded down."""
    whole = take_whole_frames(LIGHT, height, width, tmp_path / "whole.onnx")
    network = onnx.shape_inference.infer_shapes(onnx.load(whole.path))
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in network.graph.value_info}
    tensor = whole.manifest.input
    *_, last = (node for node in network.graph.node if node.name.startswith("camera/"))
    assert shapes[last.output[0]][1:] == [3, tensor.height, tensor.width]


def test_a_pipeline_finds_the_same_people_in_what_the_camera_sends(tmp_path):
    whole = take_whole_frames(LIGHT, 480, 640, tmp_path / "whole.onnx")
    image = scene(height=480, width=640)
    pipeline = PosePipeline.open(whole.path)
    assert pipeline.input_size == (256, 448)
    assert pipeline.backend.input.shape[1:3] == (480, 640)
    (there,), (here,) = pipeline([image]), PosePipeline.open(LIGHT)([image])
    assert len(there) == len(here)
    mono = EncodedImage(np.ascontiguousarray(image[:, :, :1]), "mono8")
    assert len(pipeline([mono])) == 1
    with pytest.raises(ValueError, match="640x481 pixels, but this model takes camera images of 640x480 only"):
        pipeline([scene(height=481, width=640)])
    with pytest.raises(ValueError, match="resizes camera images to 256x448 itself"):
        PosePipeline.open(whole.path, input_size=(384, 688))


def test_tensorrt_builds_it(tmp_path):
    needs_builder()
    whole = take_whole_frames(LIGHT, 1080, 1920, tmp_path / "whole.onnx")
    wanted = dataclasses.replace(spec(whole.path, batch=3), input="image", height=1080, width=1920)
    assert build(wanted, flavour.load()).layers > 20


def test_what_it_cannot_be_put_before(write, tmp_path):
    path = write()
    whole = take_whole_frames(path, HEIGHT, WIDTH, tmp_path / "whole.onnx")
    with pytest.raises(ValueError, match="takes whole camera images of 130x90 pixels already"):
        take_whole_frames(whole.path, HEIGHT, WIDTH, tmp_path / "twice.onnx")
    network = onnx.load(path)
    next(node for node in network.graph.node if node.op_type == "Cast").op_type = "Identity"
    other = tmp_path / "other.onnx"
    ModelFile.write(other, network.SerializeToString(), ModelFile.load(path).manifest)
    with pytest.raises(ValueError, match="layers cannot be put before it"):
        take_whole_frames(other, HEIGHT, WIDTH, tmp_path / "never.onnx")
    assert sorted(p.name for p in tmp_path.glob("*.onnx")) == ["other.onnx", "tiny.onnx", "whole.onnx"]


def test_as_a_command(write, tmp_path, capsys):
    output = tmp_path / "whole.onnx"
    assert main([str(write()), "--camera-size", f"{HEIGHT}x{WIDTH}", "--output", str(output)]) == 0
    assert "takes BGR images of 130x90 pixels, seen at 48x32" in capsys.readouterr().out
    assert ModelFile.load(output).manifest.input.frame == (HEIGHT, WIDTH)
