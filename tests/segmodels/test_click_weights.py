"""MobileSAM's file: reading it without trusting it, and getting it to its place."""

import io
import pickle
import urllib.request
from email.message import Message
from pathlib import Path

import numpy as np
import pytest
import torch

from segmodels.clicks import fetching
from segmodels.clicks.arrays import ARRAY_SHAPES, DamagedArchive, pack_arrays, unpack_arrays
from segmodels.clicks.encoder import ClickEncoder
from segmodels.clicks.fetching import WeightsRefused, fetch_weights, public_address
from segmodels.clicks.weights import decoder_arrays, load_encoder
from segmodels.errors import CheckpointError
from tests.segmodels.click_weights import PUBLISHED, needs_published, published_names, random_arrays


def save(path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    torch.save(tensors, path)
    return path


def decoder_tensors() -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in random_arrays().items()}


def test_both_halves_of_a_file_arrive_where_they_belong(tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = ClickEncoder()
    path = save(tmp_path / "sam.pt", published_names(encoder) | decoder_tensors())
    loaded = load_encoder(path).state_dict()
    assert all(torch.equal(tensor, loaded[name]) for name, tensor in encoder.state_dict().items())
    arrays = unpack_arrays(pack_arrays(decoder_arrays(path)))
    assert all(np.array_equal(array, arrays[name]) for name, array in random_arrays().items())
    assert set(arrays) == set(ARRAY_SHAPES)


def test_another_network_is_refused_by_name(tmp_path: Path) -> None:
    lacking = decoder_tensors()
    lacking.pop("mask_decoder.iou_token.weight")
    with pytest.raises(CheckpointError, match="is no MobileSAM: mask_decoder.iou_token.weight is missing"):
        decoder_arrays(save(tmp_path / "a.pt", lacking))
    reshaped = decoder_tensors() | {"mask_decoder.iou_token.weight": torch.zeros(1, 128)}
    with pytest.raises(CheckpointError, match=r"is \(1, 128\), not \(1, 256\)"):
        decoder_arrays(save(tmp_path / "b.pt", reshaped))
    with pytest.raises(CheckpointError, match="does not fit the encoder: lacks"):
        load_encoder(save(tmp_path / "c.pt", decoder_tensors()))
    with pytest.raises(CheckpointError, match="no such file"):
        decoder_arrays(tmp_path / "d.pt")


class Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "it ran"
    torch.save({"image_encoder": Harmful(mark)}, tmp_path / "sam.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Harmful(mark), protocol=2))
    (tmp_path / "list.pt").write_bytes(b"")
    torch.save([torch.zeros(1)], tmp_path / "list.pt")
    for name in ("sam.pt", "plain.pt", "list.pt"):
        with pytest.raises(CheckpointError):
            load_encoder(tmp_path / name)
    assert not mark.exists()


def test_a_damaged_archive_is_told_from_a_whole_one() -> None:
    data = pack_arrays({"embedding": np.zeros((4, 4), np.float16)})
    for broken in (b"", b"no archive", data[: len(data) // 2]):
        with pytest.raises(DamagedArchive):
            unpack_arrays(broken)


@needs_published
def test_the_published_file_is_taken(tmp_path: Path) -> None:
    target = tmp_path / "weights" / "mobile_sam.pt"
    fetch_weights(str(PUBLISHED), target)
    assert target.read_bytes() == PUBLISHED.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("content", [b"", b"another file", bytes(fetching.BYTES), bytes(fetching.BYTES + 1)])
def test_another_file_is_refused_and_the_old_one_stays(tmp_path: Path, content: bytes) -> None:
    target, source = tmp_path / "mobile_sam.pt", tmp_path / "source"
    target.write_bytes(b"what was there")
    source.write_bytes(content)
    with pytest.raises(WeightsRefused, match="not the published mobile_sam.pt"):
        fetch_weights(str(source), target)
    assert target.read_bytes() == b"what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mobile_sam.pt", "source"]


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsRefused, match=r"nowhere\.pt cannot be fetched: .*No such file"):
        fetch_weights(str(tmp_path / "nowhere.pt"), tmp_path / "mobile_sam.pt")


@pytest.mark.parametrize("address", ["http://example.org/sam.pt", "ftp://example.org/sam.pt", "file:///etc/passwd"])
def test_only_https_is_spoken(tmp_path: Path, address: str) -> None:
    with pytest.raises(WeightsRefused, match="only https addresses and paths"):
        fetch_weights(address, tmp_path / "mobile_sam.pt")


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[fd00::1]", "0.0.0.0"])
def test_addresses_that_are_not_public_are_not_connected_to(tmp_path: Path, host: str, monkeypatch) -> None:
    def connect(*given: object) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr("socket.create_connection", connect)
    with pytest.raises(WeightsRefused, match="no public address"):
        fetch_weights(f"https://{host}/mobile_sam.pt", tmp_path / "mobile_sam.pt")


def test_a_name_with_one_private_address_is_refused(monkeypatch) -> None:
    addresses = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("192.168.0.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *given, **named: addresses)
    with pytest.raises(OSError, match="192.168.0.1, which is no public address"):
        public_address("rebound.example", 443)
    monkeypatch.setattr("socket.getaddrinfo", lambda *given, **named: addresses[:1])
    assert public_address("public.example", 443) == "8.8.8.8"


def test_a_redirect_cannot_leave_https(tmp_path: Path, monkeypatch) -> None:
    def redirect(self: object, request: urllib.request.Request) -> urllib.request.addinfourl:
        headers = Message()
        headers["Location"] = "http://127.0.0.1/mobile_sam.pt"
        answer = urllib.request.addinfourl(io.BytesIO(), headers, request.full_url, 302)
        answer.msg = "Found"
        return answer

    monkeypatch.setattr(fetching.PublicHTTPSHandler, "https_open", redirect)
    with pytest.raises(WeightsRefused, match="unknown url type: http"):
        fetch_weights("https://public.example/mobile_sam.pt", tmp_path / "mobile_sam.pt")
