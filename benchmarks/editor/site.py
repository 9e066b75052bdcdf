"""A running Maskloop with made images, spoken to through its REST contract."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.sync_api import APIRequestContext, Playwright

from benchmarks.editor.scene import label_file, objects, photograph
from tests.browser.conftest import Demo

LONGEST_WAIT_MS = 300_000
CLASSES = [
    {"name": "Ground", "color": "#0072b2", "kind": "stuff"},
    {"name": "Cell", "color": "#e69f00", "kind": "thing"},
]


@dataclass(frozen=True)
class MadeImage:
    id: int
    width: int
    height: int
    segments: int

    @property
    def name(self) -> str:
        megapixels = self.width * self.height / 1e6
        return f"{megapixels:.1f} MP" + (f", {self.segments} segments" if self.segments else ", empty")


class Site:
    """One project per call of `project`, with the images that a measurement needs."""

    def __init__(self, playwright: Playwright, demo: Demo):
        self.demo = demo
        login = playwright.request.new_context(base_url=demo.url)
        token = self._json(login.post("/api/v1/tokens", data={"username": demo.username, "password": demo.password}))[
            "token"
        ]
        self.api: APIRequestContext = playwright.request.new_context(
            base_url=f"{demo.url}/api/v1/",
            extra_http_headers={"Authorization": f"Bearer {token}"},
            timeout=LONGEST_WAIT_MS,
        )

    def project(self, name: str) -> dict[str, Any]:
        return self._json(self.api.post("projects", data={"name": name, "task": "panoptic", "classes": CLASSES}))

    def image(self, project: dict[str, Any], width: int, height: int, segments: int = 0, seed: int = 0) -> MadeImage:
        """Upload a made picture, with `segments` labelled objects."""
        part = {"name": f"{width}x{height}-{segments}-{seed}.jpg", "mimeType": "image/jpeg"}
        upload = {**part, "buffer": photograph(width, height, seed)}
        answer = self._json(self.api.post(f"projects/{project['id']}/images", multipart={"files": upload}))
        made = MadeImage(answer["created"][0]["id"], width, height, segments)
        if segments:
            self.put_labels(project, made, objects(width, height, segments, seed))
        return made

    def put_labels(self, project: dict[str, Any], image: MadeImage, array: np.ndarray) -> None:
        cell = project["classes"][1]["id"]
        table = [{"id": int(number), "class": cell} for number in np.unique(array) if number]
        answer = self.api.put(
            f"images/{image.id}/labels",
            headers={"If-Match": '"0"'},
            multipart={
                "map": {"name": "map.tif", "mimeType": "image/tiff", "buffer": label_file(array)},
                "segments": json.dumps(table),
            },
        )
        self._json(answer)
        # Saving claims an image, as if it were open in another tab: the queue would pass it over.
        self.api.post(f"images/{image.id}/release")

    def images(self, project: dict[str, Any], sizes: Sequence[tuple[int, int]]) -> list[MadeImage]:
        return [self.image(project, width, height, seed=seed) for seed, (width, height) in enumerate(sizes)]

    def editor(self, image: MadeImage) -> str:
        return f"{self.demo.url}/images/{image.id}/label/"

    @staticmethod
    def _json(answer: Any) -> dict[str, Any]:
        if not answer.ok:
            raise RuntimeError(f"{answer.url}: {answer.status} {answer.text()[:500]}")
        return answer.json()
