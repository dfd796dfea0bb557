"""Some images of a COCO keypoint file."""

import json

import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [evaluate], is not installed")

from trt_pose_training.data import subset


def data(*images):
    """Images of 100x100, each a list of people: (labelled keypoints of 12, area)."""
    people = [(i, *person) for i, image in enumerate(images, 1) for person in image]
    return {
        "images": [
            {"id": i + 1, "file_name": f"{i}.png", "width": 100, "height": 100} for i in reversed(range(len(images)))
        ],
        "annotations": [
            {"id": n, "image_id": i, "category_id": 1, "keypoints": [5, 5, 2] * known + [0] * (36 - 3 * known)}
            | {"area": area}
            for n, (i, known, area) in enumerate(people)
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": list("abcdefghijkl"), "skeleton": []}],
    }


DATA = data([(10, 500)], [], [(12, 900), (3, 900)], [(12, 90)], [(12, 300), (11, 400)])


@pytest.mark.parametrize(
    ("count", "rule", "chosen"),
    [(3, {}, [1, 3, 4]), (3, {"min_keypoints": 10}, [1, 4, 5]), (2, {"min_keypoints": 10, "min_area": 0.02}, [1, 5])],
)
def test_images_are_chosen_by_everybody_in_them(count, rule, chosen):
    small = subset.subset(DATA, count, **rule)
    assert [image["id"] for image in small["images"]] == chosen
    expected = [a["image_id"] for a in DATA["annotations"] if a["image_id"] in chosen]
    assert [a["image_id"] for a in small["annotations"]] == expected
    assert small["categories"] == DATA["categories"]


def test_too_few_images_are_an_error():
    with pytest.raises(ValueError, match=r"only 1 images .* not 2"):
        subset.subset(DATA, 2, min_area=0.06)


def test_the_command_writes_a_file(tmp_path, capsys):
    (tmp_path / "all.json").write_text(json.dumps(DATA))
    output = tmp_path / "new" / "small.json"
    assert subset.main([str(tmp_path / "all.json"), "--count", "2", "--output", str(output)]) == 0
    assert json.loads(output.read_text()) == subset.subset(DATA, 2)
    assert "2 images of 3 people" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "not an object"),
        ("{", "is not JSON"),
        (json.dumps(DATA | {"annotations": [DATA["annotations"][0] | {"image_id": 77}]}), "annotation 0: image_id 77"),
        (json.dumps(DATA | {"categories": DATA["categories"] * 2}), "give the name of one"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, text, problem):
    (tmp_path / "all.json").write_text(text)
    with pytest.raises(ValueError, match=rf"all\.json.*{problem}"):
        subset.main([str(tmp_path / "all.json"), "--output", str(tmp_path / "small.json")])
    assert not (tmp_path / "small.json").exists()
