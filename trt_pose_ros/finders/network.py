"""One network, from images or regions of images to people: preprocess -> backend -> family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from ..backends import Backend, RunSpec, open_backend
from ..families import Family
from ..model_file import ModelFile
from ..poses import Poses
from ..preprocess import Image, Preprocessor, Region

STAGES = ("preprocess", "network", "decode")


class Network:
    """A network that is ready to run.

    Args:
        model: the :class:`~trt_pose_ros.model_file.ModelFile`.
        preprocess: the :class:`~trt_pose_ros.preprocess.Preprocessor` of its input.
        backend: its network, see :mod:`trt_pose_ros.backends`.
        family: what its outputs mean, see :mod:`trt_pose_ros.families`.

    Attributes:
        family: its ``options`` may be replaced at any time.
        times: seconds that the last call spent in each of :data:`STAGES`.

    Raises:
        ValueError: the network's outputs are not what the manifest says.
    """

    def __init__(self, model: ModelFile, preprocess: Preprocessor, backend: Backend, family: Family) -> None:
        self.model, self.preprocess, self.backend, self.family = model, preprocess, backend, family
        self.times = dict.fromkeys(STAGES, 0.0)
        self._check(backend.output_shapes)
        # sizes are known for sure after a run; the first one allocates, too, which is not for the first image to pay
        self._check({name: array.shape for name, array in backend.run(1).items()})

    @classmethod
    def open(
        cls,
        model: ModelFile,
        backend: str,
        input_size: tuple[int, int] | None,
        options: Mapping[str, Any],
        batch: int = RunSpec.batch,
        **spec: Any,
    ) -> Network:
        """Load a network.

        Args:
            model: the ModelFile.
            backend: see :func:`~trt_pose_ros.backends.open_backend`; likewise what it raises.
            input_size: (height, width) of the network's input in pixels; None for its own.
            options: of the network's family instead of its own.
            batch: images in a run; a network that takes fewer runs more often.
            **spec: other fields of :class:`~trt_pose_ros.backends.RunSpec`.
        """
        manifest = model.manifest
        height, width = input_size or (manifest.input.height, manifest.input.width)
        family = manifest.new_family(**options)
        preprocess = Preprocessor(manifest.input, height, width)
        batch = min(batch, manifest.input.max_batch or batch)
        run = RunSpec(*manifest.input.tensor_size(height, width), family.output_names, batch=batch, **spec)
        return cls(model, preprocess, open_backend(model, run, backend), family)

    @property
    def input_size(self) -> tuple[int, int]:
        """(height, width) of the input in pixels."""
        return self.preprocess.height, self.preprocess.width

    def __call__(self, images: Sequence[Image | Region]) -> list[Poses]:
        """The people in each image or region, in pixels of the image.

        Raises:
            ValueError: an image is none, see :class:`~trt_pose_ros.preprocess.Preprocessor`.
        """
        self.times = dict.fromkeys(STAGES, 0.0)
        size = self.backend.max_batch
        return [poses for start in range(0, len(images), size) for poses in self._find(images[start : start + size])]

    def _find(self, images: Sequence[Image | Region]) -> list[Poses]:
        """The people in images of which the network takes as many at once."""
        moments = [perf_counter()]
        _, placements = self.preprocess(images, self.backend.input)
        moments.append(perf_counter())
        outputs = self.backend.run(len(images))
        moments.append(perf_counter())
        people = [
            poses.turned(image.angle, image.middle) if isinstance(image, Region) and image.angle else poses
            for poses, image in zip(self.family(outputs, placements), images, strict=True)
        ]
        moments.append(perf_counter())
        for stage, begun, done in zip(STAGES, moments, moments[1:], strict=False):
            self.times[stage] += done - begun
        return people

    def _check(self, shapes: Any) -> None:
        try:
            self.family.check(shapes, *self.input_size)
        except ValueError as error:
            raise ValueError(f"{self.model.path}: {error}") from None
