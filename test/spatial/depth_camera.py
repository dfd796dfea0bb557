"""What a depth camera makes of true depth: noise, steps, holes, shadows and flying pixels."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Sensor:
    """A stereo depth camera. The defaults lie between a RealSense D435 and a Kinect.

    Noise grows with the square of the distance, as disparity has the same error everywhere (Khoshelham and Elberink,
    2012, find 0.0014 z^2 m for the Kinect; a D435 at 848x480 has about 0.003 z^2).

    Attributes:
        noise: standard deviation at 1 m, metres; at z it is ``noise * z**2``.
        grain: pixels over which the noise is alike.
        step: of disparity as depth at 1 m: depths come in steps of ``step * z**2``, metres.
        baseline: metres between the two imagers, whose far one sees less: a shadow left of everything near.
        flying: share of the pixels at edges that lie between the near and the far surface.
        holes: share of the pixels that are in random holes.
        near, far: metres, nothing is measured outside.
        millimetres: uint16 mm, else float32 m with NaN where nothing was measured.
    """

    noise: float = 0.002
    grain: float = 1.5
    step: float = 0.0008
    baseline: float = 0.05
    flying: float = 0.5
    holes: float = 0.04
    near: float = 0.3
    far: float = 10.0
    millimetres: bool = True

    def measure(self, depth, focal, rng):
        """The ``depth`` [h, w] (metres, inf where there is nothing) as the camera sends it, uint16 mm or float32 m.

        Args:
            depth: true one.
            focal: length in pixels.
            rng: numpy Generator.
        """
        z = np.minimum(depth, 100.0).astype(np.float32)
        shape = z.shape
        low, high = cv2.erode(z, np.ones((3, 3))), cv2.dilate(z, np.ones((3, 3)))
        edge = high - low > 0.05 * low + 0.02
        flies = edge & (rng.random(shape) < self.flying)
        share = rng.random(shape, np.float32)
        measured = np.where(flies, low + share * (high - low), z)
        if self.noise > 0:
            grain = rng.standard_normal(shape, np.float32)
            if self.grain > 0:
                grain = cv2.GaussianBlur(grain, (0, 0), self.grain)
                grain /= max(float(grain.std()), 1e-9)
            measured = measured + self.noise * measured**2 * grain
        if self.step > 0:
            inverse = self.step * np.round(1 / (self.step * np.maximum(measured, 0.05)))
            measured = 1 / np.maximum(inverse, 1e-6)
        lost = (measured < self.near) | (measured > self.far) | self._shadows(z, focal) | self._holes(shape, rng)
        if self.millimetres:
            return np.where(lost, 0, np.round(1000 * measured)).astype(np.uint16)
        return np.where(lost, np.nan, measured).astype(np.float32)

    def _shadows(self, z, focal):
        """Pixels whose point something hides from the second imager."""
        if self.baseline <= 0:
            return np.zeros(z.shape, bool)
        there = np.arange(z.shape[1]) - focal * self.baseline / z
        right = np.minimum.accumulate(there[:, ::-1], axis=1)[:, ::-1]
        return there > np.concatenate([right[:, 1:], np.full((len(z), 1), np.inf)], axis=1) + 0.5

    def _holes(self, shape, rng):
        if self.holes <= 0:
            return np.zeros(shape, bool)
        small = (max(2, shape[0] // 6), max(2, shape[1] // 6))
        blobs = cv2.resize(rng.standard_normal(small, np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
        return blobs > np.quantile(blobs, 1 - self.holes)
