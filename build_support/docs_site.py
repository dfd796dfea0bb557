"""What mkdocs is told beside mkdocs.yml: pages made of the code, and links to files that the site does not have.

A page of documentation links to sources by their place in the tree, which is right for whoever reads it there. On the
site these links become their text. That their targets exist is checked in both.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

from trt_pose_ros.cli.main import build_parser
from trt_pose_ros.options import Options

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\.?/[^)#\s]*)(#[^)\s]*)?\)")
# :class:`~a.b.C` is shown as C, :class:`.b.C` as b.C
_ROLE = re.compile(r":(?:class|mod|func|meth|data|attr|exc):<code>(?:(~)[\w.]*?(\w+)|\.?([\w.]+))</code>")
# (title, module, class, prefix of the parameters)
_OPTIONS = [
    ("pose_node, read when configured", "ros.runtime.settings", "FixedSettings", ""),
    ("pose_node, at any time", "settings", "LiveSettings", ""),
    ("Tracking", "tracking", "TrackerOptions", "tracking."),
    ("Smoothing", "tracking", "SmootherOptions", "smoothing."),
    ("Detections joined with skeletons", "tracking", "UnionOptions", "detections."),
    ("Detections in time", "ros.runtime.sync", "DetectionSync", "detections."),
    ("Depth in time", "ros.runtime.sync", "DepthSync", "depth."),
    ("Depth of joints", "spatial.depth", "DepthOptions", "depth."),
    ("Floor", "spatial.ground", "GroundOptions", "ground."),
    ("Diagnostics", "ros.runtime.settings", "DiagnosticsOptions", "diagnostics."),
    ("Decoder of part affinity fields", "families.paf.decoder", "DecoderOptions", "decoder."),
    ("Decoder of one-stage networks", "families.one_stage.family", "OneStageOptions", "decoder."),
    ("Decoder of detectors", "families.boxes", "BoxOptions", "decoder."),
    ("Decoder of heatmaps of one person", "families.heatmap", "HeatmapOptions", "person."),
    ("Decoder of SimCC", "families.simcc", "SimccOptions", "person."),
    ("Decoder of BlazePose", "families.blazepose", "BlazePoseOptions", "person."),
    ("Hands", "hands", "HandOptions", "hands."),
    ("Decoder of MediaPipe's hands", "families.hand_landmarks", "HandLandmarkOptions", "decoder."),
    ("Two networks", "finders.top_down", "TopDownOptions", "top_down."),
    ("video_source_node", "ros.nodes.video_source_node", "SourceSettings", ""),
    ("follow_person_node, read at the start", "ros.nodes.follow_person_node", "FixedSettings", ""),
    ("follow_person_node, at any time", "ros.nodes.follow_person_node", "LiveSettings", ""),
    ("Following", "follow", "FollowOptions", ""),
    ("people_3d_node, read at the start", "ros.nodes.people_3d_node", "FixedSettings", ""),
    ("people_3d_node, at any time", "ros.nodes.people_3d_node", "LiveSettings", ""),
    ("Moments of several cameras", "spatial.views", "InstantOptions", ""),
    ("events_node, read at the start", "ros.nodes.events_node", "FixedSettings", ""),
    ("events_node, at any time", "ros.nodes.events_node", "LiveSettings", ""),
    ("web_node", "ros.nodes.web_node", "WebSettings", ""),
    ("People of several cameras", "spatial.views", "ViewsOptions", "views."),
    ("States: what is learnt", "events.states.samples", "SampleOptions", ""),
    ("States: how it is learnt", "events.states.fitting", "FitOptions", ""),
    ("States: what they are told by", "events.states.features", "Features", ""),
]


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made of the code."""
    pages = {"options": options_page(), "cli": command_line_page(), "messages": messages_page()}
    for name, text in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Turn links to files outside the site into text."""
    docs = Path(config["docs_dir"]).resolve()

    def shown(match: re.Match[str]) -> str:
        target = ((docs / page.file.src_uri).parent / match[2]).resolve()
        if docs in target.parents:  # mkdocs itself checks these
            return match[0]
        if not target.exists():
            raise PluginError(f"{page.file.src_uri} links to {match[2]}, which does not exist")
        return match[1]

    return _LINK.sub(shown, markdown)


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Show Sphinx's roles, as docstrings have them, as the names that they point to."""
    return _ROLE.sub(lambda match: f"<code>{match[2] if match[1] else match[3]}</code>", html)


def options_page() -> str:
    """Every option with its default, what it may be, and its effect."""
    parts = [
        "# Options and parameters\n\nMade of the code. As a parameter of a node an option has its prefix before its "
        "name; in Python it is a keyword argument without it.\n"
    ]
    for title, module, name, prefix in _OPTIONS:
        kind = getattr(import_module(f"trt_pose_ros.{module}"), name)
        rows = "\n".join(_rows(kind, prefix))
        parts.append(f"\n## {title}\n\n| name | default | may be | effect |\n|---|---|---|---|\n{rows}\n")
    return "".join(parts)


def _rows(kind: type[Options], prefix: str) -> Iterator[str]:
    for field in fields(kind):  # type: ignore[arg-type]
        value = "" if field.default is MISSING else field.default
        default = "" if value in ("", (), None) else f"`{str(value).lower() if isinstance(value, bool) else value}`"
        low, high, choices = (field.metadata.get(key) for key in ("low", "high", "choices"))
        may_be = ", ".join(f"`{c}`" for c in choices if c != "") if choices else ""
        if low is not None:
            may_be = f"{low:g} to {high:g}"
        effect = field.metadata.get("effect", "").replace("|", "\\|")
        yield f"| `{prefix}{field.name}` | {default} | {may_be} | {effect} |"


def command_line_page() -> str:
    """What each verb says of itself."""
    parser, _, missing = build_parser()
    if missing:
        raise PluginError(f"verbs that cannot be imported: {', '.join(missing)}")
    (verbs,) = (a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    assert verbs is not None
    parts = ["# Command line\n\n`trt-pose VERB --help` says the same.\n"]
    for name, verb in verbs.items():
        verb.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=100)
        parts.append(f"\n## trt-pose {name}\n\n```text\n{verb.format_help().strip()}\n```\n")
    return "".join(parts)


def messages_page() -> str:
    """The messages as they are defined."""
    parts = ["# Messages\n"]
    for file in sorted((ROOT / "msg").glob("*.msg")):
        parts.append(f"\n## {file.stem}\n\n```text\n{file.read_text('utf-8').strip()}\n```\n")
    return "".join(parts)
