"""Runs the commands of a page, as a reader would."""

import os
import re
import subprocess
import sys
from pathlib import Path

import given
import pytest
from documents import ROOT, blocks, name

from trt_pose_ros.cli import demo

# less of the same
SMALLER = {
    "'ap<-0.01' 'p95>+10%'": "'ap<-2' 'p95>+1000%'",  # of four images, two models and a busy machine
    "1080x1920": "320x320",
    "--batch 1 2 4": "--batch 1 2 --passes 3",
    "--people 12": "--people 3",
    "--people 6": "--people 1",
    "--every 1 ": "--every 1.5 --folds 3 ",
    "--images 300": "--images 10",
    "--count 20 ": "--count 4 ",
    "--count 100": "--count 4",
    "--rates 10,30,60 --search": "--rates 10",
}
# what commands with these words import
MODULES = {
    "trt_pose_training": "torch",
    "quantise|--backend openvino": "openvino",
    "bag-|replay|labels": "rosbags",
    "evaluate|--annotations": "pycocotools",
    "--plot": "matplotlib",
    "--live": "rclpy",
    "train-state|gestures.py": "sklearn",
    "completion": "shtab",
}


def folder_of_reader(path):
    """Make the folder with what the pages say that the reader has, below ``path``; skips without photographs."""
    photographs = demo.photographs()
    if not photographs:
        pytest.skip("the photographs come with scikit-image and matplotlib: pip install '.[dev]'")
    (path / "work").mkdir()
    given.reader(path / "work", photographs[0])
    return path / "work"


def run(page, folder):
    """Run a page's commands; what they printed.

    They have programs and modules of this environment, a home of their own, and the command `given`.
    """
    wanted = [line for block in blocks(page) if not block.needs for line in (*block.lines(), block.first)]
    for words, module in MODULES.items():
        if re.search(words, "\n".join(wanted)):
            pytest.importorskip(module)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([os.getcwd(), *filter(None, sys.path)]),
        "HOME": str(folder.parent),
        "XDG_CACHE_HOME": str(folder.parent / "cache"),
        "BUNDLED": str(ROOT / "trt_pose_ros" / "models"),
    }
    said = ""
    for block in blocks(page):
        if block.file:
            (folder / block.file).write_text(block.code)
        elif block.language == "sh" and not block.needs:
            code = block.code
            for words, smaller in SMALLER.items():
                code = code.replace(words, smaller)
            program = f'given() {{ python "{given.__file__}" "$@"; }}\n{block.first}\n{code}'
            done = subprocess.run(
                ["bash", "-euxo", "pipefail", "-c", program],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            assert done.returncode == 0, f"{name(page)}:\n{code}\n{done.stdout[-4000:]}"
            said += done.stdout
    return said
