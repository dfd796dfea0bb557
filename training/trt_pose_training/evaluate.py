"""Accuracy and speed of model files on COCO-format keypoint data, through the whole deployed path.

python -m trt_pose_training.evaluate model.onnx [more models] --annotations person_keypoints.json --images DIR

Prints a table: AP and AR of pycocotools, also for the pictures whose annotations are all official where the file marks
them (a field `source`), and the median milliseconds a picture of each stage. Several models, or one at several sizes,
take turns at every picture, so that whatever else the machine does slows all of them alike.
"""

import argparse
import contextlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tqdm import tqdm

from trt_pose_ros import PosePipeline, backends
from trt_pose_ros.media.coco import results
from trt_pose_ros.preprocess import parse_size
from trt_pose_ros.topology import Topology

from . import command

STAGES = ("preprocess", "network", "decode")


@dataclass(frozen=True)
class Evaluation:
    """What was measured of one model.

    Attributes:
        model: name of the model.
        size: (height, width) of its input in pixels.
        ap, ap50, ap75, ap_medium, ap_large, ar: COCO's figures in 0..1; NaN where the data has nobody to find.
        ap_official: AP on the pictures with official annotations only; NaN where none are marked.
        ms: {stage: median milliseconds a picture}.
    """

    model: str
    size: tuple[int, int]
    ap: float
    ap50: float
    ap75: float
    ap_medium: float
    ap_large: float
    ar: float
    ap_official: float
    ms: dict


