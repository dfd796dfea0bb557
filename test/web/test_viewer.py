"""One viewer, its browser played by the test."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import cv2
import numpy as np
from web_pictures import picture

from trt_pose_ros.web import viewer as viewer_module
from trt_pose_ros.web.frames import Frame
from trt_pose_ros.web.hub import Hub
from trt_pose_ros.web.links import LEVELS
from trt_pose_ros.web.viewer import Viewer

IMAGE = np.zeros((24, 32, 3), np.uint8)


def frame(stamp, camera=""):
    return Frame(camera, stamp, lambda: picture(IMAGE), None)


class Browser:
    """What a viewer has been sent."""

    def __init__(self, pool):
        self.texts, self.stamps, self.widths = [], [], []
        self.viewer = Viewer(self._text, self._bytes, pool)

    async def _text(self, text):
        self.texts.append(json.loads(text))

    async def _bytes(self, data):
        length = int.from_bytes(data[:4], "big")
        self.stamps.append(round(json.loads(data[4 : 4 + length])["stamp"] * 1e9))
        self.widths.append(cv2.imdecode(np.frombuffer(data[4 + length :], np.uint8), cv2.IMREAD_COLOR).shape[1])

    def kinds(self):
        return [text["kind"] for text in self.texts]


def with_browser(play):
    """Run ``await play(browser)`` beside the viewer."""

    async def both():
        with ThreadPoolExecutor(1) as pool:
            browser = Browser(pool)
            sending = asyncio.ensure_future(browser.viewer.run())
            try:
                await asyncio.wait_for(play(browser), 60)
            finally:
                sending.cancel()

    asyncio.run(both())


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


def test_of_pictures_the_newest_wins_and_the_others_are_counted():
    async def play(browser):
        viewer = browser.viewer
        for stamp in (1, 2, 3):  # no await between: none can leave
            viewer.offer_frame(frame(stamp))
        await until(lambda: browser.stamps == [3])
        assert viewer.dropped == 2
        assert viewer.sent == 1

    with_browser(play)


def test_a_browser_that_does_not_draw_gets_few_pictures_and_then_the_newest():
    async def play(browser):
        viewer = browser.viewer
        for stamp in range(1, 40):
            viewer.offer_frame(frame(stamp))
            await asyncio.sleep(0.01)
        held = len(browser.stamps)
        assert held <= 2
        viewer.offer_text("state", '{"kind": "state", "value": 1}')  # words pass all the same
        await until(lambda: "state" in browser.kinds())
        viewer.drawn()
        await until(lambda: len(browser.stamps) > held)
        assert browser.stamps[-1] == 39
        assert viewer.dropped == 39 - held - 1

    with_browser(play)


def test_no_camera_starves_another():
    async def play(browser):
        for stamp in range(1, 60):
            for camera in "abc":
                browser.viewer.offer_frame(frame(stamp * 10 + ord(camera), camera))
            browser.viewer.drawn()
            await asyncio.sleep(0.01)
        await until(lambda: {stamp % 10 for stamp in browser.stamps} == {ord(c) % 10 for c in "abc"})

    with_browser(play)


def test_pictures_are_sent_no_faster_than_the_level_says():
    async def play(browser):
        viewer = browser.viewer
        viewer.link.fixed = 4  # 4 a second
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while len(browser.stamps) < 4:
            viewer.offer_frame(frame(1))
            viewer.drawn()
            await asyncio.sleep(0.005)
        assert loop.time() - begun > 0.5  # the first at once, then three intervals of at least 0.9 / 4 s

    with_browser(play)


def test_a_bad_picture_is_counted_and_the_next_one_comes():
    async def play(browser):
        bad = picture(IMAGE)
        bad.step = 0
        browser.viewer.offer_frame(Frame("", 1, lambda: bad, None))
        await until(lambda: browser.viewer.dropped == 1)
        browser.viewer.offer_frame(frame(2))
        await until(lambda: browser.stamps == [2])

    with_browser(play)


def test_a_slow_browser_gets_smaller_pictures_and_larger_ones_when_it_is_quick_again(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(viewer_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    wide = np.zeros((2, 1600, 3), np.uint8)

    async def play(browser):
        async def draw(seconds, until_width):
            """Take so long for each picture, until they are of this width; returns the widths."""
            before = len(browser.widths)
            while browser.widths[-1:] != [until_width]:
                seen = len(browser.widths)
                browser.viewer.offer_frame(Frame("", seen, lambda: picture(wide), None))
                await until(lambda seen=seen: len(browser.widths) > seen)
                clock[0] += seconds
                browser.viewer.drawn()
                clock[0] += 0.3  # longer than any level's interval
            return browser.widths[before:]

        widths = [level.width for level in LEVELS]
        slower = await draw(2.0, widths[-1])
        assert list(dict.fromkeys(slower)) == widths[1:]  # one level after another
        quicker = await draw(0.02, widths[0])
        assert list(dict.fromkeys(quicker)) == widths[::-1]

    with_browser(play)


def test_drawn_without_a_picture_is_nothing():
    async def play(browser):
        for _ in range(5):
            browser.viewer.drawn()
        browser.viewer.offer_frame(frame(1))
        await until(lambda: browser.stamps == [1])

    with_browser(play)


def test_who_comes_late_gets_the_state_and_the_newest_of_it_only():
    async def play(browser):
        hub = Hub()
        hub.show("events", [1])
        hub.show("events", [2])
        hub.join(browser.viewer)
        await until(lambda: {"kind": "events", "value": [2]} in browser.texts)
        assert {"kind": "events", "value": [1]} not in browser.texts
        hub.leave(browser.viewer)
        hub.show("events", [3])
        hub.picture("", 1, lambda: picture(IMAGE), 10)
        await asyncio.sleep(0.05)
        assert browser.texts[-1] != {"kind": "events", "value": [3]}

    with_browser(play)
