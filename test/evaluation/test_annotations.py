"""Annotation files: what is wrong with them is told by file, entry and field, and never ends in a traceback."""

import json

import pytest
from coco_files import CATEGORY, person

from trt_pose_ros.evaluation.annotations import AnnotationFile

SOMEBODY = [[20, 20, 2], [28, 30, 2], [12, 32, 1]]
IMAGE = {"id": 1, "file_name": "1.png", "width": 64, "height": 48}
NAN, INF = float("nan"), float("inf")


def written(folder, **parts):
    """An annotation file with these parts in place of good ones."""
    good = {"images": [IMAGE], "annotations": [person(SOMEBODY)], "categories": [CATEGORY]}
    path = folder / "labels.json"
    path.write_text(json.dumps(good | parts))
    return path


def complaints(folder, **parts):
    """What is wrong, as (where, detail)."""
    return [(problem.where, problem.detail) for problem in AnnotationFile(written(folder, **parts)).errors()]


def test_a_good_file_has_no_errors(tmp_path):
    file = AnnotationFile(written(tmp_path))
    file.require_valid()
    assert list(file.errors()) == []
    assert file.topology.keypoints == ("nose", "left_shoulder", "right_shoulder")
    assert (file.images, file.annotations) == ([IMAGE], [person(SOMEBODY)])


def test_annotations_of_other_categories_are_left_out_unseen(tmp_path):
    cup = {"id": 5, "category_id": 2, "image_id": 77, "bbox": "none"}
    categories = [CATEGORY, {"id": 2, "name": "cup"}]
    assert complaints(tmp_path, annotations=[person(SOMEBODY), cup], categories=categories) == []


@pytest.mark.parametrize("ids", [(0, 1), (-1, -2), (10**15, 10**18), ("a", "b"), (1.0, 2.0), ("1", 1)])
def test_ids_may_be_any_whole_numbers_or_text(tmp_path, ids):
    images = [IMAGE | {"id": number} for number in ids]
    annotations = [person(SOMEBODY, id=number, image_id=number) for number in ids]
    assert complaints(tmp_path, images=images, annotations=annotations) == []


@pytest.mark.parametrize("number", [True, None, 1.5, NAN, INF, "", "\0", [1], {}])
def test_ids_that_are_none(tmp_path, number):
    ((where, detail),) = complaints(tmp_path, annotations=[person(SOMEBODY, id=number)])
    assert where == "annotations[0]"
    assert detail.startswith("its id is ")
    (image, lost) = complaints(tmp_path, images=[IMAGE | {"id": number}])
    assert image[0] == "images[0]"
    assert image[1].startswith("its id is ")
    assert lost == ("annotation 1", "image_id 1 is not among the images")


