"""Random images: no exception, every event that starts ends once."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from event_people import people
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.events import Watch, load_rules

_SPEC = importlib.util.spec_from_file_location(
    "event_rules", Path(__file__).parents[2] / "benchmarks" / "event_rules.py"
)
event_rules = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(event_rules)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_images_bring_nothing_down(seed):
    assert event_rules.fuzz(1500, seed, pool=300, tell=lambda _: None) > 10


_NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)
_IMAGES = st.tuples(
    st.lists(st.lists(_NUMBERS, min_size=54, max_size=54), max_size=3), st.floats(-1e9, 1e9), st.integers(-1, 3)
)


@settings(max_examples=30, deadline=None)
@given(st.lists(_IMAGES, max_size=6))
def test_whatever_numbers_come_every_event_ends(images):
    watch, ledger = Watch(load_rules(event_rules.RULES, zones=event_rules.ZONES)), event_rules.Ledger()
    for keypoints, stamp, first in images:
        bodies = np.array(keypoints, np.float32).reshape(-1, 18, 3)
        ledger.take(watch.update(people(*bodies, ids=first + np.arange(len(bodies))), stamp, size=(640, 480)))
    ledger.take(watch.close(0.0))
    assert not ledger.open
    assert not watch.current()
