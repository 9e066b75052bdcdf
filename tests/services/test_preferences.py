import pytest

from annotator.models import User
from annotator.services.errors import ServiceError
from annotator.services.preferences import change_preferences

CHOSEN = {
    "keymap": {"brush": ["KeyB"], "next": ["KeyN", "ArrowRight"]},
    "palette": "colour-blind",
    "hatching": True,
    "pen_pressure": False,
    "language": "de",
    "opacity": 0.7,
    "panel_px": 240,
}


def kept_by(user) -> dict:
    user.refresh_from_db()
    return user.preferences


def test_preferences_are_kept_as_they_were_chosen(alice):
    assert change_preferences(user=alice, changes=CHOSEN) == CHOSEN
    assert kept_by(alice) == CHOSEN


def test_what_is_not_named_stays_and_none_takes_one_back(alice):
    change_preferences(user=alice, changes=CHOSEN)
    change_preferences(user=alice, changes={"palette": "project", "hatching": None})
    left = {name: value for name, value in CHOSEN.items() if name != "hatching"}
    assert kept_by(alice) == {**left, "palette": "project"}


def test_keys_are_changed_action_by_action(alice):
    change_preferences(user=alice, changes=CHOSEN)
    change_preferences(user=alice, changes={"keymap": {"next": None, "undo": ["KeyU"]}})
    assert kept_by(alice) == {**CHOSEN, "keymap": {"brush": ["KeyB"], "undo": ["KeyU"]}}
    change_preferences(user=alice, changes={"keymap": None})
    assert "keymap" not in kept_by(alice)


def test_a_page_that_was_opened_before_does_not_take_back_what_another_changed(alice):
    of_another_request = User.objects.get(pk=alice.pk)
    change_preferences(user=alice, changes={"palette": "distinct"})
    change_preferences(user=of_another_request, changes={"rulers": True})
    assert kept_by(alice) == {"palette": "distinct", "rulers": True}


@pytest.mark.parametrize(
    "preferences",
    [
        {"color": "red"},
        {"palette": 1},
        {"palette": "a\0b"},
        {"palette": "\ud800"},
        {"palette": "x" * 65},
        {"hatching": "yes"},
        {"opacity": 1.5},
        {"opacity": True},
        {"panel_px": -1},
        {"panel_px": "wide"},
        {"color": None},
        {"keymap": []},
        {"keymap": {"brush": "KeyB"}},
        {"keymap": {"brush": [1]}},
        {"keymap": {"\ud800": ["KeyB"]}},
        {"keymap": {f"action-{number}": ["Control+Shift+KeyB"] for number in range(5000)}},
    ],
)
def test_what_is_no_preference_is_refused_and_nothing_changes(alice, preferences):
    change_preferences(user=alice, changes=CHOSEN)
    with pytest.raises(ServiceError, match="nothing was saved"):
        change_preferences(user=alice, changes={"rulers": True, **preferences})
    assert kept_by(alice) == CHOSEN
