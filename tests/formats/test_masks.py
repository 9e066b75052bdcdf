import numpy as np
import pytest

from annotator.formats import READERS, BadFile, ClassInfo, ReadOptions

CLASSES = {"classes": [{"id": 0, "name": "Sky", "rgb": [1, 2, 3]}, {"id": 5, "name": "Road", "color": "#0a0b0c"}]}
CELLS = {"task": "instance", "classes": [{"id": 0, "name": "background"}, {"id": 1, "name": "nucleus"}]}
SHAPE = (8, 12)


def mask(value=0, dtype=np.uint8):
    return np.full(SHAPE, value, dtype)


def open_masks(root, *classes, **options):
    return READERS["masks"].open(root, ReadOptions(classes=classes, **options))


def load_one(root, *classes, **options):
    [entry] = open_masks(root, *classes, **options).entries
    return entry.load()


def class_names(sample):
    """The class name under every pixel, '' where nothing is labelled."""
    names = np.array([""] + [""] * max((s.id for s in sample.segments), default=0), object)
    for segment in sample.segments:
        names[segment.id] = segment.class_name
    return names[sample.label_map]


def test_class_ids_are_looked_up_and_zero_is_a_class(made, tmp_path):
    values = mask(0)
    values[2:4], values[5] = 5, 255
    root = made.tree(tmp_path, {"images/a.png": made.image(), "labels/a.png": values, "classes.json": CLASSES})
    dataset = open_masks(root)
    assert dataset.classes == [ClassInfo("Sky", "#010203"), ClassInfo("Road", "#0a0b0c")]
    sample = dataset.entries[0].load()
    names = class_names(sample)
    assert (names[values == 0] == "Sky").all() and (names[values == 5] == "Road").all()
    assert (sample.label_map[5] == 0).all()
    assert sample.label_map.dtype == np.uint16 and sample.image == made.image() and sample.name == "a.png"


def test_the_project_s_class_of_the_same_name_is_used(made, tmp_path):
    root = made.tree(tmp_path, {"images/a.png": made.image(), "labels/a.png": mask(5), "classes.json": CLASSES})
    mine = ClassInfo("road", "#ffffff", "stuff")
    assert open_masks(root, mine).classes[1] == mine
    assert load_one(root, mine).segments[0].class_name == "road"


def test_without_a_table_values_are_positions_in_the_project(made, tmp_path):
    root = made.tree(tmp_path, {"images/a.png": made.image(), "labels/a.png": mask(1)})
    assert load_one(root, ClassInfo("a", "#000000"), ClassInfo("b", "#000000")).segments[0].class_name == "b"
    with pytest.raises(BadFile, match="classes.json: missing"):
        open_masks(root)


def test_a_black_and_white_mask_without_a_table_is_not_guessed_at(made, tmp_path):
    values = mask(0)
    values[0] = 255
    root = made.tree(tmp_path, {"images/a.png": made.image(), "labels/a.png": values})
    sample = load_one(root, ClassInfo("a", "#000000"))
    assert sample.label_map is None and "black and white" in sample.label_problem


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        (np.zeros((7, 7), np.uint8), "labels/a.png: the mask is 7x7 but the image is 12x8"),
        (mask(37), "labels/a.png: the mask has class id 37, which classes.json does not have"),
        (b"text", "labels/a.png: not a JPEG, PNG"),
        (np.zeros((*SHAPE, 3), np.uint8), "labels/a.png: the mask has the colour #000000"),
    ],
)
def test_a_bad_mask_leaves_the_image_unlabelled_and_says_why(made, tmp_path, label, reason):
    files = {"images/a.png": made.image(), "labels/a.png": label, "classes.json": CLASSES}
    sample = load_one(made.tree(tmp_path, files))
    assert sample.label_map is None and sample.segments == ()
    assert reason in sample.label_problem
    assert sample.image == made.image()