def test_ids_used_twice_and_ids_of_nothing(tmp_path):
    assert complaints(tmp_path, annotations=[person(SOMEBODY, id=7)] * 2) == [
        ("annotation 7", "annotations[0] and annotations[1] have this id: each needs its own")
    ]
    assert complaints(tmp_path, images=[IMAGE, IMAGE | {"file_name": "2.png"}]) == [
        ("image 1", "images[0] and images[1] have this id: each needs its own")
    ]
    assert complaints(tmp_path, annotations=[person(SOMEBODY, image_id="1")]) == [
        ("annotation 1", "image_id '1' is not among the images")
    ]
    assert complaints(tmp_path, annotations=[person(SOMEBODY, category_id=9)]) == [
        ("annotation 1", "category_id 9 is the id of no category")
    ]
    assert complaints(tmp_path, categories=[CATEGORY, {"id": 1, "name": "cup"}]) == [
        ("category 'person'", "another category has the id 1, too")
    ]


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"keypoints": "1 2 3"}, "its keypoints '1 2 3' are not numbers"),
        ({"keypoints": ["1", 2, 2] * 3}, "are not numbers"),
        ({"keypoints": [True, 2, 2] * 3}, "are not numbers"),
        ({"keypoints": [[1, 2, 2]] * 3}, "are not numbers"),
        ({"keypoints": 5}, "its keypoints 5 are not numbers"),
        ({"keypoints": {"nose": 1}}, "are not numbers"),
        ({"keypoints": [1, 2, 2]}, "3 keypoint numbers, must be 3 for each of 3 keypoints"),
        ({"keypoints": [1, 2, 3] * 3}, "visibility [3], must be 0"),
        ({"keypoints": [1, 2, -1] * 3}, "visibility [-1], must be 0"),
        ({"keypoints": [1, 2, NAN] * 3}, "visibility ["),
        ({"keypoints": [1, 2, 10**400] * 3}, "visibility [1000"),
        ({"keypoints": [1, NAN, 2] * 3}, "a keypoint is not finite, or beyond 1000000 pixels: nan"),
        ({"keypoints": [1, INF, 2] * 3}, "a keypoint is not finite"),
        ({"keypoints": [1, 10**400, 2] * 3}, "a keypoint is not finite"),
        ({"bbox": "1,2,3,4"}, "its box '1,2,3,4' must be x, y, width, height"),
        ({"bbox": [1, 2, 3]}, "its box [1, 2, 3] must be"),
        ({"bbox": [1, 2, 3, None]}, "must be x, y, width, height"),
        ({"bbox": [1, 2, NAN, 4]}, "must be x, y, width, height"),
        ({"bbox": {"x": 1}}, "must be x, y, width, height"),
        ({"bbox": [1, 2, -3, 4]}, "must have a width and a height of 0 or more"),
        ({"area": "large"}, "its area 'large' must be a number"),
        ({"area": -1}, "its area -1 must be"),
        ({"area": NAN}, "its area nan must be"),
        ({"area": 1e11}, "its area 100000000000.0 must be"),
        ({"area": [5]}, "its area [5] must be"),
        ({"area": True}, "its area True must be"),
        ({"iscrowd": "no"}, "its iscrowd is 'no', must be 0 or 1"),
        ({"iscrowd": 2}, "its iscrowd is 2"),
        ({"iscrowd": [0]}, "its iscrowd is [0]"),
        ({"num_keypoints": "3"}, "its num_keypoints is '3'"),
        ({"num_keypoints": -3}, "its num_keypoints is -3"),
        ({"segmentation": 5}, "its segmentation 5 must be a list of polygons or an RLE"),
        ({"segmentation": "x"}, "its segmentation 'x' must be"),
        ({"iscrowd": 1, "segmentation": [5]}, "a polygon of its segmentation must be x, y"),
        ({"iscrowd": 1, "segmentation": [[1, 2, 3, 4, 5, None]]}, "a polygon of its segmentation must be x, y"),
        ({"iscrowd": 1, "segmentation": {"size": [48, 64], "counts": "0" * 99}}, "the counts of its RLE"),
        ({"iscrowd": 1, "segmentation": {"size": [48, 64], "counts": None}}, "the counts of its RLE"),
        ({"iscrowd": 1, "segmentation": {"size": "48x64"}}, "its RLE is for '48x64' (height, width), the image is"),
        ({"image_id": [1]}, "image_id [1] is not among the images"),
        ({"image_id": None}, "image_id missing is not among the images"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, changed, detail):
    annotations = [person(SOMEBODY), person(SOMEBODY, id=7) | changed]
    ((where, found),) = complaints(tmp_path, annotations=annotations)
    assert where == "annotation 7"
    assert detail in found
    with pytest.raises(ValueError, match=r"labels\.json: annotation 7: "):
        AnnotationFile(written(tmp_path, annotations=annotations)).require_valid()


