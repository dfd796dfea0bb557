"""Bags with random damage: whatever it is, the reader tells of it, and neither crashes nor stands still."""

import contextlib

import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")
pytest.importorskip("mcap", reason="bags need the extra [replay]")

import numpy as np
from making import images, write, write_mcap
from mcap.writer import CompressionType

from trt_pose_ros.bags.reader import BagReader

TOPICS = ("/a", "/b")
COUNT = 20
MUTATIONS = 15


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder, messages = tmp_path_factory.mktemp("whole"), images(COUNT // 2, TOPICS)
    return [
        write_mcap(folder / "zstd.mcap", messages, chunk_size=8000),
        write_mcap(folder / "lz4.mcap", messages, chunk_size=8000, compression=CompressionType.LZ4),
        write_mcap(folder / "flat.mcap", messages, use_chunking=False),
        next(write(folder / "bag", messages, "sqlite3").glob("*.db3")),
    ]


def damaged(data, random):
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 3, 20])):
        at = int(random.integers(len(data)))
        kind = random.choice(5)
        if kind == 0:
            data[at] = random.integers(256)
        elif kind == 1:
            data[at : at + 8] = random.bytes(8)
        elif kind == 2:
            data[at : at + 8] = b"\xff" * 8
        elif kind == 3:
            del data[at : at + int(random.integers(1, 2000))]
        else:
            del data[max(10, at) :]
        if len(data) < 10:
            break
    return data


@pytest.mark.parametrize("number", range(4), ids=["zstd", "lz4", "flat", "sqlite3"])
@pytest.mark.parametrize("seed", range(MUTATIONS))
def test_damage_is_told(files, tmp_path, number, seed):
    path = tmp_path / files[number].name
    path.write_bytes(damaged(files[number].read_bytes(), np.random.default_rng(seed)))
    with BagReader(path) as bag:
        read = [record for span in bag.spans(TOPICS, 7) for record in bag.messages(TOPICS, span)]
        told = sum(bag.topics[topic].count for topic in TOPICS if topic in bag.topics)
        assert len(read) == COUNT or bag.problems or told != len(read)
        for record in read:
            with contextlib.suppress(ValueError):
                bag.decode(record)
