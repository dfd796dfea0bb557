"""Where a pixel's point may lie in space, by the camera's calibration.

Frames are optical: x right, y down, z forward, metres.
"""

import cv2
import numpy as np

# distortion models of sensor_msgs/distortion_models and OpenCV's own
_UNDISTORT = {
    "": cv2.undistortPoints,
    "plumb_bob": cv2.undistortPoints,
    "rational_polynomial": cv2.undistortPoints,
    "equidistant": cv2.fisheye.undistortPoints,
}
PLANE = 1.0  # metres: distance and width of the image plane


def is_calibrated(camera_info):
    """Whether there is a CameraInfo that tells a focal length, and whose distortion we know."""
    return camera_info is not None and camera_info.k[0] > 0 and camera_info.distortion_model in _UNDISTORT


def on_image_plane(keypoints, width, height):
    """float32 [P, K, 3]: the keypoints [P, K, 3] of a picture of ``width`` x ``height`` pixels on a plane.

    The plane is :data:`PLANE` metres before the camera, and the picture that many metres wide on it.
    """
    centred = keypoints[:, :, :2] + 0.5 - np.float32([width, height]) / 2
    return _with_depth(centred * np.float32(PLANE / width), PLANE)


def at_depth(keypoints, camera_info, depth):
    """float32 [P, K, 3]: the keypoints [P, K, 3] in pixels, put ``depth`` metres before a calibrated camera."""
    pixels = keypoints[:, :, :2].reshape(-1, 1, 2).astype(np.float64)
    if len(pixels):
        undistort = _UNDISTORT[camera_info.distortion_model]
        coefficients = np.asarray(camera_info.d, np.float64)
        if undistort is cv2.fisheye.undistortPoints:
            coefficients = np.resize(coefficients if coefficients.size else np.zeros(4), 4)
        pixels = undistort(pixels, np.reshape(camera_info.k, (3, 3)), coefficients)
    return _with_depth(depth * pixels.reshape(*keypoints.shape[:2], 2).astype(np.float32), depth)


def _with_depth(xy, depth):
    return np.concatenate([xy, np.full((*xy.shape[:2], 1), depth, np.float32)], axis=2)
