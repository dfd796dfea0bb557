"""The decoder's accuracy and speed, beside other parsers on the same maps in the same run, one thread each.

    python benchmarks/decoder.py accuracy --coco FOLDER --model NETWORK.xml --cache FOLDER --size 456x256
    python benchmarks/decoder.py speed --plot docs/images/decoder_speed.png

Others take part when they are given:

    --lightweight CHECKOUT   a checkout of lightweight-human-pose-estimation.pytorch (its parser is Python)
    --peer NAME=LIBRARY.so   any parser as a shared library with this function, which returns the number of people:
        int paf_decode(const float* cmap,    // [K, H, W]
                       const float* paf,     // [2L, H, W], components (x, y)
                       int K, int L, int H, int W,
                       const int* links,     // [L, 2] from, to
                       float* keypoints,     // out [capacity, K, 3]: x, y in cells, score; NaN, NaN, 0 where missing
                       float* scores,        // out [capacity]
                       int capacity);

Times are medians. On a shared machine only the ratios of one run mean anything.
"""

import argparse
import ctypes
import importlib.util
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from coco_maps import COCO, CocoMaps

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]

from oracles.scenes import crowd, match, render  # noqa: E402

from trt_pose_ros import PoseDecoder, Topology  # noqa: E402

CAPACITY = 200
PEOPLE = (1, 3, 10, 30, 60)


class Ours:
    def __init__(self, topology, preset):
        self.name = f"ours, {preset}"
        self._decoder = PoseDecoder(topology, preset=preset)

    def __call__(self, cmap, paf):
        (poses,) = self._decoder(cmap[None], paf[None])
        return poses.keypoints, poses.scores


class Peer:
    """A parser behind the function of the module's docstring, on the maps as they are or upsampled before."""

    def __init__(self, topology, name, library, upsampling=1):
        self.name = name if upsampling == 1 else f"{name}, x{upsampling}"
        self._decode = ctypes.CDLL(str(Path(library).resolve())).paf_decode
        self._links = np.array(topology.links, np.int32)
        self._keypoints = np.empty((CAPACITY, len(topology.keypoints), 3), np.float32)
        self._scores = np.empty(CAPACITY, np.float32)
        self._upsampling = upsampling

    def __call__(self, cmap, paf):
        cmap, paf = (np.ascontiguousarray(upsampled(m, self._upsampling)) for m in (cmap, paf))
        sizes = len(cmap), len(self._links), *cmap.shape[1:]
        arrays = [a.ctypes.data_as(ctypes.c_void_p) for a in (cmap, paf, self._links, self._keypoints, self._scores)]
        people = self._decode(*arrays[:2], *sizes, *arrays[2:], CAPACITY)
        keypoints = self._keypoints[:people].copy()
        keypoints[:, :, :2] = (keypoints[:, :, :2] + 0.5) / self._upsampling - 0.5
        return keypoints, self._scores[:people].copy()


class Lightweight:
    """Lightweight OpenPose's parser in Python, on maps upsampled by four as in its demo; openpose_18 only."""

    name = "Lightweight OpenPose, x4"

    def __init__(self, checkout):
        spec = importlib.util.spec_from_file_location("keypoints", Path(checkout) / "modules" / "keypoints.py")
        self._module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self._module)

    def __call__(self, cmap, paf):
        cmap, paf = upsampled(cmap, 4), upsampled(paf, 4).transpose(1, 2, 0)
        by_type, total = [], 0
        for heatmap in cmap:
            total += self._module.extract_keypoints(heatmap.copy(), by_type, total)
        entries, found = self._module.group_keypoints(by_type, paf)
        keypoints = np.full((len(entries), len(cmap), 3), (np.nan, np.nan, 0), np.float32)
        for person, entry in zip(keypoints, entries, strict=True):
            for k in np.nonzero(entry[: len(cmap)] >= 0)[0]:
                person[k] = found[int(entry[k]), :3]
        keypoints[:, :, :2] = (keypoints[:, :, :2] + 0.5) / 4 - 0.5
        return keypoints, np.array([entry[-2] for entry in entries], np.float32)


def upsampled(maps, factor):
    if factor == 1:
        return maps
    planes = [cv2.resize(m, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC) for m in maps]
    return np.stack(planes)


