"""What is left to gain: the AP of the decoder beside decoders that know part of the truth, on the same maps.

    python benchmarks/decoder_oracles.py --coco FOLDER --model NETWORK.xml --cache FOLDER --size 456x256

- ranked by truth: our people, the score being the object keypoint similarity they turn out to have
- grouped by truth: our peaks, each given to the person it fits best; scores by truth
- perfect peaks: the annotated keypoints as peaks, grouped and scored by our algorithm (its NumPy reference)
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from coco_maps import COCO, STRIDE, CocoMaps

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]

from oracles import paf_decoder  # noqa: E402

from trt_pose_ros import PoseDecoder, Topology  # noqa: E402

TOPOLOGY = Topology.load("openpose_18")
CHANNELS = [TOPOLOGY.index(name) for name in COCO.keypoints]


def people_of(annotations):
    """keypoints [T, 17, 3] and areas [T] of every image's labelled people."""
    people = {}
    for annotation in json.loads(Path(annotations).read_text())["annotations"]:
        if annotation["num_keypoints"] and not annotation["iscrowd"]:
            keypoints = np.reshape(annotation["keypoints"], (17, 3)).astype(float)
            people.setdefault(annotation["image_id"], []).append((keypoints, annotation["area"]))
    return {i: (np.stack([k for k, _ in some]), np.array([a for _, a in some])) for i, some in people.items()}


def similarities(xy, truth, areas):
    """COCO's similarity of each keypoint: [..., 17, 2] to [T, 17, 3] -> [..., T, 17], NaN where unlabelled."""
    squared = np.square(np.expand_dims(xy, -3) - truth[:, :, :2]).sum(-1)
    value = np.exp(-squared / (2 * areas[:, None] * np.square(2 * np.array(COCO.sigmas))))
    return np.where(truth[:, :, 2] > 0, np.nan_to_num(value), np.nan)


def ranked_by_truth(picture, truth, areas):
    (poses,) = PoseDecoder(TOPOLOGY)(picture.cmap[None], picture.paf[None])
    keypoints = poses.keypoints[:, CHANNELS].astype(float)
    keypoints[:, :, :2] = picture.to_picture(keypoints[:, :, :2])
    fit = np.nanmean(similarities(np.nan_to_num(keypoints[:, :, :2]), truth, areas), axis=-1)
    scores = np.zeros(len(keypoints))
    while fit.size and fit.max() > 0:
        person, best = np.unravel_index(fit.argmax(), fit.shape)
        scores[person] = fit[person, best]
        fit[person], fit[:, best] = 0, 0
    return zip(keypoints, scores, strict=True)


def grouped_by_truth(picture, truth, areas, threshold):
    from scipy.optimize import linear_sum_assignment

    options = PoseDecoder(TOPOLOGY, peak_threshold=threshold, weak_peak_threshold=threshold).options
    keypoints = np.full(truth.shape, (np.nan, np.nan, 0.0))
    fits = np.zeros(truth.shape[:2])
    for k, channel in enumerate(CHANNELS):
        peaks = paf_decoder.find_peaks(picture.cmap[channel].astype(float), options)
        xy = np.repeat(picture.to_picture(peaks[:, None, :2]), 17, axis=1)
        fit = np.nan_to_num(similarities(xy, truth, areas)[:, :, k])
        for peak, person in zip(*linear_sum_assignment(-fit), strict=True):
            if fit[peak, person] > 0.01:
                keypoints[person, k] = *xy[peak, 0], peaks[peak, 2]
                fits[person, k] = fit[peak, person]
    scores = fits.sum(axis=1) / (truth[:, :, 2] > 0).sum(axis=1)
    return [(k, s) for k, s in zip(keypoints, scores, strict=True) if s > 0]


def perfect_peaks(picture, truth, _areas):
    options = PoseDecoder(TOPOLOGY).options
    cells = (truth[:, :, :2] + 0.5) * picture.scale / STRIDE - 0.5
    size = np.subtract(picture.cmap.shape[:0:-1], 1)
    peaks = [np.empty((0, 4))] * len(TOPOLOGY.keypoints)
    for k, channel in enumerate(CHANNELS):
        xy = np.clip(cells[truth[:, k, 2] > 0, k], 0, size)
        peaks[channel] = np.column_stack([xy, np.ones((len(xy), 2))])
    shoulders = [COCO.index("left_shoulder"), COCO.index("right_shoulder")]
    both = (truth[:, shoulders, 2] > 0).all(axis=1)
    necks = np.clip(cells[both][:, shoulders].mean(axis=1), 0, size)
    peaks[TOPOLOGY.index("neck")] = np.column_stack([necks, np.ones((len(necks), 2))])
    paf = picture.paf.reshape(len(TOPOLOGY.links), 2, *picture.paf.shape[1:]).astype(float)
    connections = paf_decoder.find_connections(TOPOLOGY, options, peaks, paf)
    people = paf_decoder.assemble(TOPOLOGY, options, peaks, connections)
    paf_decoder.complete(TOPOLOGY, options, picture.cmap, paf, peaks, people)
    keypoints, scores = paf_decoder.select(TOPOLOGY, options, peaks, people)
    keypoints = keypoints[:, CHANNELS]
    keypoints[:, :, :2] = picture.to_picture(keypoints[:, :, :2])
    return zip(keypoints, scores, strict=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coco", required=True, help="folder with images/ and person_keypoints.json")
    parser.add_argument("--model", required=True, help="OpenVINO .xml of the network")
    parser.add_argument("--cache", required=True, help="folder for the network's output")
    parser.add_argument("--size", default="456x256", help="network input, width x height")
    arguments = parser.parse_args()
    size = tuple(int(v) for v in arguments.size.split("x"))
    maps = CocoMaps(arguments.coco, arguments.model, size, arguments.cache)
    truth = people_of(maps.annotations)
    nobody = np.empty((0, 17, 3)), np.empty(0)
    oracles = {
        "ranked by truth": ranked_by_truth,
        "grouped by truth, peaks from 0.12": lambda *known: grouped_by_truth(*known, 0.12),
        "grouped by truth, peaks from 0.02": lambda *known: grouped_by_truth(*known, 0.02),
        "perfect peaks": perfect_peaks,
    }
    print(f"{Path(arguments.coco).name}, input {arguments.size}\n| oracle | AP | AP official |\n|---|---|---|")
    for name, oracle in oracles.items():
        results = [
            result
            for picture in maps
            for keypoints, score in oracle(picture, *truth.get(picture.image_id, nobody))
            for result in maps.results(picture.image_id, keypoints[None], [score])
        ]
        figures = [maps.average_precision(results, official) for official in (False, True)]
        print(f"| {name} | {figures[0]:.3f} | {figures[1]:.3f} |", flush=True)


if __name__ == "__main__":
    main()
