import json
import subprocess
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.export import asciicast
from recorder.export.asciicast import Cast, casts_of, version_2, version_3
from recorder.export.members import exports
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from recorder.format.keys import unwrap
from tests.clock import STARTS
from tests.programs import needs
from tests.recorder.recordings import KEK, SESSION, sealed_in

MARKER = b"marker-7f3a"


def cast(frames: list[Frame], channel: int = 1, *, typed: bool = False) -> Cast:
    opened = Frame(Kind.CHANNEL_OPENED, channel, 0, payloads.channel_opened("shell", columns=100, rows=30))
    return casts_of([opened, *frames], STARTS, "session", typed=typed)[channel]


def events(lines: bytes) -> list[list[object]]:
    return [json.loads(line) for line in lines.splitlines()[1:]]


@pytest.fixture
async def made(tmp_path: Path) -> dict[str, bytes]:
    data = (await sealed_in(tmp_path)).read_bytes()
    key = unwrap((tmp_path / f"{SESSION}.key").read_bytes(), KEK, SESSION)
    return {name: b"".join(lines()) for name, lines in exports(BytesIO(data), key).items()}


def test_peer_t52_the_recording_holds_the_marker_and_its_times_never_run_back(made: dict[str, bytes]) -> None:
    shown = events(made["exports/terminal-1.v2.cast"])
    assert "load average" in "".join(str(text) for _, code, text in shown if code == "o")
    assert all(before[0] <= after[0] for before, after in pairwise(shown))  # type: ignore[operator]
    intervals = events(made["exports/terminal-1.v3.cast"])
    assert all(event[0] >= 0 for event in intervals)  # type: ignore[operator]
    assert sum(event[0] for event in intervals) == pytest.approx(shown[-1][0])  # type: ignore[misc]


