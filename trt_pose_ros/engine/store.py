"""EngineStore: a folder of engines, each with a manifest beside it that says what it is and proves that it is whole.

An engine is written under a temporary name, reaches the disk, takes its name, and only then gets its manifest the same
way: whatever happens in between, no half engine is ever taken for one. One lock per store: whoever builds holds it, and
who wants the same engine waits and then uses the winner's. The kernel frees it when its holder dies.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..model_file import network_sha256
from .build import BuildError, BuildSpec
from .child import Progress, build_in_child, write_durably
from .key import EngineKey
from .lock import hold

STORE_VARIABLE = "TRT_POSE_ENGINES"
FORMAT_VERSION = 1
ENGINE, MANIFEST, PART = ".engine", ".json", ".part"


@dataclass(frozen=True)
class Entry:
    """An engine of the store.

    Attributes:
        path: the engine's file; it may be missing.
        manifest: as it lies beside it; empty if it can't be read.
        problem: why the engine can't be used; empty if it is whole.
    """

    path: Path
    manifest: dict[str, Any]
    problem: str

    @property
    def key(self) -> EngineKey | None:
        """What it was built from; None if the manifest doesn't tell."""
        try:
            return EngineKey(**self.manifest["key"])
        except (KeyError, TypeError):
            return None


