import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from engines import key, needs_builder, race, spec
from tiny_model import write_model

from trt_pose_ros.engine.build import BuildError
from trt_pose_ros.engine.store import STORE_VARIABLE, EngineStore, default_folder

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")


def test_where_engines_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(STORE_VARIABLE, raising=False)
    assert default_folder() == tmp_path / "cache" / "trt_pose_ros" / "engines"
    monkeypatch.setenv(STORE_VARIABLE, "~/engines")
    assert default_folder() == default_folder().home() / "engines"


def test_an_empty_store(tmp_path):
    store = EngineStore(tmp_path / "none")
    assert store.entries() == []
    assert store.prune(lambda _: "") == []
    assert not (tmp_path / "none").exists()


class Life:
    """A store with one model, and what happened when its engine was asked for."""

    def __init__(self, folder):
        self.model = write_model(folder / "tiny.onnx")
        self.store = EngineStore(folder / "engines")
        self.reasons = []

    def get(self, **changes):
        wanted = spec(self.model, **changes)
        return self.store.get(wanted, key(wanted), on_reason=self.reasons.append)


@pytest.fixture
def life(tmp_path):
    needs_builder()
    return Life(tmp_path)


def test_an_engine_is_built_once(life):
    first = life.get()
    assert life.get().manifest == first.manifest
    assert life.reasons == ["the first engine of this model"]
    assert first.path.name.startswith("tiny-96x128-b1-auto-sm_86-")
    assert first.path.stat().st_size == first.manifest["size"]
    (entry,) = life.store.entries()
    assert (entry.path, entry.problem) == (first.path, "")
    assert entry.key == key(spec(life.model))
    assert sorted(p.name for p in life.store.folder.iterdir() if p.suffix == ".part") == []


def test_other_shapes_and_options_are_other_engines(life):
    paths = {life.get().path, life.get(batch=3).path, life.get(width=160).path, life.get(level=1).path}
    assert len(paths) == 4
    assert life.reasons == [
        "the first engine of this model",
        "batch 1 -> 3",
        "input image nhwc 96x128 -> image nhwc 96x160",
        "optimisation level -1 -> 1",
    ]


def test_a_changed_model_is_built_anew_with_the_reason(life):
    first = life.get()
    write_model(life.model, licence="another")
    assert life.get().path != first.path
    assert life.reasons[1:] == ["the model changed"]


def _other_key(entry):
    manifest = entry.manifest | {"key": entry.manifest["key"] | {"batch": 7}}
    entry.path.with_suffix(".json").write_text(json.dumps(manifest))


def test_weights_beside_the_model_count_as_the_model(life):
    first = life.get()
    life.model.with_name("tiny.onnx.data").write_bytes(b"weights")
    assert life.get().path != first.path
    assert life.reasons[1:] == ["the model changed"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda e: os.truncate(e.path, 1000), "the engine file is cut short: 1000 of"),
        (lambda e: e.path.write_bytes(bytes(e.manifest["size"])), "the engine file was changed: its checksum"),
        (lambda e: e.path.unlink(), "the engine file is missing"),
        (lambda e: e.path.with_suffix(".json").unlink(), "the build was not finished: there is no manifest"),
        (lambda e: _other_key(e), "its manifest tells of another engine"),
        (lambda e: e.path.with_suffix(".json").write_text("{"), "the manifest is damaged"),
        (lambda e: e.path.with_suffix(".json").write_text("[]"), "the manifest is damaged"),
        (lambda e: e.path.with_suffix(".json").write_text('{"format_version": 1}'), "the manifest is damaged"),
        (lambda e: e.path.with_suffix(".json").write_bytes(b"\xff\xfe"), "the manifest is damaged"),
    ],
    ids=[
        "truncated",
        "altered",
        "missing",
        "no manifest",
        "another's manifest",
        "half a manifest",
        "a list",
        "no size",
        "no text",
    ],
)
def test_a_damaged_engine_is_found_and_built_anew(life, damage, reason):
    entry = life.get()
    damage(entry)
    assert life.store.find(entry.key) is None
    again = life.get()
    assert again.path == entry.path
    assert again.path.stat().st_size == again.manifest["size"]
    assert life.reasons[1].startswith(reason)
    assert life.store.find(entry.key).problem == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": "1.6.0"}, "tensorrt_rtx 1.6.0 -> "),
        ({"flavour": "tensorrt", "version": "10.3.0"}, "tensorrt -> tensorrt_rtx"),
        ({"capability": "sm_120"}, "GPU architecture sm_120 -> sm_86"),
        ({"gpu": "Orin"}, "GPU Orin -> any"),
    ],
)
def test_an_upgrade_is_the_reason(life, change, reason):
    # the engine of another time or machine: as it would lie there
    entry = life.get()
    old = replace(entry.key, **change)
    manifest = entry.manifest | {"key": vars(old)}
    entry.path.with_suffix(".json").rename(entry.path.with_name(f"tiny-{old.digest}.json"))
    entry.path.with_name(f"tiny-{old.digest}.json").write_text(json.dumps(manifest))
    entry.path.rename(entry.path.with_name(f"tiny-{old.digest}.engine"))
    life.get()
    assert life.reasons[1].startswith(reason)


