"""Hands with truth: the samples of FreiHAND, OneHand10K, RHD and InterHand2.6M in mmpose's tests/data.

The environment variable TRT_POSE_MULTIVIEW names that folder. The data sets have their own terms: nothing of them lies
here.
"""

import json
import os
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

FOLDER = Path(os.environ.get("TRT_POSE_MULTIVIEW") or "no_such_folder")
# places of our joints among theirs: fingers from the tip to the palm, and in InterHand the wrist at the end
_FROM_TIPS = [4, 3, 2, 1]
_RHD = [0, *(4 * finger + n for finger in range(5) for n in _FROM_TIPS)]
_INTERHAND = [20, *(4 * finger + n - 1 for finger in range(5) for n in _FROM_TIPS)]


class Sample(NamedTuple):
    """A hand in a picture.

    Attributes:
        source: the data set.
        file: name of the picture.
        image: uint8 [h, w, 3] BGR.
        joints: float [21, 2], pixels in the order of hand_21, NaN of those that are not labelled.
        side: ``left`` or ``right``; empty where nothing is said.
    """

    source: str
    file: str
    image: np.ndarray
    joints: np.ndarray
    side: str

    @property
    def size(self) -> float:
        """Longer side of the box around the joints, pixels."""
        return float(np.ptp(self.joints[np.isfinite(self.joints[:, 0])], axis=0).max())


def samples(folder=FOLDER):
    """All hands that there are."""
    return [*_flat(folder, "freihand"), *_flat(folder, "onehand10k"), *_flat(folder, "rhd", _RHD), *_interhand(folder)]


def _flat(folder, name, order=range(21)):
    data = json.loads((folder / name / f"test_{name}.json").read_text())
    files = {image["id"]: image["file_name"] for image in data["images"]}
    for annotation in data["annotations"]:
        file, joints = files[annotation["image_id"]], np.reshape(annotation["keypoints"], (21, 3))[list(order)]
        places = np.where(joints[:, 2:] > 0, joints[:, :2], np.nan)
        side = annotation.get("hand_type", "")
        yield Sample(name, file, cv2.imread(str(folder / name / file)), places, side)


def _interhand(folder):
    """Joints are in the world's millimetres; the cameras have no distortion."""
    root = folder / "interhand2.6m"
    data, cameras, bodies = (
        json.loads((root / f"test_interhand2.6m_{name}.json").read_text()) for name in ("data", "camera", "joint_3d")
    )
    images = {image["id"]: image for image in data["images"]}
    for annotation in data["annotations"]:
        image = images[annotation["image_id"]]
        of_capture, camera = cameras[str(image["capture"])], image["camera"]
        rotation, position, focal, principal = (
            np.array(of_capture[name][camera]) for name in ("camrot", "campos", "focal", "princpt")
        )
        world = np.reshape(bodies[str(image["capture"])][str(image["frame_idx"])]["world_coord"], (42, 3))
        seen = (world - position) @ rotation.T
        places = seen[:, :2] / seen[:, 2:] * focal + principal
        places = np.where(np.reshape(annotation["joint_valid"], (42, 1)) > 0, places, np.nan)
        picture = cv2.imread(str(root / image["file_name"]))
        for number, side in enumerate(("right", "left")):
            if annotation["hand_type"] in (side, "interacting"):
                joints = places[21 * number : 21 * number + 21][_INTERHAND]
                yield Sample("interhand2.6m", image["file_name"], picture, joints, side)
