"""Accuracy and speed of a model on COCO-format keypoint data, through the whole pipeline.

python benchmarks/coco_ap.py --annotations person_keypoints.json --images DIR --model FILE --input-size 256x456 384x688

Prints a table: AP and AR of pycocotools, also for the pictures whose annotations are all official where the file marks
them (a field `source`), and the median milliseconds a picture of each stage.
"""

import argparse
import contextlib
import io
from pathlib import Path

import cv2
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tqdm import tqdm

from trt_pose_ros import PosePipeline
from trt_pose_ros.coco import results
from trt_pose_ros.preprocess import parse_size


def main():
    """Measure every input size asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotations", type=Path, required=True, help="COCO keypoint annotations")
    parser.add_argument("--images", type=Path, required=True, help="folder of the pictures")
    parser.add_argument("--model", help="model file; default: the default model")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--input-size", type=parse_size, nargs="+", default=[None], metavar="HxW")
    parser.add_argument("--limit", type=int, help="only the first pictures")
    arguments = parser.parse_args()

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(arguments.annotations))
    images = sorted(truth.getImgIds())[: arguments.limit]
    official = [i for i in images if _all_official(truth, i)]
    print(f"{len(images)} pictures, {len(official)} of them with official annotations only")
    print("| input | AP | AP50 | AP75 | AP medium | AP large | AR | AP official | ms preprocess | network | decode |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for size in arguments.input_size:
        pipeline = PosePipeline.open(arguments.model, arguments.backend, input_size=size, threads=arguments.threads)
        found, times = _run(pipeline, truth, images, arguments.images)
        stats = average_precision(truth, found, images)
        on_official = average_precision(truth, found, official)[0] if official else float("nan")
        shown = [*stats[:5], stats[5], on_official]
        median = [f"{1e3 * np.median([t[s] for t in times]):.2f}" for s in ("preprocess", "network", "decode")]
        name = f"{pipeline.preprocess.height}x{pipeline.preprocess.width}"
        print(f"| {name} | " + " | ".join([*(f"{v:.3f}" for v in shown), *median]) + " |")


def _all_official(truth, image):
    sources = {a.get("source", "") for a in truth.imgToAnns[image]}
    return bool(sources) and all(s.startswith("official") for s in sources)


def _run(pipeline, truth, images, folder):
    found, times = [], []
    for identity in tqdm(images, disable=None):
        file = folder / truth.imgs[identity]["file_name"]
        image = cv2.imread(str(file))
        if image is None:
            raise FileNotFoundError(f"cannot read {file}")
        (poses,) = pipeline([image])
        times.append(pipeline.times)
        found += results(poses, identity)
    return found, times


def average_precision(truth, found, images):
    """pycocotools' ten keypoint figures (AP, AP50, AP75, AP medium, AP large, AR, ...) over ``images``."""
    if not found:
        return np.zeros(10)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(found), "keypoints")
        evaluation.params.imgIds = images
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats


if __name__ == "__main__":
    main()
