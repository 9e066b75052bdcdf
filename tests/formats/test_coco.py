import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from annotator.formats import READERS, BadFile, ClassInfo, ReadOptions

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SQUARE = [[1, 1, 5, 1, 5, 5, 1, 5]]
CATEGORIES = [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog", "color": [1, 2, 3]}]


def table(annotations, images=None, categories=CATEGORIES):
    images = images or [{"id": 1, "file_name": "a.png", "width": 12, "height": 8}]
    return {"images": images, "annotations": annotations, "categories": categories}


def note(segmentation, number=1, **more):
    return {"id": number, "image_id": 1, "category_id": 3, "iscrowd": 0, "segmentation": segmentation, **more}


def open_coco(root, **options):
    return READERS["coco"].open(root, ReadOptions(**options))


def load(made, root, annotations, **more):
    made.tree(root, {"images/a.png": made.image(), "annotations/instances.json": table(annotations, **more)})
    [entry] = open_coco(root).entries
    return entry.load()


def region(rows, columns):
    mask = np.zeros((8, 12), np.uint8)
    mask[rows, columns] = 1
    return mask


def rle(mask, *, compressed):
    packed = coco_mask.encode(np.asfortranarray(mask))
    if compressed:
        return {"size": [8, 12], "counts": packed["counts"].decode()}
    flat = mask.ravel(order="F")
    edges = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), flat.size]
    counts = np.diff(edges).tolist()
    return {"size": [8, 12], "counts": [0, *counts] if flat[0] else counts}


def test_polygons_are_filled_the_way_pycocotools_does(made, tmp_path):
    sample = load(made, tmp_path, [note([*SQUARE, [8, 4, 11, 4, 11, 7]])])
    wanted = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects([*SQUARE, [8, 4, 11, 4, 11, 7]], 8, 12)))
    assert np.array_equal(sample.label_map, wanted) and wanted.any()
    assert [(s.id, s.class_name, s.crowd) for s in sample.segments] == [(1, "cat", False)]
    assert sample.label_problem == "" and sample.name == "a.png"


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("corner", [0, 2])
def test_rle_is_read_exactly_and_crowds_keep_their_flag(made, tmp_path, compressed, corner):
    mask = region(slice(corner, 5), slice(corner, 9))
    sample = load(made, tmp_path, [note(rle(mask, compressed=compressed), iscrowd=1)])
    assert np.array_equal(sample.label_map, mask)
    assert sample.segments[0].crowd


def test_crowds_lie_below_and_small_objects_on_top(made, tmp_path):
    small, large = region(slice(2, 4), slice(2, 4)), region(slice(1, 6), slice(1, 6))
    crowd = region(slice(0, 4), slice(0, 3))
    notes = [
        note(rle(small, compressed=True), 1),
        note(rle(large, compressed=True), 2, category_id=7),
        note(rle(crowd, compressed=True), 3, iscrowd=1),
    ]
    sample = load(made, tmp_path, notes)
    kind = {s.id: (s.class_name, s.crowd) for s in sample.segments}
    assert kind[sample.label_map[2, 2]] == ("cat", False)
    assert kind[sample.label_map[1, 1]] == ("dog", False)
    assert kind[sample.label_map[0, 0]] == ("cat", True)
    assert (sample.label_map > 0).sum() == (small | large | crowd).sum()


def test_an_object_that_is_fully_hidden_is_counted(made, tmp_path):
    mask = rle(region(slice(1, 4), slice(1, 4)), compressed=True)
    sample = load(made, tmp_path, [note(mask, 1), note(mask, 2)])
    assert len(sample.segments) == 1 and sample.note == "1 object is fully hidden behind others"


def test_classes_take_colour_of_the_table_or_the_project(made, tmp_path):
    load(made, tmp_path, [])
    mine = ClassInfo("CAT", "#ffffff", "thing")
    classes = open_coco(tmp_path, classes=(mine,)).classes
    assert classes == [mine, ClassInfo("dog", "#010203", "thing")]


