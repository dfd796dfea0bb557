import pytest

from trt_pose_ros.evaluation.report.figures import MISSING, Figure, milliseconds, percent, plural, share

SHARE, TIME, COUNT = Figure("a"), Figure("b", "ms", None), Figure("c", decimals=0)


@pytest.mark.parametrize(("figure", "value", "text"), [
    (SHARE, 0.41249, "0.412"), (SHARE, 1, "1.000"), (SHARE, None, MISSING), (SHARE, float("nan"), MISSING),
    (TIME, 8.2549, "8.25\xa0ms"), (TIME, 9.996, "10.0\xa0ms"), (TIME, 99.96, "100\xa0ms"),
    (TIME, 1234.5, "1,234\xa0ms"), (TIME, None, MISSING),
    (COUNT, 1234567, "1,234,567"), (COUNT, 0, "0"),
])  # fmt: skip
def test_figures_have_the_digits_that_they_are_worth(figure, value, text):
    assert figure.text(value) == text


@pytest.mark.parametrize(("value", "text"), [
    (0.0123, "+0.012"), (-0.0123, "\N{MINUS SIGN}0.012"), (0, "0.000"), (-0.0001, "0.000"), (0.0001, "0.000"),
])  # fmt: skip
def test_differences_have_their_sign(value, text):
    assert SHARE.number(value, "+") == text


def test_headings_tell_the_unit():
    assert [figure.heading for figure in (SHARE, TIME, COUNT)] == ["a", "b [ms]", "c"]


def test_single_numbers():
    assert share(0.5) == "0.500"
    assert percent(0.1234) == "12.3\xa0%"
    assert percent(None) == MISSING
    assert milliseconds(33.12) == "33.1\xa0ms"
    assert [plural(1, "image"), plural(2000, "image")] == ["1 image", "2,000 images"]
    assert plural(2, "identity", "identities") == "2 identities"
