"""The network file and where its manifest is found."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from .known import find_by_content, folder, known_models
from .manifest import FORMAT_VERSION, Manifest
from .metadata import append_metadata, read_metadata
from .recognise import recognise
from .signature import Signature

MANIFEST_KEY = "trt_pose_ros.manifest"
MODELS = Path(__file__).parents[1] / "models"
LIGHT = MODELS / "light.onnx"  # the bundled network that looks at whole images
DEFAULT_MODEL = MODELS / "light_refined.pair.json"
MODEL_VARIABLE = "TRT_POSE_MODEL"
NETWORK_SUFFIXES = (".onnx", ".xml", ".tflite")
# Metadata of a network in 8 bits: what its uint8 tensors keep to. TensorRT takes them for int8, and needs 127.
UINT8_LIMIT_KEY = "trt_pose_ros.uint8_limit"

_BINDING = re.compile(r"\bA?GPL|non-?commercial|\bNC\b", re.IGNORECASE)  # licences that not everybody may do with
_log = logging.getLogger(__name__)

# what people have instead of a network file that runs everywhere, by suffix, and what to do about it
_ADVICE = {
    (".pth", ".pt", ".tar", ".ckpt"): (
        "holds weights of training, no network that can be run: make an .onnx of it, with "
        "`python -m trt_pose_training.export` where this package trained it, with "
        "`python -m trt_pose_training.import_trt_pose` where it is one of trt_pose's, with "
        "`python -m trt_pose_training.import_hrnet` where it is HRNet's, SimDR's or SimCC's, with "
        "`python -m trt_pose_training.import_paf3d` where it is the Lightweight 3D demo's, or with "
        "`yolo export format=onnx model=...` where it is one of Ultralytics'"
    ),
    (".engine", ".plan", ".trt"): (
        "is an engine, which runs on the board only that it was built on: name the .onnx that it was built from"
    ),
    (".bin",): "holds the weights of an OpenVINO network: name the .xml beside it",
}


@dataclass(frozen=True)
class ModelFile:
    """A network file and its manifest.

    Attributes:
        path: of the file.
        manifest: how the network is run.
        person: the per-person network that looks closer at everybody whom this one finds; None without one.
        options: of a model of two networks, instead of theirs.
    """

    path: Path
    manifest: Manifest
    person: ModelFile | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None) -> ModelFile:
        """Find the manifest of the network file ``path``; without a path, of the default model.

        It is in the file, in a ``.json`` beside it or, for well-known networks, in this package; else what the file
        shows of itself tells, see :mod:`.recognise`.

        ``path`` may be a ``.json``, too, which describes two networks that work together: ``network``, the file of one
        that finds people or boxes around them in whole images, ``person``, the file of a per-person network, and where
        wanted ``name`` and ``options``. Files are relative to its own folder, or fetched models.

        A name without a folder is looked for here, then among the fetched models, see :mod:`.known`, then among what
        comes with this package: ``light``, ``light_person``, ``light_hand``, and of two networks ``light_refined``,
        ``accurate`` and ``hand``.

        The default is the file that the environment variable TRT_POSE_MODEL names, else ``light_refined``.

        Raises:
            OSError: no such file, or it cannot be read.
            ValueError: no network file, no manifest, or a wrong one.
        """
        model = cls._find(path)
        if _BINDING.search(model.manifest.licence):
            _log.warning("%s is under the licence %s: see whether it suits you", model.path, model.manifest.licence)
        return model

    @classmethod
    def _find(cls, path: str | os.PathLike[str] | None) -> ModelFile:
        found = Path(path or os.environ.get(MODEL_VARIABLE) or DEFAULT_MODEL).expanduser()
        if found == DEFAULT_MODEL and not found.is_file():
            raise FileNotFoundError(
                f"the bundled model {found} is missing: install trt_pose_ros anew, or name a model file"
            )
        if found.is_dir():
            raise IsADirectoryError(f"model {found} is a folder: name the file in it")
        found = _located(found)
        suffix = found.suffix.lower()
        if suffix == ".json":
            return cls._load_pair(found)
        imported = suffix == ".engine" and found.with_suffix(".json").is_file()  # with its description beside it
        for suffixes, advice in _ADVICE.items():
            if suffix in suffixes and not imported:
                raise ValueError(f"{found} {advice}")
        if suffix == ".onnx":
            embedded = read_metadata(found).get(MANIFEST_KEY)
            if embedded is not None:
                return cls._with_person(found, Manifest.from_json(embedded, found))
        sidecars = (found.with_suffix(".json"), MODELS / f"{found.stem}.json")
        for sidecar in sidecars:
            if sidecar.is_file():
                return cls._with_person(found, Manifest.from_json(_read(sidecar), sidecar))
        known = find_by_content(found)
        if known and (MODELS / f"{known.name}.json").is_file():
            described = MODELS / f"{known.name}.json"
            return cls._with_person(found, Manifest.from_json(_read(described), described))
        signature = Signature.read(found)
        recognised = recognise(found, signature) if signature else None
        if recognised:
            return cls(found, recognised)
        seen = f", and it is like no network that is known ({signature})" if signature else ""
        raise ValueError(
            f"{found} carries no manifest, and there is none beside it{seen}: "
            f"describe the network in {sidecars[0].name}"
        )

    @classmethod
    def _with_person(cls, path: Path, manifest: Manifest) -> ModelFile:
        if not manifest.person:
            return cls(path, manifest)
        try:
            return cls(path, manifest, cls.load(path.parent / manifest.person))
        except (OSError, ValueError) as error:
            raise type(error)(f"{path} needs a per-person network: {error}") from None

    @classmethod
    def _load_pair(cls, path: Path) -> ModelFile:
        pair = _pair(path)
        beside = {key: path.parent / pair[key] for key in ("network", "person")}
        network, person = (cls.load(file if file.is_file() else pair[key]) for key, file in beside.items())
        manifest = replace(network.manifest, name=pair.get("name", path.stem), person="")
        return cls(network.path, manifest, person, pair.get("options", {}))

    @staticmethod
    def write(path: str | os.PathLike[str], network: bytes, manifest: Manifest) -> None:
        """Write the ONNX network (bytes) to ``path`` with its manifest inside, replacing any it had."""
        Path(path).write_bytes(append_metadata(network, MANIFEST_KEY, manifest.to_json()))

    @cached_property
    def sha256(self) -> str:
        """Hex digest of the network: of its file and of the weights that lie beside it."""
        return network_sha256(self.path)


def _located(path: Path) -> Path:
    """The file; of a bare name that is no file here, the fetched model of that name.

    Raises:
        FileNotFoundError: there is none; the message tells how it is had, if it is known.
    """
    if path.is_file():
        return path
    if path.parent != Path():
        raise FileNotFoundError(f"model file {path} does not exist")
    for suffix in ("", *NETWORK_SUFFIXES, ".json"):
        file = folder() / f"{path.name}{suffix}"
        if file.is_file():
            return file
    for bundled in (MODELS / f"{path.name}.onnx", MODELS / f"{path.name}.pair.json"):
        if bundled.is_file():
            return bundled
    known = known_models().get(path.stem if path.suffix in NETWORK_SUFFIXES else path.name)
    advice = ""
    if known:
        advice = f": `trt-pose models get {known.name}` fetches it" if known.files else f": {known.how} ({known.about})"
    raise FileNotFoundError(f"model file {path} does not exist, here or in {folder()}{advice}")


def network_sha256(path: Path) -> str:
    """Hex digest of a network file and of its weights, which an OpenVINO IR, and an ONNX at times, keep beside it."""
    digest = hashlib.sha256(path.read_bytes())
    weights = path.with_suffix(".bin") if path.suffix.lower() == ".xml" else path.with_name(f"{path.name}.data")
    if weights.is_file():
        digest.update(weights.read_bytes())
    return digest.hexdigest()


def _pair(path: Path) -> dict[str, Any]:
    """The description of two networks, checked."""
    try:
        data = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    if not isinstance(data, dict) or not {"network", "person"} <= data.keys():
        raise ValueError(
            f"{path} names no two networks, `network` and `person`: where it describes one, name that network's file"
        )
    if data.pop("format_version", None) != FORMAT_VERSION:
        raise ValueError(f"{path}: format_version must be {FORMAT_VERSION}")
    kinds = {"name": str, "network": str, "person": str, "options": dict}
    for key, value in data.items():
        if key not in kinds:
            raise ValueError(f"{path}: unknown field {key!r}, possible are {', '.join(kinds)}")
        if not isinstance(value, kinds[key]):
            raise ValueError(f"{path}: {key} is {value!r}, must be {'an object' if key == 'options' else 'text'}")
        if key in ("network", "person") and value.lower().endswith(".json"):
            raise ValueError(f"{path}: {key} is {value!r}, must be a network file")
    return data


def _read(sidecar: Path) -> str:
    try:
        return sidecar.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{sidecar} is not UTF-8 text: {error}") from None
