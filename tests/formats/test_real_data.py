"""The shared data sets, listed whole and read in part."""

import io
import json
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from annotator.formats import READERS, WRITERS, ReadOptions

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


def open_set(root, reader):
    return READERS[reader].open(root, ReadOptions())


def test_camvid_is_listed_whole_and_its_pixels_are_those_of_its_masks(shared_data):
    root = shared_data / "camvid"
    dataset = open_set(root, "camvid")
    assert Counter(e.split for e in dataset.entries) == {"train": 367, "val": 101}
    assert len(dataset.classes) == 12 and [c.name for c in dataset.classes if c.ignore] == ["Void"]
    value_of = {c["name"]: c["id"] for c in json.loads((root / "classes.json").read_text())["classes"]}
    value_of["Void"] = 11
    for entry in dataset.entries[::60]:
        sample = entry.load()
        lookup = np.array([99] + [value_of[s.class_name] for s in sample.segments])
        mask = Image.open(root / sample.split / "labels" / entry.name.replace(".jpg", ".png"))
        assert np.array_equal(lookup[sample.label_map], np.asarray(mask))


def test_nuclei_come_in_as_one_segment_each(shared_data):
    dataset = open_set(shared_data / "nuclei", "masks")
    assert len(dataset.entries) == 531
    assert [(c.name, c.kind) for c in dataset.classes] == [("background", "stuff"), ("nucleus", "thing")]
    count = {row["id"]: row["nuclei"] for row in json.loads((shared_data / "nuclei/index.json").read_text())}
    crowded = max(count, key=count.get)
    for entry in [*dataset.entries[::60], next(e for e in dataset.entries if crowded in e.name)]:
        sample = entry.load()
        nuclei = [s for s in sample.segments if s.class_name == "nucleus"]
        assert len(nuclei) == count[Path(entry.name).stem]
        assert sample.label_map.all() and sample.label_problem == ""


def test_em_sections_come_in_labelled_and_unlabelled(shared_data):
    dataset = open_set(shared_data / "em-membrane", "masks")
    samples = [e.load() for e in dataset.entries]
    assert Counter((s.split, s.label_map is not None) for s in samples) == {
        ("train", True): 24,
        ("", False): 30,
    }


def test_coco_objects_cover_what_pycocotools_says(shared_data):
    root = shared_data / "coco128"
    dataset = open_set(root, "coco")
    table = json.loads((root / "train/instances.json").read_text())
    assert len(dataset.entries) == 96 and len(dataset.classes) == 80 and dataset.refused == []
    crowds = {n["image_id"] for n in table["annotations"] if n["iscrowd"]}
    rows = {i["file_name"]: i for i in table["images"]}
    for entry in dataset.entries:
        image = rows[entry.name]
        if image["id"] not in crowds and image["id"] % 9:
            continue
        sample = entry.load()
        notes = [n for n in table["annotations"] if n["image_id"] == image["id"]]
        covered = np.zeros((image["height"], image["width"]), bool)
        for note in notes:
            rles = coco_mask.frPyObjects(note["segmentation"], *covered.shape)
            covered |= coco_mask.decode(coco_mask.merge(rles) if isinstance(rles, list) else rles).astype(bool)
        assert np.array_equal(sample.label_map > 0, covered) or not notes
        assert sum(s.crowd for s in sample.segments) == sum(n["iscrowd"] for n in notes)


def test_an_image_of_hundreds_of_nuclei_goes_out_and_comes_back(shared_data):
    dataset = open_set(shared_data / "nuclei", "masks")
    sample = max((e.load() for e in dataset.entries[::40]), key=lambda s: len(s.segments))
    for form, writer in WRITERS.items():
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            writer.write(iter([sample]), dataset.classes, archive)
        with tempfile.TemporaryDirectory() as folder:
            zipfile.ZipFile(stream).extractall(folder)
            [entry] = open_set(Path(folder), "masks" if form == "masks" else "coco").entries
            back = entry.load()
        pairs = np.unique(np.stack([sample.label_map.ravel(), back.label_map.ravel()]), axis=1)
        assert pairs.shape[1] == len(sample.segments) == len(back.segments)
