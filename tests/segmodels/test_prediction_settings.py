import json
from typing import Any

import pytest

from segmodels.errors import SettingsError
from segmodels.prediction_settings import PredictionSettings


def test_settings_survive_the_way_through_json() -> None:
    settings = PredictionSettings("tiles", (64, 96), 0.5, ("horizontal",), True, 3, 7)
    assert PredictionSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mode", "windows"),
        ("tile_size", [64]),
        ("tile_size", [8, 64]),
        ("tile_size", [64, 5000]),
        ("tile_size", [64.0, 64]),
        ("overlap", 0.6),
        ("overlap", float("nan")),
        ("overlap", True),
        ("flips", ["diagonal"]),
        ("flips", "both"),
        ("flips", ["both", "both"]),
        ("margin", 1),
        ("mc_samples", -1),
        ("mc_samples", 1.5),
        ("seed", -1),
        ("windows", 1),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(SettingsError) as refusal:
        PredictionSettings.from_dict({field: value})
    assert refusal.value.field == field
