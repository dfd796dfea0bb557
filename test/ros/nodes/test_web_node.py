"""The live page in a real browser, against a real pose_node over DDS."""

import asyncio
import json
import re
import time

import cv2
import numpy as np
import pytest
import tiny_model
from harness import PATIENCE, Camera, PoseNodeProcess, node_command, stamp_of, wait_until
from live_page import WebNodeProcess, canvas, text
from page_faults import FAINT, OUTSIDE, SMALL
from sensor_msgs.msg import Image

pytest.importorskip("aiohttp", reason="the live page needs the extra [web]")
pytest.importorskip("rosbags", reason="bags need the extra [replay]")

import aiohttp

from trt_pose_ros.bags.reader import BagReader
from trt_pose_ros.messages.images import encoded_image
from trt_pose_ros.msg import Event, EventArray, EventEvidence
from trt_pose_ros.web.links import LEVELS

PEOPLE = [tiny_model.person(70, 60, 110), tiny_model.person(190, 70, 120)]
PICTURE = cv2.resize(tiny_model.picture(PEOPLE), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def web(pose_node, tmp_path_factory):
    with WebNodeProcess(pose_node, record_to=str(tmp_path_factory.mktemp("bags"))) as process:
        yield process


@pytest.fixture(scope="module")
def page(tab, web, tester, pose_node):
    """The open page."""
    tab.look(1280)
    tab.open(web.url)
    tester.spin_until(lambda: tab.run("document.querySelectorAll('.row').length > 20"), "parameters in the page")
    return tab


@pytest.fixture
def camera(pose_node):
    with Camera(pose_node) as made:
        yield made


def show(tab, camera, picture=PICTURE):
    """Publish a picture until the page shows one of these; returns the number of the last."""
    first = camera.published + 1

    def shown():
        camera.publish(picture)
        camera._tester.spin_to(time.monotonic() + 0.1)
        return (stamp_shown(tab) or 0) >= first

    wait_until(shown, "the picture in the page", lambda: None)
    return camera.published


def last_picture(path):
    """Number of the last picture of Camera in a bag that people were looked for in."""
    with BagReader(path) as bag:
        stamps = {}
        for record in bag.messages():
            if record.type in ("sensor_msgs/msg/Image", "trt_pose_ros/msg/SkeletonArray"):
                stamps.setdefault(record.type, set()).add(stamp_of(bag.decode(record)))
    return max(set.intersection(*stamps.values()))


def stamp_shown(tab, card="figure[data-camera]"):
    """Number of the picture of Camera that the page shows."""
    stamp = tab.run(f"document.querySelector({json.dumps(card)} + ' canvas')?.dataset.stamp")
    return round((float(stamp) - 7) * 1e9) if stamp else None


def change(tab, parameter, value):
    """Move the slider, or fill the field, of a parameter."""
    tab.run(f"""(() => {{
        const input = document.getElementById('parameter-{parameter}');
        input.value = {json.dumps(value)};
        for (const kind of ['input', 'change']) input.dispatchEvent(new Event(kind, {{bubbles: true}}));
    }})()""")


class TestPage:
    def test_people_are_drawn_where_they_are(self, page, camera, tester, pose_node):
        pose_node.set_parameters(labels=False)
        page.run("document.getElementById('level').value = '0'")
        page.run("document.getElementById('level').dispatchEvent(new Event('change'))")
        _, annotated = tester.messages(Image, pose_node.topic("annotated"))
        show(page, camera)
        tester.spin_until(lambda: annotated, "the annotated image")
        ours, theirs = canvas(page), encoded_image(annotated[-1]).bgr
        pose_node.set_parameters(labels=True)
        assert ours.shape == theirs.shape == PICTURE.shape
        # where something is drawn: the page's picture is a JPEG, so it is compared to that
        jpeg = cv2.imdecode(cv2.imencode(".jpg", PICTURE, [cv2.IMWRITE_JPEG_QUALITY, LEVELS[0].quality])[1], 1)
        drawn = [np.abs(a.astype(int) - b).max(axis=2) > 80 for a, b in ((ours, jpeg), (theirs, PICTURE))]
        labels = ours.shape[0] // 36 * 2  # the page writes above each person
        for person in PEOPLE:
            left, top = (2 * person.min(axis=0)).astype(int)
            right, _ = (2 * person.max(axis=0)).astype(int)
            for mask in drawn:
                mask[max(0, top - labels) : top, left:right] = False
        assert drawn[1].sum() > 500
        near = [cv2.dilate(mask.astype(np.uint8), np.ones((5, 5))) > 0 for mask in drawn]  # within two pixels
        assert (drawn[1] & near[0]).sum() > 0.95 * drawn[1].sum()
        assert (drawn[0] & near[1]).sum() > 0.95 * drawn[0].sum()
        both = drawn[0] & drawn[1]
        assert np.median(np.abs(ours.astype(int) - theirs)[both].max(axis=1)) < 40

    def test_a_slider_changes_the_node(self, page, pose_node, tester):
        change(page, "min_score", 0.25)
        tester.spin_until(lambda: abs(pose_node.dump()["min_score"] - 0.25) < 0.003, "the node's parameter")
        assert page.run("document.getElementById('refusal').hidden")
        pose_node.set_parameters(min_score=0.1)  # by somebody else: the page follows
        field = "document.getElementById('parameter-min_score').value"
        tester.spin_until(
            lambda: abs(float(page.run(field)) - 0.1) < 0.003, lambda: f"the slider; refused: {text(page, '#refusal')}"
        )

    def test_a_refused_value_shows_its_reason_and_changes_nothing(self, page, pose_node, tester):
        change(page, "input_size", "64x64")
        refused = "read when the node is configured; clean it up first"
        tester.spin_until(lambda: refused in text(page, "#refusal"), "the reason")
        change(page, "min_score", 0.5)  # goes along: all or nothing
        tester.spin_until(lambda: page.run("document.querySelectorAll('.pending').length == 2"), "two marked")
        assert pose_node.dump()["min_score"] == 0.1
        page.run("document.getElementById('reset').click()")
        assert page.run("document.querySelectorAll('.pending').length == 0")
        assert page.run("document.getElementById('refusal').hidden")
        assert float(page.run("document.getElementById('parameter-min_score').value")) == 0.1

    def test_the_loss_of_the_camera_is_shown_and_its_return(self, page, camera, tester):
        show(page, camera)
        tester.spin_until(lambda: page.run("document.querySelector('.lost').hidden"), "that nothing is lost")
        tester.spin_until(lambda: re.search(r"No image for \d+ s", text(page, ".lost")), "the loss on the picture")
        tester.spin_until(lambda: "no image for" in text(page, ".said"), "what the node says")
        show(page, camera)
        tester.spin_until(lambda: not text(page, ".lost"), "the return")

    def test_plots_show_stages_and_losses(self, page, camera, tester):
        def shown():
            show(page, camera)
            return "network" in text(page, "#plots") and "fps in" in text(page, "#plots")

        tester.spin_until(shown, "stages and rates")

    def test_events_are_shown(self, page, pose_node, tester):
        evidence = EventEvidence(track_id=1, quantity="wrist above eye, body heights", value=0.2, limit=0.1)
        event = Event(id=4, kind="raised_hand", track_ids=[1], probability=float("nan"), evidence=[evidence])
        current = tester.publisher(EventArray, pose_node.topic("events/current"), "latched")
        current.publish(EventArray(events=[event]))
        tester.spin_until(lambda: "raised hand #1" in text(page, "#events-now"), "the event")
        assert "wrist above eye, body heights: 0.2 (0.1)" in text(page, "#events-now")
        changes = tester.publisher(EventArray, pose_node.topic("events"))
        event.phase, event.reason = Event.END, "over"

        def ended():
            changes.publish(EventArray(events=[event]))
            return "over" in text(page, "#events-past")

        tester.spin_until(ended, "its end")
        assert "Nothing is going on" in text(page, "#events-now")

    def test_a_bag_is_recorded_and_replayed(self, page, camera, tester, web):
        show(page, camera)
        page.run("document.getElementById('record').click()")
        tester.spin_until(lambda: text(page, "#record") == "Stop recording", "the recording")
        show(page, camera)
        page.run("document.getElementById('record').click()")
        tester.spin_until(lambda: text(page, "#bag-list li"), "the bag")
        name = text(page, "#bag-list li").split(" ")[0]
        page.run("document.querySelector('#bag-list button').click()")
        last, card = last_picture(web.bags / name), f'figure[data-camera="{name}"]'
        tester.spin_until(lambda: stamp_shown(page, card) == last, "the last picture of the bag")
        ended = "The replay has ended. This is its last image."
        tester.spin_until(lambda: text(page, f"{card} .lost") == ended, "that it has ended")
        tester.spin_to(time.monotonic() + 3)  # longer than the silence that is told of a camera: all stays
        assert (text(page, f"{card} .lost"), stamp_shown(page, card)) == (ended, last)
        assert text(page, "#bag-list button") == "Replay again"
        page.run(f"document.querySelector('{card} canvas').dataset.stamp = ''")
        page.run("document.querySelector('#bag-list button').click()")
        tester.spin_until(lambda: stamp_shown(page, card) == last, "the last picture again")
        page.run(f"document.querySelector('{card} button').click()")
        tester.spin_until(lambda: text(page, "#bag-list button") == "Replay here", "the end of the replay")
        assert not page.run(f"document.querySelector('{card}')")
        assert page.run("document.querySelectorAll('figure[data-camera]').length") == 1  # the camera's own

    @pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, False), (1280, True)])
    def test_it_can_be_read_on_every_screen(self, page, camera, width, dark):
        show(page, camera)
        page.look(width, dark=dark)
        page.run("document.querySelectorAll('details').forEach(group => (group.open = true))")
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        for fault in (OUTSIDE, SMALL, FAINT):
            assert page.run(fault) == []
        unnamed = "!e.labels?.length && !e.getAttribute('aria-label') && !e.textContent.trim()"
        assert page.run(f"[...document.querySelectorAll('input, select, button')].filter(e => {unnamed}).length") == 0
        page.look(1280)

    def test_nothing_went_wrong_in_the_page_and_it_asked_nobody_else(self, page, web):
        assert page.complaints() == []
        assert all(url.startswith((web.url, web.url.replace("http", "ws"), "blob:")) for url in page.requests())


