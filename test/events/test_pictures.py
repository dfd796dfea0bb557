"""The shipped rules on annotated keypoints of real pictures, where the data for development are there."""

from pathlib import Path

import pytest
from events import picture_labels

DATA = Path(__file__).parents[3] / "shared" / "data" / "coco" / "dev"

pytestmark = pytest.mark.skipif(not (DATA / "person_keypoints.json").exists(), reason="../shared/data is not there")


@pytest.fixture(scope="module")
def pictures():
    return picture_labels.load(DATA)


def test_there_are_enough_pictures_of_every_kind(pictures):
    assert len(pictures) >= 40
    labels = [label for picture in pictures for label in picture.people]
    for rule, least in (("raised_hand", 20), ("fallen", 8), ("feet_on_seat", 5)):
        assert sum(label.get(rule) == "yes" for label in labels) >= least
        assert sum(label.get(rule) == "no" for label in labels) >= least


def test_rules_tell_what_people_do(pictures):
    counts = picture_labels.judged(pictures)
    for rule, recall, precision in (("raised_hand", 0.6, 0.8), ("fallen", 0.7, 0.6), ("feet_on_seat", 0.4, 0.6)):
        c = counts[rule]
        assert c.right >= recall * c.yes
        assert c.right >= precision * (c.right + c.wrong)
    assert counts["hand_on_leg"].wrong <= 0.1 * counts["hand_on_leg"].no
