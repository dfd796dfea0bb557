"""The images of bags that labels are of, as files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...bags.reader import BagReader
from ...media.errors import ImageError
from ...media.writers import write_image
from ...messages.images import encoded_image
from ..entries import Entry


def write_frames(exported: Entry, bags: Sequence[str | os.PathLike[str]], folder: Path) -> Iterator[str]:
    """Write the exported images into ``folder``, lossless, and yield the name of each.

    Args:
        exported: what :func:`~.coco.export_labels` made.
        bags: paths of the bags; where several were replayed, by the names that they had.
        folder: made where it is missing.

    Raises:
        OSError: an image can't be written.
        ValueError: a bag is not given, or an image that was replayed is not in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {(image["bag"], image["topic"], image["index"]): image["file_name"] for image in exported["images"]}
    names = {bag for bag, _, _ in wanted}
    for path in bags:
        with BagReader(path) as bag:
            # of one bag there is no doubt, whatever it is called by now
            name = next(iter(names)) if len(names) == len(bags) == 1 else bag.name
            yield from _of_bag(bag, name, wanted, folder)
    if wanted:
        bag_name, topic, index = next(iter(wanted))
        raise ValueError(
            f"{len(wanted)} replayed images are not in {', '.join(map(str, bags))}, such as image {index} of {topic} "
            f"of bag {bag_name}: give the bags that were replayed"
        )


def _of_bag(bag: BagReader, name: str, wanted: dict[tuple[str, str, int], str], folder: Path) -> Iterator[str]:
    topics = {topic for of, topic, _ in wanted if of == name}
    counts: Counter[str] = Counter()
    for record in bag.messages(topics):
        place = name, record.topic, counts[record.topic]
        counts[record.topic] += 1
        if place in wanted:
            try:
                image = encoded_image(bag.decode(record)).bgr
            except (ImageError, ValueError) as error:
                raise ValueError(f"bag {name}: image {place[2]} of {record.topic} can't be read: {error}") from None
            file = wanted.pop(place)
            write_image(folder / file, image)
            yield file