class Onlooker:
    """A browser without a screen.

    Attributes:
        received: number of pictures.
        widths: of the level, as the server reports it.
    """

    def __init__(self):
        self.received, self.drawn, self.widths = 0, 0, []

    async def look(self, url, may_draw):
        """Look on until cancelled; pictures are drawn one after another, each once ``may_draw(self)``."""
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}live") as live:
            drawing = asyncio.ensure_future(self._draw(live, may_draw))
            try:
                async for message in live:
                    if message.type == aiohttp.WSMsgType.BINARY:
                        self.received += 1
                    elif json.loads(message.data)["kind"] == "link":
                        self.widths.append(json.loads(message.data)["value"]["width"])
            finally:
                drawing.cancel()

    async def _draw(self, live, may_draw):
        while True:
            if self.drawn < self.received and may_draw(self):
                self.drawn += 1
                await live.send_json({"drawn": True})
            await asyncio.sleep(0.005)


def test_of_three_viewers_the_throttled_one_gets_less_and_the_others_lose_nothing(web, camera, tester):
    quick, other, slow = (Onlooker() for _ in range(3))

    def may_draw(viewer):
        """The slow one, one of ten pictures only, and not before the link is found slow."""
        return viewer is not slow or min(quick.received, other.received) > 10 * (slow.drawn + 1)

    async def all_three():
        looking = [asyncio.ensure_future(viewer.look(web.url, may_draw)) for viewer in (quick, other, slow)]

        def seen():
            camera.publish(PICTURE)
            return slow.drawn >= 3 and slow.widths[-1] < slow.widths[0] and len(quick.widths) > 2

        try:
            end = time.monotonic() + PATIENCE
            while not seen():
                assert time.monotonic() < end, (quick.received, other.received, slow.received, slow.widths)
                tester.spin_to(time.monotonic() + 0.02)
                await asyncio.sleep(0.1)
        finally:
            for one in looking:
                one.cancel()

    asyncio.run(all_three())
    # what is not drawn holds up its own viewer only
    assert slow.received <= slow.drawn + 2
    assert min(quick.received, other.received) > 10 * slow.drawn


