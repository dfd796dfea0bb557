from dataclasses import dataclass

import pytest

from trt_pose_ros.options import Options, option


@dataclass(frozen=True)
class Sample(Options):
    count: int = option(3, "a count", low=1, high=5)
    share: float = option(0.5, "a share", low=0.0, high=1.0)
    mode: str = option("a", "a mode", choices=("a", "b"))
    flag: bool = option(True, "a flag")
    text: str = option("", "anything")
    free: float = option(0.0, "any number")
    pair: tuple[int, int] | None = option(None, "two whole numbers", low=1)


def test_defaults_and_whole_numbers_for_floats_are_fine():
    assert Sample() == Sample.of()
    assert Sample(share=1, count=5, mode="b", flag=False, text="x", free=-1e9).share == 1


def test_an_optional_list_becomes_a_tuple():
    assert Sample(pair=[2, 3]).pair == (2, 3)
    assert Sample(pair=None).pair is None


@pytest.mark.parametrize(
    ("wrong", "possible"),
    [
        ({"count": 0}, "a whole number at least 1 and at most 5"),
        ({"count": 6}, "at most 5"),
        ({"count": 2.0}, "whole number"),
        ({"count": True}, "whole number"),
        ({"share": float("nan")}, "at least 0.0"),
        ({"share": "0.5"}, "a number"),
        ({"mode": "c"}, "one of a, b"),
        ({"flag": 1}, "true or false"),
        ({"text": None}, "text"),
        ({"free": None}, "a number"),
        ({"pair": [1]}, "2 values, each a whole number at least 1"),
        ({"pair": 3}, "2 values"),
    ],
)
def test_wrong_values_are_refused_by_name(wrong, possible):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} is .*{possible}"):
        Sample(**wrong)


def test_unknown_options_are_named_with_the_possible_ones():
    with pytest.raises(ValueError, match="no option cuont, only count, share"):
        Sample.of(cuont=3)