def test_categories_of_one_name_are_one_class(made, tmp_path):
    categories = [*CATEGORIES, {"id": 8, "name": "Cat"}]
    notes = [note(SQUARE, 1), note([[8, 4, 11, 4, 11, 7]], 2, category_id=8)]
    sample = load(made, tmp_path, notes, categories=categories)
    assert [c.name for c in open_coco(tmp_path).classes] == ["cat", "dog"]
    assert [s.class_name for s in sample.segments] == ["cat", "cat"]


def test_an_image_file_that_cannot_be_read_is_refused_by_name(made, tmp_path):
    made.tree(tmp_path, {"t.json": table([])})
    (tmp_path / "a.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(BadFile, match="a.png: the file cannot be read"):
        open_coco(tmp_path).entries[0].load()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (note(None, 9), "annotation 9: the segmentation is neither polygons nor RLE"),
        (note([], 9), "the segmentation is empty"),
        (note([[1, 2, 3, 4]], 9), "three x, y pairs"),
        (note([[1, 1, 2, 2, "x", 3]], 9), "not a number"),
        (note([[0, 0, 1e9, 0, 1e9, 1e9]], 9), "far outside the image"),
        (note([[0, 0, float("nan"), 0, 1, 1]], 9), "far outside the image"),
        (note([[0, 0, 10**400, 0, 1, 1]], 9), "too large"),
        (note({"size": [8, 12], "counts": [10, 5]}, 9), "the RLE covers 15 pixels, the image has 96"),
        (note({"size": [8, 12], "counts": [-4, 100]}, 9), "not whole numbers"),
        (note({"size": [8, 12], "counts": "~~~"}, 9), "damaged"),
        (note({"size": [8, 12], "counts": "o" * 50}, 9), "damaged"),
        (note({"size": [80000, 120000], "counts": [9600000000]}, 9), "the RLE has size"),
        (note(SQUARE, 9, category_id=99), "annotation 9: category 99 is not in the table"),
        (note(SQUARE, 9, category_id=[]), "category [] is not in the table"),
    ],
)
def test_a_bad_annotation_is_named_and_the_good_one_stays(made, tmp_path, bad, reason):
    sample = load(made, tmp_path, [bad, note(SQUARE, 1)])
    assert reason in sample.label_problem and "instances.json" in sample.label_problem
    assert len(sample.segments) == 1 and sample.label_map.any()


def test_images_that_are_missing_or_doubled_and_stray_annotations_are_reported(made, tmp_path):
    size = {"width": 12, "height": 8}
    images = [
        {"id": 1, "file_name": "a.png", **size},
        {"id": 2, "file_name": "lost.png", **size},
        {"id": 3, "file_name": "a.png", **size},
        {"id": 4},
        "rubbish",
    ]
    content = table([note(SQUARE), {**note(SQUARE, 5), "image_id": 77}], images)
    made.tree(tmp_path, {"images/a.png": made.image(), "instances.json": content})
    dataset = open_coco(tmp_path)
    assert [e.name for e in dataset.entries] == ["a.png"]
    assert dataset.entries[0].load().label_map.any()
    assert [str(r) for r in dataset.refused] == [
        "instances.json: 1 row of images or annotations is not an object",
        "instances.json: annotation 5 names image 77, which the table does not list",
        "lost.png: listed in instances.json, but the file is not there",
        "a.png: listed twice in instances.json; the first one was taken",
        "instances.json: image 4 has no file_name",
    ]


def test_a_file_name_cannot_lead_out_of_the_dataset(made, tmp_path):
    (tmp_path / "secret.png").write_bytes(made.image())
    images = [{"id": 1, "file_name": name} for name in ("../secret.png", str(tmp_path / "secret.png"))]
    made.tree(tmp_path / "set", {"a.png": made.image(), "t.json": table([], images)})
    dataset = open_coco(tmp_path / "set")
    assert list(dataset.entries) == []
    assert len(dataset.refused) == 2


def test_an_image_of_another_folder_is_not_taken_for_the_missing_one(made, tmp_path):
    images = [{"id": 1, "file_name": "train/a.png"}]
    made.tree(tmp_path, {"val/a.png": made.image(), "t.json": table([], images)})
    assert list(open_coco(tmp_path).entries) == []


