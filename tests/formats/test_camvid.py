import numpy as np
import pytest

from annotator.formats import READERS, BadFile, ReadOptions

TABLE = {
    "task": "semantic",
    "classes": [
        {"id": 0, "name": "Sky", "rgb": [128, 128, 128]},
        {"id": 1, "name": "Car", "rgb": [64, 0, 128]},
    ],
    "ignore": {"id": 11, "name": "Void", "rgb": [0, 0, 0]},
}


def open_camvid(root):
    return READERS["camvid"].open(root, ReadOptions())


def part(made, prefix, count, first=0):
    files = {}
    for index in range(first, first + count):
        files[f"{prefix}images/{index:02}.png"] = made.image(seed=index)
        files[f"{prefix}labels/{index:02}.png"] = np.full((8, 12), (0, 1, 11)[index % 3], np.uint8)
    return files


def test_void_is_labelled_as_an_ignored_class_and_sky_is_labelled(made, tmp_path):
    dataset = open_camvid(made.tree(tmp_path, {**part(made, "", 3), "classes.json": TABLE}))
    assert [(c.name, c.color, c.kind, c.ignore) for c in dataset.classes] == [
        ("Sky", "#808080", "stuff", False),
        ("Car", "#400080", "stuff", False),
        ("Void", "#000000", "stuff", True),
    ]
    samples = [e.load() for e in dataset.entries]
    assert [s.segments[0].class_name for s in samples] == ["Sky", "Car", "Void"]
    assert all((s.label_map == 1).all() for s in samples)


@pytest.mark.parametrize("inside", ["", "CamVid/"])
def test_parts_are_splits_at_the_top_or_one_folder_down(made, tmp_path, inside):
    files = {**part(made, f"{inside}train/", 2), **part(made, f"{inside}val/", 1, 2)}
    files |= {**part(made, f"{inside}test/", 1, 3), f"{inside}classes.json": TABLE}
    entries = open_camvid(made.tree(tmp_path, files)).entries
    assert {e.name: e.split for e in entries} == {
        "00.png": "train",
        "01.png": "train",
        "02.png": "val",
        "03.png": "test",
    }


def test_a_fifth_is_validation_by_content_where_there_is_no_val_part(made, tmp_path):
    files = {**part(made, "train/", 10), **part(made, "test/", 2, 10), "classes.json": TABLE}
    entries = open_camvid(made.tree(tmp_path / "one", files)).entries
    chosen = {e.load().image for e in entries if e.split == "val"}
    assert len(chosen) == 2
    assert [e.split for e in entries].count("test") == 2 and [e.split for e in entries].count("train") == 8
    renamed = {name.replace("/0", "/z"): data for name, data in files.items()}
    again = open_camvid(made.tree(tmp_path / "two", renamed)).entries
    assert {e.load().image for e in again if e.split == "val"} == chosen


def test_one_part_by_itself_finds_the_class_table_above_it(made, tmp_path):
    made.tree(tmp_path, {**part(made, "train/", 5), "classes.json": TABLE})
    entries = open_camvid(tmp_path / "train").entries
    assert sorted(e.split for e in entries) == ["train"] * 4 + ["val"]
    assert all(e.load().label_map is not None for e in entries)


def test_what_is_missing_is_named(made, tmp_path):
    with pytest.raises(BadFile, match="no folder called images"):
        open_camvid(made.tree(tmp_path, {"a.png": made.image()}))
    with pytest.raises(BadFile, match="classes.json: missing"):
        open_camvid(made.tree(tmp_path, part(made, "train/", 1)))
