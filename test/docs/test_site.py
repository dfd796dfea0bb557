"""The site's pages that are made of the code have all of it."""

import importlib
import re

import pytest
from documents import ROOT

pytest.importorskip("mkdocs", reason="the site is built with mkdocs: make docs")

spec = importlib.util.spec_from_file_location("docs_site", ROOT / "build_support" / "docs_site.py")
docs_site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(docs_site)

# set by the code alone; a base of another one
NOT_SHOWN = {"trt_pose_ros.backends.RunSpec", "trt_pose_ros.settings.FixedSettings"}


def test_every_option_has_a_row():
    shown = {
        getattr(importlib.import_module(f"trt_pose_ros.{module}"), kind) for _, module, kind, _ in docs_site._OPTIONS
    }
    shown = {f"{kind.__module__}.{kind.__name__}" for kind in shown}
    there = set()
    for file in (ROOT / "trt_pose_ros").rglob("*.py"):
        for name in re.findall(r"^class (\w+)\((?:Options|settings\.\w+)\):", file.read_text(), re.M):
            there.add(".".join((*file.relative_to(ROOT).with_suffix("").parts, name)).replace(".__init__.", "."))
    assert there - NOT_SHOWN == shown


def test_every_verb_and_message_has_a_section():
    assert "## trt-pose run" in docs_site.command_line_page()
    assert "## SkeletonArray" in docs_site.messages_page()


def test_links_to_sources_become_text_and_dead_ones_are_refused(tmp_path):
    class Page:
        class file:
            src_uri = "a.md"

    config = {"docs_dir": str(ROOT / "docs")}
    shown = docs_site.on_page_markdown("[the licence](../LICENSE), [b](b.md), ![c](../c.png)", Page, config, None)
    assert shown == "the licence, [b](b.md), ![c](../c.png)"
    with pytest.raises(docs_site.PluginError, match="nowhere"):
        docs_site.on_page_markdown("[x](../nowhere.py)", Page, config, None)


def test_roles_become_names():
    html = ":class:<code>~a.b.C</code> and :mod:<code>.families</code>"
    assert docs_site.on_page_content(html, None, None, None) == "<code>C</code> and <code>families</code>"
