"""Bags for tests: images with a number in them, on topics of one's choice, in every kind of file."""

import numpy as np
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

from trt_pose_ros.bags.types import message_types, typestore
from trt_pose_ros.messages.header import header
from trt_pose_ros.messages.images import bgr_to_image

TYPES = message_types()
IMAGE = "sensor_msgs/msg/Image"
STEP = 10**8  # nanoseconds between the images of a topic


def image(number, width=32, height=24):
    """An Image whose pixels are ``number``; its stamp is the time at which it is recorded, less a millisecond."""
    picture = np.full((height, width, 3), number % 256, np.uint8)
    return bgr_to_image(picture, header(10**18 + number * STEP - 10**6, "lens", TYPES), TYPES)


def cdr(message):
    """The message as it is in bags."""
    return bytes(typestore().serialize_cdr(message, message.__msgtype__))


def images(count, topics=("/image",)):
    """[(topic, type, log time, bytes)] of ``count`` images on each topic, those of one number at almost one time."""
    return [
        (topic, IMAGE, 10**18 + number * STEP + place, cdr(image(number)))
        for number in range(count)
        for place, topic in enumerate(topics)
    ]


def write(path, messages, storage="mcap", compression=None, version=8):
    """A bag of ``messages`` by rosbags' own writer; ``compression`` is None, ``file``, ``message`` or ``storage``."""
    writer = Writer(path, version=version, storage_plugin=StoragePlugin[storage.upper()])
    if compression:
        writer.set_compression(CompressionMode[compression.upper()], CompressionFormat.ZSTD)
    with writer:
        connections = {}
        for topic, kind, log_time, data in messages:
            if (topic, kind) not in connections:
                connections[topic, kind] = writer.add_connection(topic, kind, typestore=typestore())
            writer.write(connections[topic, kind], log_time, data)
    return path


def write_mcap(path, messages, **options):
    """A single .mcap by the package mcap; ``options`` are those of its writer."""
    from mcap.writer import Writer as McapWriter

    with path.open("wb") as file:
        writer = McapWriter(file, **options)
        writer.start("ros2", "test")
        channels = {}
        for topic, kind, log_time, data in messages:
            if topic not in channels:
                schema = writer.register_schema(kind, "ros2msg", typestore().generate_msgdef(kind)[0].encode())
                channels[topic] = writer.register_channel(topic, "cdr", schema)
            writer.add_message(channels[topic], log_time, data, log_time)
        writer.finish()
    return path
