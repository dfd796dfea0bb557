"""What trt_pose_ros.native.resize_into does, in plain NumPy and float64."""

import numpy as np

PACKED = {"bgr8": (0, 1, 2), "rgb8": (2, 1, 0), "bgra8": (0, 1, 2), "rgba8": (2, 1, 0)}
# offsets of luma, U and V in the four bytes of two pixels
YUV422 = {"yuv422_yuy2": (0, 1, 3), "yuyv": (0, 1, 3), "yuv422": (1, 0, 2), "uyvy": (1, 0, 2)}


def resized(image, encoding, height, width, color="bgr"):
    """The image as float [height, width, 3], not rounded."""
    levels = to_bgr(image, encoding)
    for axis, size in enumerate((height, width)):
        first, second, weight = taps(levels.shape[axis], size)
        weight = weight.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        levels = levels.take(first, axis) * (1 - weight) + levels.take(second, axis) * weight
    return levels if color == "bgr" else levels[:, :, ::-1]


def taps(source, target):
    """Indices of the two nearest pixels of an axis and the weight of the second, for each of ``target`` pixels."""
    places = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    first = places.astype(int)
    return first, np.minimum(first + 1, source - 1), places - first


def to_bgr(image, encoding):
    """uint8 [rows, w, channels] of any encoding as whole numbers in float [h, w, 3]."""
    image = image.astype(float)
    if encoding in PACKED:
        return image[:, :, PACKED[encoding]]
    image = image.reshape(len(image), -1)
    if encoding == "mono8":
        return image[:, :, None].repeat(3, axis=2)
    if encoding in YUV422:
        y, u, v = YUV422[encoding]
        return yuv_to_bgr(image[:, y::2], image[:, u::4].repeat(2, axis=1), image[:, v::4].repeat(2, axis=1))
    height = len(image) * 2 // 3
    color = image[height:].repeat(2, axis=0)
    u, v = (0, 1) if encoding == "nv12" else (1, 0)
    return yuv_to_bgr(image[:height], color[:, u::2].repeat(2, axis=1), color[:, v::2].repeat(2, axis=1))


def yuv_to_bgr(y, u, v):
    """Video range BT.601; the coefficients are multiples of 2**-20, so that no sum is rounded."""
    luma, blue, green_u, green_v, red = np.round(np.array([1.164, 2.018, -0.391, -0.813, 1.596]) * 2**20) / 2**20
    y, u, v = luma * np.maximum(y - 16, 0), u - 128, v - 128
    bgr = [y + blue * u, y + green_u * u + green_v * v, y + red * v]
    return np.floor(np.clip(np.stack(bgr, axis=2), 0, 255) + 0.5)
