"""Bags of people whom tiny_model finds, and their replay."""

import json

from making import IMAGE, STEP, TYPES, cdr
from tiny_model import person, picture

from trt_pose_ros.cli.main import main
from trt_pose_ros.messages.header import header
from trt_pose_ros.messages.images import bgr_to_compressed, bgr_to_image

COMPRESSED = "sensor_msgs/msg/CompressedImage"


def walking(count, phase=0):
    """Pictures of two people who walk, one of whom is hidden now and then."""
    for number in range(count):
        people = [person(60 + 4 * number % 120 + phase, 100, 90), person(250 - 3 * number % 100, 120, 80)]
        yield picture(people[: 1 + (number % 7 > 1)])


def stamp(number):
    """When the image of that number was taken, nanoseconds."""
    return 10**18 + number * STEP


def raw(image, number):
    """(type, bytes) of an Image."""
    return IMAGE, cdr(bgr_to_image(image, header(stamp(number), "lens", TYPES), TYPES))


def png(image, number):
    """(type, bytes) of a CompressedImage that loses nothing."""
    return COMPRESSED, cdr(bgr_to_compressed(image, header(stamp(number), "lens", TYPES), TYPES, "png"))


def messages(count, topics=None):
    """[(topic, type, log time, bytes)]: images of each topic, {topic: kind}, in turn, 5 ms after their stamps."""
    topics = topics or {"/image": raw}
    streams = [
        [(topic, make, image) for image in walking(count, 10 * i)] for i, (topic, make) in enumerate(topics.items())
    ]
    found = []
    for number, images in enumerate(zip(*streams, strict=True)):
        for place, (topic, make, image) in enumerate(images):
            kind, data = make(image, number)
            found.append((topic, kind, stamp(number) + 5 * 10**6 + place, data))
    return found


def replay(model, output, *arguments):
    """The exit code of ``trt-pose replay``."""
    return main(["replay", *map(str, arguments), "--model", model, "--output", str(output), "--backend", "onnxruntime"])


def results(output):
    """The bytes of the results."""
    return (output / "results.jsonl").read_bytes()


def summary(output):
    """The summary."""
    return json.loads((output / "summary.json").read_text())
