"""The shipped rules on real pictures that were labelled by eye: precision and recall of every rule, by network.

    python benchmarks/event_pictures.py --data DIR [--models DIR] [--network labels,MODEL,accurate]

``--data`` holds COCO's ``person_keypoints.json`` and ``images/``; of it the pictures of test/events/pictures.json are
used. A network is ``labels`` (the annotated keypoints, as a perfect network would give them), a model file or a name of
one, or ``accurate``: RTMDet-nano and PP-TinyPose, which lie in ``--models``. A picture has no time: rules are judged by
their limits for a start, see trt_pose_ros.events.judge. Who is labelled but not found counts as missed.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "test")]

from events import picture_labels  # noqa: E402

from trt_pose_ros import PosePipeline  # noqa: E402

DETECTOR, PERSON = "rtmdet-nano-person/rtmdet-nano-person.onnx", "pp-tinypose-256x192/pp-tinypose-256x192.xml"


def opened(network, models):
    """A function from an image to Poses; None for the labels themselves."""
    if network == "labels":
        return None
    if network == "accurate":
        pipeline = PosePipeline.open(models / DETECTOR, person=models / PERSON)
    else:
        pipeline = PosePipeline.open(network)
    return lambda image: pipeline([image])[0]


def main():
    """Run, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with person_keypoints.json and images/")
    parser.add_argument("--models", type=Path, help="folder of the networks of `accurate`")
    parser.add_argument("--network", default="labels,light_refined", help="several with commas")
    parser.add_argument("--mistakes", action="store_true", help="list them")
    arguments = parser.parse_args()
    pictures = picture_labels.load(arguments.data)
    print(f"{len(pictures)} pictures, {sum(len(p.people) for p in pictures)} people")
    print("| network | rule | yes | told of them | recall | told of those with no | of | precision | not known |")
    print("|---|---|" + "---|" * 7)
    for network in arguments.network.split(","):
        for rule, c in picture_labels.judged(pictures, opened(network, arguments.models)).items():
            recall = f"{c.right / c.yes:.2f}" if c.yes else "-"
            precision = f"{c.right / (c.right + c.wrong):.2f}" if c.right + c.wrong else "-"
            cells = [network, rule, c.yes, c.right, recall, c.wrong, c.no, precision, c.unknown]
            print("| " + " | ".join(map(str, cells)) + " |")
            if arguments.mistakes:
                print(json.dumps({"missed": c.missed, "false": c.false}))


if __name__ == "__main__":
    main()
