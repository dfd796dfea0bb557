"""COCO keypoint JSON as samples."""

import json

import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [train], is not installed")

from coco_files import CATEGORY, person, write

from trt_pose_ros.topology import Topology
from trt_pose_training.data.coco import KeypointData
from trt_pose_training.data.images import unlabelled

PERSON = [[20, 10, 2], [30, 20, 2], [10, 22, 1]]
NECK = Topology("necked", ("neck", "right_shoulder", "left_hip", "nose"), ((0, 1),))


def only(folder, *annotations, topology=None, **kwargs):
    (sample,) = KeypointData.load(write(folder, list(annotations), **kwargs), folder, topology).samples
    return sample


def test_the_topology_is_the_categorys(tmp_path):
    data = KeypointData.load(write(tmp_path, [person(PERSON)]), tmp_path)
    assert data.topology.keypoints == tuple(CATEGORY["keypoints"])
    assert data.topology.links == ((0, 1), (0, 2))
    (sample,) = data.samples
    np.testing.assert_array_equal(sample.keypoints, [PERSON])
    assert sample.keypoints.dtype == np.float32
    assert sample.labelled.all()
    assert (sample.width, sample.height, sample.areas.tolist(), sample.image_id) == (64, 48, [500], 1)
    assert sample.file == tmp_path / "1.png"


def test_keypoints_are_matched_by_name_and_derived_where_missing(tmp_path):
    sample = only(tmp_path, person(PERSON), topology=NECK)
    # neck: the shoulders' middle and the lesser visibility; there is no hip in the data
    np.testing.assert_array_equal(sample.keypoints, [[[20, 21, 1], [10, 22, 1], [0, 0, 0], [20, 10, 2]]])
    assert sample.labelled.tolist() == [True, True, False, True]


def test_nothing_is_derived_of_one_shoulder(tmp_path):
    half = [PERSON[0], [0, 0, 0], PERSON[2]]
    assert only(tmp_path, person(half), topology=NECK).keypoints[0, 0].tolist() == [0, 0, 0]


def test_a_topology_without_any_keypoint_of_the_data_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"thumb.*nose, left_shoulder"):
        only(tmp_path, person(PERSON), topology=Topology("hand", ("thumb",), ()))


def test_a_image_without_people_is_a_sample(tmp_path):
    assert only(tmp_path).keypoints.shape == (0, 3, 3)


def test_other_categories_are_left_out(tmp_path):
    dog = {"id": 7, "name": "dog"}
    sample = only(
        tmp_path, {"id": 5, "image_id": 1, "category_id": 7, "bbox": [0, 0, 9, 9]}, categories=[CATEGORY, dog]
    )
    assert len(sample.keypoints) == len(sample.ignore) == 0


@pytest.mark.parametrize("changed", [{"iscrowd": 1}, {"keypoints": [0] * 9, "num_keypoints": 0}, {"keypoints": []}])
def test_crowds_and_people_without_keypoints_are_ignored_by_their_box(tmp_path, changed):
    sample = only(tmp_path, person(PERSON) | changed)
    assert len(sample.keypoints) == 0
    # a box counts from the corner of the top-left pixel, we from its centre
    np.testing.assert_array_equal(sample.ignore, [[[9.5, 9.5], [29.5, 9.5], [29.5, 39.5], [9.5, 39.5]]])


def test_a_region_is_the_segmentation_where_there_is_one(tmp_path):
    polygons = [[1, 1, 5, 1, 5, 5], [10, 10, 20, 10, 20, 20, 10, 20]]
    sample = only(tmp_path, person(PERSON, iscrowd=1, segmentation=polygons))
    assert [len(region) for region in sample.ignore] == [3, 4]
    assert sample.ignore[0][0].tolist() == [0.5, 0.5]


def test_uncompressed_and_compressed_rle_are_the_same(tmp_path):
    from pycocotools import mask

    uncompressed = {"size": [48, 64], "counts": [48 * 10, 48 * 5, 48 * 49]}  # columns 10 to 14
    compressed = mask.frPyObjects(uncompressed, 48, 64)
    text = {"size": [48, 64], "counts": compressed["counts"].decode()}
    regions = [only(tmp_path, person(PERSON, iscrowd=1, segmentation=s)).ignore[0] for s in (uncompressed, text)]
    for region in regions:
        assert set(np.flatnonzero(mask.decode(region).all(0))) == set(range(10, 15))


def test_the_area_of_a_person_without_one_is_the_boxs(tmp_path):
    assert only(tmp_path, person(PERSON, area=None)).areas.tolist() == [600]
    assert only(tmp_path, person(PERSON, area=None, bbox=None)).areas.tolist() == [20 * 12]


