import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.ros.runtime.launch_arguments import boolean, optional_boolean

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
in_any_case = st.sampled_from([str.lower, str.upper, str.title, lambda text: f" {text} "])


@given(st.sampled_from(TRUE + FALSE), in_any_case)
def test_the_usual_words_in_any_case(word, written):
    assert boolean("dry_run", written(word)) is (word in TRUE)


@pytest.mark.parametrize("text", ["ture", "", " ", "y", "t", "2", "-1", "0.0", "yes no", "None", "tru\u0435"])
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(ValueError, match=f"^dry_run:={text} is neither true nor false"):
        boolean("dry_run", text)


@given(st.text())
def test_no_text_is_taken_for_something_by_chance(text):
    try:
        value = boolean("dry_run", text)
    except ValueError:
        return
    assert text.strip().lower() in (TRUE if value else FALSE)


def test_empty_leaves_it_open_where_that_is_allowed():
    assert optional_boolean("dry_run", "") is None
    assert optional_boolean("dry_run", "off") is False
    with pytest.raises(ValueError, match="dry_run:=flase"):
        optional_boolean("dry_run", "flase")
