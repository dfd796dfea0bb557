import numpy as np
import pytest
from tiny_model import TOPOLOGY, person, picture, write_model

from trt_pose_ros import PosePipeline, Topology
from trt_pose_ros.families.paf import PafOutputs
from trt_pose_ros.tracking import SmootherOptions, TrackerOptions

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture(scope="module")
def pipeline(path):
    return PosePipeline.open(path, "onnxruntime")


@pytest.mark.parametrize(
    ("width", "height", "size"), [(320, 240, 100), (640, 480, 200), (300, 500, 180), (128, 96, 60)]
)
def test_people_are_where_they_are_in_the_picture(pipeline, width, height, size):
    truth = person(0.45 * width, 0.4 * height, size)
    (poses,) = pipeline([picture([truth], width, height)])
    assert len(poses) == 1
    assert poses.topology == TOPOLOGY
    # a map cell is this many pixels of the picture; the network's discs are symmetric, so it finds their centres
    cell = 4 * max(width / 128, height / 96)
    np.testing.assert_allclose(poses.keypoints[0, :, :2], truth, atol=0.35 * cell)


def test_a_batch_gives_what_single_pictures_give(pipeline):
    pictures = [
        picture([person(100, 80, 90)]),
        picture([], 640, 480),
        picture([person(100, 100, 120), person(400, 300, 200)], 640, 480),
    ]
    together = pipeline(pictures)
    assert [len(p) for p in together] == [1, 0, 2]
    for one, alone in zip(together, pictures, strict=True):
        (single,) = pipeline([alone])
        np.testing.assert_array_equal(one.keypoints, single.keypoints)
        np.testing.assert_array_equal(one.scores, single.scores)


def test_hidden_keypoints_are_missing(pipeline):
    truth = person(150, 100, 120)
    truth[TOPOLOGY.index("left_wrist")] = np.nan
    (poses,) = pipeline([picture([truth])])
    assert poses.found[0].tolist() == np.isfinite(truth[:, 0]).tolist()


def test_no_pictures_no_people(pipeline):
    assert pipeline([]) == []


def test_the_stages_are_timed(pipeline):
    pipeline([picture([])], ["front"], [0.0])
    assert list(pipeline.times) == ["preprocess", "network", "decode", "track"]
    assert all(seconds > 0 for seconds in pipeline.times.values())
    pipeline([picture([])])
    assert pipeline.times["track"] == 0
    pipeline([picture([])], scenes=[None])
    assert list(pipeline.times) == ["preprocess", "network", "decode", "locate", "track"]


def test_more_images_than_the_network_takes_are_run_in_several_batches(path, pipeline):
    pictures = [picture([person(60 + 20 * i, 80, 90)]) for i in range(5)]
    by_two = PosePipeline.open(path, "onnxruntime", batch=2)
    for one, other in zip(pipeline(pictures), by_two(pictures), strict=True):
        np.testing.assert_array_equal(one.keypoints, other.keypoints)


@pytest.mark.parametrize("stride", [2, 8])
def test_a_description_with_a_wrong_stride_is_refused(tmp_path, stride):
    outputs = PafOutputs("heatmaps", "pafs", stride=stride, offset=1.5)
    path = write_model(tmp_path / "stride.onnx", outputs=outputs)
    with pytest.raises(ValueError, match=rf"stride\.onnx: output 'heatmaps' has 24 cells.*stride of 4.*says.*{stride}"):
        PosePipeline.open(path, "onnxruntime")


def test_model_and_topology_must_match(tmp_path):
    path = write_model(tmp_path / "wrong.onnx", topology=Topology.load("human_pose"))
    with pytest.raises(ValueError, match=r"6 channels, topology 'human_pose' with 18 keypoints.*do not match"):
        PosePipeline.open(path, "onnxruntime")


def test_people_keep_their_identity_and_cameras_their_own_people(path):
    pipeline = PosePipeline.open(path, "onnxruntime")
    pipeline.following.tracking, pipeline.following.smoothing = (
        TrackerOptions(min_hits=1, confident=0.0),
        SmootherOptions(),
    )
    for step in range(5):
        left, right = person(100 + 4 * step, 80, 90), person(220 - 4 * step, 120, 90)
        pictures = [picture([left, right]), picture([right])]
        both, one = pipeline(pictures, ["front", "back"], [step / 30, step / 30])
        by_place = both.track_ids[np.argsort(both.keypoint("neck")[:, 0])].tolist()
        assert sorted(by_place) == [0, 1]
        assert one.track_ids.tolist() == [0]
        if step == 0:
            first = by_place
        assert by_place == first
    (alone,) = pipeline([pictures[0]])
    assert alone.track_ids.tolist() == [-1, -1]
    pipeline.following.tracking = None
    (untracked,) = pipeline([pictures[0]], ["front"], [1.0])
    assert untracked.track_ids.tolist() == [-1, -1]


def test_input_size_and_decoder_options(path):
    big = PosePipeline.open(path, "onnxruntime", input_size=(192, 256), min_keypoints=6)
    assert big.input_size == (192, 256)
    truth = person(150, 100, 120)
    assert len(big([picture([truth])])[0]) == 1
    truth[0] = np.nan
    assert len(big([picture([truth])])[0]) == 0


def test_the_models_own_decoder_options_count_and_can_be_overridden(tmp_path):
    path = write_model(tmp_path / "strict.onnx", decoder={"min_keypoints": 6})
    assert PosePipeline.open(path, "onnxruntime").family.options.min_keypoints == 6
    assert PosePipeline.open(path, "onnxruntime", min_keypoints=2).family.options.min_keypoints == 2


def test_wrong_input_is_refused(pipeline, path):
    with pytest.raises(ValueError, match="uint8"):
        pipeline([np.zeros((5, 5), np.uint8)])
    with pytest.raises(ValueError, match="multiples of 4"):
        PosePipeline.open(path, "onnxruntime", input_size=(95, 128))
    with pytest.raises(ValueError, match="no_such_option"):
        PosePipeline.open(path, "onnxruntime", no_such_option=1)
    image = picture([])
    with pytest.raises(ValueError, match=r"list of arrays.*write pipeline\(\[image\]\)"):
        pipeline(image)
    for cameras, stamps, complaint in (
        (["a"], None, "stamps is None: give both"),
        (None, [0.0], "cameras is None"),
        (["a", "b"], [0.0], "cameras is .* one for each of the 1 images"),
        ("a", [0.0], "cameras is 'a'"),
        (["a"], 0.0, "stamps is 0.0"),
        (["a"], [float("nan")], "stamp nan is not a finite number"),
        (["a"], [None], "stamp None"),
    ):
        with pytest.raises(ValueError, match=complaint):
            pipeline([image], cameras, stamps)
