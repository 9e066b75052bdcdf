import io

import pytest

from segmodels.commands.progress import ProgressLine, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def shown(terminal: Terminal) -> str:
    """What stands on the terminal's last line."""
    return terminal.getvalue().rsplit("\r\x1b[K", 1)[-1]


def test_progress_says_how_much_is_done_and_how_long_the_rest_takes() -> None:
    terminal, clock = Terminal(), Clock()
    progress = ProgressLine("predicting image", 10, terminal, clock)
    for number in (1, 2, 3, 4):
        clock.now = 5.0 * number
        progress.advance()
    assert shown(terminal) == "predicting image 4 of 10, 30 s left"
    assert "\n" not in terminal.getvalue()


def test_the_first_second_is_silent_and_lines_are_not_rewritten_all_the_time() -> None:
    terminal, clock = Terminal(), Clock()
    progress = ProgressLine("step", 1000, terminal, clock)
    clock.now = 0.9
    progress.advance()
    assert terminal.getvalue() == ""
    for _ in range(100):
        clock.now += 0.01
        progress.advance()
    assert 2 <= terminal.getvalue().count("step") <= 6


def test_nothing_is_written_where_there_is_no_terminal_but_what_is_said_is() -> None:
    file, clock = io.StringIO(), Clock()
    with ProgressLine("step", 3, file, clock) as progress:
        clock.now = 10.0
        progress.advance()
        assert file.getvalue() == ""
        progress.say("batches are smaller now")
    assert file.getvalue() == "batches are smaller now\n"


def test_the_line_goes_before_anything_else_is_said_and_at_the_end() -> None:
    terminal, clock = Terminal(), Clock()
    with ProgressLine("step", 3, terminal, clock) as progress:
        clock.now = 10.0
        progress.advance()
        progress.say("a note")
        assert shown(terminal) == "a note\n"
        clock.now = 20.0
        progress.advance()
        assert shown(terminal).startswith("step 2 of 3")
    assert shown(terminal) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (95, "95 s"), (150, "2 min"), (5400, "90 min"), (9000, "2 h"), (90_000, "25 h")]
)
def test_durations_are_read_at_a_glance(seconds: float, text: str) -> None:
    assert duration(seconds) == text