def default_folder() -> Path:
    """Where engines are kept: $TRT_POSE_ENGINES, else trt_pose_ros/engines in the user's cache."""
    chosen = os.environ.get(STORE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "trt_pose_ros" / "engines"


class EngineStore:
    """Finds engines, builds those that are missing, tells why, removes what is no use.

    Args:
        folder: None for :func:`default_folder`. It is made when the first engine is.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = Path(folder).expanduser() if folder else default_folder()

    def entries(self) -> list[Entry]:
        """All engines, whole or not, by name."""
        names = {p.with_suffix("") for suffix in (ENGINE, MANIFEST) for p in self.folder.glob(f"*{suffix}")}
        return [self._read(Path(f"{name}{ENGINE}")) for name in sorted(names)]

    def path(self, spec: BuildSpec, key: EngineKey) -> Path:
        """Where the engine of a key lies, or would: a name for people, and the key's digest."""
        size = f"{spec.height}x{spec.width}"
        parts = (Path(spec.model).stem[:60], size, f"b{spec.batch}", spec.precision, key.capability, key.digest)
        return self.folder / f"{'-'.join(parts)}{ENGINE}"

    def find(self, key: EngineKey) -> Entry | None:
        """The engine of a key, if it is there and whole."""
        return next((entry for entry in self._of(key) if not entry.problem), None)

    def explain(self, spec: BuildSpec, key: EngineKey) -> str:
        """Why the engine of this key must be built: what is wrong with the one there, or how the nearest differs."""
        for entry in self._of(key):
            return entry.problem or ""
        model = str(Path(spec.model).resolve())
        related = [
            key.differences(entry.key)
            for entry in self.entries()
            if entry.key and (entry.manifest.get("model") == model or entry.key.model == key.model)
        ]
        if not related:
            return "the first engine of this model"
        nearest = sorted(related, key=len)[0]
        return ", ".join(nearest)

    def get(
        self,
        spec: BuildSpec,
        key: EngineKey,
        on_progress: Callable[[Progress], None] = lambda _: None,
        on_reason: Callable[[str], None] = lambda _: None,
    ) -> Entry:
        """The engine of a key, built if need be.

        Args:
            on_progress: called while it is built, or while another process is waited for.
            on_reason: called once before a build, with why it must be.

        Raises:
            BuildError, ImportError: see :func:`~trt_pose_ros.engine.child.build_in_child`.
            OSError: the store can't be written; the message names the variable that moves it.
        """
        found = self.find(key)
        if found:
            return found
        self._make()
        with hold(self.folder / ".lock", lambda seconds: on_progress(Progress(_WAITING, 0.0, seconds))):
            found = self.find(key)
            if found:
                return found
            on_reason(self.explain(spec, key))
            self._clear_parts()
            return self._build(spec, key, on_progress)

    def discard(self, entry: Entry) -> None:
        """Remove an engine that is whole, and yet no use."""
        with hold(self.folder / ".lock"):
            entry.path.with_suffix(MANIFEST).unlink(missing_ok=True)  # first: without it, it is no engine
            entry.path.unlink(missing_ok=True)

    def prune(self, useless: Callable[[Entry], str]) -> list[tuple[Path, str]]:
        """Remove engines.

        Args:
            useless: why an entry should go; empty if it should stay.

        Returns:
            what went, and why.
        """
        if not self.folder.is_dir():
            return []
        gone = []
        with hold(self.folder / ".lock"):
            self._clear_parts()
            for entry in self.entries():
                reason = entry.problem or useless(entry)
                if reason:
                    entry.path.with_suffix(MANIFEST).unlink(missing_ok=True)  # first: without it, it is no engine
                    entry.path.unlink(missing_ok=True)
                    gone.append((entry.path, reason))
        return gone

    def _of(self, key: EngineKey) -> Iterator[Entry]:
        """Entries of a key, by the digest in their names."""
        for suffix in (ENGINE, MANIFEST):
            for path in self.folder.glob(f"*-{key.digest}{suffix}"):
                entry = self._read(path.with_suffix(ENGINE))
                if not entry.problem and entry.key != key:
                    entry = replace(entry, problem="its manifest tells of another engine")
                yield entry
                return

    def _read(self, path: Path) -> Entry:
        try:
            manifest = json.loads(path.with_suffix(MANIFEST).read_text())
            if manifest["format_version"] != FORMAT_VERSION:
                raise ValueError(manifest["format_version"])
            size, sha256 = int(manifest["size"]), str(manifest["sha256"])
        except FileNotFoundError:
            return Entry(path, {}, "the build was not finished: there is no manifest")
        except (OSError, ValueError, KeyError, TypeError):
            return Entry(path, {}, "the manifest is damaged or of another version of trt_pose_ros")
        return Entry(path, manifest, _damage(path, size, sha256))

    def _make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise OSError(
                f"engines can't be kept in {self.folder} ({error.strerror}): set {STORE_VARIABLE} to a folder that can "
                f"be written"
            ) from None

    def _clear_parts(self) -> None:
        """Remove what builders that died have left; only while holding the lock, when no other builds."""
        for part in self.folder.glob(f"*{PART}"):
            part.unlink(missing_ok=True)

    def _build(self, spec: BuildSpec, key: EngineKey, on_progress: Callable[[Progress], None]) -> Entry:
        path = self.path(spec, key)
        part = path.with_suffix(f"{ENGINE}{PART}")
        cache = self.folder / f"timings-{key.flavour}-{key.version}-{_plain(key.gpu)}-{key.capability}.cache"
        try:
            built = build_in_child(spec, part, cache, on_progress)
            if network_sha256(Path(spec.model)) != key.model:
                raise BuildError(f"{spec.model} was changed while its engine was built: start again")
            manifest = {
                "format_version": FORMAT_VERSION,
                "key": asdict(key),
                "model": str(Path(spec.model).resolve()),
                "built": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                **built,
            }
            part.replace(path)
            _sync(self.folder)
            text = path.with_suffix(f"{MANIFEST}{PART}")
            write_durably(text, json.dumps(manifest, indent=1).encode())
            text.replace(path.with_suffix(MANIFEST))
            _sync(self.folder)
        finally:
            part.unlink(missing_ok=True)
        return Entry(path, manifest, "")


_WAITING = "waiting for another process that builds an engine"


def _damage(path: Path, size: int, sha256: str) -> str:
    """What is wrong with a file that should have this size and sum; empty if nothing is."""
    try:
        found = path.stat().st_size
        if found != size:
            return f"the engine file is cut short: {found} of {size} bytes"
        if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            return "the engine file was changed: its checksum is another"
    except FileNotFoundError:
        return "the engine file is missing"
    except OSError as error:
        return f"the engine file can't be read: {error.strerror}"
    return ""


def _plain(name: str) -> str:
    """A name as part of a file's."""
    return "".join(c if c.isalnum() else "_" for c in name) or "any"


def _sync(folder: Path) -> None:
    """Have a folder's new names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
