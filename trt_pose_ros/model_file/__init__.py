"""ModelFile: a network file together with its manifest, which says how the network must be run.

One ``.onnx`` is all that is deployed: its metadata carries the manifest as JSON. A foreign network (an OpenVINO IR, an
ONNX of somebody else) is described by a JSON file beside it (``model.xml`` + ``model.json``); for networks that many
people have, such a description ships with the package in ``models/``.
"""

from .file import DEFAULT_MODEL, LIGHT, MANIFEST_KEY, MODEL_VARIABLE, UINT8_LIMIT_KEY, ModelFile, network_sha256
from .manifest import FORMAT_VERSION, PRECISIONS, InputSpec, Manifest

__all__ = [
    "DEFAULT_MODEL",
    "FORMAT_VERSION",
    "LIGHT",
    "MANIFEST_KEY",
    "MODEL_VARIABLE",
    "PRECISIONS",
    "UINT8_LIMIT_KEY",
    "InputSpec",
    "Manifest",
    "ModelFile",
    "network_sha256",
]
