import csv
import json
import os

import cv2
import numpy as np
import pytest
from small_disk import small_disk

from trt_pose_ros.media.writers import CsvResults, JsonResults, image_names, write_atomically, write_image


def entry(number):
    return {"image_id": number, "keypoints": [1.5, 2.0, 0.5, 0, 0, 0], "score": 0.5}


def test_json_is_written_entry_by_entry_and_named_at_the_end(tmp_path):
    file = tmp_path / "keypoints.json"
    file.write_text("old")
    results = JsonResults(file)
    results.add([entry(0), entry(1)])
    results.add([])
    assert file.read_text() == "old"
    results.add([entry(2)])
    results.close()
    results.close()
    assert json.loads(file.read_text()) == [entry(0), entry(1), entry(2)]
    assert os.listdir(tmp_path) == ["keypoints.json"]


def test_nobody_is_an_empty_list_and_what_is_not_kept_leaves_nothing(tmp_path):
    JsonResults(tmp_path / "a.json").close()
    JsonResults(tmp_path / "b.json").close(keep=False)
    assert json.loads((tmp_path / "a.json").read_text()) == []
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_full_disk_leaves_what_was_written_before(tmp_path):
    file = tmp_path / "keypoints.json"
    results = JsonResults(file)
    with small_disk(1000), pytest.raises(OSError, match="File too large"):
        results.add(entry(number) for number in range(100))
    results.close()
    kept = json.loads(file.read_text())
    assert kept == [entry(number) for number in range(len(kept))]
    assert 5 < len(kept) < 30


def test_what_cannot_be_written_shows_at_once(tmp_path):
    (tmp_path / "keypoints.json").mkdir()
    with pytest.raises(IsADirectoryError, match=r"keypoints.json: a folder has this name"):
        JsonResults(tmp_path / "keypoints.json")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        JsonResults(tmp_path / "file" / "keypoints.json")


def test_a_table_has_a_line_a_person(tmp_path):
    file = tmp_path / "keypoints.csv"
    table = CsvResults(file, ["nose", "left_eye"])
    table.add([entry(3) | {"file_name": 'a "b",c.png'}, entry(4) | {"frame": 4, "time": 0.2, "track_id": 7}])
    table.close()
    with file.open(newline="") as lines:
        first, second = csv.DictReader(lines)
    assert first["file_name"] == 'a "b",c.png'
    assert (second["frame"], second["time"], second["track_id"], second["score"]) == ("4", "0.2", "7", "0.5")
    assert (second["nose_x"], second["nose_score"], second["left_eye_x"]) == ("1.5", "0.5", "")


def test_annotated_images_keep_their_names_where_colour_can_be_written():
    names = ["a.png", "b.JPG", "c.jfif", "d.tiff", "e.webp", "f.bmp"]
    assert image_names(names) == names


def test_other_formats_become_png_and_no_two_are_alike():
    names = ["a.pgm", "a.png", "a.heic", "a.pgm.png", "b", "b.pbm", "x/c.hdr", "c.hdr"]
    assert image_names(names) == [
        "a-0.png",
        "a.png",
        "a.heic.png",
        "a.pgm.png",
        "b.png",
        "b.pbm.png",
        "x/c.png",
        "c.png",
    ]


@pytest.mark.parametrize("name", ["a.png", "a.jpe", "a.JFIF", "inner/a.ppm", "a.tif", "a.bmp", "a.webp"])
def test_images_are_written_in_the_format_of_their_suffix(tmp_path, name, photo):
    write_image(tmp_path / name, photo)
    read = cv2.imdecode(np.frombuffer((tmp_path / name).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(read.astype(int) - photo).mean() < 4


@pytest.mark.parametrize("suffix", [".webp", ".jpg"])
def test_what_a_format_has_no_room_for_is_said(tmp_path, suffix):
    with pytest.raises(ValueError, match=f"x{suffix} cannot be 70000x2 pixels"):
        write_image(tmp_path / f"x{suffix}", np.zeros((2, 70000, 3), np.uint8))
    assert not list(tmp_path.iterdir())


def test_a_file_is_there_entirely_or_not_at_all(tmp_path):
    file = tmp_path / "x.bin"
    write_atomically(file, b"before")
    with small_disk(100), pytest.raises(OSError, match="File too large"):
        write_atomically(file, bytes(1000))
    assert file.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["x.bin"]
