import io
import json
import tempfile
import zipfile
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from pycocotools.coco import COCO

from annotator.formats import READERS, WRITERS, ClassInfo, ReadOptions, Sample, SampleSegment

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CLASSES = [
    ClassInfo("sky", "#8080ff", "stuff"),
    ClassInfo("cell", "#ff0000", "thing"),
    ClassInfo("void", "#000000", "stuff", ignore=True),
    ClassInfo("ground", "#204060", "stuff"),
]
# Segments 1, 3 and 6 own the stuff classes; the rest are cells, one with an id beyond 8 bits.
SEGMENTS = (
    SampleSegment(1, "sky"),
    SampleSegment(2, "cell"),
    SampleSegment(3, "void"),
    SampleSegment(4, "cell", source="model", score=0.5),
    SampleSegment(5, "cell", crowd=True),
    SampleSegment(6, "ground"),
    SampleSegment(40_000, "cell"),
)
CLASS_OF = {s.id: s.class_name for s in SEGMENTS}
IDS = st.sampled_from([0, *CLASS_OF])
LABEL_MAPS = arrays.arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=IDS, fill=IDS)


def sample_of(label_map, name="a.png", split="") -> Sample:
    height, width = label_map.shape
    out = io.BytesIO()
    Image.new("RGB", (width, height), "blue").save(out, "PNG")
    present = set(np.unique(label_map).tolist())
    segments = tuple(s for s in SEGMENTS if s.id in present)
    return Sample(name, split, out.getvalue(), width, height, label_map, segments)


def export(samples, form, classes=CLASSES) -> zipfile.ZipFile:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        WRITERS[form].write(iter(samples), list(classes), archive)
    return zipfile.ZipFile(stream)


def read_back(archive, reader, classes=()) -> list[Sample]:
    with tempfile.TemporaryDirectory() as folder:
        archive.extractall(folder)
        dataset = READERS[reader].open(Path(folder), ReadOptions(classes=tuple(classes)))
        assert dataset.refused == []
        return [entry.load() for entry in dataset.entries]


def classes_under(label_map, segments):
    name_of = {0: "", **{s.id: s.class_name for s in segments}}
    return np.vectorize(name_of.get, otypes=[object])(label_map)


def assert_same_segments(back: Sample, sample: Sample, lost=()):
    """Same class under every pixel and same objects; ids may be numbered anew."""
    assert back.label_problem == ""
    wanted = np.where(np.isin(classes_under(sample.label_map, sample.segments), lost), 0, sample.label_map)
    got = np.zeros_like(wanted) if back.label_map is None else back.label_map
    assert np.array_equal(classes_under(got, back.segments), classes_under(wanted, sample.segments))
    pairs = set(zip(wanted.ravel().tolist(), got.ravel().tolist(), strict=True))
    assert len(pairs) == len({w for w, _ in pairs}) == len({g for _, g in pairs})


@settings(max_examples=60, deadline=None)
@given(LABEL_MAPS)
def test_pycocotools_reads_exactly_the_stored_pixels_of_an_instances_export(label_map):
    archive = export([sample_of(label_map)], "coco_instances")
    with redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = json.loads(archive.read("annotations/instances.json"))
        coco.createIndex()
    category = {c["id"]: c["name"] for c in coco.dataset["categories"]}
    notes = coco.loadAnns(coco.getAnnIds(imgIds=[1]))
    shown = [i for i in np.unique(label_map).tolist() if i and CLASS_OF[i] != "void"]
    assert len(notes) == len(shown)
    for identity, note in zip(shown, notes, strict=True):
        mask = label_map == identity
        assert np.array_equal(coco.annToMask(note), mask)
        rows, columns = np.nonzero(mask)
        left, top = columns.min(), rows.min()
        assert note["bbox"] == [left, top, columns.max() - left + 1, rows.max() - top + 1]
        assert note["area"] == mask.sum()
        assert category[note["category_id"]] == CLASS_OF[identity]
        assert note["iscrowd"] == (identity == 5)


@settings(max_examples=60, deadline=None)
@given(LABEL_MAPS)
def test_pillow_reads_exactly_the_stored_segments_of_a_panoptic_export(label_map):
    archive = export([sample_of(label_map)], "coco_panoptic")
    table = json.loads(archive.read("annotations/panoptic.json"))
    category = {c["id"]: c for c in table["categories"]}
    [note] = table["annotations"]
    rgb = np.asarray(Image.open(archive.open(f"panoptic/{note['file_name']}"))).astype(np.uint32)
    ids = rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2]
    assert np.array_equal(ids, np.where(label_map == 3, 0, label_map))
    infos = {s["id"]: s for s in note["segments_info"]}
    assert set(infos) == set(np.unique(ids).tolist()) - {0}
    for identity, info in infos.items():
        assert category[info["category_id"]]["name"] == CLASS_OF[identity]
        assert category[info["category_id"]]["isthing"] == (CLASS_OF[identity] == "cell")
        assert info["area"] == (ids == identity).sum()


