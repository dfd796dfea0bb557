import re

import browser
import cv2
import numpy as np
import pytest
import yaml

from trt_pose_ros.cli.main import main
from trt_pose_ros.events import load_zones

POLYGON = "rear_left:seat=10,20 110,20 110,90"
LINE = "window:edge@left=30,0 30,119"


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "camera.jpg"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8))
    return path


@pytest.mark.parametrize("unit", ["fractions", "pixels"])
def test_points_become_a_file_of_zones(picture, tmp_path, capsys, unit):
    given = ["--polygon", POLYGON, "--line", LINE, "--unit", unit, "--camera", "cabin"]
    assert main(["draw-zones", str(picture), *given]) == 0
    file = tmp_path / "zones.yaml"
    file.write_text(capsys.readouterr().out)
    polygon, line = load_zones(file)
    assert (polygon.name, polygon.kind, polygon.camera, polygon.unit) == ("rear_left", "seat", "cabin", unit)
    np.testing.assert_allclose(polygon.pixels(160, 120), [[10, 20], [110, 20], [110, 90]], atol=0.05)
    np.testing.assert_allclose(polygon.pixels(320, 240)[0] + 0.5, [21, 41], atol=0.1)
    assert line.beyond == (-1, 0)


@pytest.mark.parametrize("name", ["12", "on", "Null", "1e3", "_a-1", "sitz-änder"])
def test_any_name_comes_back(picture, tmp_path, capsys, name):
    assert main(["draw-zones", str(picture), "--polygon", f"{name}:{name}=10,20 110,20 110,90"]) == 0
    file = tmp_path / "zones.yaml"
    file.write_text(capsys.readouterr().out)
    (zone,) = load_zones(file)
    assert (zone.name, zone.kind) == (name, name)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "--page"),
        (["--polygon", "seat=1,2 3,4"], "three to"),
        (["--polygon", "seat 1,2 3,4 5,6"], "NAME"),
        (["--polygon", "seat=1,2 300,4 5,6"], "not in the picture"),
        (["--line", "edge=1,2 3,4"], "@left"),
        (["--line", "edge@above=30,0 30,100"], "direction of the line"),
        (["--polygon", "a=1,2 30,4 5,60", "--polygon", "a=1,2 30,4 5,60"], "twice"),
    ],
)
def test_what_is_wrong_is_told(picture, capsys, given, told):
    assert main(["draw-zones", str(picture), *given]) in (1, 2)
    assert told in capsys.readouterr().err


@pytest.mark.skipif(browser.PROGRAM is None, reason=browser.MISSING)
def test_zones_are_clicked_in_the_page(picture, tmp_path, capsys):
    page = tmp_path / "zones.html"
    assert main(["draw-zones", str(picture), "--page", str(page), "--polygon", POLYGON]) == 0
    capsys.readouterr()
    with browser.browser(tmp_path / "profile") as tab:
        tab.look(800)
        tab.open(page.as_uri())
        box = tab.run(
            "(b => [b.left, b.top, b.width, b.height])(document.getElementById('drawing').getBoundingClientRect())"
        )
        for x, y in ((0.25, 0.25), (0.75, 0.25), (0.5, 0.75)):
            point = {"x": box[0] + x * box[2], "y": box[1] + y * box[3], "button": "left", "clickCount": 1}
            tab("Input.dispatchMouseEvent", type="mousePressed", **point)
            tab("Input.dispatchMouseEvent", type="mouseReleased", **point)
        add = "document.querySelector('button[type=submit]').click()"
        tab.run(f"document.getElementById('name').value = '12'; {add}")
        assert "letter" in tab.run("document.getElementById('problem').textContent")
        tab.run(f"document.getElementById('name').value = 'front'; {add}")
        text = tab.run("document.getElementById('yaml').textContent")
        assert not tab.complaints()
        assert not [url for url in tab.requests() if not url.startswith("file:")]
    made = yaml.safe_load(text)["zones"]
    assert list(made) == ["rear_left", "front"]
    np.testing.assert_allclose(made["front"]["polygon"], [[0.25, 0.25], [0.75, 0.25], [0.5, 0.75]], atol=0.01)
    file = tmp_path / "zones.yaml"
    file.write_text(text)
    np.testing.assert_allclose(load_zones(file)[0].pixels(160, 120), [[10, 20], [110, 20], [110, 90]], atol=0.05)
    assert not re.search("https?://(?!www.w3.org)", page.read_text())