def median_ms(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def accuracy(arguments):
    topology = Topology.load("openpose_18")
    coco = [topology.index(name) for name in COCO.keypoints]
    size = tuple(int(v) for v in arguments.size.split("x"))
    maps = CocoMaps(arguments.coco, arguments.model, size, arguments.cache)
    decoders = [Ours(topology, "accurate"), Ours(topology, "fast"), *peers(arguments, topology, upsamplings=(1, 4))]
    if arguments.lightweight:
        decoders.append(Lightweight(arguments.lightweight))
    results = {decoder.name: ([], [], []) for decoder in decoders}
    for picture in maps:
        for decoder in decoders:
            own, peaks, times = results[decoder.name]
            start = time.perf_counter()
            keypoints, scores = decoder(picture.cmap, picture.paf)
            times.append(time.perf_counter() - start)
            people = keypoints[:, coco]
            people[:, :, :2] = picture.to_picture(people[:, :, :2])
            own += maps.results(picture.image_id, people, scores)
            peaks += maps.results(picture.image_id, people, people[:, :, 2].mean(axis=1))
    print(f"{Path(arguments.coco).name}, {len(maps)} pictures, input {arguments.size}")
    print("| parser | AP, own score | AP, sum of peaks / 17 | AP official, own | official, sum | people | median ms |")
    print("|---|---|---|---|---|---|---|")
    for name, (own, peaks, times) in results.items():
        figures = [maps.average_precision(found, official) for official in (False, True) for found in (own, peaks)]
        columns = " | ".join(f"{figure:.3f}" for figure in figures)
        print(f"| {name} | {columns} | {len(own)} | {1e3 * np.median(times):.3f} |", flush=True)


def speed(arguments):
    topology = Topology.load("human_pose")
    decoders = [Ours(topology, "accurate"), Ours(topology, "fast"), *peers(arguments, topology)]
    print("| map | noise | people | " + " | ".join(f"{d.name}: ms, persons P/R, joints P/R" for d in decoders) + " |")
    print("|" + "---|" * (3 + len(decoders)))
    curves = {}
    for size in (56, 64, 128):
        for noise in (0.0, 0.03):
            for people in PEOPLE:
                random = np.random.default_rng(people)
                truth = crowd(topology, random, people, (size, size))
                maps = render(topology, truth, (size, size), sigma=size / 56, noise=noise, random=random)
                cmap, paf = (m[0] for m in maps)
                cells = []
                for decoder in decoders:
                    keypoints, _ = decoder(cmap, paf)
                    quality = match(keypoints, truth, tolerance=1.5 * size / 56)
                    ms = median_ms(lambda d=decoder, c=cmap, p=paf: d(c, p), arguments.repeats)
                    curves.setdefault((size, noise, decoder.name), []).append(ms)
                    cells.append(f"{ms:.3f}, " + " ".join(f"{v:.2f}" for v in quality.values()))
                print(f"| {size}x{size} | {noise} | {people} | " + " | ".join(cells) + " |", flush=True)
        reading = median_ms(lambda c=cmap, p=paf: (c.max(), p.max()), arguments.repeats)
        print(f"| {size}x{size} | | reading the maps once (NumPy max) | {reading:.3f} |")
    if arguments.plot:
        plot(curves, arguments.plot)


def plot(curves, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 3, figsize=(10, 3.2), sharey=True, layout="constrained")
    names = sorted({name for _, _, name in curves})
    for panel, size in zip(panels, (56, 64, 128), strict=True):
        for color, name in enumerate(names):
            for noise, style in ((0.0, "-"), (0.03, "--")):
                label = f"{name}{', noise 0.03' if noise else ''}"
                panel.plot(PEOPLE, curves[size, noise, name], style, color=f"C{color}", label=label, linewidth=1)
        panel.set(title=f"{size} x {size}", xlabel="people", yscale="log")
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("ms, one thread")
    panels[0].legend(fontsize=6)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)


def peers(arguments, topology, upsamplings=(1,)):
    given = [peer.partition("=")[::2] for peer in arguments.peer]
    return [Peer(topology, name, library, factor) for name, library in given for factor in upsamplings]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("accuracy", help="COCO AP and time on the maps of a network")
    one.add_argument("--coco", required=True, help="folder with images/ and person_keypoints.json")
    one.add_argument("--model", required=True, help="OpenVINO .xml of the network")
    one.add_argument("--cache", required=True, help="folder for the network's output")
    one.add_argument("--size", default="456x256", help="network input, width x height")
    one.add_argument("--lightweight", help="checkout of lightweight-human-pose-estimation.pytorch")
    one.set_defaults(run=accuracy)
    other = commands.add_parser("speed", help="time, precision and recall over the number of people")
    other.add_argument("--plot", help="PNG to write")
    other.add_argument("--repeats", type=int, default=100)
    other.set_defaults(run=speed)
    for command in (one, other):
        command.add_argument("--peer", action="append", default=[], metavar="NAME=LIBRARY.so")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
