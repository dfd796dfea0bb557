"""glibc keeps freed memory: seen in a process of its own, as it is for good."""

import platform
import subprocess
import sys

import pytest

ROUNDS, PAGES = 10, 4096  # arrays of 16 MiB
PROGRAM = f"""
import resource, sys
import numpy as np
from trt_pose_training.loop import memory
if sys.argv[1] == "keep":
    assert memory.keep_freed()
arrays = []
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays.extend(np.ones({PAGES} * 512) for _ in range(3))
    arrays.clear()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(sum(faults() for _ in range({ROUNDS})))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_arrays_come_from_memory_that_was_freed():
    default, kept = (
        int(subprocess.run([sys.executable, "-c", PROGRAM, how], check=True, capture_output=True, text=True).stdout)
        for how in ("default", "keep")
    )
    assert kept < PAGES < default