def test_what_dead_builders_left_is_cleared_away(life):
    life.store.folder.mkdir()
    (life.store.folder / "tiny.engine.part").write_bytes(b"half")
    life.get()
    assert not list(life.store.folder.glob("*.part"))


def test_a_failed_build_leaves_nothing(life):
    wanted = spec(life.model, input="pixels")
    with pytest.raises(BuildError, match="pixels"):
        life.store.get(wanted, key(wanted))
    assert life.store.entries() == []


def test_a_model_that_changes_during_the_build_gives_no_engine(life):
    wanted = spec(life.model)
    wanted_key = key(wanted)
    with pytest.raises(BuildError, match="changed while its engine was built"):
        life.store.get(wanted, wanted_key, on_progress=lambda _: write_model(life.model, licence="another"))
    assert life.store.entries() == []


def test_a_store_that_cannot_be_written_names_the_way_out(life, tmp_path):
    (tmp_path / "file").touch()
    store = EngineStore(tmp_path / "file" / "engines")
    with pytest.raises(OSError, match=rf"can't be kept in .*engines .*set {STORE_VARIABLE}"):
        store.get(spec(life.model), key(spec(life.model)))


def test_pruning_takes_what_is_useless_and_what_is_damaged(life):
    kept, old, damaged = life.get(), life.get(batch=2), life.get(batch=3)
    os.truncate(damaged.path, 10)
    gone = life.store.prune(lambda e: "two at a time" if e.key.batch == 2 else "")
    assert dict(gone)[old.path] == "two at a time"
    assert dict(gone)[damaged.path].startswith("the engine file is cut short")
    assert [e.path for e in life.store.entries()] == [kept.path]


@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_of_two_that_race_one_builds_and_both_have_it(life, rounds):
    assert race(life.model, life.store.folder, rounds) == [1] * rounds
    assert [entry.problem for entry in life.store.entries()] == [""] * rounds


def test_kill_9_in_the_middle_of_a_build(life):
    # the process that builds and its builder die; the lock is free, nothing passes for an engine, the next one builds
    slow = write_model(life.model, work=200)
    program = f"""if True:
        import os, signal, sys
        sys.path[:0] = {sys.path!r}
        from engines import key, spec
        from trt_pose_ros.engine.store import EngineStore
        wanted = spec({str(slow)!r})
        def die(progress):
            if progress.percent > 10:
                os.kill(os.getpid(), signal.SIGKILL)
        EngineStore({str(life.store.folder)!r}).get(wanted, key(wanted), die)
    """
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == -9
    assert life.store.find(key(spec(slow))) is None
    assert life.get().problem == ""