def test_it_subscribes_only_while_somebody_looks(pose_node, tester):
    topic = pose_node.topic("skeletons")

    def listeners():
        infos = tester.node.get_subscriptions_info_by_topic(topic)
        return sum(info.node_name == "web_node" and info.node_namespace == f"{other.namespace}" for info in infos)

    with PoseNodeProcess(tester, {"autostart": False}, active=False) as other:
        topic = other.topic("skeletons")
        with WebNodeProcess(other) as lonely:
            tester.spin_to(time.monotonic() + 1)
            assert listeners() == 0

            async def look():
                async with aiohttp.ClientSession() as session, session.ws_connect(f"{lonely.url}live"):
                    while not listeners():
                        tester.spin_to(time.monotonic() + 0.05)
                        await asyncio.sleep(0.05)

            asyncio.run(asyncio.wait_for(look(), 60))
            tester.spin_until(lambda: listeners() == 0, "the end of the subscription")
        assert lonely.exit_code == 0
        assert "Traceback" not in lonely.output


def test_a_node_that_is_not_there_is_told(tester, pose_node):
    async def first_words(url):
        async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}live") as live:
            while True:
                message = json.loads((await live.receive(60)).data)
                if message["kind"] == "diagnostics":
                    return message["value"]

    async def set_something(url):
        async with aiohttp.ClientSession() as session, session.post(f"{url}parameters", json={"a": 1}) as answer:
            return await answer.json()

    with WebNodeProcess(pose_node, node="nobody") as process:
        assert asyncio.run(set_something(process.url))["reason"].startswith("no answer from")
        said = asyncio.run(first_words(process.url))
        assert said["silent"]
        assert said["node"].endswith("/nobody")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"port": 70000}, "parameter 'port' is 70000, must be an integer from 0 to 65535"),
        ({"address": "192.0.2.1"}, "cannot listen on 192.0.2.1:0"),
        ({"record_to": "/proc/none"}, "/proc/none"),
    ],
)
def test_what_cannot_be_is_said_and_ends_it(processes, parameters, sentence):
    process = processes(*node_command("web_node", parameters={"port": 0} | parameters))
    assert process.wait() == 1
    assert sentence in process.output
    assert "Traceback" not in process.output


def test_from_other_addresses_a_token_is_needed(pose_node):
    async def statuses(url):
        plain, _, token = url.partition("?")
        port = int(re.search(r":(\d+)/", plain)[1])
        jar = aiohttp.CookieJar(unsafe=True)  # which keeps those of addresses, too
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            async with session.get(f"http://127.0.0.1:{port}/") as without:
                pass
            async with session.get(f"http://127.0.0.1:{port}/?{token}") as knowing:
                pass
        return without.status, knowing.status

    with WebNodeProcess(pose_node, address="0.0.0.0") as process:
        assert process.output.count("?token=") == 1
        assert asyncio.run(statuses(process.url)) == (401, 200)
