"""A report and pictures as evaluations make them, of invented people: for tests of the page."""

import numpy as np

STAGES = ("read", "decode_image", "preprocess", "network", "decode", "track")
JOINTS = ("nose", "left_shoulder", "right_shoulder", "left_wrist", "right_wrist", "left_knee", "right_knee")


def percentiles(values):
    named = {f"p{p}": float(np.percentile(values, p)) for p in (50, 90, 95, 99)}
    return named | {"mean": float(np.mean(values)), "max": float(np.max(values)), "count": len(values)}


def example_report(images=600, name="light on drive_07", seed=0):
    """A replayed recording of ``images`` images at 30 Hz with people who come and go."""
    random = np.random.default_rng(seed)
    means = np.array([1.2, 4.1, 0.8, 21.0, 2.4, 0.6])
    ms = random.gamma(30, means / 30, (images, len(STAGES))) + random.exponential(2, (images, 1)) * [0, 0, 0, 1, 0, 0]
    frames = []
    for i in range(images):
        ids = [k for k in range(12) if 40 * k <= i < 40 * k + 160 and (i // 50 + k) % 5]
        frames.append(
            {
                "bag": "drive_07",
                "topic": "/camera/front/image",
                "index": i,
                "stamp": 1_790_000_000_000_000_000 + i * 33_333_333,
                "people": len(ids),
                "truths": len(ids) + (i % 50 == 0),
                "found": len(ids),
                "missed": int(i % 50 == 0),
                "false": 0,
                "track_ids": ids,
                "switches": ids[:1] if i % 97 == 50 else [],
                "ms": dict(zip(STAGES, ms[i].tolist(), strict=True)),
                "worst": float(i % 50 == 0) * (1 + i / images),
            }
        )
    latency = {stage: percentiles(ms[:, i]) for i, stage in enumerate(STAGES)} | {"total": percentiles(ms.sum(axis=1))}
    thresholds = np.arange(0.5, 1.0, 0.05)
    return {
        "format": "trt_pose_ros.report",
        "version": 1,
        "name": name,
        "created": "2026-11-28T09:12:44+00:00",
        "source": {"kind": "replay", "path": "runs/drive_07", "images": images, "truth": "drive_07.json"},
        "model": {"name": "light", "family": "paf"},
        "machine": {"processor": "x86-64, 8 cores", "backend": "openvino CPU"},
        "accuracy": {
            "ap": 0.412,
            "ap50": 0.688,
            "ap75": 0.421,
            "ap_medium": 0.331,
            "ap_large": 0.524,
            "ar": 0.468,
            "precision": 0.871,
            "recall": 0.702,
            "oks_mean": 0.79,
            "joint_error": 6.1,
            "ap_by_oks": {f"{t:.2f}": float(0.69 - 1.6 * (t - 0.5) ** 1.6) for t in thresholds},
            "joint_errors": {
                joint: {"labelled": 900, "count": 800 - 30 * i, "median": 2 + 0.7 * i, "mean": 3.1 + i,
                        "pck": 0.9 - i / 20}
                for i, joint in enumerate(JOINTS)
            },
            "pck": {"PCK@0.1": 0.61, "PCK@0.2": 0.83, "PCKh@0.5": 0.74},
        },
        "identities": {"mota": 0.61, "idf1": 0.702, "hota": 0.55, "switches": 7, "fragmentations": 19, "people": 12,
                       "tracks": 14},
        "space": None,
        "latency": latency,
        "throughput": {"fps": 31.2, "drops": 0, "cpu": 3.1, "memory": 412.0},
        "frames": frames,
    }  # fmt: skip


def example_comparison():
    """Of two such reports."""
    figures = {
        "drops": (0, 0, 0, 0, 0, "lower"),
        "ap": (0.412, 0.409, -0.003, -0.008, 0.002, "higher"),
        "recall": (0.702, 0.69, -0.012, -0.019, -0.004, "higher"),
        "pck@0.1": (0.61, 0.6, -0.01, -0.02, 0.01, "higher"),
        "joint_error": (5.2, 5.1, -0.1, None, None, "lower"),
        "switches": (7, 9, 2, -1, 5, "lower"),
        "p95": (40.2, 31.5, -8.7, -9.4, -8.1, "lower"),
        "total.p95": (40.2, 31.5, -8.7, -9.4, -8.1, "lower"),
        "network.p95": (30.7, 22.1, -8.6, -9.3, -8.0, "lower"),
        "network.p99": (33.1, 24.0, -9.1, -9.9, -8.4, "lower"),
    }
    keys = ("a", "b", "difference", "low", "high", "better")
    return {
        "format": "trt_pose_ros.comparison",
        "version": 1,
        "names": ["light on drive_07", "light, 8 bits"],
        "images": 600,
        "labelled": 590,
        "units": 20,
        "stage": "total",
        "confidence": 0.95,
        "resamples": 1000,
        "segment": 30,
        "seed": 0,
        "differences": [{name: dict(zip(keys, values, strict=True)) for name, values in figures.items()}],
        "verdict": [
            {"text": "ap<-0.01", "name": "light, 8 bits", "figure": "ap", "relative": False, "value": -0.003,
             "low": -0.008, "high": 0.002, "limit": -0.01, "held": True},
            {"text": "p95>+10%", "name": "light, 8 bits", "figure": "p95", "relative": True, "value": -0.216,
             "low": -0.23, "high": -0.2, "limit": 0.1, "held": True},
            {"text": "switches>0", "name": "light, 8 bits", "figure": "switches", "relative": False, "value": 2,
             "low": -1, "high": 5, "limit": 0, "held": False},
        ],
        "held": False,
        "notes": [],
    }  # fmt: skip
