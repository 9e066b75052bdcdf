"""What reviewers say."""

from django.db import models


class Comment(models.Model):
    """A remark on an image, pinned to a point (image pixels) or to the image as a whole (x and y null)."""

    image = models.ForeignKey("Image", models.CASCADE, related_name="comments")
    author = models.ForeignKey("User", models.PROTECT, related_name="+")
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    text = models.TextField(max_length=4000)
    revision = models.PositiveIntegerField(help_text="head of the image when it was written")
    created = models.DateTimeField(auto_now_add=True)
    resolved = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
