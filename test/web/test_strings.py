"""The page says nothing that is not in its table of words, so that it can be said in another language."""

import re

import pytest

from trt_pose_ros.web.server import static_files

FILES = {name: content.decode() for name, (content, _) in static_files().items()}
TABLE = FILES["strings.js"].partition("const STRINGS")[2].partition("\n};")[0]
LANGUAGES = {
    language: dict(re.findall(r'^ {4}(\w+): "(.*)",$', column, re.MULTILINE))
    for language, column in re.findall(r"^ {2}(\w\w): \{\n(.*?)^ {2}\},$", TABLE, re.MULTILINE | re.DOTALL)
}
WORDS = LANGUAGES["en"]
# keys that are put together of what the node says
MADE = {"general", "group_start"}


def used():
    found = set(re.findall(r'data-text="(\w+)"', FILES["index.html"]))
    for name, content in FILES.items():
        if name.endswith(".js"):
            for pair in re.findall(r'\btext\((?:[^"();]*\? "(\w+)" : )?"(\w+)"', content):
                found |= {key for key in pair if key}
    return found


def test_every_word_that_is_used_is_there_and_every_one_there_is_used():
    assert len(WORDS) > 30
    assert used() - WORDS.keys() == set()
    assert WORDS.keys() - used() - MADE == set()


def test_every_language_says_the_same_in_other_words():
    assert LANGUAGES.keys() == {"en", "ko"}
    for language, words in LANGUAGES.items():
        assert list(words) == list(WORDS), language  # in the same order, to be read side by side
        for key, sentence in words.items():
            assert sorted(re.findall(r"\{\w+\}", sentence)) == sorted(re.findall(r"\{\w+\}", WORDS[key])), key
    wordless = {"percent", "person_label"}
    assert {key for key, sentence in LANGUAGES["ko"].items() if not re.search("[가-힣]", sentence)} == wordless


def test_the_page_itself_holds_no_words():
    body = FILES["index.html"].partition("<body>")[2]
    assert set(re.findall(r">([^<>\s][^<>]*)<", body)) == {"trt_pose_ros"}


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js") and name != "strings.js"])
def test_words_take_the_values_that_they_are_given(name):
    for key, values in re.findall(r'\btext\("(\w+)", \{([^}]*)\}', FILES[name]):
        given = set(re.findall(r"(\w+)(?:\s*:|,|\s*$)", re.sub(r":[^,]*", ":", values)))
        assert set(re.findall(r"\{(\w+)\}", WORDS[key])) <= given, key
