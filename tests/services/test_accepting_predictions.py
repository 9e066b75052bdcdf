"""One key takes a prediction over as labels."""

import numpy as np
import pytest

from annotator.labelmap import count_pixels
from annotator.models import LabelClass
from annotator.services import labels, projects, queue, saving
from annotator.services.errors import Claimed, Conflict, StaleRevision
from annotator.workflow import NotAllowed, WorkflowError
from tests.conftest import seen_by


@pytest.fixture
def predicted(add_image, make_model, predict):
    """A waiting image with a prediction, and the prediction's label map."""
    image = add_image(1)
    return image, predict(image, make_model())


def test_the_prediction_becomes_the_head_with_its_scores(predicted, bob):
    image, array = predicted
    assert saving.accept_prediction(image=seen_by(bob, image), user=bob) == 1
    image.refresh_from_db()
    layer = labels.head_layer(image)
    assert np.array_equal(layer.tiff().array(), array)
    assert (image.state, image.annotator, image.claimed_by) == ("in_progress", bob, bob)
    assert {(row["id"], row["source"], row["score"]) for row in layer.segments} == {
        (1, "model", 0.9),
        (2, "model", 0.9),
        (3, "model", 0.9),
    }
    assert image.revisions.get().kind == "prediction"


def test_a_segment_keeps_its_score_while_its_class_stays(predicted, bob, project):
    image, array = predicted
    saving.accept_prediction(image=seen_by(bob, image), user=bob)
    sky, cell, void = (row.pk for row in project.classes.order_by("position"))
    table = [{"id": 1, "class": sky}, {"id": 2, "class": cell}, {"id": 3, "class": void}]
    fresh = seen_by(bob, image)
    saving.save_label_map(image=fresh, user=bob, array=array, segments=table, base_revision=1)
    rows = {row["id"]: row for row in labels.head_layer(seen_by(bob, image)).segments}
    assert (rows[2]["source"], rows[2]["score"]) == ("model", 0.9)
    assert (rows[3]["source"], rows[3]["score"]) == ("human", None)


def test_the_newest_model_speaks(add_image, make_model, predict, bob):
    image = add_image(1)
    older, newer = make_model(), make_model()
    predict(image, newer, entropy=0.1)
    predict(image, older, entropy=0.9)
    assert labels.newest_prediction(image).model == newer


def test_a_prediction_that_nobody_has_seen_is_not_accepted(predicted, make_model, predict, bob):
    image, _ = predicted
    shown = labels.newest_prediction(image).model_id
    newer = make_model()
    predict(image, newer)
    with pytest.raises(Conflict, match="newer prediction"):
        saving.accept_prediction(image=seen_by(bob, image), user=bob, model_id=shown)
    assert saving.accept_prediction(image=seen_by(bob, image), user=bob, model_id=newer.pk) == 1


def test_without_a_prediction_there_is_nothing_to_accept(add_image, bob):
    with pytest.raises(Conflict, match="no prediction to accept"):
        saving.accept_prediction(image=seen_by(bob, add_image(1)), user=bob)


def test_a_viewer_may_not_accept(predicted, vera):
    with pytest.raises(NotAllowed):
        saving.accept_prediction(image=seen_by(vera, predicted[0]), user=vera)


def test_an_image_of_somebody_else_is_not_overwritten(predicted, bob, alice, project):
    image, _ = predicted
    queue.claim_next_image(project=project, user=alice)
    with pytest.raises(Claimed):
        saving.accept_prediction(image=seen_by(bob, image), user=bob)


def test_an_accepted_image_takes_no_prediction(predicted, alice, accept):
    image, _ = predicted
    accept(image, alice)
    with pytest.raises(WorkflowError):
        saving.accept_prediction(image=seen_by(alice, image), user=alice)


def test_segments_of_a_class_removed_since_become_unlabelled(predicted, bob, project, accept, add_image):
    image, array = predicted
    cell = project.classes.get(name="Cell")
    # The model knew a class that the project no longer has; only labels keep a class from being removed.
    LabelClass.objects.filter(pk=cell.pk).delete()
    saving.accept_prediction(image=seen_by(bob, image), user=bob)
    layer = labels.head_layer(seen_by(bob, image))
    assert [row["id"] for row in layer.segments] == [1]
    assert np.array_equal(layer.tiff().array(), np.where(array == 1, array, 0))
    assert {row["id"]: row["pixels"] for row in layer.segments} == count_pixels([layer.tiff().array()])


def test_objects_of_a_class_that_became_stuff_become_one_segment(predicted, bob, project):
    image, array = predicted
    project.classes.filter(name="Cell").update(kind="stuff")
    saving.accept_prediction(image=seen_by(bob, image), user=bob)
    layer = labels.head_layer(seen_by(bob, image))
    assert np.array_equal(layer.tiff().array(), np.where(array == 3, 2, array))
    assert {row["id"]: row["pixels"] for row in layer.segments} == count_pixels([layer.tiff().array()])
    table = [{"id": row["id"], "class": row["class"]} for row in layer.segments]
    assert saving.save_label_map(
        image=seen_by(bob, image), user=bob, array=layer.tiff().array(), segments=table, base_revision=1
    )


def test_a_class_in_a_prediction_only_can_be_removed(predicted, project):
    cloud = projects.add_classes(project=project, classes=[{"name": "Cloud"}])["Cloud"]
    kept = [{"id": row.pk, "name": row.name, "kind": row.kind} for row in project.classes.exclude(pk=cloud.pk)]
    assert len(projects.save_classes(project=project, classes=kept)) == 3


def test_a_prediction_never_overwrites_labels_that_the_caller_has_not_seen(predicted, bob, alice, label):
    image = predicted[0]
    array = label(image, bob)
    with pytest.raises(StaleRevision) as stale:
        saving.accept_prediction(image=seen_by(bob, image), user=bob, base_revision=0)
    assert stale.value.revision == 1
    assert np.array_equal(labels.head_layer(seen_by(bob, image)).tiff().array(), array)