class GroundTruth:
    """An annotation file with COCO keypoints, as pycocotools wants it.

    Args:
        annotations: the JSON file.
        images: folder that its file names are relative to.
        category: name of the category, needed where several have keypoints.
        limit: take only so many pictures, those with the smallest ids.

    Attributes:
        topology: the category's keypoints, in the data's order.
        pictures: {image id: file}.
        official: ids of the pictures all of whose annotations are marked as official.

    Raises:
        FileNotFoundError: no such file, or a picture is missing.
        ValueError: it is no such JSON.
    """

    def __init__(self, annotations, images, category=None, limit=None):
        try:
            data = json.loads(Path(annotations).read_text())
        except ValueError as error:
            raise ValueError(f"{annotations} is not JSON: {error}") from None
        missing = {"images", "annotations", "categories"} - (data.keys() if isinstance(data, dict) else set())
        if missing:
            raise ValueError(f"{annotations} has no {', '.join(sorted(missing))}: it is not a COCO keypoint file")
        chosen = _choose(data["categories"], category, annotations)
        self.topology = Topology.from_category({"skeleton": []} | chosen, source=str(annotations))
        self._coco = COCO()
        try:
            self.category_id = chosen["id"]
            people = [a for a in data["annotations"] if a["category_id"] == self.category_id]
            self._coco.dataset = data | {"annotations": [self._completed(a) for a in people]}
            with _silence():
                self._coco.createIndex()
            ids = sorted(self._coco.getImgIds())[:limit]
            self.pictures = {i: Path(images) / self._coco.imgs[i]["file_name"] for i in ids}
        except KeyError as error:
            raise ValueError(f"{annotations}: an entry has no {error}") from None
        except ValueError as error:
            raise ValueError(f"{annotations}: {error}") from None
        if not ids:
            raise ValueError(f"{annotations} has no pictures")
        lost = [file for file in self.pictures.values() if not file.is_file()]
        if lost:
            raise FileNotFoundError(f"{len(lost)} of {len(ids)} pictures of {annotations} are missing: {lost[0]}")
        self.official = [i for i in ids if self._is_official(i)]

    def _completed(self, annotation):
        """An annotation with all that pycocotools asks for, computed of the keypoints where the data lack it."""
        count = 3 * len(self.topology.keypoints)
        keypoints = annotation.get("keypoints") or [0] * count
        if len(keypoints) != count:
            raise ValueError(
                f"annotation {annotation['id']} has {len(keypoints)} keypoint numbers, must be {count}: x, y and "
                f"visibility of each keypoint"
            )
        x, y, visibility = np.reshape(np.asarray(keypoints, float), (-1, 3)).T
        labelled = visibility > 0
        x, y = (v[labelled] if labelled.any() else np.zeros(1) for v in (x, y))
        box = annotation.get("bbox") or [float(v) for v in (x.min(), y.min(), np.ptp(x), np.ptp(y))]
        known = {"num_keypoints": int(labelled.sum()), "iscrowd": 0, "area": box[2] * box[3]}
        return known | annotation | {"keypoints": keypoints, "bbox": box}

    def _is_official(self, picture):
        sources = {a.get("source", "") for a in self._coco.imgToAnns[picture]}
        return bool(sources) and all(source.startswith("official") for source in sources)

    def results(self, poses, picture):
        """COCO results of the people in a picture (its id), in the data's own keypoint order; see :func:`results`."""
        return results(poses, picture, self.category_id, self.topology)

    def average_precision(self, found, pictures=None):
        """pycocotools' figures of COCO results ``found``: float [10], AP, AP50, AP75, AP medium, AP large, AR, ...

        Args:
            found: results in the data's keypoint order.
            pictures: ids of the pictures that count; None: all.
        """
        if not found:
            return np.zeros(10)
        with _silence():
            evaluation = self._evaluated(found, self.pictures if pictures is None else pictures)
            evaluation.accumulate()
            evaluation.summarize()
        return np.where(evaluation.stats < 0, np.nan, evaluation.stats)  # -1: nobody to find

    def outcomes(self, found):
        """Who of the people in COCO results ``found`` is right: (scores, right), float and bool [n], best score first.

        Right is whom COCO's evaluation matches to a labelled person at an OKS above 0.5; whom it ignores, such as
        people in a crowd that is not labelled one by one, is left out.
        """
        if not found:
            return np.zeros(0), np.zeros(0, bool)
        with _silence():
            evaluation = self._evaluated(found, self.pictures)
        everybody = [e for e in evaluation.evalImgs if e and e["aRng"] == evaluation.params.areaRng[0]]
        scores = np.concatenate([e["dtScores"] for e in everybody])
        right, ignored = (
            np.concatenate([e[key][0] for e in everybody]).astype(bool) for key in ("dtMatches", "dtIgnore")
        )
        order = np.argsort(-scores[~ignored], kind="stable")
        return scores[~ignored][order], right[~ignored][order]

    def _evaluated(self, found, pictures):
        evaluation = COCOeval(self._coco, self._coco.loadRes(found), "keypoints")
        evaluation.params.imgIds, evaluation.params.catIds = list(pictures), [self.category_id]
        evaluation.params.kpt_oks_sigmas = np.array(self.topology.sigmas)
        evaluation.evaluate()
        return evaluation


def _choose(categories, name, source):
    possible = {c.get("name"): c for c in categories if c.get("keypoints")}
    if name is None and len(possible) == 1:
        return next(iter(possible.values()))
    if name in possible:
        return possible[name]
    names = ", ".join(map(repr, possible)) or "none"
    raise ValueError(f"{source}: categories with keypoints are {names}: give the name of one, not {name!r}")


def _silence():
    return contextlib.redirect_stdout(io.StringIO())  # pycocotools prints


def evaluate(model_path, annotations, images, backend="auto", input_size=None, threads=0, limit=None):
    """Measure one model file.

    Args:
        model_path: model file; None for the default one.
        annotations, images, limit: see :class:`GroundTruth`.
        backend, input_size, threads: see :meth:`~trt_pose_ros.pipeline.PosePipeline.open`.

    Returns:
        :class:`Evaluation`

    Raises:
        FileNotFoundError, ValueError, ImportError: what is wrong with model, data or installation.
    """
    pipeline = PosePipeline.open(model_path, backend, input_size=input_size, threads=threads)
    return compare([pipeline], GroundTruth(annotations, images, limit=limit))[0]


