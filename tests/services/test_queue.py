from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.models import Image
from annotator.services import queue, review
from annotator.services.errors import Claimed, Conflict, NotFound
from tests.conftest import seen_by


def test_the_highest_priority_comes_first(project, add_image, bob):
    low, high = add_image(1), add_image(2)
    Image.objects.filter(pk=low.pk).update(priority=0.1)
    Image.objects.filter(pk=high.pk).update(priority=0.9)
    assert queue.claim_next_image(project=project, user=bob) == high


def test_two_people_get_two_images(project, add_image, alice, bob):
    add_image(1), add_image(2)
    first = queue.claim_next_image(project=project, user=alice)
    second = queue.claim_next_image(project=project, user=bob)
    assert {first, second} == set(project.images.all())


def test_a_returned_image_comes_back_to_its_annotator_only(project, add_image, alice, bob, rita, label):
    image = add_image(1)
    label(image, bob)
    review.submit_image(image=seen_by(bob, image), user=bob)
    review.return_image(image=seen_by(rita, image), user=rita)
    assert queue.claim_next_image(project=project, user=alice) is None
    assert queue.claim_next_image(project=project, user=bob) == image


# Claimed ahead


@pytest.fixture
def three(project, add_image):
    """Three waiting images, the most useful first."""
    images = [add_image(seed) for seed in (1, 2, 3)]
    for place, image in enumerate(images):
        Image.objects.filter(pk=image.pk).update(priority=-place)
    return images


def test_the_image_after_the_open_one_is_claimed_ahead_and_comes_next(project, three, bob, alice, label):
    first, second, third = three
    assert queue.claim_next_image(project=project, user=bob) == first
    assert queue.claim_ahead(project=project, user=bob, open_image=first.pk) == second
    assert queue.claim_next_image(project=project, user=alice) == third
    label(first, bob)
    review.submit_image(image=seen_by(bob, first), user=bob)
    assert queue.claim_next_image(project=project, user=bob) == second


def test_the_open_image_stays_claimed(project, three, bob, alice):
    first = queue.claim_next_image(project=project, user=bob)
    Image.objects.filter(pk=first.pk).update(claimed_until=timezone.now() + timedelta(seconds=5))
    queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    first.refresh_from_db()
    assert first.claimed_by == bob
    assert first.claimed_until > timezone.now() + timedelta(minutes=20)


def test_asking_ahead_again_gives_the_same_image_and_renews_its_lease(project, three, bob):
    first, second, _ = three
    queue.claim_next_image(project=project, user=bob)
    queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    Image.objects.filter(pk=second.pk).update(claimed_until=timezone.now() + timedelta(seconds=5))
    again = queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    assert again == second
    assert timedelta(minutes=4) < again.claimed_until - timezone.now() < timedelta(minutes=6)


def test_a_save_of_the_open_image_keeps_the_claim_ahead(project, three, bob, label):
    first, second, _ = three
    queue.claim_next_image(project=project, user=bob)
    queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    Image.objects.filter(pk=second.pk).update(claimed_until=timezone.now() + timedelta(seconds=5))
    label(first, bob)
    second.refresh_from_db()
    assert second.claimed_until > timezone.now() + timedelta(minutes=4)