def test_a_table_that_claims_another_size_leaves_the_image_unlabelled(made, tmp_path):
    images = [{"id": 1, "file_name": "a.png", "width": 99, "height": 8}]
    sample = load(made, tmp_path, [note(SQUARE)], images=images)
    assert sample.label_map is None
    assert "says that the image is 99x8, but it is 12x8" in sample.label_problem


def test_tables_of_two_parts_are_read_together(made, tmp_path):
    content = table([note(SQUARE)])
    files = {
        "annotations/instances_train2017.json": content,
        "annotations/instances_val2017.json": content,
        "train2017/a.png": made.image(),
        "val2017/a.png": made.image(seed=1),
    }
    entries = open_coco(made.tree(tmp_path, files)).entries
    assert len(entries) == 2
    assert {e.split: e.load().image for e in entries} == {"train": made.image(), "val": made.image(seed=1)}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"t.json": b"{broken"}, "t.json: not valid JSON"),
        ({"t.json": {"images": []}}, "no JSON with images, annotations and categories"),
        ({"t.json": table([], categories=[{"id": 1}])}, "t.json: category 1 of the list has no name"),
        ({"t.json": table([], categories=CATEGORIES + CATEGORIES)}, "category id 3 is used twice"),
    ],
)
def test_a_dataset_without_a_usable_table_is_refused(made, tmp_path, files, reason):
    with pytest.raises(BadFile, match=reason):
        open_coco(made.tree(tmp_path, files))


def test_a_broken_table_does_not_lose_the_good_one(made, tmp_path):
    made.tree(tmp_path, {"bad.json": b"{", "a.png": made.image(), "good.json": table([note(SQUARE)])})
    dataset = open_coco(tmp_path)
    assert [r.name for r in dataset.refused] == ["bad.json"]
    assert dataset.entries[0].load().label_map.any()


def test_a_table_over_the_limit_is_not_read(made, tmp_path):
    made.tree(tmp_path, {"t.json": table([])})
    with pytest.raises(BadFile, match="t.json: larger than 10 bytes"):
        open_coco(tmp_path, max_table_bytes=10)


def panoptic_files(made, mask, infos):
    row = {"image_id": 1, "file_name": "a.png", "segments_info": infos}
    categories = [{"id": 1, "name": "sky", "isthing": 0}, {"id": 2, "name": "car", "isthing": 1}]
    content = json.dumps(table([row], categories=categories)).encode()
    return {"images/a.png": made.image(), "panoptic.json": content, "panoptic/a.png": mask}


def test_panoptic_ids_of_24_bits_become_segments(made, tmp_path):
    mask = np.zeros((8, 12, 3), np.uint8)
    mask[0], mask[1], mask[2] = (1, 2, 3), (0, 0, 9), (77, 0, 0)
    infos = [
        {"id": 1 + 2 * 256 + 3 * 65536, "category_id": 2, "iscrowd": 1},
        {"id": 9 * 65536, "category_id": 1},
        {"id": 77, "category_id": 55},
    ]
    [entry] = open_coco(made.tree(tmp_path, panoptic_files(made, mask, infos))).entries
    sample = entry.load()
    segment = {s.id: s for s in sample.segments}
    assert (segment[sample.label_map[0, 0]].class_name, segment[sample.label_map[0, 0]].crowd) == (
        "car",
        True,
    )
    assert segment[sample.label_map[1, 0]].class_name == "sky"
    assert (sample.label_map[2:] == 0).all()
    assert "segment 77 has no known category" in sample.label_problem


def test_a_panoptic_mask_that_is_bad_leaves_the_image_unlabelled(made, tmp_path):
    bad_row = {"image_id": 1, "file_name": "", "segments_info": []}
    made.tree(tmp_path, {"a.png": made.image(), "t.json": table([bad_row])})
    assert "is not there" in open_coco(tmp_path).entries[0].load().label_problem
    for number, mask in enumerate([np.zeros((7, 7, 3), np.uint8), np.zeros((8, 12), np.uint8), b"text"]):
        root = made.tree(tmp_path / str(number), panoptic_files(made, mask, []))
        sample = open_coco(root).entries[0].load()
        assert sample.label_map is None and "a.png" in sample.label_problem
