from hypothesis import given
from hypothesis import strategies as st

from broker.reading.picture import Picture
from recorder.replay import Sanitiser


def same(one: Picture, other: Picture) -> bool:
    """Every cell with its colours, and the cursor."""
    a, b = one._screen, other._screen
    cells = all(
        (a.buffer[y][x].data or " ", a.buffer[y][x][1:]) == (b.buffer[y][x].data or " ", b.buffer[y][x][1:])
        for y in range(a.lines)
        for x in range(a.columns)
    )
    return cells and (min(a.cursor.x, a.columns - 1), a.cursor.y) == (b.cursor.x, b.cursor.y)


def redrawn(picture: Picture, columns: int, rows: int) -> Picture:
    again = Picture(columns, rows)
    again.feed(picture.drawing())
    return again


def test_a_prompt_with_colours_and_wide_letters_is_drawn_again_as_it_stood() -> None:
    picture = Picture(40, 6)
    picture.feed(
        "\x1b[1;32mana\x1b[0m:\x1b[38;5;208m~\x1b[0m$ cat 水位\r\n\x1b[7;91;44m4.2 m\x1b[0m\r\n\x1b[38;2;1;2;3mx"
    )
    assert same(picture, redrawn(picture, 40, 6))
    drawing = picture.drawing()
    assert "\x1b[1;32mana" in drawing
    assert "38;5;208" in drawing
    assert "38;2;1;2;3" in drawing


def test_a_program_on_the_other_screen_is_drawn_there() -> None:
    picture = Picture(20, 4)
    picture.feed("$ vi\r\n\x1b[?1049h\x1b[2J\x1b[Hedit")
    assert "\x1b[?1049h" in picture.drawing()
    picture.feed("\x1b[?1049l")
    assert "\x1b[?1049h" not in picture.drawing()


TEXT = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.builds(
            "\x1b[{};{}{}".format,
            st.integers(0, 99),
            st.integers(0, 99),
            st.sampled_from("ABCDEFGHJKLMPX@dfmr"),
        ),
        st.sampled_from(["\r\n", "\n", "\x1b[m", "\x1b[1;31m", "\x1b[38:2:1:2:3m", "\x1b7", "\x1b8", "水"]),
    ),
    max_size=25,
)


@given(TEXT, st.integers(2, 20), st.integers(1, 8))
def test_whatever_was_shown_is_drawn_again_inert(parts: list[str], columns: int, rows: int) -> None:
    picture = Picture(columns, rows)
    picture.feed(Sanitiser().feed("".join(parts).encode("utf-8", "replace")))
    drawing = picture.drawing()
    assert Sanitiser().feed(drawing.encode()) == drawing
    redrawn(picture, columns, rows)