def compare(pipelines, truth):
    """Measure several pipelines, which take turns at every picture: a list of :class:`Evaluation`.

    Raises:
        ValueError: a picture can't be read, or a pipeline's network knows none of the data's keypoints.
    """
    for pipeline in pipelines:
        if not set(pipeline.topology.keypoints) & set(truth.topology.keypoints):
            raise ValueError(
                f"model {pipeline.model.manifest.name!r} knows none of the data's keypoints "
                f"{', '.join(truth.topology.keypoints)}, only {', '.join(pipeline.topology.keypoints)}"
            )
    found, times = [[] for _ in pipelines], [[] for _ in pipelines]
    for turn, (picture, file) in enumerate(tqdm(truth.pictures.items(), unit="picture", disable=None)):
        image = cv2.imread(str(file))
        if image is None:
            raise ValueError(f"{file} is not a readable picture")
        for i in range(len(pipelines)):
            i = (i + turn) % len(pipelines)  # nobody is always the first: he finds the caches cold
            (poses,) = pipelines[i]([image])
            times[i].append(pipelines[i].times)
            found[i] += truth.results(poses, picture)
    return [_evaluation(*measured, truth) for measured in zip(pipelines, found, times, strict=True)]


def _evaluation(pipeline, found, times, truth):
    official = truth.average_precision(found, truth.official)[0] if truth.official else np.nan
    figures = truth.average_precision(found)[:6]
    return Evaluation(
        pipeline.model.manifest.name,
        (pipeline.preprocess.height, pipeline.preprocess.width),
        *map(float, figures),
        float(official),
        {stage: 1e3 * float(np.median([t[stage] for t in times])) for stage in STAGES},
    )


def table(evaluations):
    """The evaluations as a markdown table."""
    accuracy = ("AP", "AP50", "AP75", "AP medium", "AP large", "AR", "AP official")
    titles = ("model", "input", *accuracy, *(f"ms {stage}" for stage in STAGES))
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for e in evaluations:
        figures = (e.ap, e.ap50, e.ap75, e.ap_medium, e.ap_large, e.ar, e.ap_official)
        shown = [f"{v:.3f}" for v in figures] + [f"{e.ms[stage]:.2f}" for stage in STAGES]
        lines.append(f"| {' | '.join([e.model, f'{e.size[0]}x{e.size[1]}', *shown])} |")
    return "\n".join(lines)


def add_arguments(parser):
    """Declare what is measured on and how; shared with other commands."""
    parser.add_argument("--backend", default="auto", choices=["auto", *backends.NAMES], help="default: auto")
    parser.add_argument("--threads", type=int, default=0, help="of the network; default: the runtime's own choice")
    parser.add_argument("--category", help="name of the category; needed where several have keypoints")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N pictures")


def describe(pipelines, truth, threads):
    """In one line, what a comparison was made with."""
    runtimes = Counter((p.backend.name, p.backend.device) for p in pipelines)
    where = ", ".join(f"{name} on {device}" for name, device in runtimes)
    official = f", {len(truth.official)} of them with official annotations only" if truth.official else ""
    return f"{len(truth.pictures)} pictures{official}; {where}, threads: {threads or 'the runtime chooses'}"


def main(arguments=None):
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m trt_pose_training.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=[None], metavar="model", help="model files; default: the bundled")
    parser.add_argument("--annotations", type=Path, required=True, metavar="FILE", help="COCO keypoint JSON")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="folder of its pictures")
    parser.add_argument(
        "--input-size", type=parse_size, nargs="+", default=[None], metavar="HxW", help="default: each model's own"
    )
    add_arguments(parser)
    arguments = parser.parse_args(arguments)
    truth = GroundTruth(arguments.annotations, arguments.images, arguments.category, arguments.limit)
    pipelines = [
        PosePipeline.open(model, arguments.backend, input_size=size, threads=arguments.threads)
        for size in arguments.input_size
        for model in arguments.models
    ]
    evaluations = compare(pipelines, truth)
    print(describe(pipelines, truth, arguments.threads), table(evaluations), sep="\n\n")
    return 0


if __name__ == "__main__":
    command.run(main)
