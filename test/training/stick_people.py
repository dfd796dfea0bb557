"""Data sets of tiny_model's stick figures, with COCO keypoint annotations, written for tests."""

import json

import cv2
import numpy as np
import tiny_model


def write(folder, count=8, width=64, height=64, people=1, seed=0):
    """Write ``count`` images and their ``labels.json`` into a folder; returns the words of a data set."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    data = {"images": [], "annotations": [], "categories": [{"id": 1, **tiny_model.TOPOLOGY.to_category()}]}
    for number in range(1, count + 1):
        shift = rng.uniform(-0.1, 0.1, (people, 2)) * (width / people, height)
        size = rng.uniform(0.6, 0.8, people) * min(height, 1.2 * width / people)
        places = [((i + 0.5) * width / people, 0.4 * height) for i in range(people)] + shift
        group = [tiny_model.person(x, y, s) for (x, y), s in zip(places, size, strict=True)]
        name = f"{number}.png"
        cv2.imwrite(str(folder / name), tiny_model.picture(group, width, height))
        data["images"].append({"id": number, "file_name": name, "width": width, "height": height})
        for points in group:
            low, span = points.min(0), np.ptp(points, axis=0)
            data["annotations"].append(
                {
                    "id": len(data["annotations"]) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "iscrowd": 0,
                    "num_keypoints": len(points),
                    "keypoints": [float(v) for x, y in points for v in (x, y, 2)],
                    "bbox": [*map(float, low), *map(float, span)],
                    "area": float(span.prod()),
                }
            )
    (folder / "labels.json").write_text(json.dumps(data))
    return {"images_dir": str(folder), "annotations_file": str(folder / "labels.json")}
