"""Limits as they are typed."""

import pytest

from trt_pose_ros.evaluation.comparison.thresholds import Threshold, parse_threshold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ap<-0.01", ("ap", False, -0.01, False)),
        ("p95>+10%", ("p95", True, 0.1, True)),
        ("switches>0", ("switches", True, 0, False)),
        (" network.p95 > 5 % ", ("network.p95", True, 0.05, True)),
        ("PCK@0.2<-.5", ("pck@0.2", False, -0.5, False)),
        ("decode_image.p50>2.", ("decode_image.p50", True, 2, False)),
    ],
)
def test_limits_are_read(text, expected):
    assert parse_threshold(text) == Threshold(text, *expected)


@pytest.mark.parametrize(
    ("text", "position", "found", "wanted"),
    [
        ("ap=<3", 3, "'='", "< or >"),
        ("ap<=3", 4, "'='", "a number"),
        ("<3", 1, "'<'", "the name of a figure"),
        ("ap", 3, "the end", "< or >"),
        ("ap >", 5, "the end", "a number"),
        ("ap<3ms", 5, "'m'", "% or the end"),
        ("ap<1e-3", 5, "'e'", "% or the end"),
        ("ap<3 %%", 6, "'%'", "% or the end"),
        ("", 1, "the end", "the name of a figure"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, position, found, wanted):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is looked at below
        parse_threshold(text)
    assert f"character {position}: {found} where {wanted} is expected; write a figure" in str(raised.value)


def test_a_limit_itself_is_kept():
    assert not parse_threshold("ap<-0.01").fails(-0.01)
    assert parse_threshold("ap<-0.01").fails(-0.010001)
    assert not parse_threshold("switches>0").fails(0)
    assert parse_threshold("switches>0").fails(1)