@needs("asciinema")
def test_peer_t52_asciinema_itself_plays_it(tmp_path: Path) -> None:
    frames = [Frame(Kind.TO_VENDOR, 1, 1000 * at, MARKER + b" %d\r\n" % at) for at in range(50)] + [
        Frame(Kind.TO_VENDOR, 1, 99_000, b"\x1b]52;c;aGk=\x07\x1b[6n\xff")
    ]
    path = tmp_path / "session.cast"
    path.write_bytes(b"".join(version_2(cast(frames))))
    done = subprocess.run(
        ["script", "-qec", f"asciinema cat {path}", "/dev/null"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.count(MARKER) == 50
    assert b"\x1b]52" not in done.stdout
    assert b"\x1b[6n" not in done.stdout


def test_headers_say_what_each_version_asks_for(made: dict[str, bytes]) -> None:
    second = json.loads(made["exports/terminal-1.v2.cast"].splitlines()[0])
    third = json.loads(made["exports/terminal-1.v3.cast"].splitlines()[0])
    at = int(STARTS.timestamp())
    assert (second["version"], second["width"], second["height"], second["timestamp"]) == (2, 80, 24, at)
    assert (third["version"], third["term"]["cols"], third["term"]["rows"]) == (3, 80, 24)
    assert third["timestamp"] == at


def test_what_the_gate_did_is_marked_and_what_was_typed_is_left_out(made: dict[str, bytes]) -> None:
    for name, data in made.items():
        shown = events(data)
        marks = [text for _, code, text in shown if code == "m"]
        assert "hidden input: 9 bytes" in marks, name
        assert "refused code=no_permit sentence=Not granted." in marks
        assert "end: finished" in marks
        assert [text for _, code, text in shown if code == "r"] == ["132x43"]
        assert not [text for _, code, text in shown if code == "i"]
    assert events(made["exports/terminal-1.v3.cast"])[-1] == [0.0, "x", "0"]


def test_what_was_typed_is_there_when_it_is_asked_for() -> None:
    frames = [Frame(Kind.TO_ASSET, 1, 5, b"ls\r"), Frame(Kind.HIDDEN, 1, 6, payloads.hidden(8))]
    told = events(b"".join(version_2(cast(frames, typed=True))))
    assert [0.000005, "i", "ls\r"] in told
    assert [0.000006, "m", "hidden input: 8 bytes"] in told


@given(st.lists(st.tuples(st.integers(0, 10**10), st.binary(max_size=30)), max_size=30))
def test_both_versions_tell_the_same_to_the_microsecond(steps: list[tuple[int, bytes]]) -> None:
    at, frames = 0, []
    for wait, data in steps:
        at += wait
        frames.append(Frame(Kind.TO_VENDOR, 1, at, data))
    one = cast(frames)
    second, third = (events(b"".join(lines)) for lines in (version_2(one), version_3(one)))
    reached = 0
    assert len(second) == len(third)
    for (when, *what), (interval, *same) in zip(second, third, strict=True):
        reached += round(float(str(interval)) * 1_000_000)
        assert reached == round(float(str(when)) * 1_000_000)
        assert what == same


def test_half_a_character_of_one_stream_is_not_completed_by_the_other() -> None:
    frames = [
        Frame(Kind.TO_VENDOR, 1, 1, b"\xe2\x82"),
        Frame(Kind.TO_VENDOR_ERR, 1, 2, b"\xac"),
        Frame(Kind.TO_VENDOR, 1, 3, b"\xac"),
    ]
    text = "".join(str(event[2]) for event in events(b"".join(version_2(cast(frames)))) if event[1] == "o")
    assert text == "�€"


def test_each_screen_is_a_cast_and_what_has_none_is_not() -> None:
    frames = [
        Frame(Kind.CHANNEL_OPENED, 1, 0, payloads.channel_opened("sftp")),
        Frame(Kind.CHANNEL_OPENED, 2, 0, payloads.channel_opened("exec", command="uptime \x1b[2J")),
        Frame(Kind.CHANNEL_OPENED, 3, 0, payloads.channel_opened("shell")),
        Frame(Kind.TO_VENDOR, 1, 1, b"binary"),
        Frame(Kind.TO_VENDOR, 2, 1, b"two"),
        Frame(Kind.TO_VENDOR, 3, 1, b"three"),
        Frame(Kind.MARK, 0, 2, payloads.mark("warned", left_s=300)),
    ]
    casts = casts_of(frames, STARTS, "session")
    assert sorted(casts) == [2, 3]
    assert (0, "m", "exec: uptime \\x1b[2J") in casts[2].events
    assert all((2, "m", "warned left_s=300") in one.events for one in casts.values())
    assert (casts[3].columns, casts[3].rows) == (80, 24)


@pytest.mark.parametrize(
    "size",
    [
        {"columns": -1, "rows": 5},
        {"columns": True, "rows": 24},
        {"columns": 80, "rows": True},
        {"columns": "80", "rows": 24},
        {},
        {"rows": 10**9},
    ],
)
def test_a_size_that_nobody_can_draw_is_not_drawn(size: dict[str, object]) -> None:
    frame = Frame(Kind.RESIZE, 1, 0, json.dumps(size, separators=(",", ":")).encode())
    one = cast([frame])
    assert (one.columns, one.rows) == (100, 30)
    assert not [event for event in one.events if event[1] == "r"]


def test_an_endless_output_is_exported_to_a_limit_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asciicast, "MOST_SHOWN_BYTES", 1000)
    one = cast([Frame(Kind.TO_VENDOR, 1, at, b"x" * 100) for at in range(50)])
    assert [text for _, code, text in one.events if code == "m"][1:] == [
        "this export shows no more; the recording does"
    ]
    assert sum(len(text) for _, code, text in one.events if code == "o") <= 1000


def test_the_title_is_harmless() -> None:
    opened = Frame(Kind.CHANNEL_OPENED, 1, 0, payloads.channel_opened("shell"))
    assert casts_of([opened], STARTS + timedelta(), "a\x1b]0;b\x07")[1].title == "a\\x1b]0;b\\x07"
