import json

from broker.reading.part import part


def cast(*events: tuple[float, str, str]) -> list[bytes]:
    head = {"version": 2, "width": 20, "height": 5}
    return [json.dumps(one).encode() + b"\n" for one in (head, *map(list, events))]


def read(
    lines: list[bytes], at_s: float, most_bytes: int = 10_000
) -> tuple[dict[str, int], list[list[object]]]:
    head, *events = b"".join(part(lines, int(at_s * 1_000_000), most_bytes)).splitlines()
    return json.loads(head), [json.loads(one) for one in events]


LONG = cast(
    (1, "o", "first line\r\n"),
    (2, "r", "40x6"),
    (3, "o", "second line\r\n"),
    (4, "m", "a marker"),
    (5, "o", "third\r\n"),
    (6, "o", "fourth\r\n"),
)


def test_a_part_begins_with_the_picture_of_its_moment_and_keeps_the_times_of_the_whole() -> None:
    head, (picture, *rest) = read(LONG, 4)
    assert (head["width"], head["height"]) == (40, 6)
    assert picture[:2] == [4.0, "o"]
    assert "first line" in str(picture[2])
    assert "second line" in str(picture[2])
    assert rest == [[4, "m", "a marker"], [5, "o", "third\r\n"], [6, "o", "fourth\r\n"]]


def test_a_part_is_bounded_and_says_that_more_follows() -> None:
    _head, events = read(LONG, 4, most_bytes=50)
    assert events[-1] == [6, "m", "more follows: go on from here"]


def test_from_the_beginning_nothing_is_left_out_and_after_the_end_the_last_picture_stands() -> None:
    assert [event[0] for event in read(LONG, 0)[1]][1:] == [1, 2, 3, 4, 5, 6]
    _head, events = read(LONG, 99)
    assert len(events) == 1
    assert "fourth" in str(events[0][2])


def test_only_the_output_just_before_is_worked_on_and_the_size_of_before_still_holds() -> None:
    flood = cast(
        (1, "r", "30x4"), *((2 + at / 100, "o", "x" * 4096 + "\r\n") for at in range(200)), (9, "o", "end")
    )
    head, (picture, last) = read(flood, 8, most_bytes=10**6)
    assert (head["width"], head["height"]) == (30, 4)
    assert len(str(picture[2])) < 2000
    assert last == [9, "o", "end"]
