"""Pre-processing beside OpenCV's in the same run: three 1920x1080 frames to a batch of 352x352.

    python benchmarks/preprocess.py [--threads N]

Each row is one way to make the batch from frames of one encoding, letterboxed as the bundled network wants it:

- native: trt_pose_ros.native.resize_into, which is all that a network with uint8 input needs
- OpenCV, uint8: cvtColor to BGR where the camera sends something else, and resize
- OpenCV, float: the same, then NumPy's normalisation and stack, for a network that takes normalised float32 NCHW

All take turns. Times are the shortest of many, as others on the machine only add to them; only the ratios of one run
mean anything. The largest difference to OpenCV is in grey levels.
"""

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from trt_pose_ros.native import resize_into  # noqa: E402

FRAMES, HEIGHT, WIDTH, SIDE = 3, 1080, 1920, 352
SIZE = (198, 352)  # what a letterboxed frame gets of the input
MEAN, STD = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])
# encoding -> shape of a frame, OpenCV's conversion to BGR
ENCODINGS = {
    "bgr8": ((HEIGHT, WIDTH, 3), None),
    "mono8": ((HEIGHT, WIDTH), cv2.COLOR_GRAY2BGR),
    "yuv422_yuy2": ((HEIGHT, WIDTH, 2), cv2.COLOR_YUV2BGR_YUYV),
    "nv12": ((HEIGHT * 3 // 2, WIDTH), cv2.COLOR_YUV2BGR_NV12),
}


def native(frames, encoding, batch, threads):
    resize_into(frames, [encoding] * len(frames), batch, [SIZE] * len(frames), threads=threads)
    return batch


def opencv(frames, conversion, batch):
    for frame, canvas in zip(frames, batch, strict=True):
        bgr = frame if conversion is None else cv2.cvtColor(frame, conversion)
        canvas[SIZE[0] :] = 0
        cv2.resize(bgr, SIZE[::-1], dst=canvas[: SIZE[0]])
    return batch


def normalised(batch):
    return np.stack([((image.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1) for image in batch])


def shortest(functions, repeats):
    """Seconds of each function; they take turns, and none profits from what the one before left in the caches."""
    times, flush = {name: [] for name in functions}, np.zeros(64 << 20, np.uint8)
    for _ in range(repeats):
        for name, function in functions.items():
            flush += 1
            start = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - start)
    return {name: min(values) for name, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1, help="of the native way (default 1; OpenCV always has 1)")
    parser.add_argument("--repeats", type=int, default=100)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    random = np.random.default_rng(0)
    ours, theirs = np.zeros((2, FRAMES, SIDE, SIDE, 3), np.uint8)
    print("| encoding | native, ms | OpenCV, uint8 / native | OpenCV, float / native | largest difference |")
    print("|---|---|---|---|---|")
    for encoding, (shape, conversion) in ENCODINGS.items():
        frames = [random.integers(0, 256, shape, np.uint8) for _ in range(FRAMES)]
        ways = {
            "native": lambda f=frames, e=encoding: native(f, e, ours, arguments.threads),
            "uint8": lambda f=frames, c=conversion: opencv(f, c, theirs),
            "float": lambda f=frames, c=conversion: normalised(opencv(f, c, theirs)),
        }
        seconds = shortest(ways, arguments.repeats)
        ratios = " | ".join(f"{seconds[name] / seconds['native']:.1f}" for name in ("uint8", "float"))
        difference = np.abs(ours.astype(int) - theirs).max()
        print(f"| {encoding} | {1e3 * seconds['native']:.2f} | {ratios} | {difference} |", flush=True)


if __name__ == "__main__":
    main()
