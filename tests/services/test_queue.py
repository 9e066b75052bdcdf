from annotator.models import Image
from annotator.services import queue, review
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
