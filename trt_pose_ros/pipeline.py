"""PosePipeline: pictures in, people out; the whole path in one readable place.

picture -> :mod:`preprocess` -> :mod:`backends` -> :mod:`decode` -> people in the picture's own pixels
-> :mod:`tracking` -> :mod:`smoothing`, for the pictures of a camera
"""

from time import perf_counter

from .backends import open_backend
from .decode import PoseDecoder
from .model_file import ModelFile
from .preprocess import Preprocessor
from .smoothing import Smoother
from .tracking import Tracker


class PosePipeline:
    """Finds the people in a batch of pictures, one or many cameras at a time.

    Not for use from several threads at once: the runtime's output buffers are read before the next call.

    Args:
        model: the :class:`~trt_pose_ros.model_file.ModelFile`.
        preprocess: the :class:`~trt_pose_ros.preprocess.Preprocessor` of its input.
        backend: its network, see :mod:`trt_pose_ros.backends`.
        decoder: the :class:`~trt_pose_ros.decode.PoseDecoder`.

    Attributes:
        decoder: may be replaced at any time.
        tracking: :class:`~trt_pose_ros.tracking.TrackerOptions` for cameras, None for no identities; likewise.
        smoothing: :class:`~trt_pose_ros.smoothing.SmootherOptions` for people with identities, None for none; likewise.
        times: seconds that the last call spent in each stage: ``preprocess``, ``network``, ``decode``, ``track``.
    """

    def __init__(self, model, preprocess, backend, decoder):
        self.model, self.preprocess, self.backend, self.decoder = model, preprocess, backend, decoder
        self.tracking = self.smoothing = None
        self.times = {}
        self._trackers, self._smoothers = {}, {}

    @classmethod
    def open(cls, model_path=None, backend="auto", *, input_size=None, threads=0, **decoder_options):
        """Load a model.

        Args:
            model_path: model file; None for the default one, see :meth:`ModelFile.load`.
            backend: name of a runtime, or ``auto``.
            input_size: (height, width) of the network's input in pixels; None for the model's own.
            threads: CPU threads of the network; 0 leaves it to the runtime.
            decoder_options: override the model's own, see :class:`~trt_pose_ros.decode.PoseDecoder`.

        Raises:
            FileNotFoundError, ValueError, ImportError: what is wrong with model, options or installation.
        """
        model = ModelFile.load(model_path)
        manifest = model.manifest
        height, width = input_size or (manifest.input.height, manifest.input.width)
        preprocess = Preprocessor(manifest.input, height, width)
        options = {"paf_order": manifest.outputs.paf_order} | manifest.decoder | decoder_options
        decoder = PoseDecoder(manifest.topology, **options)
        return cls(model, preprocess, open_backend(model, height, width, backend, threads), decoder)

    @property
    def topology(self):
        """The :class:`~trt_pose_ros.topology.Topology` of the people found."""
        return self.model.manifest.topology

    def __call__(self, images, cameras=None, stamps=None):
        """Find the people in each picture.

        Args:
            images: list of uint8 [h, w, 3] BGR arrays, of any sizes.
            cameras: for each picture, the name of its camera (anything hashable): people are followed from one picture
                of a camera to its next. None: the pictures have nothing to do with each other.
            stamps: with ``cameras``, when each picture was taken, in seconds.

        Returns:
            list of :class:`~trt_pose_ros.poses.Poses`, one a picture, keypoints in its pixels.

        Raises:
            ValueError: an image is not such an array.
        """
        if not images:
            return []
        started = perf_counter()
        batch, placements = self.preprocess(images)
        prepared = perf_counter()
        heatmaps, pafs = self.backend(batch)
        inferred = perf_counter()
        people = self.decoder(heatmaps[:, : len(self.topology.keypoints)], pafs)
        people = [self._in_picture(poses, placement) for poses, placement in zip(people, placements, strict=True)]
        decoded = perf_counter()
        if cameras is not None:
            people = [self._follow(*item) for item in zip(people, cameras, stamps, strict=True)]
        self.times = {
            "preprocess": prepared - started,
            "network": inferred - prepared,
            "decode": decoded - inferred,
            "track": perf_counter() - decoded,
        }
        return people

    def _follow(self, poses, camera, stamp):
        """Identities, then smoothing: it goes by identity."""
        for stages, make, options in (
            (self._trackers, Tracker, self.tracking),
            (self._smoothers, Smoother, self.smoothing),
        ):
            if options is not None:
                if camera not in stages:
                    stages[camera] = make(self.topology)
                stages[camera].options = options
                poses = stages[camera].update(poses, stamp)
        return poses

    def _in_picture(self, poses, placement):
        """Map cells -> input pixels -> picture pixels."""
        outputs = self.model.manifest.outputs
        scale = [outputs.stride * s for s in placement.scale]
        offset = [outputs.offset * s + o for s, o in zip(placement.scale, placement.offset, strict=True)]
        return poses.moved(scale, offset)
