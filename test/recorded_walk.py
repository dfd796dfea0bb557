"""What somebody's walk before several cameras leaves: results of videos with calibration files, or a bag."""

import json

import numpy as np
import yaml

from trt_pose_ros.media import coco


def calibration(camera):
    """A calibration file's contents of a camera that distorts nothing."""
    k = [camera.fx, 0.0, camera.cx, 0.0, camera.fy, camera.cy, 0.0, 0.0, 1.0]
    return {
        "image_width": camera.width,
        "image_height": camera.height,
        "distortion_model": "plumb_bob",
        "distortion_coefficients": {"data": [0.0] * 5},
        "camera_matrix": {"data": k},
        "rectification_matrix": {"data": np.eye(3).ravel().tolist()},
        "projection_matrix": {"data": [0.0] * 12},
    }


def write_files(walk, folder, names):
    """Write NAME/keypoints.json, as `trt-pose run` does of videos, and NAME.yaml for each camera."""
    for view, film, name in zip(walk.views, walk.films, names, strict=True):
        found = [r for f, poses in enumerate(film) for r in coco.results(poses, f, frame=f, time=f / 25)]
        (folder / name).mkdir()
        (folder / name / "keypoints.json").write_text(json.dumps(found))
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(calibration(view.camera)))


def write_bag(walk, path, names, frames):
    """Write a bag of the first skeletons of each camera, and its calibration."""
    from trt_pose_ros.bags.types import message_types
    from trt_pose_ros.bags.writer import BagWriter
    from trt_pose_ros.media.calibration import read_calibration
    from trt_pose_ros.messages.camera_info import camera_info
    from trt_pose_ros.messages.header import header
    from trt_pose_ros.messages.skeletons import skeleton_array

    types, file = message_types(), path.parent / "calibration.yaml"
    with BagWriter(path) as bag:
        for frame in range(frames):
            stamp = 10**9 + 40_000_000 * frame
            for name, view, film in zip(names, walk.views, walk.films, strict=True):
                of_image = header(stamp, name, types)
                if frame == 0:
                    file.write_text(yaml.safe_dump(calibration(view.camera)))
                    bag.write(f"/{name}/camera_info", camera_info(read_calibration(file), of_image, types), stamp)
                bag.write(f"/{name}/skeletons", skeleton_array(film[frame], of_image, 1280, 720, types), stamp)
