"""What is told of positions in a file is read again: places, certainty, frame, and what is not known."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trt_pose_ros import Poses, Topology
from trt_pose_ros.media.coco import results
from trt_pose_ros.media.places import read_places, told_places
from trt_pose_ros.media.writers import CsvResults

HAND = Topology("hand", ("palm", "thumb"), ((0, 1),))
METRES = st.floats(-100, 100, width=32) | st.just(math.nan) | st.just(math.inf)


def people(positions, stddevs=None, frame=""):
    keypoints = np.ones((len(positions), 2, 3))
    return Poses(
        HAND, keypoints, np.ones(len(positions)), None, positions, position_stddevs=stddevs, position_frame=frame
    )


@given(
    arrays(np.float32, (3, 2, 3), elements=METRES),
    st.none() | arrays(np.float32, (3, 2), elements=st.floats(0, 10, width=32) | st.just(math.nan)),
    st.sampled_from(["", "map"]),
)
def test_positions_come_back_with_their_certainty(positions, stddevs, frame):
    poses = people(positions, stddevs, frame)
    told = [json.loads(json.dumps(told_places(poses, row), allow_nan=False)) for row in range(3)]
    fields = read_places(told, 2)
    known = np.isfinite(positions).all(axis=2)
    np.testing.assert_allclose(fields["positions"][known], positions[known], atol=1e-4)
    assert np.isnan(fields["positions"][~known]).all()
    assert fields["position_frame"] == frame
    if stddevs is None:
        assert "position_stddevs" not in fields
    else:
        expected = np.where(known, stddevs, np.nan)
        np.testing.assert_allclose(fields["position_stddevs"], expected, atol=1e-4)


def test_people_with_and_without_positions_stand_in_one_image():
    told = told_places(people(np.ones((1, 2, 3))), 0)
    fields = read_places([{}, told], 2)
    assert np.isnan(fields["positions"][0]).all()
    assert fields["positions"][1].tolist() == [[1, 1, 1]] * 2
    assert read_places([{}, {}], 2) == {}


def test_positions_of_several_frames_are_refused():
    told = [told_places(people(np.ones((1, 2, 3)), frame=frame), 0) for frame in ("map", "")]
    with pytest.raises(ValueError, match="in several frames: '', 'map'"):
        read_places(told, 2)


def test_coco_results_tell_positions_certainty_and_frame():
    poses = people([[(1, 2, 3), (np.nan, 0, 0)]], [[0.0123456, np.nan]], "map")
    (told,) = results(poses, 7)
    assert told["positions"] == [[1, 2, 3], None]
    assert told["position_stddevs"] == [0.0123, None]
    assert told["position_frame"] == "map"
    (flat,) = results(Poses(HAND, np.ones((1, 2, 3)), [1]), 7)
    assert not {"positions", "position_stddevs", "position_frame"} & set(flat)


def test_the_table_has_columns_for_places_where_they_were_looked_for(tmp_path):
    known = results(people([[(1, 2, 3), (np.nan, 0, 0)]], [[0.5, np.nan]]), 7)
    flat = results(Poses(HAND, np.ones((1, 2, 3)), [1]), 8)
    file = CsvResults(tmp_path / "t.csv", HAND.keypoints, places=True)
    file.add(known + flat)
    file.close()
    header, first, second = [line.split(",") for line in (tmp_path / "t.csv").read_text().splitlines()]
    column = header.index("palm_x_m")
    assert header[column : column + 5] == ["palm_x_m", "palm_y_m", "palm_z_m", "palm_stddev_m", "thumb_x_m"]
    assert first[column:] == ["1.0", "2.0", "3.0", "0.5", "", "", "", ""]
    assert second[column:] == [""] * 8
