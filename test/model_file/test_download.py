import hashlib
import shutil
import socket

import pytest
from model_server import serving
from small_disk import small_disk

from trt_pose_ros.model_file import download as module
from trt_pose_ros.model_file.download import download

CONTENT = bytes(range(256)) * 4000  # 1 MB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def served(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(CONTENT) as served:
        yield served


def get(served, target, **checks):
    download(served.url, target, pause=0.0, **checks)
    assert target.read_bytes() == served.content
    assert sorted(p.name for p in target.parent.iterdir()) == [target.name]


def test_a_file_comes_whole_and_is_told_of_meanwhile(served, tmp_path):
    told = []
    get(served, tmp_path / "new" / "m.onnx", size=len(CONTENT), sha256=SHA256, told=lambda *args: told.append(args))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("checks", [{}, {"sha256": SHA256}])
def test_a_broken_connection_goes_on_where_it_broke(served, tmp_path, checks):
    served.breaks = [300_000, 200_000]
    get(served, tmp_path / "m.onnx", **checks)
    assert served.requests == [None, "bytes=300000-", "bytes=500000-"]


def test_the_next_call_goes_on_where_the_last_one_gave_up(served, tmp_path):
    served.breaks = [300_000, *[0] * 10]
    with pytest.raises(OSError, match="broken off; 300000 bytes are here, and the next try goes on"):
        download(served.url, tmp_path / "m.onnx", pause=0.0)
    served.breaks, served.requests = [], []
    get(served, tmp_path / "m.onnx")
    assert served.requests == ["bytes=300000-"]


def test_parts_of_two_versions_are_never_put_together(served, tmp_path):
    served.breaks = [300_000, *[0] * 10]
    with pytest.raises(OSError, match="broken off"):
        download(served.url, tmp_path / "m.onnx", pause=0.0)
    served.breaks, served.content, served.etag = [], CONTENT[::-1], '"2"'
    get(served, tmp_path / "m.onnx")


def test_a_part_of_an_unknown_version_is_not_gone_on_with_unless_a_checksum_can_tell(served, tmp_path):
    served.etag = ""
    for checks, first in (({}, None), ({"sha256": SHA256}, "bytes=300000-")):
        served.breaks = [300_000, *[0] * 10]
        with pytest.raises(OSError, match="broken off"):
            download(served.url, tmp_path / "m.onnx", pause=0.0, **checks)
        served.breaks, served.requests = [], []
        get(served, tmp_path / "m.onnx", **checks)
        assert served.requests[0] == first
        (tmp_path / "m.onnx").unlink()


def test_a_server_that_sends_no_parts_sends_it_all_again(served, tmp_path):
    served.ranges, served.breaks = False, [300_000]
    get(served, tmp_path / "m.onnx")


def test_a_part_that_is_longer_than_the_file_by_now_is_given_up(served, tmp_path):
    served.breaks = [300_000, *[0] * 10]
    with pytest.raises(OSError, match="broken off"):
        download(served.url, tmp_path / "m.onnx", pause=0.0)
    served.breaks, served.content = [], CONTENT[:200_000]
    get(served, tmp_path / "m.onnx")


def test_a_server_that_tells_no_length(served, tmp_path):
    served.lengths = False
    get(served, tmp_path / "m.onnx", size=len(CONTENT))


def test_a_server_in_trouble_is_asked_again(served, tmp_path):
    served.statuses = [503, 500]
    get(served, tmp_path / "m.onnx")


def test_a_file_that_is_not_there_is_told_at_once(served, tmp_path):
    served.statuses = [404] * 5
    with pytest.raises(OSError, match="the server says 404 Not Found"):
        download(served.url, tmp_path / "m.onnx", pause=0.0)
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    ("checks", "complaint"),
    [
        ({"sha256": "0" * 64}, f"its SHA-256 is {SHA256}, {'0' * 64} was published"),
        ({"size": 7}, "has 1024000 bytes now, 7 were published: it was changed"),
    ],
)
def test_a_changed_file_is_not_taken_and_the_old_one_stays(served, tmp_path, checks, complaint):
    (tmp_path / "m.onnx").write_bytes(b"old")
    with pytest.raises(ValueError, match=complaint):
        download(served.url, tmp_path / "m.onnx", pause=0.0, **checks)
    assert (tmp_path / "m.onnx").read_bytes() == b"old"
    assert not (tmp_path / "m.onnx.part").exists()


def test_a_wrong_length_is_noticed_where_none_was_told(served, tmp_path):
    served.lengths = False
    with pytest.raises(ValueError, match="1024000 bytes came, 7 were published"):
        download(served.url, tmp_path / "m.onnx", size=7, pause=0.0)


def test_a_full_disk_is_told_and_what_came_is_kept(served, tmp_path):
    with small_disk(600_000), pytest.raises(OSError, match="File too large"):
        download(served.url, tmp_path / "m.onnx", pause=0.0)
    served.requests = []
    get(served, tmp_path / "m.onnx")
    assert served.requests[0] is not None


def test_a_disk_without_room_is_told_before(served, tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1_000_000))
    with pytest.raises(OSError, match=r"has 1 MB free, 18 MB are needed: make room"):
        download(served.url, tmp_path / "m.onnx", pause=0.0)


def test_nobody_there(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as taken:  # and nobody listens
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="refused; 0 bytes are here"):
            download(f"http://127.0.0.1:{taken.getsockname()[1]}/m", tmp_path / "m", pause=0.0)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "m.onnx"])
def test_only_the_webs_addresses_are_fetched(url, tmp_path):
    with pytest.raises(ValueError, match="is not an http or https address"):
        download(url, tmp_path / "m")