@settings(max_examples=60, deadline=None)
@given(LABEL_MAPS)
def test_pillow_reads_exactly_the_stored_classes_of_a_masks_export(label_map):
    archive = export([sample_of(label_map)], "masks")
    image = Image.open(archive.open("labels/a.png"))
    value_of = {0: 255, **{i: [c.name for c in CLASSES].index(name) for i, name in CLASS_OF.items()}}
    assert image.mode == "P"
    assert np.array_equal(np.asarray(image), np.vectorize(value_of.get)(label_map))
    assert image.getpalette()[3:6] == [255, 0, 0]


@settings(max_examples=40, deadline=None)
@given(LABEL_MAPS, st.sampled_from(["masks", "coco_instances", "coco_panoptic"]), st.booleans())
def test_an_export_reads_back_as_it_was(label_map, form, into_the_same_project):
    sample = sample_of(label_map)
    reader = "masks" if form == "masks" else "coco"
    [back] = read_back(export([sample], form), reader, CLASSES if into_the_same_project else ())
    assert back.image == sample.image and back.name == sample.name
    assert_same_segments(back, sample, lost=() if form == "masks" else ("void",))


@pytest.mark.parametrize("form", WRITERS)
def test_splits_names_and_unlabelled_images_survive(form):
    label_map = np.full((4, 5), 2, np.uint16)
    bare = sample_of(label_map)
    bare = Sample("bare.png", "", bare.image, 5, 4)
    samples = [
        sample_of(label_map, "one.png", "train"),
        sample_of(label_map, "deep/two.png", "val"),
        sample_of(label_map, "three.png", "test"),
        bare,
    ]
    back = {s.name: s for s in read_back(export(samples, form), "masks" if form == "masks" else "coco")}
    assert {name: s.split for name, s in back.items()} == {s.name: s.split for s in samples}
    assert back["bare.png"].label_map is None
    assert back["deep/two.png"].label_map.any()


@pytest.mark.parametrize("form", WRITERS)
def test_names_in_an_archive_are_safe_and_unique(form):
    label_map = np.ones((2, 2), np.uint16)
    names = ["../../etc/a.png", "a.png", "A.PNG", "a.jpg", "etc/a.png", "con.png", "x:y?.png", "C:\\b.png"]
    archive = export([sample_of(label_map, name) for name in names], form)
    written = archive.namelist()
    images = [n for n in written if n.startswith("images/")]
    assert len(images) == len(names)
    assert len({n.casefold() for n in written}) == len(written)
    assert images[:4] == ["images/etc/a.png", "images/a.png", "images/A-2.PNG", "images/a-3.jpg"]
    assert not any(".." in n or ":" in n or "?" in n or "\\" in n for n in written)
    assert "images/_con.png" in images
    samples = read_back(archive, "masks" if form == "masks" else "coco")
    assert len(samples) == len(names) and all(s.label_map.all() for s in samples)


@pytest.mark.parametrize("form", WRITERS)
def test_two_exports_of_the_same_samples_are_equal_byte_for_byte(form):
    samples = [sample_of(np.array([[0, 1], [2, 4]], np.uint16))]
    assert export(samples, form).fp.getvalue() == export(samples, form).fp.getvalue()


@pytest.mark.parametrize("form", WRITERS)
def test_samples_are_taken_one_by_one(form):
    archive = zipfile.ZipFile(io.BytesIO(), "w")
    written_before = []

    def stream():
        for index in range(3):
            written_before.append(len([n for n in archive.namelist() if n.startswith("images/")]))
            yield sample_of(np.ones((2, 2), np.uint16), f"{index}.png")

    WRITERS[form].write(stream(), CLASSES, archive)
    assert written_before == [0, 1, 2]


@pytest.mark.parametrize("form", WRITERS)
def test_pixels_of_no_segment_and_segments_of_no_class_are_errors(form):
    sample = sample_of(np.full((2, 2), 2, np.uint16))
    orphan = Sample("a.png", "", sample.image, 2, 2, sample.label_map, ())
    with pytest.raises(ValueError, match="pixels of segment 2"):
        export([orphan], form)
    with pytest.raises(ValueError, match="unknown class 'cell'"):
        export([sample], form, CLASSES[:1])


def test_more_than_254_classes_make_16_bit_masks_that_read_back(tmp_path):
    classes = [ClassInfo(f"c{i}", "#101010") for i in range(300)]
    label_map = np.array([[0, 1], [2, 3]], np.uint16)
    segments = (SampleSegment(1, "c0"), SampleSegment(2, "c255"), SampleSegment(3, "c299"))
    sample = Sample("a.png", "", sample_of(label_map).image, 2, 2, label_map, segments)
    archive = export([sample], "masks", classes)
    values = np.asarray(Image.open(archive.open("labels/a.png")))
    assert values.tolist() == [[65535, 0], [255, 299]]
    [back] = read_back(archive, "masks")
    assert_same_segments(back, sample)


def test_a_label_map_of_another_size_is_no_sample():
    with pytest.raises(ValueError, match="uint16 of"):
        Sample("a.png", "", b"", 5, 5, np.zeros((5, 6), np.uint16))


@pytest.mark.parametrize("form", WRITERS)
def test_every_format_says_what_it_is(form):
    writer = WRITERS[form]
    assert writer.name == form and writer.title and len(writer.description) > 20
    assert {r.name for r in READERS.values()} == set(READERS)
