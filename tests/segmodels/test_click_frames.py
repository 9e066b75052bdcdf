"""What of a large image the encoder of click-to-segment looks at."""

from hypothesis import given
from hypothesis import strategies as st

from segmodels.clicks.frames import MOST_SEEN, SHORTEST_PX, Frame, frames_around

SIDES = st.integers(1, 20_000)


@st.composite
def views(draw: st.DrawFn) -> tuple[int, int, tuple[int, int, int, int]]:
    """Width and height of an image, and a part of it."""
    width, height = draw(SIDES), draw(SIDES)
    x0, y0 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return width, height, (x0, y0, draw(st.integers(x0 + 1, width)), draw(st.integers(y0 + 1, height)))


@given(views())
def test_every_frame_holds_what_is_seen_and_lies_in_the_next_ones_size(
    view: tuple[int, int, tuple[int, int, int, int]],
) -> None:
    width, height, (x0, y0, x1, y1) = view
    frames = frames_around(width, height, (x0, y0, x1, y1))
    assert frames[-1] == Frame(0, 0, width, height)
    longer = max(width, height)
    for times_halved, frame in enumerate(reversed(frames)):
        side = longer / 2**times_halved
        assert 0 <= frame.x0 <= x0 < x1 <= frame.x1 <= width
        assert 0 <= frame.y0 <= y0 < y1 <= frame.y1 <= height
        assert abs(frame.width - min(side, width)) < 2
        assert abs(frame.height - min(side, height)) < 2
    tighter = longer / 2 ** len(frames)
    assert tighter < SHORTEST_PX or max(x1 - x0, y1 - y0) > MOST_SEEN * tighter


def test_small_images_are_looked_at_as_a_whole() -> None:
    assert frames_around(1023, 700, (0, 0, 20, 20)) == [Frame(0, 0, 1023, 700)]


def test_who_moves_on_a_little_needs_no_new_frame() -> None:
    def tightest(x: float) -> Frame:
        return frames_around(6000, 4000, (x, 2000, x + 300, 2300))[0]

    assert tightest(2050) == tightest(2120) != tightest(2800)
    assert tightest(2050).width == 750
