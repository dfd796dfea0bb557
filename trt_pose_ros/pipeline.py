"""PosePipeline: images in, people out; the whole path in one readable place.

image -> :mod:`finders` (:mod:`preprocess` -> :mod:`backends` -> :mod:`families`) -> people in the image's own pixels
-> :mod:`spatial`, where something is known of the space around -> :mod:`tracking`, for the images of a camera
-> :mod:`hands`, where they are wanted
"""

import math
import os
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from time import perf_counter
from typing import Any

import numpy as np

from .backends import Backend
from .families import Family
from .finders import Finder, Frame
from .finders.choice import open_finder
from .hands import HandFinder, HandOptions
from .lifting import open_lifter
from .model_file import ModelFile
from .options import Options
from .poses import Poses
from .preprocess import Image, check_image
from .spatial import Locating, Scene
from .topology import Topology
from .tracking import Following


class PosePipeline:
    """Finds the people in a batch of images, one or many cameras at a time.

    Not for use from several threads at once: the runtime's buffers are read before the next call.

    Args:
        model: the :class:`~trt_pose_ros.model_file.ModelFile`.
        finder: its networks at work, see :mod:`trt_pose_ros.finders`.
        hand_finder: that finds the hands of these people; None: they are not wanted.

    Attributes:
        following: :class:`~trt_pose_ros.tracking.Following`, which gives people identities; its options may be replaced
            at any time.
        locating: :class:`~trt_pose_ros.spatial.Locating`, which finds where people are in space.
        hands: of each image of the last call, :class:`~trt_pose_ros.poses.Poses` of the people's hands, of topology
            ``hand_21``, each with its side (``kinds``) and its owner's identity; None without a hand_finder.
        times: seconds that the last call spent in each stage: ``preprocess``, ``network``, ``decode``, with a
            per-person network ``crop``, ``person_network``, ``person_decode``, with scenes ``locate``, and ``track``,
            with hands ``hand_crop``, ``hand_network``, ``hand_decode``.

    Raises:
        ValueError: hands are wanted of a model that finds no wrists.
    """

    def __init__(self, model: ModelFile, finder: Finder, hand_finder: HandFinder | None = None) -> None:
        self.model, self.finder, self.hand_finder = model, finder, hand_finder
        self.hands: list[Poses] | None = None
        if hand_finder and "left_wrist" not in self.topology.keypoints:
            raise ValueError(f"{model.path} finds no wrists ({self.topology.name}), without which no hands are found")
        self.following = Following(self.topology)
        self.locating = Locating()
        self.times: dict[str, float] = {}

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
        person: str | os.PathLike[str] | bool = True,
        lifter: str | os.PathLike[str] | bool = False,
        hands: str | os.PathLike[str] | bool = False,
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
            person: file of a per-person network that looks closer at whom the model finds; True: the model's own if it
                has one; False: none.
            lifter: file of a network that lifts the people into space, where a scene tells the camera; True: the
                bundled one; False: none.
            hands: file of a network that finds the joints of the people's hands; True: the bundled
                one; False: none.
            **options: of the model's family instead of the model's own, such as those of
                :class:`~trt_pose_ros.families.paf.PoseDecoder`; with a per-person network of that one's, too, and of
                :class:`~trt_pose_ros.finders.top_down.TopDownOptions`; with hands of
                :class:`~trt_pose_ros.hands.HandOptions`.

        Raises:
            OSError, ValueError, ImportError: what is wrong with model, options or installation.
        """
        model = ModelFile.load(model_path)
        if not person:
            model = replace(model, person=None, options={})  # which suit two networks
        elif person is not True:
            model = replace(model, person=ModelFile.load(person))
        spec = {"batch": batch, "threads": threads, "precision": precision, "workspace": workspace}
        of_hands = {f.name: options.pop(f.name) for f in fields(HandOptions) if hands and f.name in options}
        finder = open_finder(model, backend, input_size, options, spec)
        hand_finder = None
        if hands:
            hand_finder = HandFinder.open(None if hands is True else hands, backend, of_hands, spec)
        pipeline = cls(model, finder, hand_finder)
        if lifter:
            pipeline.locating.lifter = open_lifter(None if lifter is True else lifter)
        return pipeline

    @property
    def topology(self) -> Topology:
        """The :class:`~trt_pose_ros.topology.Topology` of the people found."""
        return self.finder.topology

    @property
    def input_size(self) -> tuple[int, int]:
        """(height, width) in pixels of the input of the network that looks at whole images."""
        return self.finder.network.input_size

    @property
    def backend(self) -> Backend:
        """What runs that network, see :mod:`trt_pose_ros.backends`."""
        return self.finder.network.backend

    @property
    def family(self) -> Family:
        """What its outputs mean; its ``options`` may be replaced at any time."""
        return self.finder.network.family

    @property
    def options(self) -> Mapping[str, Options]:
        """{group: options} of all that finds people: ``decoder`` are those of :attr:`family`, ``hands`` of the hands.

        May be replaced as a whole at any time; see :class:`~trt_pose_ros.finders.Finder`.
        """
        of_hands = {} if self.hand_finder is None else {"hands": self.hand_finder.options}
        return {**self.finder.options, **of_hands}

    @options.setter
    def options(self, options: Mapping[str, Options]) -> None:
        self.finder.options = options
        if self.hand_finder is not None:
            self.hand_finder.options = options["hands"]  # type: ignore[assignment]

    @property
    def deferred(self) -> list[int]:
        """Of each image of the last call, number of people who had to wait, see :attr:`.finders.Finder.deferred`."""
        return self.finder.deferred

    def __call__(
        self,
        images: Sequence[Image],
        cameras: Sequence[Hashable] | None = None,
        stamps: Sequence[float] | None = None,
        detections: Sequence[Poses | None] | None = None,
        scenes: Sequence[Scene | Callable[[], Scene] | None] | None = None,
    ) -> list[Poses]:
        """Find the people in each image, and their hands where these are wanted, see :attr:`hands`.

        Args:
            images: uint8 [h, w, 3] BGR arrays, or images as cameras send them, of any sizes.
            cameras: for each image, the name of its camera (anything hashable): people are followed from one image of
                a camera to its next. None: the images have nothing to do with each other.
            stamps: with ``cameras``, when each image was taken, in seconds.
            detections: for each image, boxes around its people from elsewhere, of topology ``person_box``, or None: a
                detector's place is taken by them, and with ``cameras`` they are joined with what is found, see
                :meth:`.tracking.Following.identify`.
            scenes: for each image, what is known of the space around it, or None: then people get positions in it. A
                function that tells it is called when the people are found: what is measured meanwhile takes no time.

        Returns:
            list of :class:`~trt_pose_ros.poses.Poses`, one an image, keypoints in its pixels.

        Raises:
            ValueError: an image is not such an array, or cameras and stamps are not one each for every image.
        """
        _check_arguments(images, cameras, stamps, {"detections": detections, "scenes": scenes})
        frames = [Frame(image) for image in images]
        asks = self.finder.person is not None  # the tracker where people will be, see finders.top_down
        if cameras is not None and stamps is not None:
            frames = [
                frame._replace(camera=camera, expected=self.following.expected(camera, stamp) if asks else None)
                for frame, camera, stamp in zip(frames, cameras, stamps, strict=True)
            ]
        if detections is not None:
            frames = [frame._replace(detections=given) for frame, given in zip(frames, detections, strict=True)]
        people = self._people(frames, cameras, stamps, scenes)
        if self.hand_finder is not None:
            self.hands = self.hand_finder(images, people, cameras, stamps)
            self.times |= self.hand_finder.times
        return people

    def _people(
        self,
        frames: Sequence[Frame],
        cameras: Sequence[Hashable] | None,
        stamps: Sequence[float] | None,
        scenes: Sequence[Scene | Callable[[], Scene] | None] | None,
    ) -> list[Poses]:
        """The people in each frame, located where scenes are known, and followed where cameras are."""
        people = self.finder(frames)
        known = None if scenes is None else [scene() if callable(scene) else scene or Scene() for scene in scenes]
        self.times = {**self.finder.times, **({} if known is None else {"locate": 0.0}), "track": 0.0}
        if known is not None:
            with self._timed("locate"):
                people = [self.locating.measure(*item) for item in zip(people, known, strict=True)]
        if cameras is None or stamps is None:
            if known is not None:
                with self._timed("locate"):
                    people = [self.locating.infer(*item, None, 0.0) for item in zip(people, known, strict=True)]
            return people
        with self._timed("track"):
            waiting = [deferred > 0 for deferred in self.finder.deferred]
            given = [frame.detections for frame in frames]
            people = [
                self.following.identify(*item) for item in zip(people, cameras, stamps, waiting, given, strict=True)
            ]
        if known is not None:
            with self._timed("locate"):
                people = [self.locating.infer(*item) for item in zip(people, known, cameras, stamps, strict=True)]
        with self._timed("track"):
            return [self.following.smooth(*item) for item in zip(people, cameras, stamps, strict=True)]

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        begun = perf_counter()
        yield
        self.times[stage] += perf_counter() - begun


def _check_arguments(images: Any, cameras: Any, stamps: Any, others: Mapping[str, Any]) -> None:
    if not isinstance(images, (list, tuple)):
        raise ValueError(f"images must be a list of arrays, got {type(images).__name__}: write pipeline([image])")
    for image in images:
        check_image(image)
    for name, values in others.items():
        if values is not None and len(values) != len(images):
            raise ValueError(f"{name} are of {len(values)} images, there are {len(images)}")
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
