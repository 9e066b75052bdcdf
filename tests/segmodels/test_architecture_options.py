import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from segmodels.architectures import build_network
from segmodels.cards import Option
from segmodels.catalogue import ARCHITECTURE_CARDS, ENCODERS
from segmodels.checkpoints import Normalisation, load_model, save_model
from segmodels.errors import SettingsError
from segmodels.files import read_tensors
from segmodels.settings import ClassSpec, TrainingSettings
from segmodels.transfer import start_from

LIGHT_ENCODERS = {
    "cnn": "mobilenet_v2",
    "pyramid_transformer": "mit_b0",
    "vision_transformer": "tu-vit_tiny_patch16_224",
}
NARROW = {"width": 4, "decoder_channels": 32, "attention_channels": 16}


def light_encoder(name: str) -> str:
    card = ARCHITECTURE_CARDS[name]
    if name == "manet":
        return "resnet18"
    return LIGHT_ENCODERS.get(card.families[0], card.default_encoder)


def narrow_options(name: str) -> dict[str, object]:
    return {option.name: NARROW[option.name] for option in ARCHITECTURE_CARDS[name].options if option.name in NARROW}


def other_values(option: Option) -> list[object]:
    if option.kind == "choice":
        return [choice for choice in option.choices if choice != option.default]
    if option.kind == "boolean":
        return [not option.default]
    if option.name in NARROW:
        return [2 * NARROW[option.name]]
    return [value for value in (option.low, option.high) if value != option.default]


def every_other_value(task: str) -> list[Any]:
    return [
        pytest.param(card.name, option.name, value, id=f"{card.name}-{option.name}-{value}")
        for card in ARCHITECTURE_CARDS.values()
        if card.task == task
        for option in card.options
        for value in other_values(option)
    ]


@pytest.mark.parametrize(("name", "option", "value"), every_other_value("instance"))
def test_every_value_of_every_option_gives_losses_and_results(name: str, option: str, value: object) -> None:
    options = {"pyramid_channels": 16, "head_features": 16, "smallest_anchor_px": 8, option: value}
    network = build_network(name, light_encoder(name), 2, options).train()
    mask = torch.zeros(1, 64, 64, dtype=torch.uint8)
    mask[:, 8:40, 8:48] = 1
    target = {
        "boxes": torch.tensor([[8.0, 8.0, 48.0, 40.0]]),
        "labels": torch.tensor([1]),
        "masks": mask,
        "ignored": torch.zeros(64, 64, dtype=torch.bool),
    }
    losses = network([torch.rand(3, 64, 64)], [target])
    assert all(torch.isfinite(loss) for loss in losses.values())
    with torch.no_grad():
        found = network.eval()([torch.rand(3, 64, 64)])[0]
    assert len(found["boxes"]) == len(found["masks"]) == len(found["scores"])


@pytest.mark.parametrize(("name", "option", "value"), every_other_value("semantic"))
def test_every_value_of_every_option_gives_a_network_that_trains(name: str, option: str, value: object) -> None:
    encoder, narrow = light_encoder(name), narrow_options(name)
    changed = build_network(name, encoder, 3, narrow | {option: value})
    logits = changed.train()(torch.randn(2, 3, 49, 67))
    assert logits.shape == (2, 3, 49, 67)
    logits.square().mean().backward()
    assert changed.classifier.weight.grad is not None
    assert str(changed.body) != str(build_network(name, encoder, 3, narrow).body)


@pytest.mark.parametrize("name", ARCHITECTURE_CARDS)
@pytest.mark.parametrize("family", LIGHT_ENCODERS)
def test_an_encoder_is_built_in_or_refused_with_what_can_be_taken(name: str, family: str) -> None:
    encoder = LIGHT_ENCODERS[family]
    if ARCHITECTURE_CARDS[name].takes(ENCODERS[encoder]):
        network, image = build_network(name, encoder, 2, narrow_options(name)).eval(), torch.rand(1, 3, 64, 64)
        with torch.no_grad():
            found = network(image if ARCHITECTURE_CARDS[name].task == "semantic" else list(image))
        assert len(found) == 1
        assert isinstance(found, list) or found.shape == (1, 2, 64, 64)
        return
    with pytest.raises(SettingsError, match=f"{name} cannot take {encoder}; it takes") as refused:
        TrainingSettings(architecture=name, encoder=encoder)
    assert refused.value.field == "encoder"
    assert ARCHITECTURE_CARDS[name].default_encoder in refused.value.reason


@pytest.mark.parametrize(
    ("architecture", "options", "reason"),
    [
        ("unet", {"depht": 3}, "unet has no option 'depht'; it has depth, decoder_channels, attention"),
        ("fcn8s", {"depth": 3}, "fcn8s has no option 'depth'; it has none"),
        ("unet", {"depth": 6}, "depth: 6 is outside 3 to 5"),
        ("unet", {"depth": 4.5}, "depth: must be a whole number, not 4.5"),
        ("unet", {"depth": True}, "depth: must be a whole number, not True"),
        ("unet", {"attention": "much"}, "attention: 'much' is not offered; choose one of none, scse"),
        ("fpn", {"dropout": 0.95}, "dropout: 0.95 is outside 0 to 0.9"),
        ("fpn", {"dropout": "half"}, "dropout: must be a number, not 'half'"),
        ("fpn", {"dropout": float("nan")}, "dropout: must be a number"),
        ("deeplabv3plus", {"output_stride": 16.0}, "output_stride: 16.0 is not offered"),
        ("unet_classic", {"batch_norm": 1}, "batch_norm: must be true or false, not 1"),
        ("unet", ["depth"], "must be an object of names and values"),
    ],
)
def test_options_that_cannot_be_used_are_refused_by_name(architecture: str, options: object, reason: str) -> None:
    with pytest.raises(SettingsError) as refused:
        TrainingSettings.from_dict({"architecture": architecture, "architecture_options": options})
    assert refused.value.field == "architecture_options"
    assert reason in refused.value.reason


