import json

import pytest
from tiny_model import HEIGHT, WIDTH, person, picture, write_model

from trt_pose_ros import PosePipeline
from trt_pose_ros.evaluation.profile import TOTAL, Profile, Report, jpegs, profile

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")

IMAGES = [picture([person(150, 100, 120)]), picture([])]
PIPELINE_STAGES = ["preprocess", "network", "decode", "track"]


@pytest.fixture
def pipeline(tmp_path):
    return PosePipeline.open(write_model(tmp_path / "tiny.onnx"), "onnxruntime", batch=2)


def test_every_stage_is_timed_in_the_order_of_the_path(pipeline):
    seen = []
    found = profile(
        pipeline, jpegs(IMAGES), 2, 5, {"message": lambda poses, image: seen.append((len(poses), image.shape))}
    )
    assert (found.batch, found.passes) == (2, 5)
    assert list(found.stages) == ["decode_image", *PIPELINE_STAGES, "message", "draw", TOTAL]
    assert len(seen) == 2 * (5 + 1)  # one pass to warm up
    assert found.people == 0.5
    assert sorted(seen[:2]) == [(0, (240, 320, 3)), (1, (240, 320, 3))]
    for p50, p95 in found.stages.values():
        assert 0 <= p50 <= p95


def test_the_stages_add_up_to_no_more_than_all_of_it(pipeline):
    found = profile(pipeline, jpegs(IMAGES), 2, 20)
    parts = sum(p50 for stage, (p50, _) in found.stages.items() if stage != TOTAL)
    assert 0 < parts <= 1.5 * found.stages[TOTAL][1]


def test_a_batch_larger_than_the_backends_runs_in_parts(tmp_path):
    small = PosePipeline.open(write_model(tmp_path / "tiny.onnx"), "onnxruntime", batch=1)
    assert profile(small, jpegs(IMAGES), 3, 2).batch == 3


@pytest.mark.parametrize(("encoded", "batch", "passes"), [([], 1, 1), ([b""], 0, 1), ([b""], 1, 0)])
def test_nothing_to_do_is_refused(pipeline, encoded, batch, passes):
    with pytest.raises(ValueError, match="each must be at least 1"):
        profile(pipeline, encoded, batch, passes)


@pytest.mark.parametrize("file", [b"no image", jpegs(IMAGES)[0][:100]])
def test_what_is_no_image_is_refused(pipeline, file):
    with pytest.raises(ValueError, match=f"{len(file)} bytes that are no image"):
        profile(pipeline, [file], 1, 1)


def test_tables_for_people_and_json_for_programs():
    stages = {"decode_image": (1.0, 2.0), "preprocess": (0.5, 1.0), "network": (4.0, 5.0), "decode": (0.3, 0.4)}
    report = Report(
        *("tiny", (HEIGHT, WIDTH), "onnxruntime 1.0", "CPU", "a processor, 2 cores; for 8 bits: AVX2", "320x240"),
        profiles=[
            Profile(1, 10, stages | {TOTAL: (8.0, 9.0)}, {"copy back": (0.25, 0.5)}),
            Profile(4, 10, stages | {TOTAL: (5.0, 6.0)}, {"copy back": (0.2, 0.4)}),
        ],
    )
    assert report.table().splitlines() == [
        "tiny at 96x128, onnxruntime 1.0 on CPU. Processor: a processor, 2 cores; for 8 bits: AVX2.",
        "JPEG images of 320x240; p50 / p95 in ms an image, over 10 passes after warming up.",
        "",
        "| stage | batch 1 | batch 4 |",
        "|---|---|---|",
        "| decode image | 1.00 / 2.00 | 1.00 / 2.00 |",
        "| preprocess | 0.50 / 1.00 | 0.50 / 1.00 |",
        "| network | 4.00 / 5.00 | 4.00 / 5.00 |",
        "| of it copy back | 0.25 / 0.50 | 0.20 / 0.40 |",
        "| decode | 0.30 / 0.40 | 0.30 / 0.40 |",
        "| all | 8.00 / 9.00 | 5.00 / 6.00 |",
        "| images a second | 125.0 | 200.0 |",
        "| preprocess and decode, of network | 20 % | 20 % |",
    ]
    head, _, row, _ = report.boards_table("Orin Nano").splitlines()
    assert head.startswith(
        "| board | backend | model | batch | decode image | preprocess | network | decode | all p50 "
    )
    assert row == (
        "| Orin Nano | onnxruntime 1.0 | tiny at 96x128 | 1 | 1.00 | 0.50 | 4.00 | 0.30 | 8.00 / 9.00 | 125.0 |"
    )
    assert json.loads(json.dumps(report.as_dict()))["profiles"][1]["stages"]["all"] == [5.0, 6.0]


def test_what_a_backend_tells_of_its_copies(pipeline, monkeypatch):
    told = []

    def timed(count):
        told.append(count)
        return {"copy to GPU": 0.002, "network alone": 0.010}

    monkeypatch.setattr(pipeline.backend, "timed", timed, raising=False)
    found = profile(pipeline, jpegs(IMAGES), 3, 4)
    assert told == [2] * 4  # it takes no more at once
    assert {part: round(p50, 6) for part, (p50, _) in found.parts.items()} == {"copy to GPU": 1.0, "network alone": 5.0}
    names = list(found.rows())
    assert names[names.index("network") + 1 :][:2] == ["of it copy to GPU", "of it network alone"]
