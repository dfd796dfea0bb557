"""The interface of TensorRT 10 as the package tensorrt-stubs has it: names and signatures, read as text."""

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest


@cache
def classes():
    """{class: ast.ClassDef} of TensorRT 10; skips the test without the stubs."""
    spec = importlib.util.find_spec("tensorrt_stubs")
    if spec is None:
        pytest.skip("tensorrt-stubs is not installed (make tensorrt-rtx)")
    text = (Path(spec.origin).parents[1] / "tensorrt_bindings" / "tensorrt.pyi").read_text()
    # one signature of one class is no Python (a default before none), so each class is read by itself
    found = {}
    for part in re.split(r"^(?=class )", text, flags=re.MULTILINE)[1:]:
        try:
            node = ast.parse(part).body[0]
        except SyntaxError:
            continue
        found[node.name] = node
    return found


def members(name):
    """Names of an enumeration's members."""
    return {item.target.id for item in classes()[name].body if isinstance(item, ast.AnnAssign)}


def methods(name):
    """{method: list of the parameters' names of each overload} of a class, without self."""
    found = {}
    for item in classes()[name].body:
        if isinstance(item, ast.FunctionDef):
            found.setdefault(item.name, []).append([a.arg for a in item.args.args[1:]])
    return found
