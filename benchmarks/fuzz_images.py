"""Fuzz pose_node: wrong Image and CompressedImage messages over DDS, from another process than the node's.

    python benchmarks/fuzz_images.py [--messages 10000] [--seed 1]

Half of the messages go to a node that listens to Images, half to one of CompressedImages. The run fails where a node
dies, does not account for every message, or does not understand good pictures afterwards.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

TEST = Path(__file__).parents[1] / "test"
sys.path[:0] = [str(TEST), str(TEST / "ros")]

import conftest  # noqa: F401, E402  (sets up the environment)
import tiny_model  # noqa: E402
from fuzz import TRANSPORTS, fuzz  # noqa: E402
from harness import FATES, PoseNodeProcess, Tester  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    picture = tiny_model.picture([tiny_model.person(160, 100, 120)])
    with tempfile.TemporaryDirectory() as folder, Tester() as tester:
        model = tiny_model.write_model(Path(folder) / "tiny.onnx")
        for transport in TRANSPORTS:
            parameters = {"model": str(model), "image_transport": transport, "image_qos": "reliable"}
            with PoseNodeProcess(tester, parameters) as node:
                before = int(node.diagnostics()["memory_mb"])
                random = np.random.default_rng(arguments.seed)
                report = fuzz(node, transport, picture, arguments.messages // len(TRANSPORTS), random)
                counts = {k: int(v) for k, v in report.items() if k in ("received", *FATES) or k.startswith("bad_")}
                memory = f"{before} MB before, {node.diagnostics()['memory_mb']} MB after"
                print(f"{transport}: {json.dumps(counts)}; memory {memory}", flush=True)


if __name__ == "__main__":
    main()
