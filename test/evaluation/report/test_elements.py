from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.evaluation.report.elements import page, tag

HOSTILE = "<script>alert(1)</script>\"'&amp;<!--]]>"


class Reader(HTMLParser):
    """What a browser reads: the names of all elements, the attributes and the text of the body."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, name, attributes):
        self.tags.append(name)
        self.attributes.append((name, dict(attributes)))

    def handle_data(self, data):
        self.text += data if "body" in self.tags else ""


@pytest.mark.parametrize("text", [HOSTILE, "a\x00b\x1b", "\udcff.png", "ä€🙂", ""])
def test_text_is_text_wherever_it_stands(text):
    plain = page("t", "", tag("p", "x", title="x"))
    html = page(text, "", tag("p", text, title=text))
    html.encode()  # what can't be written as UTF-8 has been replaced
    assert Reader(html).tags == Reader(plain).tags


def test_text_is_what_a_browser_reads():
    reader = Reader(page("t", "", tag("p", HOSTILE, title=HOSTILE)))
    assert HOSTILE in reader.text
    assert ("p", {"title": HOSTILE}) in reader.attributes


@given(st.text(), st.text())
def test_no_text_makes_elements(text, value):
    reader = Reader(page("t", "", tag("div", text, [tag("b", value), text], None, class_=value)))
    assert reader.tags == ["html", "head", *["meta"] * 4, "title", "style", "body", "div", "b"]


def test_children_stay_in_their_order():
    assert Reader(page("t", "", tag("p", "a", tag("b", "b"), "c", ["d", tag("i", "e")], "f"))).text.strip() == "abcdef"


def test_attributes_are_spelled_as_html_and_svg_want():
    element = tag("svg", view_box="0 0 1 1", class_="c", aria_label="l", width=1.5, height=None)
    assert element.attrib == {"viewBox": "0 0 1 1", "class": "c", "aria-label": "l", "width": "1.5"}
