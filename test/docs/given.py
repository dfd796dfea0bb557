"""What the pages say that the reader has, and what they do by hand: `given NAME ARGUMENTS` before a block of commands.

The functions after :func:`labelled` are the words of such a command.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import yaml

ROOT = Path(__file__).parents[2]
FRAMES = 4


def trt_pose(*arguments):
    """Run a verb here, which is quicker than a process."""
    from trt_pose_ros.cli.main import main

    assert main([str(a) for a in arguments]) == 0, arguments


def reader(folder, photograph):
    """Write what every page may name: clips, pictures with depths, labelled pictures, a model; folders of the sources.

    Args:
        folder: that commands run in; beside it comes ``shared``, where pages have data sets.
        photograph: BGR image of somebody.
    """
    from recorded_walk import calibration
    from tiny_model import write_model

    from trt_pose_ros.geometry import CameraModel
    from trt_pose_ros.media.video import VideoWriter

    for source in ("benchmarks", "examples", "test", "training/weights", "trt_pose_ros"):
        (folder / source).parent.mkdir(exist_ok=True)
        (folder / source).symlink_to(ROOT / source)
    shutil.copytree(ROOT / "training" / "experiments", folder / "training" / "experiments")
    for experiment in (folder / "training" / "experiments").glob("*.yaml"):
        shorter = re.sub(r"^epochs: .*", "epochs: 1", experiment.read_text(), flags=re.M)
        experiment.write_text(re.sub(r"^samples_per_epoch: .*", "samples_per_epoch: 8", shorter, flags=re.M))
    square = cv2.resize(photograph, (320, 320))
    (folder / "demo_output").mkdir()
    clip = VideoWriter(folder / "clip.mp4", 10.0)
    for frame in range(FRAMES):
        clip.write(np.roll(square, 4 * frame, axis=1))
    clip.close()
    for copy in ("left.mp4", "right.mp4", "demo_output/camera.mp4"):
        shutil.copy(folder / "clip.mp4", folder / copy)
    for name in ("photos", "depths"):
        (folder / name).mkdir()
    for i in range(2):
        cv2.imwrite(str(folder / "photos" / f"{i}.png"), square)
        cv2.imwrite(str(folder / "depths" / f"{i}.png"), np.full((320, 320), 1000, np.uint16))
    (folder / "camera.yaml").write_text(yaml.safe_dump(calibration(CameraModel.from_field_of_view(320, 320, 60.0))))
    write_model(folder / "my_model.onnx")
    shutil.copy(ROOT / "trt_pose_ros" / "models" / "light.onnx", folder / "model.onnx")
    labelled(folder, photograph)
    for split in ("train", "dev"):
        (folder.parent / "shared" / "data" / "coco" / split).mkdir(parents=True)
        labelled(folder.parent / "shared" / "data" / "coco" / split, photograph)
    (folder.parent / "shared" / "data" / "videos").mkdir()
    shutil.copy(folder / "clip.mp4", folder.parent / "shared" / "data" / "videos" / "mmpose_demo.mp4")


def labelled(folder, photograph):
    """Write images/ and person_keypoints.json, of people with all of COCO's keypoints."""
    from coco_files import person, write

    from trt_pose_ros import Topology

    names = ["000000000785.jpg", *(f"{i}.png" for i in range(2, 5))]
    (folder / "images").mkdir()
    category = {"id": 1, **Topology.load("coco_17").to_category(), "name": "person"}
    keypoints = [[100 + 20 * i, 100 + 15 * i, 2] for i in range(17)]
    entries = [{"id": i, "file_name": name} for i, name in enumerate(names, 1)]
    people = [person(keypoints, id=e["id"], image_id=e["id"], bbox=[90, 90, 360, 280], area=50000) for e in entries]
    write(folder / "images", people, entries, [category], size=(512, 512)).rename(folder / "person_keypoints.json")
    for name in names:
        cv2.imwrite(str(folder / "images" / name), cv2.resize(photograph, (512, 512)))


def recorded(*bags):
    """Record bags of images."""
    for bag in bags:
        trt_pose("bag-from-video", "clip.mp4", "--output", bag)


def corrected(results, bag):
    """Label what a replay has found, all of them one person: truth.json."""
    trt_pose("labels", "export", results, "--output", "l.json", "--images", "l", "--bags", bag)
    labels = json.loads(Path("l.json").read_text())
    for annotation in labels["annotations"]:
        annotation["track_id"] = 1
    Path("corrected.json").write_text(json.dumps(labels))
    trt_pose("labels", "import", "corrected.json", "--exported", "l.json", "--output", "truth.json")


def evaluated():
    """A bag in one file, its replay, its labels, and the report of another evaluation."""
    recorded("drive")
    shutil.copy(next(Path("drive").glob("*.mcap")), "drive.mcap")
    trt_pose("replay", "drive.mcap", "--output", "drive_a")
    corrected("drive_a", "drive.mcap")
    trt_pose("evaluate", "drive_a", "--annotations", "truth.json", "--json", "after.json")


def rules():
    """Rules and zones of one's own, as docs/events.md shows them."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "events.md").read_text("utf-8"), re.M | re.S)
    for file, word in (("my_rules.yaml", "rules:\n  arm_across"), ("cabin.yaml", "kind: seat")):
        (text,) = (text for text in blocks if word in text)
        Path(file).write_text(text)


def walk():
    """Somebody walks before two cameras, left and right, as a bag and as results of videos."""
    from multiview_scene import Scene, walker
    from recorded_walk import write_bag, write_files

    scene = Scene(2, frames=119, seed=4, crowd=walker(5, legs=10))
    write_bag(scene, Path("walk"), ["left", "right"], frames=119)
    write_files(scene, Path(), ["left", "right"])


def in_space():
    """Labels with positions, and reports of two evaluations against them."""
    found = json.loads(Path("out/keypoints.json").read_text())
    for entry in found:
        entry["keypoints"][2::3] = [2 if score > 0 else 0 for score in entry["keypoints"][2::3]]
    images = {entry["image_id"]: entry["file_name"] for entry in found}
    truth = {
        "images": [{"id": i, "file_name": name, "width": 320, "height": 320} for i, name in images.items()],
        "categories": json.loads(Path("person_keypoints.json").read_text())["categories"],
        "annotations": [entry | {"id": i} for i, entry in enumerate(found, 1)],
    }
    Path("truth.json").write_text(json.dumps(truth))
    for report in ("before.json", "after.json"):
        trt_pose("evaluate", "out/keypoints.json", "--annotations", "truth.json", "--json", report)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