def test_a_mask_that_claims_a_huge_size_is_never_decoded(made, tmp_path):
    files = {
        "images/a.png": made.image(),
        "labels/a.png": made.png_that_claims(60_000, 60_000),
        "classes.json": CLASSES,
    }
    assert "60000x60000 but the image is 12x8" in load_one(made.tree(tmp_path, files)).label_problem


@pytest.mark.parametrize(("bits", "row"), [(2, [0b00011011]), (4, [0x01, 0x23])])
def test_grey_masks_of_few_bits_keep_their_values(made, tmp_path, bits, row):
    packed = made.png_that_claims(4, 1, bits=bits, color=0, rows=bytes([0, *row]))
    classes = [ClassInfo(f"c{i}", "#000000") for i in range(4)]
    root = made.tree(tmp_path, {"images/a.png": made.image(4, 1), "labels/a.png": packed})
    assert class_names(load_one(root, *classes)).tolist() == [["c0", "c1", "c2", "c3"]]


def test_a_lossy_mask_is_refused(made, tmp_path):
    files = {"images/a.png": made.image(), "labels/a.png": made.image(form="JPEG"), "classes.json": CLASSES}
    assert "lossless" in load_one(made.tree(tmp_path, files)).label_problem


def test_a_mask_painted_in_the_colours_of_the_table_is_read(made, tmp_path):
    painted = np.zeros((*SHAPE, 3), np.uint8)
    painted[:] = (1, 2, 3)
    painted[0] = (10, 11, 12)
    files = {"images/a.png": made.image(), "labels/a.png": painted, "classes.json": CLASSES}
    names = class_names(load_one(made.tree(tmp_path, files)))
    assert set(names[0]) == {"Road"} and set(names[1:].ravel()) == {"Sky"}


def test_object_numbers_become_segments_and_zero_the_background(made, tmp_path):
    values = mask(0, np.uint16)
    values[0, :3], values[4, :3] = 7, 300
    files = {"images/a.jpg": made.image(form="JPEG"), "labels/a.png": values, "classes.json": CELLS}
    sample = load_one(made.tree(tmp_path, files))
    assert [s.class_name for s in sample.segments] == ["background", "nucleus", "nucleus"]
    assert len(set(sample.label_map[values == 7]) | set(sample.label_map[values == 300])) == 2
    assert (class_names(sample)[values == 0] == "background").all()


def test_16_bits_alone_mean_objects_and_zero_stays_unlabelled_without_a_background(made, tmp_path):
    values = mask(0, np.uint16)
    values[0, 0] = 9
    root = made.tree(tmp_path, {"images/a.png": made.image(), "labels/a.png": values})
    dataset = open_masks(root)
    assert [(c.name, c.kind) for c in dataset.classes] == [("object", "thing")]
    sample = dataset.entries[0].load()
    assert sample.label_map.sum() == 1 and sample.segments[0].class_name == "object"
    cell = ClassInfo("cell", "#ff0000", "thing")
    assert load_one(root, ClassInfo("dirt", "#000000"), cell).segments[0].class_name == "cell"


def test_objects_of_a_stuff_class_become_one_region(made, tmp_path):
    values = mask(0)
    values[0, 0], values[5, 5] = 1, 2
    files = {"images/a.png": made.image(), "labels/a.png": values, "classes.json": CELLS}
    sample = load_one(made.tree(tmp_path, files), ClassInfo("nucleus", "#ff0000", "stuff"))
    assert [s.class_name for s in sample.segments] == ["background", "nucleus"]


def test_mask_values_can_be_forced(made, tmp_path):
    values = mask(0)
    values[0, 0], values[5, 5] = 1, 2
    files = {"images/a.png": made.image(), "labels/a.png": values, "classes.json": CLASSES}
    root = made.tree(tmp_path, files)
    assert [s.class_name for s in load_one(root, mask_values="instance").segments] == ["Sky", "Road", "Road"]
    assert "class id 1, 2" in load_one(root, mask_values="class").label_problem


