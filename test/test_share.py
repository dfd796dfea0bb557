import sys

import pytest

from trt_pose_ros import share
from trt_pose_ros.share import share_directory


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """As if the package were installed below a prefix without any of its files."""
    monkeypatch.setattr(share, "__file__", str(tmp_path / "user/lib/python3.11/site-packages/trt_pose_ros/share.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "system"))
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    return tmp_path


def made(prefix):
    folder = prefix / "share" / "trt_pose_ros"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "pose.yaml").touch()
    return folder


def test_here_it_is_there_and_has_the_messages():
    assert (share_directory() / "msg" / "Skeleton.msg").is_file()


@pytest.mark.parametrize("place", ["user", "system"])
def test_it_is_found_below_the_prefix_of_python_or_of_the_package(elsewhere, place):
    expected = made(elsewhere / place)
    assert share_directory() == expected


def test_a_sourced_workspace_goes_first(elsewhere, monkeypatch):
    made(elsewhere / "user")
    expected = made(elsewhere / "workspace")
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{elsewhere / 'other'}:{elsewhere / 'workspace'}")
    assert share_directory() == expected


def test_where_it_is_missing_the_cure_is_said(elsewhere):
    with pytest.raises(FileNotFoundError, match="is not installed: install the package again"):
        share_directory()
