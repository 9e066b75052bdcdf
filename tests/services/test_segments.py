"""Where a segment came from, as its row tells: a model, a person, or a model and then a person."""

import numpy as np
import pytest

from annotator.labelmap import PackedTile
from annotator.services import labels, saving
from annotator.services.errors import ServiceError
from tests.conftest import seen_by


@pytest.fixture
def cell(project):
    return project.classes.get(name="Cell").pk


@pytest.fixture
def model(make_model):
    return make_model()


@pytest.fixture
def image(add_image, model, predict):
    """An image with a prediction that nobody labelled."""
    image = add_image(1)
    predict(image, model)
    return image


def square(segment: int, side: int = 4, **more: int) -> np.ndarray:
    tile = np.zeros((256, 256), np.uint16)
    tile[:side, :side] = segment
    for place, other in enumerate(more.values()):
        tile[40:44, 8 * place : 8 * place + 4] = other
    return tile


@pytest.fixture
def save(bob):
    """save(image, array or None, *rows): one save from the head; the stored rows by id."""

    def save_one(image, array, *rows):
        fresh = seen_by(bob, image)
        tiles = {} if array is None else {0: PackedTile.of(array)}
        saving.save_label_tiles(image=fresh, user=bob, tiles=tiles, segments=rows, base_revision=fresh.head)
        return {row["id"]: row for row in labels.head_layer(seen_by(bob, image)).segments}

    return save_one


@pytest.fixture
def proposed(cell, model):
    """The row of a segment that the model proposed."""
    return {"id": 1, "class": cell, "source": "model", "score": 0.75, "model": model.pk}


def test_a_single_accepted_segment_keeps_what_its_model_said(image, save, cell, proposed):
    rows = save(image, square(1, other=2), proposed, {"id": 2, "class": cell, "source": "human"})
    assert rows[1] == {**proposed, "pixels": 16}
    assert rows[2] == {"id": 2, "class": cell, "source": "human", "score": None, "model": None, "pixels": 16}


def test_a_segment_that_a_person_painted_on_is_told_as_edited(image, save, cell, proposed):
    human = {"id": 2, "class": cell}
    save(image, square(1, other=2), proposed, human)
    rows = save(image, square(1, side=5, other=2), proposed, human)
    assert rows[1] == {**proposed, "edited": True, "pixels": 25}
    rows = save(image, square(1, side=5, other=0), proposed)
    assert rows[1]["edited"], "once edited it stays so"


def test_a_segment_that_lost_pixels_to_another_is_edited_too(image, save, cell, proposed):
    save(image, square(1), proposed)
    array = square(1)
    array[0, 0] = 2
    assert save(image, array, proposed, {"id": 2, "class": cell})[1]["edited"]


def test_a_save_elsewhere_edits_no_segment(image, save, cell, proposed):
    save(image, square(1), proposed)
    assert "edited" not in save(image, square(1, other=2), proposed, {"id": 2, "class": cell})[1]


def test_the_editor_may_say_that_it_edited_in_the_same_save(image, save, proposed):
    assert save(image, square(1), {**proposed, "edited": True})[1]["edited"] is True


def test_a_row_that_does_not_say_keeps_what_is_known(image, save, cell, proposed):
    save(image, square(1), proposed)
    rows = save(image, None, {"id": 1, "class": cell})
    assert (rows[1]["source"], rows[1]["score"]) == ("model", 0.75)


def test_another_class_makes_it_the_persons_own_without_a_tile(image, save, project, proposed):
    save(image, square(1), proposed)
    void = project.classes.get(name="Void").pk
    rows = save(image, None, {**proposed, "class": void})
    assert (rows[1]["class"], rows[1]["source"], rows[1]["score"], rows[1]["model"]) == (void, "human", None, None)


def test_a_person_may_take_a_segment_as_their_own(image, save, cell, proposed):
    save(image, square(1), proposed)
    assert save(image, None, {"id": 1, "class": cell, "source": "human"})[1]["source"] == "human"


def test_segments_are_merged_and_split_in_one_save(image, save, cell):
    rows = [{"id": number, "class": cell} for number in (1, 2, 3)]
    save(image, square(1, other=2), *rows[:2])
    merged = save(image, square(1, other=1), rows[0])
    assert {number: row["pixels"] for number, row in merged.items()} == {1: 32}
    parted = save(image, square(3, other=1), rows[0], rows[2])
    assert {number: row["pixels"] for number, row in parted.items()} == {1: 16, 3: 16}


def test_a_crowd_stays_one(image, save, cell):
    save(image, square(1), {"id": 1, "class": cell, "crowd": True})
    assert save(image, None, {"id": 1, "class": cell})[1]["crowd"] is True


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"source": "oracle"}, "neither human nor model"),
        ({"source": ["model"]}, "neither human nor model"),
        ({"model": 10**30}, "a model that Clouds does not have"),
        ({"model": None}, "a model that Clouds does not have"),
        ({"model": True}, "a model that Clouds does not have"),
        ({"score": 1.5}, r"must be 0\.\.1"),
        ({"score": float("nan")}, r"must be 0\.\.1"),
        ({"score": None}, r"must be 0\.\.1"),
        ({"score": "high"}, r"must be 0\.\.1"),
    ],
)
def test_an_origin_that_cannot_be_is_refused(image, save, proposed, said, reason):
    with pytest.raises(ServiceError, match=reason):
        save(image, square(1), {**proposed, **said})
    image.refresh_from_db()
    assert image.head == 0
