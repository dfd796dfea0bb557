"""The teacher: a trained network that shows another one what to put out.

The teacher is any model file that OpenVINO reads (.onnx, .xml). It may have other keypoints, links or input
normalisation than the student: its maps are matched by keypoint *name*, so what it does not know it does not teach.
Beside its maps, it can give hints: features from inside it that modules of the student learn to imitate (FitNets,
Romero et al. 2015), which shortens the training of a network that starts from nothing by an order of magnitude.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch

from trt_pose_ros.backends.openvino import PrePostProcessor, core, ov
from trt_pose_ros.model_file import ModelFile
from trt_pose_ros.topology import Topology


@dataclass(frozen=True)
class Lesson:
    """What a teacher says of a batch.

    Attributes:
        heatmaps, pafs: float32 [N, K, h, w] and [N, 2L, h, w] in the student's order; 0 where it does not know.
        heatmap_known, paf_known: float32 [1, K] and [1, 2L]; 1 for the channels it knows.
        hints: float [N, C, h', w'] by tensor name.
    """

    heatmaps: torch.Tensor
    pafs: torch.Tensor
    heatmap_known: torch.Tensor
    paf_known: torch.Tensor
    hints: dict

    def to(self, device: torch.device | str) -> Lesson:
        """The same on another device."""
        return Lesson(
            *(m.to(device) for m in (self.heatmaps, self.pafs, self.heatmap_known, self.paf_known)),
            {name: hint.to(device) for name, hint in self.hints.items()},
        )


class Teacher:
    """A frozen network that is run on the training images; on the CPU, whatever the student runs on.

    Args:
        path: model file with a manifest.
        topology: the student's.
        stride: of the student's maps.
        color: of the training images, ``rgb`` or ``bgr``.
        hints: names of tensors (in OpenVINO: of operations) inside the network to give as well.
        threads: CPU threads; 0 leaves it to OpenVINO.

    Raises:
        FileNotFoundError, ValueError: no such model, or none that fits; it must know at least one of the keypoints.
    """

    def __init__(
        self, path: str | Path, topology: Topology, stride: int, color: str, hints: Sequence[str] = (), threads: int = 0
    ) -> None:
        model = ModelFile.load(path)
        manifest = model.manifest
        self._outputs = manifest.outputs
        if manifest.outputs.stride != stride:
            raise ValueError(f"teacher {path} has maps of stride {manifest.outputs.stride:g}, the student of {stride}")
        self._hints = tuple(hints)
        network = _with_outputs(core().read_model(model.path), self._hints, path)
        network = _take_images(network, manifest.input, color)
        config = {"PERFORMANCE_HINT": "LATENCY"} | ({"INFERENCE_NUM_THREADS": threads} if threads else {})
        compiled = core().compile_model(network, "CPU", config)
        self._request = compiled.create_infer_request()
        self._thread, self._begun = ThreadPoolExecutor(1), deque(maxlen=2)
        names = (manifest.outputs.heatmaps, manifest.outputs.pafs, *map(_hint_name, self._hints))
        self._tensors = [compiled.output(name) for name in names]
        self._keypoints, self._links = _matches(manifest.topology, topology, manifest.outputs.paf_order, path)

    def begin(self, images: torch.Tensor) -> None:
        """Start on a batch that :meth:`__call__` will be asked for, in a thread of its own."""
        self._begun.append((images, self._thread.submit(self._teach, images)))

    def __call__(self, images: torch.Tensor) -> Lesson:
        """Teach a batch uint8 [N, H, W, 3] (a tensor in host memory): a :class:`Lesson` in host memory."""
        for begun, lesson in self._begun:
            if begun.data_ptr() == images.data_ptr() and begun.shape == images.shape:
                return lesson.result()
        return self._thread.submit(self._teach, images).result()

    def _teach(self, images):
        self._request.infer([ov.Tensor(images.contiguous().numpy(), shared_memory=True)])
        heatmaps, pafs, *hints = (torch.from_numpy(self._request.get_tensor(t).data.copy()) for t in self._tensors)
        known, source = self._keypoints
        link_known, link_source, sign = self._links
        return Lesson(
            heatmaps[:, source].float() * known.view(1, -1, 1, 1),
            pafs[:, link_source].float() * sign.view(1, -1, 1, 1),
            known[None],
            link_known[None],
            dict(zip(self._hints, hints, strict=True)),
        )


def _matches(teacher, student, paf_order, path):
    """((known, source channel) of the keypoints, (known, source channel, sign) of the field components)."""
    shared = set(teacher.keypoints) & set(student.keypoints)
    if not shared:
        raise ValueError(f"teacher {path} knows none of the keypoints {', '.join(student.keypoints)}")
    source = [teacher.keypoints.index(k) if k in shared else 0 for k in student.keypoints]
    known = [float(k in shared) for k in student.keypoints]
    fields = {(teacher.keypoints[a], teacher.keypoints[b]): i for i, (a, b) in enumerate(teacher.links)}
    link_known, link_source, sign = [], [], []
    for a, b in student.links:
        a, b = student.keypoints[a], student.keypoints[b]
        there, back = fields.get((a, b)), fields.get((b, a))
        link = there if there is not None else back
        direction = 0.0 if link is None else 1.0 if there is not None else -1.0  # the same limb, pointing the other way
        for component in (0, 1) if paf_order == "xy" else (1, 0):
            link_source.append(2 * (link or 0) + component)
            link_known.append(abs(direction))
            sign.append(direction)
    return (torch.tensor(known), torch.tensor(source)), tuple(map(torch.tensor, (link_known, link_source, sign)))


def _hint_name(hint):
    return f"hint:{hint}"


def _with_outputs(network, hints, path):
    operations = {operation.get_friendly_name(): operation for operation in network.get_ops()}
    for hint in hints:
        if hint not in operations:
            raise ValueError(f"teacher {path} has no tensor {hint!r} to give as a hint")
        network.add_outputs(operations[hint].output(0)).pop().get_tensor().set_names({_hint_name(hint)})
    return network


def _take_images(network, spec, color):
    """Let the network take uint8 NHWC images of any size, in the order of colours that the student gets."""
    nhwc = spec.layout == "nhwc"
    network.reshape({spec.name: [-1, -1, -1, 3] if nhwc else [-1, 3, -1, -1]})
    steps = PrePostProcessor(network)
    info = steps.input(spec.name)
    info.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    info.model().set_layout(ov.Layout("NHWC" if nhwc else "NCHW"))
    if color != spec.color:
        info.tensor().set_color_format(getattr(ov.preprocess.ColorFormat, color.upper()))
        info.preprocess().convert_color(getattr(ov.preprocess.ColorFormat, spec.color.upper()))
    if not nhwc:
        info.preprocess().convert_element_type(ov.Type.f32).mean(list(spec.mean)).scale(list(spec.std))
    return steps.build()