def test_a_transformer_pyramid_is_taken_whole() -> None:
    with pytest.raises(SettingsError, match="depth: mit_b0 has all of its 5 stages"):
        TrainingSettings(architecture="fpn", encoder="mit_b0", architecture_options={"depth": 4})


def test_options_left_out_are_filled_in_and_survive_json() -> None:
    settings = TrainingSettings(architecture="fpn", architecture_options={"depth": 4, "dropout": 0})
    assert settings.architecture_options == {"depth": 4, "dropout": 0.0, "merge": "add"}
    assert TrainingSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_encoder_and_weights_left_to_the_program_are_the_architectures_own() -> None:
    assert TrainingSettings(architecture="fcn8s").encoder == "resnet50"
    assert TrainingSettings(architecture="fcn8s").encoder_weights == "imagenet"
    classic = TrainingSettings(architecture="unet_classic")
    assert (classic.encoder, classic.encoder_weights) == ("plain", "none")
    assert TrainingSettings(architecture="segnet", architecture_options={"width": 32}).encoder_weights == "none"


@pytest.mark.parametrize(
    ("architecture", "options", "reason"),
    [
        ("unet_classic", {}, "there are no ImageNet weights for plain"),
        ("segnet", {"width": 32}, "ImageNet weights are for width 64 alone"),
    ],
)
def test_imagenet_weights_nobody_has_are_refused(architecture: str, options: dict[str, int], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason) as refused:
        TrainingSettings(architecture=architecture, architecture_options=options, encoder_weights="imagenet")
    assert refused.value.field == "encoder_weights"


def saved(path: Path, options: dict[str, object], architecture: str = "unet_classic") -> TrainingSettings:
    settings = TrainingSettings(architecture=architecture, architecture_options=options, encoder_weights="none")
    network = build_network(architecture, settings.encoder, 1, settings.architecture_options)
    save_model(path, network.state_dict(), [ClassSpec("a")], settings, Normalisation((0.0,) * 3, (1.0,) * 3), {})
    return settings


def test_a_model_file_brings_its_options_back(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    settings = saved(path, {"width": 4, "padding": "same"})
    model = load_model(path, "cpu")
    assert model.settings == settings
    assert model.module.classifier.in_channels == 4


def test_a_model_file_from_before_there_were_options_has_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    saved(path, {}, "unet")
    tensors, metadata = read_tensors(path)
    settings = json.loads(metadata["settings"])
    del settings["architecture_options"]
    save_file(tensors, path, metadata | {"settings": json.dumps(settings)})
    assert load_model(path, "cpu").settings.architecture_options == {
        "depth": 5, "decoder_channels": 256, "attention": "none",
    }  # fmt: skip


def test_a_warm_start_with_options_of_another_shape_takes_the_encoder_where_it_fits(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    saved(path, {"decoder_channels": 64}, "unet")
    wider = TrainingSettings(architecture="unet", architecture_options={"decoder_channels": 128})
    network = build_network("unet", wider.encoder, 1, wider.architecture_options)
    assert start_from(network, [ClassSpec("a")], wider, path) == []
    earlier = load_model(path, "cpu").module.encoder.state_dict()
    assert all(torch.equal(tensor, earlier[name]) for name, tensor in network.encoder.state_dict().items())


def test_a_warm_start_from_an_encoder_of_another_width_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    saved(path, {"width": 4})
    wider = TrainingSettings(architecture="unet_classic", architecture_options={"width": 8})
    network = build_network("unet_classic", "plain", 1, wider.architecture_options)
    with pytest.raises(SettingsError, match="other shapes than that of model.safetensors"):
        start_from(network, [ClassSpec("a")], wider, path)


def test_spatial_dropout_of_fpn_drops_whole_feature_maps_at_its_rate() -> None:
    network = build_network("fpn", "mobilenet_v2", 2, {"dropout": 0.5}).train()
    merged: list[torch.Tensor] = []
    network.body.decoder.register_forward_hook(lambda module, given, result: merged.append(result))
    with torch.no_grad():
        network(torch.rand(4, 3, 64, 64))
    is_zero = merged[0] == 0
    is_dropped = is_zero.flatten(2).all(-1)
    assert 0.3 < is_dropped.float().mean() < 0.7
    assert not is_zero[~is_dropped].flatten(1).all(-1).any()
    network.eval()
    with torch.no_grad():
        network(torch.rand(1, 3, 64, 64))
    assert not (merged[1] == 0).flatten(2).all(-1).any()
