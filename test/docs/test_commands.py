"""Every command in every document is one that exists, with arguments that it takes."""

import argparse
import contextlib
import functools
import importlib
import importlib.util
import io
import re

import pytest
from documents import DOCUMENTS, ROOT, blocks, name

from trt_pose_ros.cli.main import build_parser

COMMANDS = [(document, words) for document in DOCUMENTS for block in blocks(document) for words in block.commands()]
ENDS = re.compile(r"^(?:\.\.\.|>|>>|2>)$")  # of what a command is told, in a document


def of(program):
    found = [(document, words[1:]) for document, words in COMMANDS if words[0] == program]
    assert found, f"no document has a command {program}"
    return [pytest.param(document, words, id=f"{name(document)}: {' '.join(words)[:60]}") for document, words in found]


@functools.cache
def help_of(module):
    """What a program of training says of its options."""
    pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
        importlib.import_module(module).main(["--help"])
    return said.getvalue()


def told(words):
    """The words up to a redirection or an ellipsis."""
    return words[: next((i for i, word in enumerate(words) if ENDS.match(word)), len(words))]


@pytest.mark.parametrize(("document", "words"), of("trt-pose"))
def test_trt_pose_takes_it(document, words, capsys):
    parser, _, missing = build_parser()
    words = told(words)
    if words[0].isupper() or words[0].endswith(":"):  # VERB, in a sentence about all of them; what a verb prints
        return
    if words[0] in missing:
        pytest.skip(str(missing[words[0]]))
    wrong = []
    try:
        parser.parse_args(words)
    except SystemExit as end:  # with 0 after --help
        wrong = [capsys.readouterr().err] if end.code else []
    assert not wrong


@pytest.mark.parametrize(("document", "words"), [case for case in of("ros2") if case.values[1][:1] == ["bag"]])
def test_ros2_bag_takes_it(document, words, tmp_path, monkeypatch):
    verb = pytest.importorskip(f"ros2bag.verb.{words[1]}", reason="needs ros2 bag")
    monkeypatch.chdir(tmp_path)
    for word in words:  # what is read must be there
        if word.endswith(".yaml"):
            (tmp_path / word).touch()
        elif word.startswith("drive"):
            (tmp_path / word).mkdir(exist_ok=True)
    parser = argparse.ArgumentParser()
    getattr(verb, f"{words[1].title()}Verb")().add_arguments(parser, "ros2 bag")
    if words[1] == "record" and all(action.option_strings for action in parser._actions):
        pytest.skip("from Lyrical on topics follow --topics, which Humble does not know")
    parser.parse_args(told(words)[2:])


@pytest.mark.parametrize(("document", "words"), of("ros2"))
def test_launch_files_and_nodes_exist(document, words):
    words = told(words)
    if words[:2] == ["run", "trt_pose_ros"]:
        assert (ROOT / "scripts" / words[2]).is_file()
    if words[:2] == ["launch", "trt_pose_ros"]:
        files = {path.name: path for path in (ROOT / "launch").rglob("*.launch.py")}
        assert words[2] in files
        declared = set(re.findall(r'^    "(\w+)": \(', files[words[2]].read_text(), re.M))
        for included in re.findall(r"(\w+\.launch\.py)", files[words[2]].read_text()):
            declared |= set(re.findall(r'^    "(\w+)": \(', files[included].read_text(), re.M))
        given = {word.partition(":=")[0] for word in words[3:] if ":=" in word}
        assert given <= declared
    if words[:2] == ["param", "set"] and words[2] == "/pose_node":
        from trt_pose_ros.settings import LiveSettings

        assert words[3] in {f for f in LiveSettings.__dataclass_fields__} or "." in words[3]


@pytest.mark.parametrize(("document", "words"), of("python"))
def test_modules_exist(document, words):
    if words[0] == "-m" and words[1].startswith("trt_pose"):
        assert importlib.util.find_spec(words[1]) is not None
        options = {word for word in words if word.startswith("--")}
        assert options <= set(re.findall(r"--[\w-]+", help_of(words[1])))
    elif words[0].endswith(".py"):
        assert (ROOT / words[0]).is_file()


@pytest.mark.parametrize(("document", "words"), of("make"))
def test_targets_exist(document, words):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert {word for word in words if "=" not in word} <= targets