def test_an_image_does_not_wait_for_a_person_who_left(project, three, bob, alice):
    first, second, _ = three
    queue.claim_next_image(project=project, user=bob)
    queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    Image.objects.filter(pk=second.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert queue.claim_next_image(project=project, user=alice) == second
    # Bob's page comes back to life: what Alice works on is hers.
    assert queue.claim_ahead(project=project, user=bob, open_image=first.pk) == three[2]


def test_opening_the_image_makes_the_claim_a_full_one(project, three, bob):
    first, second, third = three
    queue.claim_next_image(project=project, user=bob)
    queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    assert queue.claim_ahead(project=project, user=bob, open_image=second.pk) == third
    second.refresh_from_db()
    assert second.ahead_of is None
    assert second.claimed_until > timezone.now() + timedelta(minutes=20)


def test_what_came_back_from_review_waits_behind_what_is_loaded_already(project, three, bob, rita, label):
    first, second, third = three
    label(third, bob)
    review.submit_image(image=seen_by(bob, third), user=bob)
    queue.claim_next_image(project=project, user=bob)
    queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    review.return_image(image=seen_by(rita, third), user=rita)
    label(first, bob)
    review.submit_image(image=seen_by(bob, first), user=bob)
    assert queue.claim_next_image(project=project, user=bob) == second


def test_two_pages_of_one_person_load_two_images_ahead(project, add_image, three, bob):
    first, second, third = three
    fourth = add_image(4)
    Image.objects.filter(pk=fourth.pk).update(priority=-3)
    queue.claim_next_image(project=project, user=bob)
    assert queue.claim_ahead(project=project, user=bob, open_image=first.pk) == second
    assert queue.claim_next_image(project=project, user=bob, skip=None) == first
    Image.objects.filter(pk=third.pk).update(claimed_by=bob, claimed_until=timezone.now() + timedelta(minutes=9))
    assert queue.claim_ahead(project=project, user=bob, open_image=third.pk) == fourth
    # Leaving the second page gives what was loaded for it, not what was loaded for the first.
    assert queue.claim_next_image(project=project, user=bob, skip=third.pk) == fourth


def test_nothing_else_waits(project, add_image, bob):
    only = add_image(1)
    queue.claim_next_image(project=project, user=bob)
    assert queue.claim_ahead(project=project, user=bob, open_image=only.pk) is None


def test_an_open_image_of_another_project_is_refused(project, three, bob):
    with pytest.raises(NotFound):
        queue.claim_ahead(project=project, user=bob, open_image=10**6)


def test_an_image_that_was_opened_by_a_link_is_claimed_too(project, three, bob, alice):
    _, second, third = three
    assert queue.claim_ahead(project=project, user=bob, open_image=third.pk) == three[0]
    third.refresh_from_db()
    assert third.claimed_by == bob
    assert queue.claim_next_image(project=project, user=alice) == second


def test_nothing_is_claimed_after_an_image_that_somebody_else_works_on(project, three, bob, alice):
    first = queue.claim_next_image(project=project, user=alice)
    with pytest.raises(Claimed, match="alice is working on"):
        queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    assert not project.images.filter(claimed_by=bob).exists()


def test_of_two_tabs_the_one_that_lost_its_next_image_is_told(project, three, bob, alice):
    first, second, third = three
    queue.claim_next_image(project=project, user=bob)
    for _ in range(2):
        assert queue.claim_ahead(project=project, user=bob, open_image=first.pk) == second
    queue.release_claim(image=second, user=bob)
    assert queue.claim_next_image(project=project, user=alice) == second
    with pytest.raises(Claimed):
        queue.claim_ahead(project=project, user=bob, open_image=second.pk)
    assert queue.claim_next_image(project=project, user=alice, skip=second.pk) == third


@pytest.mark.parametrize(
    ("purpose", "state"),
    [("annotate", "submitted"), ("annotate", "accepted"), ("review", "new"), ("review", "accepted")],
)
def test_nothing_is_claimed_after_an_image_that_is_only_looked_at(project, three, bob, rita, purpose, state):
    ran_out = timezone.now() - timedelta(minutes=1)
    Image.objects.filter(pk=three[0].pk).update(state=state, claimed_by=bob, claimed_until=ran_out)
    with pytest.raises(Conflict, match="nothing is claimed after it"):
        queue.claim_ahead(project=project, user=rita, open_image=three[0].pk, purpose=purpose)
    assert not project.images.filter(claimed_by=rita).exists()


def test_an_open_image_has_one_ahead_whatever_was_left_from_before(project, three, bob):
    first, second, third = three
    queue.claim_next_image(project=project, user=bob)
    queue.claim_ahead(project=project, user=bob, open_image=first.pk)
    Image.objects.filter(pk=second.pk).update(state="accepted")
    assert queue.claim_ahead(project=project, user=bob, open_image=first.pk) == third
    assert project.images.get(ahead_of=first, claimed_by=bob) == third


@pytest.fixture
def many(project, alice):
    """Thirty waiting images, the most useful first; their files do not matter to the queue."""
    rows = Image.objects.bulk_create(
        Image(
            project=project,
            name=f"{number}.png",
            content_hash=f"{number:064x}",
            width=8,
            height=8,
            mime="image/png",
            file_key="none",
            priority=-number,
            created_by=alice,
        )
        for number in range(30)
    )
    return list(rows)


def held_by(user) -> set[int]:
    return set(Image.objects.filter(claimed_by=user, claimed_until__gt=timezone.now()).values_list("pk", flat=True))


def test_whoever_walks_through_the_queue_keeps_a_few_images_only(project, many, bob, alice):
    image = queue.claim_next_image(project=project, user=bob)
    for _ in range(20):
        image = queue.claim_ahead(project=project, user=bob, open_image=image.pk)
        assert len(held_by(bob)) <= queue.MOST_CLAIMS
    # What is given back is the most useful again: nobody gets further than that.
    assert held_by(bob) < {row.pk for row in many[: queue.MOST_CLAIMS + 1]}
    assert queue.claim_next_image(project=project, user=alice) in many[: queue.MOST_CLAIMS + 1]


def test_five_pages_of_one_person_keep_what_they_show_and_load(project, many, bob):
    pages = many[20:25]
    ahead = [queue.claim_ahead(project=project, user=bob, open_image=page.pk) for page in pages]
    assert held_by(bob) == {image.pk for image in (*pages, *ahead)}
    assert [queue.claim_ahead(project=project, user=bob, open_image=page.pk) for page in pages] == ahead


def test_a_page_on_which_somebody_draws_keeps_its_image(project, many, bob):
    drawn_on = many[29]
    queue.claim_ahead(project=project, user=bob, open_image=drawn_on.pk)
    image = queue.claim_next_image(project=project, user=bob)
    for _ in range(20):
        row = Image.objects.get(pk=drawn_on.pk)
        queue.hold_claim(row, bob)  # as a save does
        row.save(update_fields=queue.NO_CLAIM.keys())
        image = queue.claim_ahead(project=project, user=bob, open_image=image.pk)
    assert drawn_on.pk in held_by(bob)


def test_what_was_given_back_for_being_idle_is_taken_again_by_a_save(project, many, bob, alice):
    idle = queue.claim_next_image(project=project, user=bob)
    image = idle
    for _ in range(queue.MOST_CLAIMS):
        image = queue.claim_ahead(project=project, user=bob, open_image=image.pk)
    assert idle.pk not in held_by(bob)
    row = Image.objects.get(pk=idle.pk)
    queue.hold_claim(row, bob)
    row.save(update_fields=queue.NO_CLAIM.keys())
    with pytest.raises(Claimed, match="bob is working on"):
        queue.claim_ahead(project=project, user=alice, open_image=idle.pk)


def test_reviewers_load_ahead_too(project, three, bob, rita, label):
    for image in three[:2]:
        label(image, bob)
        review.submit_image(image=seen_by(bob, image), user=bob)
    assert queue.claim_next_image(project=project, user=rita, purpose="review") == three[0]
    assert queue.claim_ahead(project=project, user=rita, purpose="review", open_image=three[0].pk) == three[1]
    review.accept_image(image=seen_by(rita, three[0]), user=rita)
    assert queue.claim_next_image(project=project, user=rita, purpose="review") == three[1]


def test_however_many_images_wait_the_next_is_read_through_an_index(project, add_image, bob):
    for seed in range(4):
        add_image(seed)
    with CaptureQueriesContext(connection) as captured:
        queue.claim_next_image(project=project, user=bob)
    selects = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for sql in selects:
                cursor.execute("EXPLAIN QUERY PLAN " + sql)
                plan = [row[3] for row in cursor.fetchall()]
                assert not [step for step in plan if "SCAN" in step or "TEMP B-TREE" in step], (sql, plan)
    assert len(selects) <= 7
