import unicodedata
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.conduits.files import packets as sftp
from broker.conduits.terminal.echo import Echo
from broker.reading.extract import extract
from broker.reading.found import Found, FoundKind
from recorder.format import payloads
from recorder.format.frame import Frame, Kind
from recorder.format.keys import unwrap
from recorder.playback import Playback
from tests.broker.reading.typing_at import PROMPT, shell
from tests.recorder.recordings import KEK, SESSION, sealed_in


def of(kind: FoundKind, things: tuple[Found, ...]) -> list[str]:
    return [one.text for one in things if one.kind is kind]


def test_commands_are_what_the_shell_showed_edited_recalled_completed_and_pasted(tmp_path: Path) -> None:
    """E10: what was sent off at the prompt is found with its time, as the screen showed it."""
    (tmp_path / "setpoint-a.conf").touch()
    (tmp_path / "setpoint-b.conf").touch()
    with shell(tmp_path) as typist:
        typist.run("echo one")
        typist.type(b"echo twx\x7fo")  # a correction, typed ahead
        typist.type(b"\r")
        typist.until(PROMPT)
        typist.type(b"\x1b[A")  # the last command again
        typist.until(b"echo two")
        typist.type(b"\r")
        typist.until(PROMPT)
        typist.type(b"ls set\t")
        typist.until(b"point-")
        typist.type(b"\t\t")
        typist.until(PROMPT + b"ls setpoint-")  # both names were listed, and the line is drawn again
        typist.type(b"a\t")
        typist.until(b"a.conf")
        typist.type(b"\r")
        typist.until(PROMPT)
        typist.type(b"echo three\recho four\r")
        typist.until(PROMPT, 2)
        long = b"echo " + b"long" * 40
        typist.type(long + b"\r")
        typist.until(PROMPT)
        typist.run("echo 水位 ok")
    things = extract(typist.frames)
    assert of(FoundKind.COMMAND, things) == [
        "echo one",
        "echo two",
        "echo two",
        "ls setpoint-a.conf",
        "echo three",
        "echo four",
        long.decode(),
        "echo 水位 ok",
    ]
    assert all(one.deed == PROMPT.decode().strip() for one in things if one.kind is FoundKind.COMMAND)
    assert [one.at_us for one in things] == sorted(one.at_us for one in things)


def test_what_is_typed_without_echo_is_nowhere_in_what_is_found(tmp_path: Path) -> None:
    with shell(tmp_path) as typist:
        typist.run("echo before")
        for letter in b"read -r -s -p 'Password: ' it":
            typist.type(bytes([letter]))
        typist.type(b"\r")
        typist.until(b"Password: ", 2)
        typist.type(b"hunter2-secret\r")
        typist.until(PROMPT)
        for letter in b"read -r -p 'PIN: ' it":
            typist.type(bytes([letter]))
        typist.type(b"\r")
        typist.until(b"PIN: ", 2)
        typist.type(b"482916\r")  # this one is echoed: the index leaves it out all the same
        typist.until(PROMPT)
        typist.run("echo after")
    everything = "\n".join(one.text + one.deed for one in extract(typist.frames))
    assert "hunter2" not in everything
    assert "482916" not in everything
    assert "echo before" in everything
    assert "echo after" in everything


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=6, max_size=20),
    st.lists(st.booleans(), max_size=4),
)
def test_a_password_that_the_asset_does_not_echo_is_never_found(secret: str, letters: list[bool]) -> None:
    secret = f"§{secret}§"  # so that it can't stand in anything else
    echo, frames = Echo(), [Frame(Kind.CHANNEL_OPENED, 1, 0, payloads.channel_opened("shell"))]

    def typed(data: bytes) -> None:
        kept = echo.typed(data)
        frames.append(
            Frame(Kind.TO_ASSET, 1, len(frames), data)
            if kept
            else Frame(Kind.HIDDEN, 1, len(frames), payloads.hidden(len(data)))
        )

    def shown(data: bytes) -> None:
        frames.append(Frame(Kind.TO_VENDOR, 1, len(frames), data))
        if revealed := echo.shown(data):
            frames.append(Frame(Kind.TO_ASSET, 1, len(frames), revealed))

    shown(b"$ ")
    for one in [*letters, False]:
        for key in [b"su\r"] if one else [b"s", b"u", b"\r"]:
            typed(key)
            shown(key.replace(b"\r", b"\r\n"))
        shown(b"Password: ")
        for key in [secret.encode()] if one else [bytes([byte]) for byte in secret.encode()]:
            typed(key)
        typed(b"\r")
        shown(b"\r\n# ")
    things = extract(frames)
    assert of(FoundKind.COMMAND, things)
    assert not any(secret[1:-1] in one.text + one.deed for one in things if len(secret) > 8)
    assert not any("§" in one.text for one in things)


