"""All that a bag can be, whole and damaged, gives the same messages; what is missing is told with numbers."""

import shutil
import sqlite3
from itertools import pairwise

import pytest
import yaml

pytest.importorskip("rosbags", reason="bags need the extra [replay]")
pytest.importorskip("mcap", reason="bags need the extra [replay]")

from making import IMAGE, STEP, cdr, image, images, write, write_mcap
from mcap.writer import CompressionType, IndexType

from trt_pose_ros.bags.reader import BagReader, Topic

TOPICS = ("/front/image", "/left/image")
MESSAGES = images(20, TOPICS)


def read(path, topics=None):
    with BagReader(path) as bag:
        return [tuple(record) for record in bag.messages(topics)], list(bag.problems)


@pytest.mark.parametrize("version", [8, 9])
@pytest.mark.parametrize(
    ("storage", "compression"),
    [
        ("mcap", None),
        ("mcap", "storage"),
        ("mcap", "file"),
        ("mcap", "message"),
        ("sqlite3", None),
        ("sqlite3", "file"),
        ("sqlite3", "message"),
    ],
)
def test_every_kind_of_bag_gives_the_same(tmp_path, storage, compression, version):
    assert read(write(tmp_path / "bag", MESSAGES, storage, compression, version)) == (MESSAGES, [])


@pytest.mark.parametrize("compression", list(CompressionType))
@pytest.mark.parametrize("chunks", [True, False])
@pytest.mark.parametrize("index", [IndexType.ALL, IndexType.NONE])
def test_every_kind_of_mcap_gives_the_same(tmp_path, compression, chunks, index):
    options = {"compression": compression, "use_chunking": chunks, "index_types": index, "chunk_size": 10_000}
    path = write_mcap(tmp_path / "drive.mcap", MESSAGES, **options)
    assert read(path) == (MESSAGES, [])
    with BagReader(path) as bag:
        assert bag.name == "drive"
        assert bag.topics == {topic: Topic(IMAGE, 20) for topic in TOPICS}
        assert (bag.start, bag.end) == (MESSAGES[0][2], MESSAGES[-1][2])


def test_a_file_without_index_and_out_of_order_comes_in_its_own_order(tmp_path):
    swapped = [*MESSAGES[10:], *MESSAGES[:10]]
    path = write_mcap(tmp_path / "a.mcap", swapped, index_types=IndexType.NONE, use_chunking=False)
    assert read(path) == (swapped, [])


def split(folder, storage="mcap", metadata=True):
    """A bag of eleven files, of which bag_10 comes after bag_9."""
    suffix = {"mcap": ".mcap", "sqlite3": ".db3"}[storage]
    folder.mkdir()
    names = [f"bag_{number}{suffix}" for number in range(11)]
    for number, name in enumerate(names):
        part = write(folder.parent / f"part{number}", MESSAGES[4 * number : 4 * number + 4] or MESSAGES[-4:], storage)
        shutil.move(next(part.glob(f"*{suffix}")), folder / name)
    if metadata:
        about = {"version": 5, "storage_identifier": storage, "relative_file_paths": [f"bag/{n}" for n in names]}
        (folder / "metadata.yaml").write_text(yaml.safe_dump({"rosbag2_bagfile_information": about}))
    return folder


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("metadata", [True, False])
def test_split_bags(tmp_path, storage, metadata):
    messages, problems = read(split(tmp_path / "bag", storage, metadata))
    assert messages == MESSAGES + MESSAGES[-4:]
    assert problems == ([] if metadata else ["metadata.yaml is missing: the files are taken as they lie there"])


def test_a_missing_file_is_told_and_the_others_are_read(tmp_path):
    bag = split(tmp_path / "bag")
    (bag / "bag_1.mcap").unlink()
    messages, problems = read(bag)
    assert messages == MESSAGES[:4] + MESSAGES[8:] + MESSAGES[-4:]
    assert problems == ["bag_1.mcap, which metadata.yaml names, is missing"]


@pytest.mark.parametrize("text", ["", "{", "a: 3", "rosbag2_bagfile_information: {relative_file_paths: 3}", "\0"])
def test_damaged_metadata_is_told(tmp_path, text):
    bag = write(tmp_path / "bag", MESSAGES)
    (bag / "metadata.yaml").write_text(text)
    messages, (problem,) = read(bag)
    assert messages == MESSAGES
    assert problem.startswith("metadata.yaml is damaged: the files are taken as they lie there (")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6, 0.97, 0.9999])
@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_of_a_file_that_is_cut_short_the_beginning_is_read(tmp_path, storage, share):
    bag = write(tmp_path / "bag", [(t, k, at, data + bytes(30_000)) for t, k, at, data in images(50, TOPICS)], storage)
    (file,) = (f for f in bag.iterdir() if f.suffix in (".mcap", ".db3"))
    whole, _ = read(bag)
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.truncate(int(share * size))
    messages, problems = read(bag)
    assert messages == whole[: len(messages)]
    assert len(messages) >= share * len(whole) - 50  # a chunk of mcap has about 30
    (problem,) = problems
    assert f"; {len(messages)} of its messages can be read" in problem or share == 0.9999


