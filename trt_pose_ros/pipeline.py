"""PosePipeline: images in, people out; the whole path in one readable place.

image -> :mod:`preprocess` -> :mod:`backends` -> :mod:`families` -> people in the image's own pixels
-> :mod:`tracking`, for the images of a camera
"""

import math
import os
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from .backends import Backend, RunSpec, open_backend
from .families import Family
from .media.encodings import EncodedImage
from .model_file import ModelFile
from .poses import Poses
from .preprocess import Preprocessor, check_image
from .topology import Topology
from .tracking import Smoother, SmootherOptions, Tracker, TrackerOptions

Image = np.ndarray | EncodedImage


class PosePipeline:
    """Finds the people in a batch of images, one or many cameras at a time.

    Not for use from several threads at once: the runtime's buffers are read before the next call.

    Args:
        model: the :class:`~trt_pose_ros.model_file.ModelFile`.
        preprocess: the :class:`~trt_pose_ros.preprocess.Preprocessor` of its input.
        backend: its network, see :mod:`trt_pose_ros.backends`.
        family: what its outputs mean, see :mod:`trt_pose_ros.families`.

    Attributes:
        family: its ``options`` may be replaced at any time.
        tracking: :class:`~trt_pose_ros.tracking.TrackerOptions` for cameras, None for no identities; likewise.
        smoothing: :class:`~trt_pose_ros.tracking.SmootherOptions` for people with identities, None for none; likewise.
        times: seconds that the last call spent in each stage: ``preprocess``, ``network``, ``decode``, ``track``.

    Raises:
        ValueError: the network's outputs are not what the manifest says.
    """

    def __init__(self, model: ModelFile, preprocess: Preprocessor, backend: Backend, family: Family) -> None:
        self.model, self.preprocess, self.backend, self.family = model, preprocess, backend, family
        self.tracking: TrackerOptions | None = TrackerOptions()
        self.smoothing: SmootherOptions | None = None
        self.times: dict[str, float] = {}
        self._trackers: dict[Hashable, Tracker] = {}
        self._smoothers: dict[Hashable, Smoother] = {}
        self._check(backend.output_shapes)
        # sizes are known for sure after a run; the first one allocates, too, which is not for the first image to pay
        self._check({name: array.shape for name, array in backend.run(1).items()})

    @classmethod
    def open(
        cls,
        model_path: str | os.PathLike[str] | None = None,
        backend: str = "auto",
        *,
        input_size: tuple[int, int] | None = None,
        threads: int = 0,
        batch: int = 8,
        precision: str = "auto",
        workspace: int = 1024,
        **options: Any,
    ) -> "PosePipeline":
        """Load a model.

        Args:
            model_path: model file; None for the default one, see :meth:`ModelFile.load`.
            backend: name of a runtime, or ``auto``.
            input_size: (height, width) of the network's input in pixels; None for the model's own.
            threads: CPU threads of the network; 0 leaves it to the runtime.
            batch: most images that the network runs at once; more are run in several batches.
            precision, workspace: see :class:`~trt_pose_ros.backends.RunSpec`.
            **options: of the model's family instead of the model's own, such as those of
                :class:`~trt_pose_ros.families.paf.PoseDecoder`.

        Raises:
            OSError, ValueError, ImportError: what is wrong with model, options or installation.
        """
        model = ModelFile.load(model_path)
        manifest = model.manifest
        height, width = input_size or (manifest.input.height, manifest.input.width)
        preprocess = Preprocessor(manifest.input, height, width)
        family = manifest.new_family(**options)
        spec = RunSpec(height, width, family.output_names, batch, threads, precision, workspace)
        return cls(model, preprocess, open_backend(model, spec, backend), family)

    @property
    def topology(self) -> Topology:
        """The :class:`~trt_pose_ros.topology.Topology` of the people found."""
        return self.model.manifest.topology

    @property
    def input_size(self) -> tuple[int, int]:
        """(height, width) of the network's input in pixels."""
        return self.preprocess.height, self.preprocess.width

    def __call__(
        self,
        images: Sequence[Image],
        cameras: Sequence[Hashable] | None = None,
        stamps: Sequence[float] | None = None,
    ) -> list[Poses]:
        """Find the people in each image.

        Args:
            images: uint8 [h, w, 3] BGR arrays, or images as cameras send them, of any sizes.
            cameras: for each image, the name of its camera (anything hashable): people are followed from one image of
                a camera to its next. None: the images have nothing to do with each other.
            stamps: with ``cameras``, when each image was taken, in seconds.

        Returns:
            list of :class:`~trt_pose_ros.poses.Poses`, one an image, keypoints in its pixels.

        Raises:
            ValueError: an image is not such an array, or cameras and stamps are not one each for every image.
        """
        _check_arguments(images, cameras, stamps)
        self.times = dict.fromkeys(("preprocess", "network", "decode", "track"), 0.0)
        people = [poses for batch in self._batches(images) for poses in self._find(batch)]
        if cameras is not None and stamps is not None:
            started = perf_counter()
            people = [self._follow(*item) for item in zip(people, cameras, stamps, strict=True)]
            self.times["track"] = perf_counter() - started
        return people

    def _batches(self, images: Sequence[Image]) -> Iterator[Sequence[Image]]:
        size = self.backend.max_batch
        return (images[start : start + size] for start in range(0, len(images), size))

    def _find(self, images: Sequence[Image]) -> list[Poses]:
        """The people in images of which the network takes as many at once."""
        moments = [perf_counter()]
        _, placements = self.preprocess(images, self.backend.input)
        moments.append(perf_counter())
        outputs = self.backend.run(len(images))
        moments.append(perf_counter())
        people = self.family(outputs, placements)
        moments.append(perf_counter())
        for stage, begun, done in zip(self.times, moments, moments[1:], strict=False):
            self.times[stage] += done - begun
        return people

    def _follow(self, poses: Poses, camera: Hashable, stamp: float) -> Poses:
        """Identities, then smoothing: it goes by identity."""
        if isinstance(camera, str):
            poses = replace(poses, camera=camera)
        if self.tracking is not None:
            tracker = self._trackers.setdefault(camera, Tracker(self.topology))
            tracker.options = self.tracking
            poses = tracker.update(poses, stamp)
        if self.smoothing is not None:
            smoother = self._smoothers.setdefault(camera, Smoother(self.topology))
            smoother.options = self.smoothing
            poses = smoother.update(poses, stamp)
        return poses

    def _check(self, shapes: Any) -> None:
        try:
            self.family.check(shapes, *self.input_size)
        except ValueError as error:
            raise ValueError(f"{self.model.path}: {error}") from None


def _check_arguments(images: Any, cameras: Any, stamps: Any) -> None:
    if not isinstance(images, (list, tuple)):
        raise ValueError(f"images must be a list of arrays, got {type(images).__name__}: write pipeline([image])")
    for image in images:
        check_image(image)
    if (cameras is None) != (stamps is None):
        raise ValueError(f"cameras is {cameras!r} and stamps is {stamps!r}: give both, or neither")
    if cameras is None:
        return
    for name, values in (("cameras", cameras), ("stamps", stamps)):
        if isinstance(values, str) or not hasattr(values, "__len__") or len(values) != len(images):
            raise ValueError(f"{name} is {values!r}, must be a list of one for each of the {len(images)} images")
    wrong = [stamp for stamp in stamps if not _is_time(stamp)]
    if wrong:
        raise ValueError(f"stamp {wrong[0]!r} is not a finite number of seconds")


def _is_time(stamp: Any) -> bool:
    return isinstance(stamp, (int, float, np.integer, np.floating)) and math.isfinite(stamp)
