"""A range of a stored file is read without the rest of it."""

import io

from annotator import storage


def test_a_range_of_a_file_is_read():
    key = storage.put("labels", bytes(range(200)))
    assert storage.get_range(key, 50, 3) == bytes([50, 51, 52])
    assert storage.get_range(key, 198, 10) == bytes([198, 199])


class FileInABucket(io.BytesIO):
    """As django-storages opens one: `obj` is boto3's object, and reading the file itself fetches all of it."""

    def __init__(self):
        super().__init__()
        self.obj = self
        self.asked: list[str] = []

    def get(self, Range: str):  # noqa: N803
        self.asked.append(Range)
        return {"Body": io.BytesIO(b"abc")}

    def read(self, *_: object) -> bytes:
        raise AssertionError("the whole file was fetched")


def test_of_a_file_in_a_bucket_only_the_range_is_fetched(monkeypatch):
    remote = FileInABucket()
    monkeypatch.setattr(storage.default_storage, "open", lambda key, mode: remote)
    assert storage.get_range("pyramids/ab/key.zip", 50, 3) == b"abc"
    assert remote.asked == ["bytes=50-52"]