@pytest.mark.parametrize(
    "changed",
    [{"area": None}, {"iscrowd": None}, {"iscrowd": False}, {"num_keypoints": None}, {"bbox": None}, {"bbox": []}],
)
def test_a_field_that_is_not_needed_may_be_null(tmp_path, changed):
    assert complaints(tmp_path, annotations=[person(SOMEBODY) | changed]) == []


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"width": 0}, "is 0 x 48 pixels"),
        ({"width": None}, "is missing x 48 pixels"),
        ({"height": -48}, "is 64 x -48 pixels"),
        ({"width": "64"}, "is '64' x 48 pixels"),
        ({"width": 64.5}, "is 64.5 x 48 pixels"),
        ({"width": 10**6}, "must be whole numbers from 1 to 65535"),
        ({"file_name": None}, "its file_name is missing, must be the name of a file"),
        ({"file_name": 5}, "its file_name is 5, must be the name of a file"),
        ({"file_name": ""}, "its file_name is '', must be"),
        ({"file_name": "a\0b"}, "must be the name of a file"),
        ({"file_name": ["1.png"]}, "must be the name of a file"),
    ],
)
def test_a_wrong_image_is_named(tmp_path, changed, detail):
    ((where, found),) = complaints(tmp_path, images=[IMAGE | changed])
    assert where == "image 1"
    assert detail in found


def test_every_wrong_entry_is_named(tmp_path):
    annotations = [5, person(SOMEBODY, area="x"), None, person(SOMEBODY, id=2, bbox=[1]), "text"]
    assert [where for where, _ in complaints(tmp_path, annotations=annotations)] == [
        *("annotations[0]", "annotations[2]", "annotations[4]", "annotation 1", "annotation 2")
    ]
    with pytest.raises(ValueError, match=r"annotations\[0\]: is 5, must be an object; 4 more errors are named by"):
        AnnotationFile(written(tmp_path, annotations=annotations)).require_valid()


def test_a_wrong_skeleton_is_an_error_and_none_is_none(tmp_path):
    ((where, detail),) = complaints(tmp_path, categories=[CATEGORY | {"skeleton": [[1, 9]]}])
    assert where == "category 'person'"
    assert "must join two different keypoints" in detail
    category = {key: value for key, value in CATEGORY.items() if key != "skeleton"}
    assert AnnotationFile(written(tmp_path, categories=[category])).topology.links == ()


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        ({"images": {"1": IMAGE}}, "no list of images, images is {'1': {"),
        ({"annotations": None}, "no list of annotations, annotations is missing"),
        ({"categories": "person"}, "no list of categories, categories is 'person'"),
        ({"categories": []}, "categories with keypoints are none: give the name of one"),
        ({"categories": [CATEGORY, CATEGORY | {"name": "cat"}]}, "are 'person', 'cat': give the name of one"),
        ({"categories": [CATEGORY, CATEGORY]}, "are 'person', 'person': give the name of one"),
        ({"categories": [CATEGORY | {"name": None}]}, "name of a category with keypoints is missing, must be text"),
        ({"categories": [CATEGORY | {"name": ["a"]}]}, r"name of a category with keypoints is \['a'\], must be text"),
        ({"categories": [CATEGORY | {"keypoints": 17}]}, "keypoints of category 'person' are 17, must be a list"),
        ({"categories": [CATEGORY | {"keypoints": "nose"}]}, "are 'nose', must be a list of different names"),
        ({"categories": [CATEGORY | {"keypoints": ["nose", "nose"]}]}, "must be a list of different names"),
        ({"categories": [CATEGORY | {"keypoints": ["nose", None]}]}, "must be a list of different names"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, parts, match):
    with pytest.raises(ValueError, match=rf"labels\.json.*{match}"):
        AnnotationFile(written(tmp_path, **parts))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"[]", r"holds \[\], not an object"),
        (b"5", "holds 5, not an object"),
        (b"null", "not an object"),
        (b'"' + b"\xe9" * 9 + b'"', "it is no UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\x00\x01\x02\x03", "is not JSON"),
    ],
)
def test_a_file_that_is_no_json_is_refused(tmp_path, content, match):
    (tmp_path / "labels.json").write_bytes(content)
    with pytest.raises(ValueError, match=rf"labels\.json.*{match}"):
        AnnotationFile(tmp_path / "labels.json")


def test_text_of_any_unicode_with_or_without_a_mark_is_read(tmp_path):
    path = written(tmp_path)
    text = path.read_text()
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        path.write_bytes(text.encode(encoding))
        assert AnnotationFile(path).images == [IMAGE]


def test_what_can_not_be_read_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no annotation file .*lost\.json"):
        AnnotationFile(tmp_path / "lost.json")
    for path in (tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(OSError, match=r"."):
            AnnotationFile(path)
