import json

import pytest

from segmodels.errors import SettingsError
from segmodels.settings import TrainingSettings


def test_settings_survive_json() -> None:
    settings = TrainingSettings(image_size=(180, 240), epochs=3, steps_per_epoch=7, learning_rate=2e-4)
    assert TrainingSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epoch", 3),
        ("architecture", "transformer9000"),
        ("encoder", "resnet"),
        ("encoder_weights", "17"),
        ("image_size", [256]),
        ("image_size", [8, 256]),
        ("image_size", [256, 100_000]),
        ("image_size", [256.5, 256]),
        ("image_size", "256x256"),
        ("epochs", 0),
        ("epochs", True),
        ("epochs", "20"),
        ("epochs", None),
        ("batch_size", -1),
        ("steps_per_epoch", 0),
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("learning_rate", "fast"),
        ("weight_decay", -0.1),
        ("augment", 1),
        ("device", "tpu"),
        ("seed", -1),
        ("loss", {}),
        ("loss", {"dice": 0}),
        ("loss", {"hinge": 1.0}),
        ("loss", {"dice": "much"}),
        ("loss", {"dice": float("nan")}),
        ("loss", {"dice": -1.0}),
        ("loss", "dice"),
        ("dice_weight", "much"),
        ("optimiser", "lion"),
        ("schedule", "step"),
        ("precision", "int8"),
        ("momentum", 1.0),
        ("average_decay", 1.0),
        ("gradient_clip", -1.0),
        ("micro_batch_size", 0),
        ("blur", 1.5),
        ("elastic", -0.1),
        ("compile", 1),
        ("channels_last", None),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(SettingsError) as refused:
        TrainingSettings.from_dict({field: value})
    assert refused.value.field == field
    assert field in str(refused.value)
    assert refused.value.reason


def test_what_may_be_left_to_the_program_may_be_null() -> None:
    settings = TrainingSettings.from_dict({"steps_per_epoch": None, "threads": None})
    assert settings.steps_per_epoch is None


def test_whole_numbers_are_taken_as_rates() -> None:
    assert TrainingSettings.from_dict({"learning_rate": 1}).learning_rate == 1.0


def test_the_dice_weight_of_older_settings_is_dice_beside_cross_entropy() -> None:
    assert TrainingSettings.from_dict({"dice_weight": 0.5}) == TrainingSettings()
    assert TrainingSettings.from_dict({"dice_weight": 0}).loss == {"cross_entropy": 1.0}
    assert TrainingSettings.from_dict({"dice_weight": 2}).loss == {"cross_entropy": 1.0, "dice": 2.0}
    with pytest.raises(SettingsError, match="dice_weight.*one of the two"):
        TrainingSettings.from_dict({"dice_weight": 0.5, "loss": {"dice": 1.0}})


def test_two_settings_do_not_share_their_loss() -> None:
    first = TrainingSettings()
    first.loss["focal"] = 1.0
    assert "focal" not in TrainingSettings().loss
