"""The error of images that can't be used, and what it is counted under."""

from __future__ import annotations


class ImageError(ValueError):
    """An image that can't be used; the text says why.

    Attributes:
        cause: one word, what drops are counted under. Of files and compressed bytes: ``empty``, ``truncated``,
            ``undecodable``, ``too_large``, ``unreadable``; of ROS images also ``size``, ``step``, ``encoding``.
    """

    def __init__(self, cause: str, text: str) -> None:
        super().__init__(text)
        self.cause = cause
