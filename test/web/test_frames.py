import asyncio
import json
import struct
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from web_pictures import picture

from trt_pose_ros.media.errors import ImageError
from trt_pose_ros.web.frames import Frame, Pairing
from trt_pose_ros.web.links import LEVELS

NOBODY = {"skeleton": "coco_17", "optical": True, "people": []}


def read(data):
    """(head, image) of what a browser gets."""
    (length,) = struct.unpack_from(">I", data)
    jpeg = np.frombuffer(data, np.uint8, offset=4 + length)
    return json.loads(data[4 : 4 + length]), cv2.imdecode(jpeg, cv2.IMREAD_COLOR)


def encode(frame, *levels):
    async def all_at_once():
        with ThreadPoolExecutor(1) as pool:
            return await asyncio.gather(*(frame.encoded(level, pool) for level in levels))

    return asyncio.run(all_at_once())


class TestFrame:
    def test_what_a_browser_gets(self):
        image = np.full((120, 160, 3), (200, 100, 50), np.uint8)
        (data,) = encode(Frame("front", 1_500_000_000, lambda: picture(image), [NOBODY]), LEVELS[0])
        head, shown = read(data)
        assert head == {"camera": "front", "stamp": 1.5, "width": 160, "height": 120, "people": [NOBODY]}
        assert shown.shape == image.shape
        assert np.abs(shown.astype(int) - image).max() < 4

    def test_a_large_picture_is_made_smaller_and_its_people_stay_in_its_own_pixels(self):
        (data,) = encode(Frame("", 0, lambda: picture(np.zeros((960, 1280, 3), np.uint8)), [NOBODY]), LEVELS[-1])
        head, shown = read(data)
        assert (head["width"], head["height"]) == (1280, 960)
        assert shown.shape == (240, 320, 3)

    def test_many_viewers_cost_one_encoding_a_level(self):
        loads = []

        def load():
            loads.append(1)
            return picture(np.zeros((48, 64, 3), np.uint8))

        frame = Frame("", 0, load, None)
        made = encode(frame, *[level for level in LEVELS[:3] for _ in range(10)])
        assert frame.encodings == 3
        assert len(loads) == 1
        assert len({id(data) for data in made}) == 3

    def test_a_viewer_that_leaves_takes_it_from_nobody(self):
        async def leave():
            with ThreadPoolExecutor(1) as pool:
                frame = Frame("", 0, lambda: picture(np.zeros((48, 64, 3), np.uint8)), None)
                leaving = asyncio.ensure_future(frame.encoded(LEVELS[0], pool))
                await asyncio.sleep(0)
                leaving.cancel()
                return await frame.encoded(LEVELS[0], pool)

        assert read(asyncio.run(leave()))[1].shape == (48, 64, 3)

    def test_a_picture_that_cannot_be_read_is_told(self):
        message = picture(np.zeros((48, 64, 3), np.uint8))
        message.step = 1
        with pytest.raises(ImageError, match="step 1 is too small"):
            encode(Frame("", 0, lambda: message, None), LEVELS[0])


class TestPairing:
    @staticmethod
    def found(pairing, stamp, now=0.2, layer="skeletons"):
        return pairing.people(stamp, layer, NOBODY, now)

    def test_people_lie_over_the_picture_that_they_were_found_in(self):
        pairing = Pairing("a")
        for stamp in (1, 2, 3):
            assert pairing.picture(stamp, lambda: None, 10, 0.1) is None
        frame = self.found(pairing, 2)
        assert (frame.camera, frame.stamp, frame.people) == ("a", 2, [NOBODY])
        assert self.found(pairing, 1) is None  # overtaken
        assert self.found(pairing, 3).stamp == 3

    def test_people_that_come_first_wait_for_their_picture(self):
        pairing = Pairing("a")
        assert self.found(pairing, 5) is None
        assert pairing.picture(4, lambda: None, 10, 0.3) is None
        assert pairing.picture(5, lambda: None, 10, 0.3).people == [NOBODY]

    def test_hands_are_waited_for_as_long_as_there_are_any(self):
        pairing = Pairing("a")
        for stamp in range(1, 30):
            pairing.picture(stamp, lambda: None, 10, 4.0)
        assert self.found(pairing, 10, 4.0).people == [NOBODY]
        self.found(pairing, 10, 4.0, "hands")  # the first ever, too late
        assert self.found(pairing, 11, 4.1) is None
        assert self.found(pairing, 11, 4.1, "hands").people == [NOBODY, NOBODY]
        assert self.found(pairing, 12, 4.2) is None  # its hands are lost
        assert self.found(pairing, 13, 4.3, "hands") is None
        assert self.found(pairing, 13, 4.3).stamp == 13
        assert self.found(pairing, 20, 6.4).people == [NOBODY]  # there are none any more

    def test_while_nobody_looks_for_people_pictures_are_shown_without(self):
        pairing = Pairing("a")
        for second in (5.0, 6.0, 7.0):
            assert pairing.picture(1, lambda: None, 10, second) is None
        for second in (7.1, 8.0, 9.0, 10.0):
            assert pairing.picture(2, lambda: None, 10, second).people is None
        self.found(pairing, 2, 10.0)
        assert pairing.picture(3, lambda: None, 10, 10.1) is None

    def test_after_a_pause_of_the_camera_people_are_waited_for(self):
        pairing = Pairing("a")
        assert pairing.picture(1, lambda: None, 10, 5.0) is None
        self.found(pairing, 1, 5.1)
        assert pairing.picture(2, lambda: None, 10, 100.0) is None
        assert self.found(pairing, 2, 100.1).stamp == 2
        pairing.picture(3, lambda: None, 10, 101.0)
        assert pairing.picture(4, lambda: None, 10, 200.0) is None

    @pytest.mark.parametrize(("size", "kept"), [(10, 32), (2**23, 8), (2**30, 0)])
    def test_pictures_that_wait_are_bounded(self, size, kept):
        pairing = Pairing("a")
        for stamp in range(100):
            pairing.picture(stamp, lambda: None, size, 0.1)
        assert len(pairing._waiting) == kept

    def test_people_without_pictures_are_bounded(self):
        pairing = Pairing("a")
        for stamp in range(1000):
            self.found(pairing, stamp)
        assert len(pairing._waiting) <= 32
