import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_reader import PageReader

from trt_pose_ros.evaluation.report.elements import page, tag

HOSTILE = "<script>alert(1)</script>\"'&amp;<!--]]>"


@pytest.mark.parametrize("text", [HOSTILE, "a\x00b\x1b", "\udcff.png", "ä€🙂", ""])
def test_text_is_text_wherever_it_stands(text):
    plain = page("t", tag("p", "x", title="x"))
    html = page(text, tag("p", text, title=text))
    html.encode()  # what can't be written as UTF-8 has been replaced
    assert PageReader(html).tags == PageReader(plain).tags


def test_text_is_what_a_browser_reads():
    reader = PageReader(page("t", tag("p", HOSTILE, title=HOSTILE)))
    assert HOSTILE in reader.text
    assert ("p", {"title": HOSTILE}) in reader.attributes


@given(st.text(), st.text())
def test_no_text_makes_elements(text, value):
    reader = PageReader(page("t", tag("div", text, [tag("b", value), text], None, class_=value)))
    assert reader.tags == ["html", "head", *["meta"] * 4, "title", "style", "body", "div", "b"]


def test_children_stay_in_their_order():
    assert PageReader(page("t", tag("p", "a", tag("b", "b"), "c", ["d", tag("i", "e")], "f"))).text.strip() == "abcdef"


def test_attributes_are_spelled_as_html_and_svg_want():
    element = tag("svg", view_box="0 0 1 1", class_="c", aria_label="l", width=1.5, height=None)
    assert element.attrib == {"viewBox": "0 0 1 1", "class": "c", "aria-label": "l", "width": "1.5"}
