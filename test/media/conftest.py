import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def photo():
    """uint8 [90, 120, 3]: smooth colours, no grey 128 in the corners."""
    noise = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX)