def test_a_damaged_chunk_costs_its_own_messages_only(tmp_path):
    messages = images(200)
    path = write_mcap(tmp_path / "a.mcap", messages, chunk_size=20_000, compression=CompressionType.NONE)
    data = bytearray(path.read_bytes())
    at = data.find(messages[100][3])
    data[at + 500] ^= 1
    path.write_bytes(data)
    found, problems = read(path)
    assert messages[:90] == found[:90]
    assert messages[110:] == found[-90:]
    assert len(found) == len({m[2] for m in found}) < 200
    assert len(problems) == 1
    assert "is damaged: crc validation failed" in problems[0]
    with BagReader(path) as bag:
        assert bag.topics["/image"].count == 200  # so that who reads can tell how many are lost


def test_a_damaged_message_is_told_when_it_is_decoded(tmp_path):
    bag = write(tmp_path / "bag", [("/image", IMAGE, 10**18, b"\0\1\0\0abc"), *images(1)], "sqlite3", "message")
    with sqlite3.connect(next(bag.glob("*.db3"))) as database:
        database.execute("UPDATE messages SET data = X'00' WHERE id = 2")
    with BagReader(bag) as reader:
        first, second = reader.messages()
        with pytest.raises(ValueError, match=r"^7 bytes that are no sensor_msgs/msg/Image$"):
            reader.decode(first)
        with pytest.raises(ValueError, match=r"^0 bytes that are no sensor_msgs/msg/Image$"):
            reader.decode(second)
        with pytest.raises(ValueError, match=r"/image: messages of a/msg/B are not known here"):
            reader.decode(first._replace(type="a/msg/B"))
        assert reader.decode(first._replace(data=cdr(image(7)))).data.max() == 7


def test_type_names_of_before_foxy_are_known(tmp_path):
    bag = write(tmp_path / "bag", MESSAGES, "sqlite3")
    with sqlite3.connect(next(bag.glob("*.db3"))) as database:
        database.execute("UPDATE topics SET type = 'sensor_msgs/Image'")
    assert read(bag) == (MESSAGES, [])


def test_a_write_ahead_log_is_told(tmp_path):
    bag = write(tmp_path / "bag", MESSAGES, "sqlite3")
    (bag / "bag.db3-wal").write_bytes(b"something")
    assert read(bag)[1] == ["bag.db3-wal holds messages that are not read: open the .db3 once with sqlite3"]


def test_a_topic_of_two_types_keeps_the_first(tmp_path):
    odd = ("/front/image", "sensor_msgs/msg/CompressedImage", 5, b"")
    messages, problems = read(write(tmp_path / "bag", [*MESSAGES, odd]))
    assert messages == MESSAGES
    assert len(problems) == 1
    assert problems[0].startswith("/front/image holds sensor_msgs/msg/Image and sensor_msgs/msg/CompressedImage: 1 of")


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
@pytest.mark.parametrize("most", [1, 3, 7, 1000])
def test_spans_are_the_whole_in_order(tmp_path, storage, most):
    gaps = [(t, k, at + (10**9 if at > 10**18 + 5 * STEP else 0), data) for t, k, at, data in MESSAGES]
    with BagReader(write(tmp_path / "bag", gaps, storage)) as bag:
        spans = bag.spans(TOPICS, most)
        assert all(a.stop == b.start for a, b in pairwise(spans))
        parts = [list(bag.messages(TOPICS, span)) for span in spans]
        assert [tuple(record) for part in parts for record in part] == gaps
        assert len(spans) == -(-40 // most)
        assert [tuple(r) for r in bag.messages(["/left/image"])] == [m for m in gaps if m[0] == "/left/image"]
        assert list(bag.messages(["/nowhere"])) == []


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_an_empty_bag_has_no_messages(tmp_path, storage):
    with BagReader(write(tmp_path / "bag", [], storage)) as bag:
        assert (bag.topics, bag.start, bag.end, bag.spans(["/image"], 5), bag.problems) == ({}, 0, 0, [], [])
        assert list(bag.messages()) == []


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("nothing", "there is no bag .*nothing"),
        ("empty", "folder .*empty is no bag: it holds neither metadata.yaml nor"),
        ("old.bag", "old.bag is a bag of ROS 1: convert it with rosbags-convert"),
        ("picture.png", r"picture.png is no bag: a folder with metadata.yaml, .mcap or .db3 is expected"),
        ("bag/metadata.yaml", "metadata.yaml is a part of a bag: name its folder"),
    ],
)
def test_what_is_no_bag_is_told(tmp_path, name, error):
    (tmp_path / "empty").mkdir()
    for file in ("old.bag", "picture.png"):
        (tmp_path / file).write_bytes(b"")
    write(tmp_path / "bag", [])
    with pytest.raises((OSError, ValueError), match=error):
        BagReader(tmp_path / name)


@pytest.mark.parametrize("name", ["a.mcap", "a.db3"])
def test_a_file_of_something_else_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(b"not a bag at all" * 100)
    messages, (problem,) = read(tmp_path / name)
    assert messages == []
    assert problem.startswith(f"{name} can't be read")
    assert problem.endswith("; 0 of its messages can be read")
