"""Random wrong images, the same ones for the same seed."""

import array
import time

from builtin_interfaces.msg import Time
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from trt_pose_ros.media.encodings import ENCODINGS
from trt_pose_ros.msg import SkeletonArray
from trt_pose_ros.ros.convert.image import bgr_to_compressed, bgr_to_image

WRONG_ENCODINGS = ["", "32FC1", "BGR8", "bgr8 ", "8UC99", "x" * 1000, "ü\0ß"]
FORMATS = ["", "jpeg", "png", "bgr8; jpeg compressed bgr8", "webp", "h264", "x" * 1000]
_SIZES = [0, 1, 2, 63, 64, 65, 255, 32767, 32768, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1]


def fuzzed_image(random, picture):
    """An Image of a picture with some of its fields wrong.

    Args:
        random: a NumPy generator.
        picture: uint8 [h, w, 3].
    """
    message = bgr_to_image(picture, _header(random))
    changes = {
        "height": lambda: random.choice(_SIZES),
        "width": lambda: random.choice(_SIZES),
        "step": lambda: random.choice(_SIZES),
    }
    for name, draw in changes.items():
        if random.random() < 0.3:
            setattr(message, name, int(draw()))
    if random.random() < 0.4:
        message.encoding = str(random.choice([*ENCODINGS, *WRONG_ENCODINGS]))
    if random.random() < 0.3:
        # sizes that fit the data again, so that the picture itself is looked at
        message.height, message.width = int(random.integers(1, 400)), int(random.integers(1, 400))
        message.step = message.width * int(random.integers(1, 5))
        message.data = _bytes(random, message.height * message.step)
    elif random.random() < 0.4:
        message.data = _broken(random, message.data)
    message.is_bigendian = int(random.integers(0, 256))
    return message


def fuzzed_compressed(random, picture):
    """A CompressedImage of a picture with some of its fields or bytes wrong; see :func:`fuzzed_image`."""
    message = bgr_to_compressed(picture, _header(random), quality=int(random.integers(1, 101)))
    message.format = str(random.choice(FORMATS))
    if random.random() < 0.9:
        message.data = _broken(random, message.data)
    return message


def _header(random):
    stamp = Time(sec=int(random.integers(-(2**31), 2**31)), nanosec=int(random.integers(0, 2**32)))
    return Header(stamp=stamp, frame_id=str(random.choice(["", "camera", "/a/b", "x" * 300, "ü"])))


def _broken(random, data):
    how = random.integers(0, 5)
    if how == 0:
        return data[: random.integers(0, len(data) + 1)]
    if how == 1:
        return data + _bytes(random, int(random.integers(1, 5000)))
    if how == 2:
        return _bytes(random, int(random.integers(0, 5000)))
    broken = array.array("B", data)
    for _ in range(random.integers(1, 30)):
        broken[random.integers(0, min(len(broken), 700) if how == 3 else len(broken))] = random.integers(0, 256)
    return broken


def _bytes(random, count):
    return array.array("B", random.bytes(count))


# transport -> (type, topic, how to make a good one, how to make a wrong one)
TRANSPORTS = {
    "raw": (Image, "image", bgr_to_image, fuzzed_image),
    "compressed": (CompressedImage, "image/compressed", bgr_to_compressed, fuzzed_compressed),
}


def fuzz(node, transport, picture, messages, random):
    """Send wrong messages to a pose_node, then good ones until they are understood.

    Args:
        node: a PoseNodeProcess with this ``transport`` and reliable images.
        picture: that holds one person, uint8 [h, w, 3].
        messages: how many wrong ones.
        random: a NumPy generator.

    Returns:
        the camera's report when all that was sent has been accounted for.
    """
    kind, topic, good, wrong = TRANSPORTS[transport]
    _, skeletons = node.tester.messages(SkeletonArray, node.topic("skeletons"))
    publisher = node.tester.publisher(kind, node.topic(topic))
    sent = 0

    def send(message):
        nonlocal sent
        publisher.publish(message)
        sent += 1
        # the node's answer paces us, or a burst would be lost on the way; the pause: lest newer ones replace them
        assert node.state() == "active"
        time.sleep(0.005)

    def understood():
        send(good(picture, Header(frame_id="good")))
        return skeletons and skeletons[-1].header.frame_id == "good" and len(skeletons[-1].skeletons) == 1

    node.tester.spin_until(understood, "the first skeletons")
    for _ in range(messages):
        send(wrong(random, picture))
    skeletons.clear()
    node.tester.spin_until(understood, "skeletons after all that was wrong")
    return node.accounted(sent)
