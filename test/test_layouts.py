"""Layouts of Foxglove and RViz show topics that there are, and every panel that they name."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOPICS = {"annotated", "markers", "people_3d/markers", "skeletons", "diagnostics"}
TOPICS |= {"events/annotated", "events/markers", "events/current"}
LAYOUTS = sorted((ROOT / "foxglove").glob("*.json"))
CONFIGS = sorted((ROOT / "rviz").glob("*.rviz"))


def panels(node):
    """The panels of a layout's tree."""
    return [node] if isinstance(node, str) else panels(node["first"]) + panels(node["second"])


def topics(config):
    """The topics that the panels of Foxglove look at."""
    for panel in config.values():
        for path in panel.get("topics", {}):
            yield path
        if "imageMode" in panel:
            yield panel["imageMode"]["imageTopic"]
        for name in ("topicToRender", "topicPath"):
            if name in panel:
                yield panel[name].partition(".")[0]
        for path in panel.get("paths", ()):
            yield path["value"].partition(".")[0]


@pytest.mark.parametrize("file", LAYOUTS, ids=lambda file: file.name)
def test_a_foxglove_layout_names_its_panels_and_our_topics(file):
    layout = json.loads(file.read_text())
    assert sorted(panels(layout["layout"])) == sorted(layout["configById"])
    assert {topic.lstrip("/") for topic in topics(layout["configById"])} <= TOPICS


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_an_rviz_config_shows_our_topics(file):
    yaml = pytest.importorskip("yaml", reason="RViz's files are YAML")
    manager = yaml.safe_load(file.read_text())["Visualization Manager"]
    shown = {display["Topic"]["Value"] for display in manager["Displays"] if "Topic" in display}
    assert {"annotated", "markers"} <= shown <= TOPICS
    assert manager["Global Options"]["Fixed Frame"] in ("camera", "map")
