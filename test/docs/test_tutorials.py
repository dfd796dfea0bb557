"""The pages to start with do what they say: their commands run one after another, as they stand."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from coco_files import person, write
from documents import ROOT, START, blocks, name

from trt_pose_ros import Topology
from trt_pose_ros.cli import demo
from trt_pose_ros.media.video import VideoWriter

FRAMES = 10
NEEDED = {"training": ("torch", "openvino"), "qa": ("rosbags", "openvino"), "README": ("rosbags", "openvino")}


@pytest.fixture
def folder(tmp_path):
    """What the pages say that the reader has: a clip of people, pictures with labels."""
    photographs = demo.photographs()
    if not photographs:
        pytest.skip("the photographs come with scikit-image and matplotlib: pip install '.[dev]'")
    writer = VideoWriter(tmp_path / "clip.mp4", 10.0)
    for frame in range(FRAMES):
        writer.write(np.roll(cv2.resize(photographs[0], (320, 320)), 4 * frame, axis=1))
    writer.close()
    images = tmp_path / "images"
    images.mkdir()
    category = {"id": 1, **Topology.load("coco_17").to_category(), "name": "person"}
    keypoints = [[100 + 20 * i, 100 + 15 * i, 2] for i in range(17)]
    entries = [{"id": 1, "file_name": "1.png"}, {"id": 2, "file_name": "2.png"}]
    people = [person(keypoints, id=i, image_id=i, bbox=[90, 90, 360, 280], area=50000) for i in (1, 2)]
    file = write(images, people, entries, [category], size=(512, 512))
    file.rename(tmp_path / "person_keypoints.json")
    for i in (1, 2):
        cv2.imwrite(str(images / f"{i}.png"), cv2.resize(photographs[0], (512, 512)))
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", [ROOT / "README.md", *START], ids=lambda page: page.stem)
def test_every_command_works(page, folder):
    for module in NEEDED.get(page.stem, ()):
        pytest.importorskip(module)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([os.getcwd(), *filter(None, sys.path)]),
    }
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.code)
        elif block.language == "sh" and not block.needs:
            done = subprocess.run(
                ["bash", "-euc", block.code],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            assert done.returncode == 0, f"{name(page)}:\n{block.code}\n{done.stdout[-4000:]}"


@pytest.mark.parametrize("page", [ROOT / "README.md", *START], ids=lambda page: page.stem)
def test_every_block_says_what_it_is(page):
    """So that none is passed over: what is not run is marked."""
    for block in blocks(page):
        assert block.language, f"{name(page)}: a block without a language:\n{block.code}"
        assert block.language != "yaml" or block.file
