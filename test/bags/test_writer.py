import itertools

import numpy as np
import pytest
import yaml

pytest.importorskip("rosbags", reason="bags need the extra [replay]")

from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability, QosReliability

from trt_pose_ros.bags.types import typestore
from trt_pose_ros.bags.writer import BagWriter

TYPES = typestore().types
KINDS = list(itertools.product(("mcap", "sqlite3"), (8, 9), ("none", "zstd")))
FOREVER = {"sec": 9223372036, "nsec": 854775807}


def header(stamp, frame_id="lens"):
    return TYPES["std_msgs/msg/Header"](
        stamp=TYPES["builtin_interfaces/msg/Time"](sec=stamp // 10**9, nanosec=stamp % 10**9), frame_id=frame_id
    )


def image(number, width=64, height=48):
    return TYPES["sensor_msgs/msg/Image"](
        header=header(number * 10**8),
        height=height,
        width=width,
        encoding="mono8",
        is_bigendian=0,
        step=width,
        data=np.full(width * height, number, np.uint8),
    )


def topology():
    color = TYPES["std_msgs/msg/ColorRGBA"](r=1.0, g=0.5, b=0.0, a=1.0)
    return TYPES["trt_pose_ros/msg/SkeletonTopology"](
        name="stick",
        keypoint_names=["top", "bottom"],
        link_from=np.array([0], np.uint8),
        link_to=np.array([1], np.uint8),
        swap=np.array([0, 1], np.uint8),
        sigmas=np.array([0.1, 0.2], np.float32),
        link_colors=[color],
        keypoint_colors=[color, color],
    )


def fill(path, *kind, **options):
    with BagWriter(path, *kind, **options) as writer:
        writer.write("/topology", topology(), 0)
        for number in range(5):
            writer.write("/camera/image", image(number), number * 10**8 + 7)
    return writer


@pytest.mark.parametrize(("storage", "version", "compression"), KINDS)
def test_a_bag_reads_back_equal(tmp_path, storage, version, compression):
    writer = fill(tmp_path / "some" / "bag", storage, version, compression=compression)
    assert writer.counts == {"/topology": 1, "/camera/image": 5}
    with AnyReader([writer.path]) as reader:  # with the definitions that the bag itself holds
        messages = [(c.topic, stamp, reader.deserialize(raw, c.msgtype)) for c, stamp, raw in reader.messages()]
        hashes = {c.msgtype: c.digest for c in reader.connections}
        qos = {c.topic: c.ext.offered_qos_profiles for c in reader.connections}
    assert hashes == {name: typestore().hash_rihs01(name) for name in hashes}
    assert [(topic, stamp) for topic, stamp, _ in messages] == [
        ("/topology", 0),
        *(("/camera/image", number * 10**8 + 7) for number in range(5)),
    ]
    assert list(messages[0][2].keypoint_names) == ["top", "bottom"]
    for number, (_, _, message) in enumerate(messages[1:]):
        assert message.header.stamp.nanosec == number * 10**8
        assert (message.data == number).all()
        assert message.data.size == 64 * 48
    assert [(q.reliability, q.durability) for q in qos["/topology"]] == [
        (QosReliability.RELIABLE, QosDurability.TRANSIENT_LOCAL)
    ]
    assert [(q.reliability, q.durability) for q in qos["/camera/image"]] == [
        (QosReliability.RELIABLE, QosDurability.VOLATILE)
    ]


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_the_metadata_of_version_8_are_what_humble_parses(tmp_path, storage):
    fill(tmp_path / "bag", storage, 8)
    bag = yaml.safe_load((tmp_path / "bag" / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    assert (bag["version"], bag["storage_identifier"], bag["message_count"]) == (8, storage, 6)
    assert bag["starting_time"]["nanoseconds_since_epoch"] == 0
    assert bag["duration"]["nanoseconds"] == 4 * 10**8 + 7
    assert [(tmp_path / "bag" / file).is_file() for file in bag["relative_file_paths"]] == [True]
    (latched,) = [
        t["topic_metadata"]
        for t in bag["topics_with_message_count"]
        if t["topic_metadata"]["type"].endswith("SkeletonTopology")
    ]
    # a YAML text with rmw's numbers: 1 is keep last, reliable, transient local and automatic
    (profile,) = yaml.safe_load(latched["offered_qos_profiles"])
    assert [profile[k] for k in ("history", "depth", "reliability", "durability", "liveliness")] == [1, 1, 1, 1, 1]
    assert profile["deadline"] == profile["lifespan"] == profile["liveliness_lease_duration"] == FOREVER


def test_the_metadata_of_version_9_are_what_jazzy_writes(tmp_path):
    fill(tmp_path / "bag", version=9)
    bag = yaml.safe_load((tmp_path / "bag" / "metadata.yaml").read_text())["rosbag2_bagfile_information"]
    by_type = {t["topic_metadata"]["type"]: t["topic_metadata"] for t in bag["topics_with_message_count"]}
    (profile,) = by_type["sensor_msgs/msg/Image"]["offered_qos_profiles"]  # a list, and words for numbers
    assert [profile[k] for k in ("history", "depth", "reliability", "durability", "liveliness")] == [
        "keep_last",
        10,
        "reliable",
        "volatile",
        "automatic",
    ]


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_mcap_is_what_the_library_of_mcap_reads(tmp_path, compression):
    mcap = pytest.importorskip("mcap.reader", reason="the package mcap reads what we write, as a second opinion")
    fill(tmp_path / "bag", compression=compression)
    with (tmp_path / "bag" / "bag.mcap").open("rb") as file:
        reader = mcap.make_reader(file, validate_crcs=True)
        messages = [(s.name, s.encoding, c.topic, c.message_encoding, m) for s, c, m in reader.iter_messages()]
        statistics = reader.get_summary().statistics
        records = list(reader.iter_metadata())
    assert [m[:4] for m in messages] == [
        ("trt_pose_ros/msg/SkeletonTopology", "ros2msg", "/topology", "cdr"),
        *[("sensor_msgs/msg/Image", "ros2msg", "/camera/image", "cdr")] * 5,
    ]
    assert [m[4].log_time for m in messages[1:]] == [number * 10**8 + 7 for number in range(5)]
    assert statistics.message_count == 6
    assert [record.name for record in records] == ["rosbag2"]


def test_raw_messages_are_written_as_they_are(tmp_path):
    data = typestore().serialize_cdr(image(3), "sensor_msgs/msg/Image")
    with BagWriter(tmp_path / "bag") as writer:
        writer.write_raw("/image", "sensor_msgs/msg/Image", bytes(data), 5, latched=True)
    with AnyReader([tmp_path / "bag"]) as reader:
        ((connection, stamp, raw),) = reader.messages()
    assert (connection.topic, stamp, bytes(raw)) == ("/image", 5, bytes(data))
    assert connection.ext.offered_qos_profiles[0].durability is QosDurability.TRANSIENT_LOCAL


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_what_was_written_before_an_exception_can_be_read(tmp_path, storage):
    def interrupted():
        with BagWriter(tmp_path / "bag", storage) as writer:
            writer.write("/image", image(1), 5)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with AnyReader([tmp_path / "bag"]) as reader:
        assert reader.message_count == 1


def test_nothing_is_left_of_a_bag_without_a_message_after_an_exception(tmp_path):
    def failed():
        with BagWriter(tmp_path / "bag") as writer:
            writer.write("/image", object(), 5)

    with pytest.raises(ValueError, match="no message class"):
        failed()
    assert not (tmp_path / "bag").exists()


def test_an_empty_bag_is_a_bag(tmp_path):
    with BagWriter(tmp_path / "bag"):
        pass
    with AnyReader([tmp_path / "bag"]) as reader:
        assert reader.message_count == 0


def test_nothing_is_overwritten(tmp_path):
    fill(tmp_path / "bag")
    with pytest.raises(FileExistsError, match="bag exists already: choose another name"):
        BagWriter(tmp_path / "bag")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"storage": "db3"}, "a bag's storage is 'db3', must be one of mcap, sqlite3"),
        ({"version": 5}, "a bag's version is 5, must be one of 8, 9"),
        ({"compression": "lz4"}, "a bag's compression is 'lz4', must be one of none, zstd"),
        ({"distro": "foxy"}, "no ROS distribution 'foxy'"),
    ],
)
def test_what_is_no_kind_of_bag_is_named_before_anything_is_made(tmp_path, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        BagWriter(tmp_path / "bag", **arguments)
    assert not (tmp_path / "bag").exists()


def test_wrong_messages_are_refused_and_the_bag_goes_on(tmp_path):
    wrong = image(1)
    wrong.step = "64"
    with BagWriter(tmp_path / "bag") as writer:
        writer.write("/image", image(0), 1)
        for call, sentence in (
            (("/image", object(), 2), "/image: object is no message class of typestore"),
            (("/image", wrong, 2), "/image: a field of this sensor_msgs/msg/Image has a wrong type or size"),
            (("/image", topology(), 2), "/image holds sensor_msgs/msg/Image, a message of it cannot be"),
            (("/other", image(0), -1), "/other: a stamp of -1 ns"),
            (("image", image(0), 2), "topic 'image' must begin with a slash"),
        ):
            with pytest.raises(ValueError, match=sentence):
                writer.write(*call)
        with pytest.raises(ValueError, match="message type 'a/msg/B' is not known"):
            writer.write_raw("/new", "a/msg/B", b"", 0)
        writer.write("/image", image(1), 2)
    assert writer.counts == {"/image": 2}
    with AnyReader([tmp_path / "bag"]) as reader:
        assert [c.topic for c in reader.connections] == ["/image"]
        assert [stamp for _, stamp, _ in reader.messages()] == [1, 2]
