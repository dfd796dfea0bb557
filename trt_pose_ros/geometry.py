"""Where things are: in images, in a network's input, in space; above all the camera model.

Pixels: the centre of the top-left pixel is (0, 0). Space: the camera's optical frame, x right, y down, z forward, in m.

    camera = CameraModel.from_field_of_view(640, 480, 60.0)
    places = 2.0 * camera.rays(keypoints[..., :2])      # where they are, if they are two metres away
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

# model -> how many coefficients it may have; those left out are zero
_COEFFICIENTS = {"none": (0,), "plumb_bob": (0, 4, 5), "rational_polynomial": (0, 8), "equidistant": (0, 4)}
_UNTURNED = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
_ITERATIONS, _CLOSE = 50, 1e-12  # of Newton's method, and the step at which it has arrived
_ERROR = 1e-9  # at unit depth, that an undistorted point may be off


@dataclass(frozen=True)
class Placement:
    """Where an image lies in the network's input: input pixel (x, y) is image pixel ``scale * (x, y) + offset``."""

    scale: tuple[float, float]
    offset: tuple[float, float]


def rotation(angle: float) -> np.ndarray:
    """float64 [2, 2]: turns pixels (x, y) clockwise by ``angle`` radians: x towards y, which points down."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


@dataclass(frozen=True)
class CameraModel:
    """A camera: focal lengths and principal point, the lens's distortion, and how its images are rectified.

    The distortion models are those of ROS (REP 104) and OpenCV: ``plumb_bob`` (k1, k2, p1, p2, k3),
    ``rational_polynomial`` (those and k4, k5, k6), ``equidistant`` (a fisheye: k1 to k4) and ``none``.

    Attributes:
        width, height: of its images, pixels.
        fx, fy: focal lengths, pixels.
        cx, cy: principal point, pixels.
        distortion: name of the distortion model.
        coefficients: of the distortion.
        rotation: 3x3 in row order, from the camera that took the image to the frame in which directions are told, that
            of the rectified images. As in image_geometry, that is the frame which the images' frame_id names.

    Raises:
        ValueError: no such camera can be; the message names the value.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: str = "none"
    coefficients: tuple[float, ...] = ()
    rotation: tuple[float, ...] = _UNTURNED

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0):
            raise ValueError(f"a camera with images of {self.width}x{self.height} pixels")
        for name, value in (("fx", self.fx), ("fy", self.fy)):
            if not 0 < value < math.inf:
                raise ValueError(f"a camera of focal length {name} = {value} pixels: calibrate it")
        for name, value in (("cx", self.cx), ("cy", self.cy)):
            if not math.isfinite(value):
                raise ValueError(f"a camera with its principal point at {name} = {value}: calibrate it")
        counts = _COEFFICIENTS.get(self.distortion)
        if counts is None:
            raise ValueError(f"distortion model {self.distortion!r} is not known, only {', '.join(_COEFFICIENTS)}")
        if len(self.coefficients) not in counts or not all(map(math.isfinite, self.coefficients)):
            wanted = " or ".join(map(str, counts))
            raise ValueError(
                f"distortion model {self.distortion} takes {wanted} finite coefficients, not {list(self.coefficients)}"
            )
        rotation = np.reshape(self.rotation, (3, 3)) if len(self.rotation) == 9 else np.zeros((3, 3))
        with np.errstate(all="ignore"):
            off = np.abs(rotation @ rotation.T - np.eye(3)).max()
        # written so that NaN fails too
        if not (off < 1e-3 and np.linalg.det(rotation) > 0):
            raise ValueError(f"the rectification matrix {list(self.rotation)} is not a rotation")

    @classmethod
    def from_field_of_view(cls, width: int, height: int, degrees: float) -> CameraModel:
        """An ideal camera whose images are ``degrees`` wide."""
        if not 0 < degrees < 180:
            raise ValueError(f"a camera that sees {degrees} degrees, must be between 0 and 180")
        focal = width / 2 / math.tan(math.radians(degrees) / 2)
        return cls(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)

    @classmethod
    def from_calibration(
        cls,
        width: int,
        height: int,
        k: Sequence[float],
        d: Sequence[float] = (),
        model: str = "none",
        r: Sequence[float] = (),
        p: Sequence[float] = (),
        *,
        rectified: bool = False,
        binning: tuple[int, int] = (1, 1),
        roi: tuple[int, int, int, int] = (0, 0, 0, 0),
    ) -> CameraModel:
        """The camera that a calibration describes, as a sensor_msgs/CameraInfo carries it.

        Args:
            width, height: of the calibrated image, pixels.
            k: 3x3 in row order, intrinsic matrix of the images as the camera takes them.
            d: distortion coefficients.
            model: name of the distortion model; empty is ``none``.
            r: 3x3, rotation to the rectified image; empty or zero: none.
            p: 3x4, projection matrix of the rectified images; empty or zero: not known.
            rectified: the images have been rectified already: ``p`` holds for them, without distortion.
            binning: camera pixels in one of the image's, across and down; 0 is 1.
            roi: x, y, width and height of the part of the calibrated image that the images show, in camera pixels; a
                width and height of 0: all of it.

        Raises:
            ValueError: the values make no camera; the message names the one that is wrong.
        """
        if len(k) != 9:
            raise ValueError(f"an intrinsic matrix k of {len(k)} numbers, must be 9")
        fx, skew, cx, fy, cy = (float(k[i]) for i in (0, 1, 2, 4, 5))
        d, rotation, model = tuple(map(float, d)), tuple(map(float, r)), model or "none"
        if rectified and any(p):
            if len(p) != 12:
                raise ValueError(f"a projection matrix p of {len(p)} numbers, must be 12")
            fx, skew, cx, fy, cy = (float(p[i]) for i in (0, 1, 2, 5, 6))
        elif rectified and any(d):
            raise ValueError("the projection matrix p is missing, without which rectified images tell no directions")
        if rectified:
            d, rotation, model = (), _UNTURNED, "none"
        if skew != 0:
            raise ValueError(f"a skew of {skew} in the intrinsic matrix, must be 0")
        camera = cls(width, height, fx, fy, cx, cy, model, d, rotation if any(rotation) else _UNTURNED)
        x, y, roi_width, roi_height = roi
        if roi_width and roi_height:
            if x + roi_width > width or y + roi_height > height:
                raise ValueError(f"a region of interest {roi} outside the calibrated {width}x{height} pixels")
            camera = replace(camera, width=roi_width, height=roi_height, cx=cx - x, cy=cy - y)
        across, down = (max(1, b) for b in binning)
        return camera._resized(camera.width // across, camera.height // down, 1 / across, 1 / down)

    def scaled_to(self, width: int, height: int) -> CameraModel:
        """The same camera with its images scaled to ``width`` x ``height`` pixels.

        Raises:
            ValueError: such images have another shape: they are no scaled ones, but cropped or another camera's.
        """
        # rounded to whole pixels
        if not abs(width * self.height - height * self.width) <= max(self.width, self.height):
            raise ValueError(
                f"the calibration is for images of {self.width}x{self.height} pixels, these of {width}x{height} have "
                "another shape: calibrate the camera as it is used, or let camera_info name the region of interest"
            )
        return self._resized(width, height, width / self.width, height / self.height)

    def _resized(self, width: int, height: int, across: float, down: float) -> CameraModel:
        # what is scaled is the area of the pixels, which begins half a pixel before the centre of the first one
        cx, cy = (self.cx + 0.5) * across - 0.5, (self.cy + 0.5) * down - 0.5
        return replace(self, width=width, height=height, fx=self.fx * across, fy=self.fy * down, cx=cx, cy=cy)

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """float64 [..., 3]: the directions, of depth z = 1, in which the ``pixels`` [..., 2] look.

        NaN for pixels that are NaN, and for those at which by the calibration no light arrives (in the corners of a
        lens whose distortion was fitted to the middle) or arrives from the side or from behind.
        """
        pixels = np.where(np.isfinite(pixels), pixels, np.nan).astype(np.float64)
        x, y = (pixels[..., 0] - self.cx) / self.fx, (pixels[..., 1] - self.cy) / self.fy
        x, y = self._undistorted(x, y)
        with np.errstate(all="ignore"):
            rays = np.stack([x, y, np.ones_like(x)], axis=-1) @ np.reshape(self.rotation, (3, 3)).T
            return np.where(rays[..., 2:] > 0, rays / rays[..., 2:], np.nan)

    def project(self, points: np.ndarray) -> np.ndarray:
        """float64 [..., 2]: the pixels in which the ``points`` [..., 3] appear, be they inside the image or not.

        NaN for points that are NaN or not in front of the camera, and for those so far to the side that the distortion
        model does not hold there.
        """
        with np.errstate(all="ignore"):
            points = np.asarray(points, np.float64) @ np.reshape(self.rotation, (3, 3))
            flat = np.where(points[..., 2:] > 0, points[..., :2] / points[..., 2:], np.nan)
        x, y = self._distorted(flat[..., 0], flat[..., 1])
        return np.stack([x * self.fx + self.cx, y * self.fy + self.cy], axis=-1)

    def undistort(self, pixels: np.ndarray) -> np.ndarray:
        """float64 [..., 2]: where the ``pixels`` [..., 2] would be without distortion; NaN as in :meth:`rays`."""
        rays = self.rays(pixels)
        return rays[..., :2] * (self.fx, self.fy) + (self.cx, self.cy)

    def _distorted(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not any(self.coefficients) and self.distortion != "equidistant":
            return x, y
        with np.errstate(all="ignore"):
            if self.distortion == "equidistant":
                radius = np.hypot(x, y)
                bent, slope = _fisheye(np.arctan(radius), self.coefficients)
                scale = np.where(radius > 0, bent / radius, 1.0) * np.where(slope > 0, 1.0, np.nan)
                return x * scale, y * scale
            (bent_x, bent_y), (xx, xy, yy) = _brown(x, y, self.coefficients)
            # beyond the point where it turns back the polynomial means nothing
            holds = np.where((xx * yy - xy * xy > 0) & (xx + yy > 0), 1.0, np.nan)
            return bent_x * holds, bent_y * holds

    def _undistorted(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not any(self.coefficients) and self.distortion != "equidistant":
            return x, y
        with np.errstate(all="ignore"):
            if self.distortion == "equidistant":
                radius = np.hypot(x, y)
                angle = _newton(lambda a: _fisheye_step(a, radius, self.coefficients), radius)
                scale = np.where(radius > 0, np.where(angle < math.pi / 2, np.tan(angle), np.nan) / radius, 1.0)
                found_x, found_y = x * scale, y * scale
            else:
                found_x, found_y = _newton(lambda at: _brown_step(at, (x, y), self.coefficients), np.stack([x, y]))
            again_x, again_y = self._distorted(found_x, found_y)
            # relative for the far ends of a fisheye
            close = np.hypot(again_x - x, again_y - y) <= _ERROR * (1 + np.hypot(x, y))
            return np.where(close, found_x, np.nan), np.where(close, found_y, np.nan)


def _newton(step: Callable[[np.ndarray], np.ndarray], start: np.ndarray) -> np.ndarray:
    """Where Newton's method ends; whether that is a root is for the caller to see."""
    at = np.array(start, np.float64)
    for _ in range(_ITERATIONS):
        moved = step(at)
        at = at - moved
        if not np.nanmax(np.abs(moved), initial=0.0) > _CLOSE:
            break
    return at


def _brown(
    x: np.ndarray, y: np.ndarray, coefficients: Sequence[float]
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Brown's radial and tangential distortion of points at unit depth, and its derivative, a symmetric 2x2 matrix."""
    k1, k2, p1, p2, k3, k4, k5, k6 = (*coefficients, *[0.0] * (8 - len(coefficients)))
    s = x * x + y * y
    above, below = 1 + s * (k1 + s * (k2 + s * k3)), 1 + s * (k4 + s * (k5 + s * k6))
    above_slope, below_slope = k1 + s * (2 * k2 + s * 3 * k3), k4 + s * (2 * k5 + s * 3 * k6)
    radial = above / below
    slope = 2 * (above_slope - radial * below_slope) / below
    bent_x = x * radial + 2 * p1 * x * y + p2 * (s + 2 * x * x)
    bent_y = y * radial + p1 * (s + 2 * y * y) + 2 * p2 * x * y
    xx = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x
    xy = x * y * slope + 2 * p1 * x + 2 * p2 * y
    yy = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x
    return (bent_x, bent_y), (xx, xy, yy)


def _brown_step(at: np.ndarray, wanted: tuple[np.ndarray, np.ndarray], coefficients: Sequence[float]) -> np.ndarray:
    (x, y), (xx, xy, yy) = _brown(at[0], at[1], coefficients)
    off_x, off_y = x - wanted[0], y - wanted[1]
    return np.stack([yy * off_x - xy * off_y, xx * off_y - xy * off_x]) / (xx * yy - xy * xy)


def _fisheye(angle: np.ndarray, coefficients: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Radius at unit depth of what is seen ``angle`` off the axis (Kannala and Brandt, 2006), and its derivative."""
    k1, k2, k3, k4 = (*coefficients, *[0.0] * (4 - len(coefficients)))
    s = angle * angle
    radius = angle * (1 + s * (k1 + s * (k2 + s * (k3 + s * k4))))
    return radius, 1 + s * (3 * k1 + s * (5 * k2 + s * (7 * k3 + s * 9 * k4)))


def _fisheye_step(angle: np.ndarray, wanted: np.ndarray, coefficients: Sequence[float]) -> np.ndarray:
    radius, slope = _fisheye(angle, coefficients)
    return (radius - wanted) / slope