def test_of_several_categories_one_must_be_named(tmp_path):
    hand = {"id": 2, "name": "hand", "keypoints": ["thumb"], "skeleton": []}
    path = write(tmp_path, [person([[3, 4, 2]], category_id=2)], categories=[CATEGORY, hand])
    with pytest.raises(ValueError, match="'person', 'hand': give the name"):
        KeypointData.load(path, tmp_path)
    with pytest.raises(ValueError, match="there is no 'foot'"):
        KeypointData.load(path, tmp_path, category="foot")
    data = KeypointData.load(path, tmp_path, category="hand")
    assert data.topology.keypoints == ("thumb",)
    assert data.samples[0].keypoints.tolist() == [[[3, 4, 2]]]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"image_id": 9}, "image_id 9"),
        ({"keypoints": [1, 2, 2]}, "3 keypoint numbers"),
        ({"keypoints": [1, 2, 3] * 3}, r"visibility \[3\]"),
        ({"keypoints": [1, float("nan"), 2] * 3}, "not finite"),
        ({"keypoints": ["a", 2, 2] * 3}, "not numbers"),
        ({"iscrowd": 1, "bbox": None}, "segmentation or a box"),
        ({"bbox": [1, 2, 3]}, r"box \[1, 2, 3\] must be"),
        ({"area": "large"}, "area 'large' must be"),
        ({"iscrowd": 1, "segmentation": {"size": [48, 64], "counts": [5, 5]}}, "sum to 48 x 64"),
        ({"iscrowd": 1, "segmentation": {"size": [5, 5], "counts": [25]}}, r"\[5, 5\].*\[48, 64\]"),
        ({"iscrowd": 1, "segmentation": {"size": [48, 64], "counts": "garbage"}}, "counts of its RLE"),
        ({"iscrowd": 1, "segmentation": [[1, 2, 3]]}, "polygon"),
    ],
)
def test_a_wrong_annotation_is_named(tmp_path, changed, problem):
    with pytest.raises(ValueError, match=rf"annotations\.json: annotation 77: .*{problem}"):
        only(tmp_path, person(PERSON, id=77) | changed)


def test_files_that_are_no_keypoint_files_are_refused(tmp_path):
    path = tmp_path / "a.json"
    with pytest.raises(FileNotFoundError, match=r"a\.json"):
        KeypointData.load(path, tmp_path)
    for text, problem in (("{", "not JSON"), ("[]", "images"), (json.dumps({"images": []}), "list of categories")):
        path.write_text(text)
        with pytest.raises(ValueError, match=problem):
            KeypointData.load(path, tmp_path)
    path = write(tmp_path, [], categories=[{"id": 1, "name": "dog"}])
    with pytest.raises(ValueError, match="keypoints are none"):
        KeypointData.load(path, tmp_path)


def test_an_image_without_its_size_is_named(tmp_path):
    path = write(tmp_path, [])
    data = json.loads(path.read_text())
    del data["images"][0]["width"]
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match="image 1: has no width"):
        KeypointData.load(path, tmp_path)


def test_missing_images_are_counted(tmp_path):
    path = write(tmp_path, [], images=[{"id": i, "file_name": f"{i}.png"} for i in range(3)])
    (tmp_path / "1.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of 3 images .*1\.png"):
        KeypointData.load(path, tmp_path)


def test_a_folder_of_images_is_data_without_labels(tmp_path):
    with pytest.raises(ValueError, match="no images"):
        unlabelled(tmp_path, NECK)
    write(tmp_path, [])
    (sample,) = unlabelled(tmp_path, NECK)
    assert sample.file == tmp_path / "1.png"
    assert sample.keypoints.shape == (0, 4, 3)
    assert not sample.labelled.any()


def test_the_body_of_a_labelled_person_counts_though_a_crowds_box_covers_it(tmp_path):
    from pycocotools import mask

    sample = only(tmp_path, person(PERSON), person(PERSON, id=2, iscrowd=1, bbox=[0, 0, 64, 40]))
    ignored = mask.decode(sample.ignore[0])
    for x, y, _ in PERSON:
        assert not ignored[y, x]
    assert not ignored[15, 25]  # halfway from nose to shoulder
    assert ignored[5, 50]
    assert ignored[35, 20]
    assert not ignored[41:].any()


def test_a_region_with_an_outline_is_taken_as_it_is(tmp_path):
    outline = [[0, 0, 64, 0, 64, 40, 0, 40]]
    sample = only(tmp_path, person(PERSON), person(PERSON, id=2, iscrowd=1, segmentation=outline))
    np.testing.assert_array_equal(sample.ignore[0], np.reshape(outline, (4, 2)) - 0.5)