def test_images_without_a_mask_and_loose_images_come_in_unlabelled(made, tmp_path):
    files = {
        "train/images/a.png": made.image(),
        "train/labels/a.png": mask(0),
        "train/images/b.png": made.image(seed=1),
        "unlabelled/c.png": made.image(seed=2),
        "classes.json": CLASSES,
    }
    samples = [entry.load() for entry in open_masks(made.tree(tmp_path, files)).entries]
    assert [(s.name, s.split, s.label_map is None, s.label_problem) for s in samples] == [
        ("a.png", "train", False, ""),
        ("b.png", "train", True, ""),
        ("unlabelled/c.png", "", True, ""),
    ]


def test_labels_can_be_left_out(made, tmp_path):
    files = {"images/a.png": made.image(), "labels/a.png": mask(37), "classes.json": CLASSES}
    sample = load_one(made.tree(tmp_path, files), with_labels=False)
    assert sample.label_map is None and sample.label_problem == ""


def test_a_broken_image_is_refused_when_it_is_loaded_and_the_next_one_is_good(made, tmp_path):
    files = {"images/a.jpg": made.image(64, 64, form="JPEG")[:600], "images/b.png": made.image()}
    broken, good = open_masks(made.tree(tmp_path, files)).entries
    with pytest.raises(BadFile, match="a.jpg: the file is truncated"):
        broken.load()
    assert good.load().width == 12


def test_masks_without_image_and_stems_used_twice_are_reported(made, tmp_path):
    files = {
        "images/a.png": made.image(),
        "images/a.jpg": made.image(form="JPEG"),
        "labels/a.png": mask(0),
        "labels/lost.png": mask(0),
        "classes.json": CLASSES,
    }
    dataset = open_masks(made.tree(tmp_path, files))
    assert [e.name for e in dataset.entries] == ["a.jpg"]
    assert [(r.name, r.reason.split(",")[0]) for r in dataset.refused] == [
        ("images/a.png", "a.jpg has the same stem"),
        ("labels/lost.png", "a mask without an image of this name"),
    ]


def test_a_name_in_two_parts_is_told_apart(made, tmp_path):
    files = {"train/images/a.png": made.image(), "val/images/a.png": made.image(seed=1)}
    dataset = open_masks(made.tree(tmp_path, files))
    assert [(e.name, e.split) for e in dataset.entries] == [("train/a.png", "train"), ("val/a.png", "val")]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        ({"things": []}, 'has no list "classes"'),
        ([{"id": 1, "name": "a"}, {"id": 1, "name": "b"}], "class id 1 is used twice"),
        ([{"id": 1, "name": "a"}, {"id": 2, "name": "A"}], 'class name "A" is used twice'),
        ([{"id": "x", "name": "a"}], "has the id 'x'"),
        ([{"id": 70000, "name": "a"}], "has the id 70000"),
        ([{"id": 1}], "class 1 has no name"),
        ([{"id": 1, "name": "a", "rgb": [1, 2, 999]}], "has the colour"),
        (["a"], "not an object"),
    ],
)
def test_a_bad_class_table_is_refused_with_the_reason(made, tmp_path, table, reason):
    with pytest.raises(BadFile, match="classes.json: .*" + reason):
        open_masks(made.tree(tmp_path, {"images/a.png": made.image(), "classes.json": table}))


def test_images_reader_takes_every_image_below_a_folder(made, tmp_path):
    files = {
        "b/c.jpg": made.image(form="JPEG"),
        "a.png": made.image(),
        "notes.txt": b"x",
        ".hidden/d.png": b"x",
    }
    dataset = READERS["images"].open(made.tree(tmp_path, files), ReadOptions())
    assert [(e.name, e.load().label_map) for e in dataset.entries] == [("a.png", None), ("b/c.jpg", None)]