async def test_a_real_recording_tells_its_commands_marks_and_end(tmp_path: Path) -> None:

    path = await sealed_in(tmp_path)
    key = unwrap((tmp_path / f"{SESSION}.key").read_bytes(), KEK, SESSION)
    before = path.read_bytes()
    with path.open("rb") as recording:
        things = extract(Playback(recording, key).frames())
    told = [(one.kind.value, one.at_us, one.text) for one in things if one.kind is not FoundKind.SCREEN]
    assert sorted(told, key=itemgetter(1, 0)) == [
        ("passage", 0, "shell"),
        ("command", 750_000, "uptime"),
        ("refusal", 750_000, "Not granted."),
        ("passage", 1_750_000, "exit 0"),
    ]
    assert "load average" in "".join(of(FoundKind.SCREEN, things))
    assert path.read_bytes() == before, "reading leaves the master as it is"


def frames_of(*payload: tuple[Kind, bytes], passage: str = "shell", command: str = "") -> list[Frame]:
    opened = payloads.channel_opened(passage, command=command, terminal="xterm" if passage == "shell" else "")
    return [
        Frame(Kind.CHANNEL_OPENED, 1, 0, opened),
        *(Frame(kind, 1, at, data) for at, (kind, data) in enumerate(payload, 1)),
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([Kind.TO_VENDOR, Kind.TO_VENDOR_ERR, Kind.TO_ASSET]), st.binary(max_size=60)
        )
    )
)
def test_hostile_bytes_stop_nothing_and_come_out_inert(parts: list[tuple[Kind, bytes]]) -> None:
    for one in extract(
        frames_of(*parts, (Kind.TO_VENDOR, b"\x1b]52;c;aGk=\x07\x1b[6n\xe2\x80\xae\r\nend\r\n"))
    ):
        assert all(
            letter.isprintable() or letter == "\n" or unicodedata.category(letter) == "Cn"
            for letter in one.text
        )
        assert "\u202e" not in one.text


SEQUENCES = st.sampled_from("ABCDEFGHJKLMPX@dfmrSTb")


@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.builds("\x1b[{};{}{}".format, st.integers(0, 9999), st.integers(0, 9999), SEQUENCES),
            st.sampled_from(
                [
                    "\x1b[?1049h",
                    "\x1b[?1049l",
                    "\x1b[?47h",
                    "\x1b7",
                    "\x1b8",
                    "\x1bM",
                    "\x1bD",
                    "\x1bE",
                    "\r\n",
                    "\x1b(0",
                ]
            ),
        ),
        max_size=30,
    ),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_no_sequence_upsets_the_terminal(parts: list[str], columns: int, rows: int) -> None:
    size = (Kind.RESIZE, payloads.resize(columns, rows))
    keys = (Kind.HIDDEN, payloads.hidden(3))
    half = len(parts) // 2
    extract(
        frames_of(
            size,
            (Kind.TO_VENDOR, "".join(parts[:half]).encode()),
            keys,
            (Kind.RESIZE, payloads.resize(rows, columns)),
            (Kind.TO_VENDOR, "".join(parts[half:]).encode()),
        )
    )


def test_a_program_that_takes_the_whole_screen_has_text_and_no_commands() -> None:
    things = extract(
        frames_of(
            (Kind.TO_VENDOR, b"$ "),
            (Kind.HIDDEN, payloads.hidden(3)),
            (Kind.TO_VENDOR, b"vi\r\n\x1b[?1049h\x1b[H\x1b[2Jsetpoint = 4.2"),
            (Kind.HIDDEN, payloads.hidden(4)),
            (Kind.TO_VENDOR, b"\x1b[2;1Halarm = 9\r\n:wq\r\n"),
            (Kind.TO_VENDOR, b"\x1b[?1049l$ "),
        )
    )
    assert of(FoundKind.COMMAND, things) == ["vi"]
    text = "\n".join(of(FoundKind.SCREEN, things))
    assert "setpoint = 4.2" in text
    assert "alarm = 9" in text


def test_output_in_bulk_is_found_line_by_line_and_the_prompt_behind_it_still_counts() -> None:
    bulk = b"".join(b"line %d of the log\r\n" % one for one in range(4000))
    things = extract(
        frames_of(
            (Kind.TO_VENDOR, b"$ "),
            (Kind.HIDDEN, payloads.hidden(8)),
            (Kind.TO_VENDOR, b"cat log\r\n" + bulk + b"$ "),
            (Kind.HIDDEN, payloads.hidden(5)),
            (Kind.TO_VENDOR, b"exit\r\n"),
        )
    )
    assert of(FoundKind.COMMAND, things) == ["cat log", "exit"]
    text = "\n".join(of(FoundKind.SCREEN, things))
    assert text.count("of the log") == 4000


