"""People in space as a picture: the room before the camera, looked at from behind it, from its right and from above.

Drawn with OpenCV, which is here anyway, and in a few milliseconds: a clip can be watched while it is made.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from ..geometry import CameraModel
from ..poses import NO_TRACK, Poses
from ..transforms import Transform, camera_above_floor
from .drawing import draw_poses
from .labels import draw_labels

UNSURE = 0.1  # metres: standard deviation from which a position is drawn faintly, as those of hidden joints are

_BACKGROUND, _GRID, _SHADOW, _CAMERA = (48, 48, 48), (84, 84, 84), (26, 26, 26), (210, 210, 210)
_FAINT = 0.35  # of the colours of what is not sure
_BESIDE, _ABOVE = 30.0, 30.0  # degrees, from where the room is seen
_EYE = 1.5  # how far away the eye is, as a share of the floor's length
_FILLED = 0.97  # of the picture
_NEAREST, _FARTHEST = 3, 20  # metres that the floor reaches ahead at least and at most
_NARROWEST = 2  # metres that it reaches to either side at least
_HEIGHTS = 0.4, 4.0  # metres, of a camera of which nothing is told
_SYMBOL = 0.25  # metres ahead, of the frame that stands for the camera
_FLOOR_LABEL = (150, 150, 150)


class Plot3d:
    """Draws the people of one camera, image by image.

    The view holds still: the floor only grows as people are seen further away, and so does the height of a camera of
    which nothing is told, to that over the lowest joint seen.

    Args:
        camera: whose people these are; None where it is not known. Its images' shape is drawn.
        in_room: from the camera's optical frame to one whose xy plane is the floor and whose z axis points up; None:
            the camera looks level.
    """

    def __init__(self, camera: CameraModel | None = None, in_room: Transform | None = None) -> None:
        self._camera, self._told = camera, in_room
        self._height, self._reach, self._half = 0.0, _NEAREST, _NARROWEST

    def draw(self, poses: Poses, width: int, height: int) -> np.ndarray:
        """The picture, uint8 [height, width, 3] BGR.

        Args:
            poses: the people; only joints with positions are drawn, those that are not sure faintly.
            width, height: pixels.

        Raises:
            ValueError: the positions are in another frame than the camera's.
        """
        if poses.position_frame:
            raise ValueError(f"positions in the frame {poses.position_frame!r}, must be in the camera's optical frame")
        nothing = np.full((*poses.found.shape, 3), np.nan)
        positions = nothing if poses.positions is None else poses.positions.astype(np.float64)
        sure = np.asarray(np.isfinite(positions).all(axis=2))
        if poses.position_stddevs is not None:
            sure = sure & ~(poses.position_stddevs > UNSURE)
        ranges = _ranges(positions)
        here = np.flatnonzero(np.isfinite(ranges))
        poses, positions, sure, ranges = poses[here], positions[here], sure[here], ranges[here]
        self._look(positions, ranges)
        room = self._room()
        view = _View(room.translation, self._reach, self._half, width, height)
        canvas = np.full((height, width, 3), _BACKGROUND, np.uint8)
        self._draw_floor(canvas, view)
        self._draw_camera(canvas, view, room)
        places = room(positions)
        for place in places:
            _draw_shadow(canvas, view, place, poses.topology.links)
        order = np.argsort([-view.distance(place) for place in places], kind="stable")
        people, sure, ranges = view.people(poses, places)[order], sure[order], ranges[order]
        faint = draw_poses(canvas.copy(), people, labels=False, min_score=0.0)
        cv2.addWeighted(canvas, 1 - _FAINT, faint, _FAINT, 0, dst=canvas)
        certain = np.where(sure, people.keypoints[:, :, 2], 0.0)
        keypoints = np.dstack([people.keypoints[:, :, :2], certain])
        draw_poses(canvas, replace(people, keypoints=keypoints), labels=False, min_score=0.0)
        boxes = people.boxes()
        shown = np.isfinite(boxes).all(axis=1)
        texts = [_label(*item) for item in zip(people.track_ids[shown].tolist(), ranges[shown].tolist(), strict=True)]
        draw_labels(canvas, texts, boxes[shown])
        return canvas

    def _look(self, positions: np.ndarray, ranges: np.ndarray) -> None:
        """Make room for people."""
        self._reach = max(self._reach, min(_FARTHEST, math.ceil(ranges.max(initial=0.0) + 0.5)))
        aside = np.array([np.nanmedian(np.abs(x)) for x in positions[:, :, 0]])
        self._half = max(self._half, min(_FARTHEST // 2, math.ceil(aside.max(initial=0.0) + 0.5)))
        lowest = np.nanmax(positions[:, :, 1], initial=0.0)
        self._height = max(self._height, float(np.clip(lowest, *_HEIGHTS)) if len(positions) else 0.0)

    def _room(self) -> Transform:
        return self._told or camera_above_floor(self._height or _HEIGHTS[0])

    def _draw_floor(self, canvas: np.ndarray, view: _View) -> None:
        reach, half = self._reach, self._half
        for at in range(reach + 1):
            view.line(canvas, view.floor(at, -half), view.floor(at, half), _GRID)
        for at in range(-half, half + 1):
            view.line(canvas, view.floor(0, at), view.floor(reach, at), _GRID)
        scale = max(canvas.shape[0] / 1100, 0.35)
        for at in range(1, reach + 1, 1 if reach <= 8 else 2):
            x, y = view.pixel(view.floor(at, -half - 0.1))
            text = f"{at} m"
            cv2.putText(
                canvas, text, (int(x), int(y) + 4), cv2.FONT_HERSHEY_SIMPLEX, scale, _FLOOR_LABEL, 1, cv2.LINE_AA
            )

    def _draw_camera(self, canvas: np.ndarray, view: _View, room: Transform) -> None:
        camera = self._camera or CameraModel.from_field_of_view(4, 3, 60.0)
        right, down = camera.width - 1, camera.height - 1
        corners = camera.rays(np.array([(0, 0), (right, 0), (right, down), (0, down)]))
        if not np.isfinite(corners).all():  # of a fisheye, that sees nothing there
            corners = CameraModel.from_field_of_view(camera.width, camera.height, 120.0).rays(
                np.array([(0, 0), (right, 0), (right, down), (0, down)])
            )
        ends = room(_SYMBOL * corners)
        for i in range(4):
            view.line(canvas, room.translation, ends[i], _CAMERA)
            view.line(canvas, ends[i], ends[(i + 1) % 4], _CAMERA)
        view.line(canvas, room.translation, room.translation * (1, 1, 0), _GRID)


class _View:
    """The camera that the picture is taken by.

    Args:
        centre: [3], the place of the real one, around which the floor lies.
        reach, half: metres that the floor reaches ahead, and to either side.
        width, height: of the picture, pixels.
    """

    def __init__(self, centre: np.ndarray, reach: int, half: int, width: int, height: int) -> None:
        self._origin = centre * (1, 1, 0)
        beside, above = math.radians(_BESIDE), math.radians(_ABOVE)
        ahead = np.array([math.cos(beside) * math.cos(above), math.sin(beside) * math.cos(above), -math.sin(above)])
        right = np.array([math.sin(beside), -math.cos(beside), 0.0])
        rotation = np.stack([right, np.cross(ahead, right), ahead], axis=1)
        self._eye = self.floor(0.5 * reach, 0.0) - _EYE * reach * ahead
        self._from_room = Transform(rotation, self._eye).inverse
        # all of the room, up to people's heads, fills the picture
        corners = [(x, y, z) for x in (0, reach) for y in (-half - 0.6, half) for z in (0.0, 2.0)]
        seen = self._from_room(self._origin + np.array(corners))
        low, high = ((seen[:, :2] / seen[:, 2:]).min(axis=0), (seen[:, :2] / seen[:, 2:]).max(axis=0))
        size = np.array([width, height])
        focal = float((_FILLED * size / (high - low)).min())
        cx, cy = ((size - 1) / 2 - focal * (low + high) / 2).tolist()
        self._camera = CameraModel(width, height, focal, focal, cx, cy)

    def floor(self, ahead: float, left: float) -> np.ndarray:
        """[3]: a place on the floor, metres from below the real camera."""
        return self._origin + np.array((ahead, left, 0.0))

    def pixel(self, points: np.ndarray) -> np.ndarray:
        """[..., 2]: where ``points`` [..., 3] of the room are in the picture; NaN behind the eye."""
        return self._camera.project(self._from_room(points))

    def distance(self, place: np.ndarray) -> float:
        """Metres from the eye to the middle of a body [K, 3]."""
        return float(np.linalg.norm(np.nanmedian(place, axis=0) - self._eye))

    def people(self, poses: Poses, places: np.ndarray) -> Poses:
        """The people with the pixels of the picture, ``places`` [P, K, 3] being their joints in the room."""
        pixels = self.pixel(places)
        seen = np.isfinite(pixels).all(axis=2)
        return replace(poses, keypoints=np.dstack([pixels, seen]), scores=np.ones(len(poses)))

    def line(self, canvas: np.ndarray, start: np.ndarray, end: np.ndarray, color: tuple[int, int, int]) -> None:
        """Draw a thin line of the room."""
        ends = self.pixel(np.stack([start, end]))
        if np.isfinite(ends).all():
            a, b = (tuple(int(v) for v in np.clip(np.rint(4 * p), -30000, 30000)) for p in ends)
            cv2.line(canvas, a, b, color, 1, cv2.LINE_AA, 2)


def _draw_shadow(canvas: np.ndarray, view: _View, place: np.ndarray, links: tuple[tuple[int, int], ...]) -> None:
    """What a lamp right above would leave on the floor: it says where somebody stands."""
    flat = view.pixel(place * (1, 1, 0))
    width = max(2, canvas.shape[0] // 240)
    for a, b in links:
        if np.isfinite(flat[[a, b]]).all():
            start, end = (tuple(int(v) for v in np.clip(np.rint(flat[i]), -30000, 30000)) for i in (a, b))
            cv2.line(canvas, start, end, _SHADOW, width, cv2.LINE_AA)


def _ranges(positions: np.ndarray) -> np.ndarray:
    """float [P]: metres from the camera to the middle of each body; NaN where nothing of it is known."""
    ranges = np.linalg.norm(positions, axis=2)
    there = np.isfinite(ranges).any(axis=1)
    return np.array([np.nanmedian(r) if t else np.nan for r, t in zip(ranges, there, strict=True)])


def _label(track_id: int, metres: float) -> str:
    return f"{metres:.1f} m" if track_id == NO_TRACK else f"#{track_id} {metres:.1f} m"
