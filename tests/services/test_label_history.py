"""Any history of saves, restores and reviews against a plain model of it: an array per revision."""

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.labelmap import TILE, Grid, PackedTile
from annotator.services import labels, review, saving
from annotator.services.errors import StaleRevision
from tests.conftest import seen_by

WIDTH, HEIGHT = 300, 270
GRID = Grid(WIDTH, HEIGHT)

rectangles = st.tuples(
    st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, 40), st.integers(1, 40), st.integers(0, 4)
)
steps = st.one_of(
    st.tuples(st.just("tiles"), st.lists(rectangles, min_size=1, max_size=3)),
    st.tuples(st.just("map"), rectangles),
    st.tuples(st.just("restore"), st.integers(0, 20)),
    st.tuples(st.just("review"), st.none()),
)


def painted(array: np.ndarray, *shapes: tuple[int, int, int, int, int]) -> np.ndarray:
    out = array.copy()
    for top, left, height, width, segment in shapes:
        out[top : top + height, left : left + width] = segment
    return out


def different_tiles(one: np.ndarray, other: np.ndarray) -> set[int]:
    return {i for i in range(GRID.count) if not np.array_equal(one[GRID.window(i)], other[GRID.window(i)])}


def padded(array: np.ndarray, index: int) -> np.ndarray:
    part = array[GRID.window(index)]
    return np.pad(part, ((0, TILE - part.shape[0]), (0, TILE - part.shape[1])))


@given(history=st.lists(steps, min_size=1, max_size=8))
@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_the_head_is_always_what_was_drawn_last_and_stale_saves_learn_what_changed(project, add_image, alice, history):
    sky, cell, void = (row.pk for row in project.classes.order_by("position"))
    table = [{"id": 1, "class": sky}, *({"id": n, "class": cell} for n in (2, 3)), {"id": 4, "class": void}]
    with transaction.atomic():
        image = add_image(1, width=WIDTH, height=HEIGHT)
        drawn = {0: np.zeros((HEIGHT, WIDTH), np.uint16)}
        for kind, detail in history:
            fresh = seen_by(alice, image)
            head = drawn[fresh.head]
            base = {"image": fresh, "user": alice, "segments": table, "base_revision": fresh.head}
            if kind == "tiles":
                after = painted(head, *detail)
                touched = different_tiles(head, after)
                number = saving.save_label_tiles(tiles={i: PackedTile.of(padded(after, i)) for i in touched}, **base)
            elif kind == "map":
                after = painted(np.zeros_like(head), detail)
                number = saving.save_label_map(array=after, **base)
            elif kind == "restore" and fresh.revisions.exists():
                kept = list(fresh.revisions.values_list("number", flat=True))
                chosen = kept[detail % len(kept)]
                after = drawn[chosen]
                number = saving.restore_revision(image=fresh, user=alice, number=chosen)
            elif kind == "review" and fresh.state == "in_progress":
                review.submit_image(image=fresh, user=alice)
                review.return_image(image=seen_by(alice, image), user=alice)
                continue
            else:
                continue
            assert number == fresh.head + 1
            drawn[number] = after

        fresh = seen_by(alice, image)
        layer = labels.head_layer(fresh)
        head = drawn[fresh.head]
        assert np.array_equal(layer.tiff().array(), head)
        ids, counts = np.unique(head[head > 0], return_counts=True)
        assert {row["id"]: row["pixels"] for row in layer.segments} == dict(
            zip(ids.tolist(), counts.tolist(), strict=True)
        )
        for number in fresh.revisions.values_list("number", flat=True):
            assert np.array_equal(labels.revision_layer(fresh, number).tiff().array(), drawn[number])
        for number in range(fresh.head):
            with pytest.raises(StaleRevision) as stale:
                saving.save_label_tiles(image=fresh, user=alice, tiles={}, segments=table, base_revision=number)
            changed = set(stale.value.changed_tiles)
            between = (different_tiles(drawn[n], drawn[n + 1]) for n in range(number, fresh.head))
            assert changed == set().union(*between)
        transaction.set_rollback(True)