def test_a_command_without_a_terminal_is_its_own_words_and_what_it_printed() -> None:
    things = extract(
        frames_of(
            (Kind.TO_VENDOR, b"pump 7 stopped\n"),
            (Kind.TO_ASSET, b"secret on stdin\n"),
            passage="exec",
            command="systemctl stop pump7",
        )
    )
    assert of(FoundKind.COMMAND, things) == ["systemctl stop pump7"]
    assert of(FoundKind.SCREEN, things) == ["pump 7 stopped"]


@pytest.mark.parametrize(
    "command", ["rsync --server -vlogDtpr . /tmp", "/usr/bin/tar cf - .", "git-upload-pack x"]
)
def test_what_pipes_a_protocol_is_a_command_without_a_screen(command: str) -> None:
    things = extract(frames_of((Kind.TO_VENDOR, b"\x00\x01binary words\n"), passage="exec", command=command))
    assert [one.kind for one in things] == [FoundKind.COMMAND]


def test_pauses_states_and_refusals_of_the_gate_are_found() -> None:
    marks = [
        payloads.mark("input_held", hold="state"),
        payloads.mark("input_goes_on"),
        payloads.mark("input_held", hold="paused"),
        payloads.mark("inward_refused", bytes=12),
        payloads.mark("something_new"),
    ]
    things = extract([Frame(Kind.MARK, 0, at, mark) for at, mark in enumerate(marks)])
    assert [one.kind for one in things] == [
        FoundKind.STATE,
        FoundKind.PAUSE,
        FoundKind.PAUSE,
        FoundKind.REFUSAL,
    ]
    assert things[3].text == "12 bytes were sent in over a conduit that only lets bytes out."


def test_files_that_the_gate_told_are_found_as_it_told_them_and_not_a_second_time() -> None:
    opened = payloads.channel_opened("sftp:put", command="sftp")
    told: dict[str, object] = {
        "way": "put",
        "begin": 0,
        "bytes": 3,
        "sha256": "ab",
        "outcome": "whole",
        "file": "",
    }
    more = {"path": "two\x1b[2J", "begin": 7, "outcome": "cut"}
    bytes_of_a_put = b"".join(
        (
            sftp.request(sftp.OPEN, 1, sftp.text(b"put"), sftp.number32(2), sftp.number32(0)),
            sftp.request(sftp.CLOSE, 2, sftp.text(b"h")),
            sftp.request(sftp.REMOVE, 3, sftp.text(b"old")),
        )
    )
    answers = sftp.request(sftp.HANDLE, 1, sftp.text(b"h")) + sftp.status(2, 0) + sftp.status(3, 0)
    things = extract(
        [
            Frame(Kind.CHANNEL_OPENED, 1, 0, opened),
            Frame(Kind.MARK, 1, 1, payloads.mark("filter", protocol="sftp")),
            Frame(Kind.TO_ASSET, 1, 2, bytes_of_a_put[:30]),
            Frame(Kind.TO_VENDOR, 1, 3, answers[:14]),
            Frame(Kind.TO_ASSET, 1, 4, bytes_of_a_put[30:]),
            Frame(Kind.TO_VENDOR, 1, 5, answers[14:]),
            Frame(Kind.MARK, 1, 6, payloads.mark("file", **{"path": "put"} | told)),  # type: ignore[arg-type]
            Frame(Kind.MARK, 1, 7, payloads.mark("file", **told | more)),  # type: ignore[arg-type]
        ]
    )
    found = [(one.deed, one.text, one.octets) for one in things if one.kind is FoundKind.TRANSFER]
    assert found == [("remove", "old", 0), ("put", "put", 3), ("put cut", "two\\x1b[2J from byte 7", 3)]


def test_a_screen_that_shows_too_much_says_so_and_its_commands_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broker.reading.extract.MOST_SCREEN_CHARACTERS", 100)
    flood = (Kind.TO_VENDOR, b"much text here\r\n" * 100 + b"$ ")
    things = extract(frames_of(flood, flood, (Kind.HIDDEN, payloads.hidden(3)), (Kind.TO_VENDOR, b"ls\r\n")))
    assert of(FoundKind.COMMAND, things) == ["ls"]
    assert any("more than the index takes" in text for text in of(FoundKind.WARNING, things))
