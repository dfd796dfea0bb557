"""What the tests of TensorRT engines share: a small model, built for a GPU that need not be there."""

import multiprocessing

import pytest
from tiny_model import HEIGHT, WIDTH

from trt_pose_ros import ModelFile
from trt_pose_ros.engine import flavour
from trt_pose_ros.engine.build import BuildSpec
from trt_pose_ros.engine.key import EngineKey
from trt_pose_ros.engine.store import EngineStore

TARGET = "sm_86"


def needs_builder():
    """Skip unless a TensorRT is installed that builds without a GPU."""
    if flavour.find() is None:
        pytest.skip("TensorRT is not installed (make tensorrt-rtx)", allow_module_level=True)
    if TARGET not in flavour.load().targets:
        pytest.skip(f"{flavour.load()} needs the GPU itself to build", allow_module_level=True)


def spec(path, **changes):
    """How the tiny model at ``path`` is built."""
    return BuildSpec(
        **{"model": str(path), "input": "image", "height": HEIGHT, "width": WIDTH, "target": TARGET} | changes
    )


def key(wanted):
    """The key of what is built of a spec."""
    return EngineKey.of(wanted, ModelFile.load(wanted.model).sha256, flavour.load(), None)


def _race(model, folder, rounds, start, builds):
    for batch in range(1, 1 + rounds):
        wanted = spec(model, batch=batch)
        wanted_key = key(wanted)
        start.wait(60)
        EngineStore(folder).get(wanted, wanted_key, on_reason=lambda _, batch=batch: builds.put(batch))


def race(model, folder, rounds, racers=2):
    """Let processes ask for one engine at the same time, again and again; how many of them built it, round by round."""
    context = multiprocessing.get_context("spawn")
    start, builds = context.Barrier(racers), context.SimpleQueue()
    processes = [context.Process(target=_race, args=(model, folder, rounds, start, builds)) for _ in range(racers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(600)
    assert [process.exitcode for process in processes] == [0] * racers
    built = []
    while not builds.empty():
        built.append(builds.get())
    return [built.count(batch) for batch in range(1, 1 + rounds)]
