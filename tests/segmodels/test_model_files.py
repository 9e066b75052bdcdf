from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from segmodels.architectures import build_network
from segmodels.checkpoints import Normalisation, load_model, save_model
from segmodels.errors import CheckpointError
from segmodels.files import read_tensors
from segmodels.settings import ClassSpec, TrainingSettings

SETTINGS = TrainingSettings(encoder="mobilenet_v2", encoder_weights="none", image_size=(32, 40))
CLASSES = [ClassSpec("sky"), ClassSpec("äther")]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    network = build_network("unet", "mobilenet_v2", 2)
    save_model(path, network.state_dict(), CLASSES, SETTINGS, Normalisation.of_encoder("mobilenet_v2"), {"a": 1})
    return path


def test_a_model_file_says_how_to_use_it(saved: Path) -> None:
    model = load_model(saved, "cpu")
    assert model.classes == CLASSES
    assert model.settings == SETTINGS
    assert model.normalisation == Normalisation.of_encoder("mobilenet_v2")
    assert model.scores == {"a": 1}
    assert not model.module.training


def test_nothing_but_the_finished_file_is_left(saved: Path) -> None:
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_write_that_fails_keeps_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def disk_full(*args: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        save_model(saved, {"w": torch.zeros(3)}, CLASSES, SETTINGS, Normalisation((0,), (1,)), {})
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def foreign_file(path: Path, how: str, saved: Path) -> None:
    tensors, metadata = read_tensors(saved)
    if how == "text":
        path.write_text("hello")
    elif how == "pickle":
        torch.save({"weights": torch.zeros(3)}, path)
    elif how == "truncated":
        path.write_bytes(saved.read_bytes()[:-1000])
    elif how == "plain safetensors":
        save_file({"w": torch.zeros(3)}, path)
    elif how == "other version":
        save_file(tensors, path, metadata | {"format_version": "99"})
    elif how == "other classes":
        save_file(tensors, path, metadata | {"classes": '[{"name": "one"}, {"name": "two"}, {"name": "three"}]'})
    elif how == "unknown encoder":
        save_file(tensors, path, metadata | {"settings": '{"encoder": "vgg99"}'})
    elif how == "settings are a list":
        save_file(tensors, path, metadata | {"settings": "[1]"})


@pytest.mark.parametrize(
    "how",
    [
        "missing",
        "text",
        "pickle",
        "truncated",
        "plain safetensors",
        "other version",
        "other classes",
        "unknown encoder",
        "settings are a list",
    ],
)
def test_a_bad_or_foreign_file_is_refused_with_name_and_reason(tmp_path: Path, saved: Path, how: str) -> None:
    path = tmp_path / "upload.safetensors"
    foreign_file(path, how, saved)
    with pytest.raises(CheckpointError, match="upload.safetensors") as refused:
        load_model(path, "cpu")
    assert refused.value.reason
