import pytest
from tiny_model import person, picture, write_model

from trt_pose_ros import PosePipeline
from trt_pose_ros.evaluation.stages import StageProfile, plot, profile_stages, table_row

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")


@pytest.fixture
def pipeline(tmp_path):
    return PosePipeline.open(write_model(tmp_path / "tiny.onnx"), "onnxruntime", batch=2)


def test_every_stage_is_measured_and_they_make_up_the_whole(pipeline):
    seen, steps = [], []
    found = profile_stages(
        pipeline,
        [picture([person(150, 100, 120)])],
        cameras=2,
        steps=5,
        warm_up=1,
        outputs={"draw": lambda image, poses: seen.append((image.shape, len(poses)))},
        on_step=lambda: steps.append(1),
    )
    assert list(found.stages) == ["decode image", "preprocess", "network", "decode", "track", "draw"]
    assert all(0 < median <= high for median, high in found.stages.values())
    assert found.total[0] >= max(median for median, _ in found.stages.values())
    assert (found.people, found.cameras, found.parts) == (1.0, 2, {})
    assert seen == [((240, 320, 3), 1)] * 12
    assert len(steps) == 6


def test_numbers_below_one_are_named(pipeline):
    for wrong in ({"cameras": 0}, {"steps": 0}):
        ((name, value),) = wrong.items()
        with pytest.raises(ValueError, match=f"{name} is {value}, must be at least 1"):
            profile_stages(pipeline, [picture([])], **wrong)
    with pytest.raises(ValueError, match="images is 0"):
        profile_stages(pipeline, [])


MEASURED = StageProfile(
    "light", "tensorrt 10.3.0", "Orin (sm_87)", (256, 448), 3, 100, 2.0,
    {"decode image": (1.0, 1.5), "preprocess": (0.5, 0.6), "network": (8.0, 9.0), "decode": (0.3, 0.4)},
    (10.0, 12.0),
    {},
)  # fmt: skip


def test_figures_made_of_them():
    assert MEASURED.fps == 100.0
    assert MEASURED.outside_network == pytest.approx(0.1)
    head, row = table_row(MEASURED, "Orin Nano")
    assert head.splitlines()[0] == (
        "| board | backend | model | cameras | decode image | preprocess | network | decode | all p50 / p95 | fps |"
    )
    assert row == (
        "| Orin Nano | tensorrt 10.3.0 | light 256x448 | 3 | 1.00 | 0.50 | 8.00 | 0.30 | 10.0 / 12.0 | 100.0 |"
    )


def test_a_plot(tmp_path):
    pytest.importorskip("matplotlib")
    plot(MEASURED, str(tmp_path / "stages.png"))
    assert (tmp_path / "stages.png").read_bytes()[:4] == b"\x89PNG"
