import pytest

from annotator.services.errors import ServiceError
from annotator.services.preferences import save_preferences

CHOSEN = {
    "keymap": {"brush": ["KeyB"], "next": ["KeyN", "ArrowRight"]},
    "palette": "colour-blind",
    "hatching": True,
    "pen_pressure": False,
    "language": "de",
}


def test_preferences_are_kept_as_they_were_chosen(alice):
    assert save_preferences(user=alice, preferences=CHOSEN) == CHOSEN
    alice.refresh_from_db()
    assert alice.preferences == CHOSEN
    save_preferences(user=alice, preferences={"palette": "project"})
    alice.refresh_from_db()
    assert alice.preferences == {"palette": "project"}


@pytest.mark.parametrize(
    "preferences",
    [
        {"color": "red"},
        {"palette": 1},
        {"palette": "a\0b"},
        {"palette": "\ud800"},
        {"palette": "x" * 65},
        {"hatching": "yes"},
        {"hatching": None},
        {"keymap": []},
        {"keymap": {"brush": "KeyB"}},
        {"keymap": {"brush": [1]}},
        {"keymap": {"\ud800": ["KeyB"]}},
        {"keymap": {f"action-{number}": ["Control+Shift+KeyB"] for number in range(5000)}},
    ],
)
def test_what_is_no_preference_is_refused_and_nothing_changes(alice, preferences):
    save_preferences(user=alice, preferences=CHOSEN)
    with pytest.raises(ServiceError, match="nothing was saved"):
        save_preferences(user=alice, preferences=preferences)
    alice.refresh_from_db()
    assert alice.preferences == CHOSEN
