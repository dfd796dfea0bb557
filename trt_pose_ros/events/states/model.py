"""StateModel: a trained classifier of states, with how it is fed; and its file."""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .classifiers import CLASSIFIERS, Classifier
from .features import Features
from .watch import StateWatch

BUNDLED = Path(__file__).parent
SUFFIX = ".npz"
FORMAT, VERSION = "trt_pose_ros.states", 1
_MANIFEST = "manifest"
_MAX_BYTES = 64 * 2**20  # of a file, and of what is in it
_MAX_CLASSES = 100


@dataclass(frozen=True, eq=False)
class StateModel:
    """What somebody is doing, as a probability of each class.

    Attributes:
        name: of the model.
        classes: names of the states.
        features: that it goes by.
        topology: name of the skeletons that it was trained on; any that has the keypoints will do.
        classifier: features to scores.
        weights: float64 [S, C], ``scores @ weights + biases`` are the logits of the calibrated probabilities.
        biases: float64 [C].
        licence: of the model.
        about: what it was trained on, its measured accuracy and so on; shown, never used.

    Raises:
        ValueError: they do not fit together.
    """

    name: str
    classes: tuple[str, ...]
    features: Features
    topology: str
    classifier: Classifier
    weights: np.ndarray
    biases: np.ndarray
    licence: str = ""
    about: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("name", "topology", "licence"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} is {getattr(self, name)!r}, must be text")
        classes = self.classes
        if (
            not all(isinstance(name, str) and name.strip() and name.isprintable() for name in classes)
            or not 2 <= len(set(classes)) == len(classes) <= _MAX_CLASSES
        ):
            raise ValueError(f"classes are {list(classes)}, must be 2 to {_MAX_CLASSES} different names")
        if self.classifier.features != self.features.count:
            raise ValueError(
                f"the classifier takes {self.classifier.features} features, its manifest tells of {self.features.count}"
            )
        for name, shape in (("weights", (self.classifier.scores_count, len(classes))), ("biases", (len(classes),))):
            array = getattr(self, name)
            if array.dtype != np.float64 or array.shape != shape or not np.isfinite(array).all():
                raise ValueError(f"{name} is {array.dtype}{list(array.shape)}, must be finite float64{list(shape)}")

    def of(self, keypoints: np.ndarray) -> np.ndarray:
        """The probabilities of P people.

        Args:
            keypoints: float [P, T, K, 3], see :class:`Features`; :meth:`watch` makes them of Poses.

        Returns:
            float64 [P, C], rows of which sum to 1, or are NaN where nothing can be told.
        """
        return self.of_features(self.features(keypoints))

    def of_features(self, features: np.ndarray) -> np.ndarray:
        """The probabilities float64 [P, C] of features [P, F]."""
        unknown = np.isnan(features).all(axis=1)
        if unknown.all():  # also of nobody
            return np.full((len(features), len(self.classes)), np.nan)
        probabilities = softmax(self.classifier(features) @ self.weights + self.biases)
        probabilities[unknown] = np.nan
        return probabilities

    def watch(self) -> StateWatch:
        """What tells the states of people in one image after the other."""
        return StateWatch(self.features, self.of)

    @classmethod
    def load(cls, name_or_path: str | os.PathLike[str]) -> StateModel:
        """Load a bundled model by name (``gestures``), or a file that ``trt-pose train-state`` has written.

        Raises:
            FileNotFoundError: neither a bundled name nor a file.
            ValueError: the file is no such model; the message says what is wrong with it.
        """
        path, bundled = Path(name_or_path), BUNDLED / f"{name_or_path}{SUFFIX}"
        if path.suffix != SUFFIX and bundled.is_file():
            path = bundled
        if not path.is_file():
            names = ", ".join(sorted(p.stem for p in BUNDLED.glob(f"*{SUFFIX}"))) or "none"
            raise FileNotFoundError(
                f"no state model {str(name_or_path)!r}: give a {SUFFIX} file, or a bundled name ({names})"
            )
        try:
            arrays = _read(path)
            return cls._of(arrays)
        except OSError:
            raise
        except Exception as error:  # what damaged bytes make zipfile and NumPy raise depends on the field they meet
            why = f"it has no {error}" if isinstance(error, KeyError) else error
            raise ValueError(f"{path} is no state model of trt-pose train-state: {why}") from None

    @classmethod
    def _of(cls, arrays: dict[str, np.ndarray]) -> StateModel:
        text = arrays.pop(_MANIFEST)
        if text.dtype != np.uint8 or text.ndim != 1:
            raise ValueError("its manifest is no text")
        manifest = json.loads(text.tobytes())
        if manifest["format"] != FORMAT or manifest["version"] != VERSION:
            raise ValueError(
                f"its format is {manifest['format']!r}, version {manifest['version']!r}; "
                f"this trt_pose_ros reads {FORMAT!r}, version {VERSION}"
            )
        kind = manifest["classifier"]
        if kind not in CLASSIFIERS:
            raise ValueError(f"classifier is {kind!r}, must be one of {', '.join(CLASSIFIERS)}")
        return cls(
            manifest["name"],
            tuple(manifest["classes"]),
            Features(**manifest["features"]),
            manifest["topology"],
            weights=arrays.pop("weights_of_scores"),
            biases=arrays.pop("biases"),
            classifier=CLASSIFIERS[kind](arrays),
            licence=manifest["licence"],
            about=manifest["about"],
        )

    def to_bytes(self) -> bytes:
        """The content of a file that :meth:`load` reads; the same bytes for the same model."""
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "classes": list(self.classes),
            "features": asdict(self.features),
            "topology": self.topology,
            "classifier": self.classifier.kind,
            "licence": self.licence,
            "about": self.about,
        }
        text = np.frombuffer(json.dumps(manifest, allow_nan=False).encode(), np.uint8)
        calibration = {"weights_of_scores": self.weights, "biases": self.biases}
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, array in ({_MANIFEST: text} | calibration | self.classifier.arrays()).items():
                content = io.BytesIO()
                np.lib.format.write_array(content, np.asanyarray(array), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED)
        return file.getvalue()


def softmax(logits: np.ndarray) -> np.ndarray:
    """float64 [N, C]: probabilities of logits [N, C]."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file, no more than a model can need."""
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError(f"it has {path.stat().st_size} bytes, at most {_MAX_BYTES} are read")
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > _MAX_BYTES:
            raise ValueError(f"it would unpack to {size} bytes, at most {_MAX_BYTES} are read")
        return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in archive.infolist()}


def _array(content: bytes) -> np.ndarray:
    """The array of the bytes of a .npy file. NumPy's own reader believes a header that tells of terabytes."""
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array of it is in a later format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    data = content[file.tell() :]
    if fortran or dtype.hasobject or dtype.itemsize * math.prod(shape) != len(data) or min(shape, default=0) < 0:
        raise ValueError(f"an array {dtype}{list(shape)} of it is not what {len(data)} bytes hold")
    return np.frombuffer(data, dtype).reshape(shape)
