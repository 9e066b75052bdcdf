"""From annotator to reviewer and back."""

import pytest

from annotator.models import Image
from annotator.services import labels, queue, review, saving, steps
from annotator.services.errors import Claimed, Conflict, ServiceError
from annotator.workflow import NotAllowed, WorkflowError
from tests.conftest import seen_by


@pytest.fixture
def submitted(add_image, label, bob) -> Image:
    image = add_image(1)
    label(image, bob)
    return review.submit_image(image=seen_by(bob, image), user=bob)


def test_submitting_freezes_the_draft_and_lets_go_of_the_image(submitted, bob):
    assert (submitted.state, submitted.claimed_by) == ("submitted", None)
    assert submitted.revisions.get().kind == "submit"


def test_nothing_labelled_is_nothing_to_submit(add_image, bob):
    image = add_image(1)
    Image.objects.update(state="in_progress")
    with pytest.raises(Conflict, match="Nothing is labelled in image-1.png"):
        review.submit_image(image=seen_by(bob, image), user=bob)


def test_that_there_is_nothing_to_label_is_a_result_once_it_is_saved(add_image, bob, rita):
    image = add_image(1)
    number = saving.save_label_tiles(image=seen_by(bob, image), user=bob, tiles={}, segments=[], base_revision=0)
    assert number == 1
    assert review.submit_image(image=seen_by(bob, image), user=bob).state == "submitted"
    assert review.accept_image(image=seen_by(rita, image), user=rita).state == "accepted"
    head = labels.head_layer(seen_by(rita, image))
    assert (head.segments, head.tiff().array().any()) == ([], False)


def test_submitting_what_somebody_else_works_on_is_refused(add_image, label, bob, alice):
    image = add_image(1)
    label(image, bob)
    with pytest.raises(Claimed):
        review.submit_image(image=seen_by(alice, image), user=alice)


def test_submitting_twice_is_refused(submitted, bob):
    with pytest.raises(WorkflowError, match="The image is submitted"):
        review.submit_image(image=seen_by(bob, submitted), user=bob)


@pytest.mark.parametrize("step", [review.accept_image, review.return_image, review.reopen_image])
def test_an_annotator_may_not_review(submitted, bob, step):
    if step is review.reopen_image:
        Image.objects.update(state="accepted")
    with pytest.raises(NotAllowed):
        step(image=seen_by(bob, submitted), user=bob)


def test_accepting_keeps_the_annotator_and_the_history(submitted, rita, bob):
    image = review.accept_image(image=seen_by(rita, submitted), user=rita)
    assert (image.state, image.annotator) == ("accepted", bob)
    assert [(event.before, event.after, event.by) for event in image.events.all()] == [
        ("new", "in_progress", bob),
        ("in_progress", "submitted", bob),
        ("submitted", "accepted", rita),
    ]


def test_a_correction_is_frozen_as_the_reviewers_when_it_is_accepted(submitted, rita, label):
    label(submitted, rita)
    review.accept_image(image=seen_by(rita, submitted), user=rita)
    assert list(submitted.revisions.values_list("kind", "author__username")) == [("submit", "bob"), ("review", "rita")]


def test_returning_keeps_the_comments_where_they_were_pinned(submitted, rita):
    comments = [{"text": " too wide ", "x": 3.5, "y": 40}, {"text": "whole image"}]
    image = review.return_image(image=seen_by(rita, submitted), user=rita, comments=comments)
    assert image.state == "returned"
    assert list(image.comments.values_list("text", "x", "y", "revision")) == [
        ("too wide", 3.5, 40.0, 1),
        ("whole image", None, None, 1),
    ]


def test_a_return_that_is_refused_leaves_no_comment(submitted, rita):
    with pytest.raises(ServiceError):
        review.return_image(
            image=seen_by(rita, submitted), user=rita, comments=[{"text": "fine"}, {"text": "out", "x": 900, "y": 1}]
        )
    submitted.refresh_from_db()
    assert (submitted.state, submitted.comments.count()) == ("submitted", 0)


def test_a_returned_image_can_be_submitted_again_as_it_is(submitted, rita, bob):
    review.return_image(image=seen_by(rita, submitted), user=rita)
    assert review.submit_image(image=seen_by(bob, submitted), user=bob).state == "submitted"


def test_reopening_gives_the_image_back_to_its_annotator(submitted, rita, bob, project):
    review.accept_image(image=seen_by(rita, submitted), user=rita)
    review.reopen_image(image=seen_by(rita, submitted), user=rita)
    assert queue.claim_next_image(project=project, user=bob) == submitted


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ({"text": ""}, "1 to 4000 characters"),
        ({"text": "  \n"}, "1 to 4000 characters"),
        ({"text": "x" * 4001}, "at most 4,000 characters"),
        ({"text": "half", "x": 1.0}, "needs both x and y"),
        ({"text": "outside", "x": -1, "y": 1}, "lies outside"),
        ({"text": "outside", "x": 1, "y": 49}, "lies outside"),
        ({"text": "nowhere", "x": float("nan"), "y": 1}, "lies outside"),
        ({"text": "far", "x": float("inf"), "y": 1}, "lies outside"),
        ({"text": "null \0 byte"}, "control character"),
    ],
)
def test_a_comment_that_cannot_be_shown_is_refused(submitted, rita, comment, reason):
    with pytest.raises(ServiceError, match=reason):
        review.add_comment(image=seen_by(rita, submitted), user=rita, **comment)


def test_unicode_in_comments_survives(submitted, rita):
    text = "Zellgrenze fehlt – siehe «links» 🔬\nzweite Zeile"
    review.add_comment(image=seen_by(rita, submitted), user=rita, text=text)
    assert submitted.comments.get().text == text


def test_a_comment_can_be_resolved_and_opened_again(submitted, rita):
    comment = review.add_comment(image=seen_by(rita, submitted), user=rita, text="look")
    assert review.resolve_comment(comment=comment, user=rita).resolved
    assert not review.resolve_comment(comment=comment, user=rita).resolved


def test_accepting_while_the_annotator_takes_it_back_is_refused_in_words(submitted, rita, bob, label):
    review.return_image(image=seen_by(rita, submitted), user=rita)
    stale = seen_by(rita, submitted)
    label(submitted, bob)
    with pytest.raises(WorkflowError, match="The image is in progress"):
        review.accept_image(image=stale, user=rita)


def test_may_edit_says_in_words_who_is_at_work(add_image, label, bob, alice, vera):
    image = add_image(1)
    label(image, bob)
    assert steps.may_edit(seen_by(bob, image), bob) == (True, "")
    assert steps.may_edit(seen_by(alice, image), alice) == (False, "bob is working on this image.")
    assert steps.may_edit(seen_by(vera, image), vera) == (False, "The role viewer may not edit.")
