"""Small COCO keypoint data sets on disk."""

import json

import cv2
import numpy as np

CATEGORY = {
    "id": 1,
    "name": "person",
    "keypoints": ["nose", "left_shoulder", "right_shoulder"],
    "skeleton": [[1, 2], [1, 3]],
}


def person(keypoints, **changed):
    """An annotation of image 1; ``keypoints`` as rows x, y, visibility."""
    rows = np.reshape(keypoints, (-1, 3))
    return {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "keypoints": np.ravel(keypoints).tolist(),
        "num_keypoints": int((rows[:, 2] > 0).sum()),
        "bbox": [10, 10, 20, 30],
        "area": 500,
        "iscrowd": 0,
        **changed,
    }


def write(folder, annotations, images=None, categories=(CATEGORY,), size=(64, 48)):
    """Write grey images and ``annotations.json`` into ``folder``; returns the JSON's path."""
    images = [{"id": 1, "file_name": "1.png"}] if images is None else images
    for image in images:
        image.setdefault("width", size[0])
        image.setdefault("height", size[1])
        cv2.imwrite(str(folder / image["file_name"]), np.full((size[1], size[0], 3), 128, np.uint8))
    path = folder / "annotations.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": list(categories)}))
    return path
