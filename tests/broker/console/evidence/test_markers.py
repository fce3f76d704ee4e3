import json
from datetime import timedelta
from pathlib import Path

import pytest

from broker.console.evidence.find import Line
from broker.console.evidence.markers import LONGEST_LABEL, Marker, marked, markers
from broker.reading.found import FoundKind, found
from tests.broker.console.evidence.indexed import THINGS, indexed, read
from tests.broker.console.house import SESSION, House
from tests.clock import STARTS

REFUSED = Line(
    7,
    "PassageRefused",
    "",
    STARTS + timedelta(seconds=3),
    SESSION,
    "",
    "not_granted",
    (),
    "",
    {"passage": "forward", "detail": "plc-07:502"},
)


def test_the_time_line_of_a_channel_has_its_own_commands_every_file_and_what_was_refused() -> None:
    made = markers(THINGS, [REFUSED], STARTS, 0)
    assert [(one.at_us, one.kind, one.label) for one in made] == [
        (1_500_000, FoundKind.COMMAND, "rm <setpoints>.conf"),
        (2_000_000, FoundKind.TRANSFER, "put /tmp/firmware.bin"),
        (2_500_000, FoundKind.PAUSE, "The plant paused the session."),
        (3_000_000, FoundKind.REFUSAL, "forward plc-07:502: not_granted"),
    ]
    assert [one.meaning for one in made] == ["", "", "warn", "bad"]
    assert len(markers([found(FoundKind.COMMAND, 0, 0, "x" * 900)], [], STARTS, 0)[0].label) == LONGEST_LABEL


CAST = b'{"version": 2}\n[1.000000, "o", "a"]\n[2.000000, "m", "own"]\n[2.500000, "o", "b"]\n'


def test_markers_take_the_place_of_the_cast_s_own_in_order_of_time() -> None:
    moments = tuple(Marker(at, FoundKind.COMMAND, f"at {at}") for at in (0, 2_500_000, 9_000_000))
    head, *events = b"".join(marked([CAST], moments)).splitlines()
    assert head == b'{"version": 2}'
    assert [json.loads(one) for one in events] == [
        [0.0, "m", "at 0"],
        [1.0, "o", "a"],
        [2.5, "m", "at 2500000"],
        [2.5, "o", "b"],
        [9.0, "m", "at 9000000"],
    ]


def test_a_cast_that_nobody_has_markers_for_stays_as_it_is() -> None:
    assert b"".join(marked([CAST], None)) == CAST
    assert b'"m"' not in b"".join(marked([CAST], ()))


async def test_a_replay_lists_what_happened_when_and_begins_where_it_was_told_to(
    house: House, tmp_path: Path
) -> None:
    permit = await house.ask()
    await house.record(permit)
    async with indexed(house, tmp_path) as index, await house.sign_in("iris") as iris:
        page = await iris.get(f"/evidence/sessions/{SESSION}/replay/0?at=2")
        assert "soon after its session" in page.text
        await read(house, index, permit)
        page = await iris.get(f"/evidence/sessions/{SESSION}/replay/0?at=2")
        assert 'data-at="2"' in page.text
        assert 'data-marker="0" data-at="1.5">0:00:01</button>' in page.text
        assert "rm &lt;setpoints&gt;.conf" in page.text
        assert "another terminal" not in page.text
        cast = await iris.get(f"/evidence/sessions/{SESSION}/cast/0")
        assert '"m", "put /tmp/firmware.bin"' in cast.text


async def test_a_long_recording_is_given_from_the_moment_that_was_asked_for(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broker.console.evidence.session.LONG_BYTES", 1000)
    permit = await house.ask()
    await house.record(permit)
    async with indexed(house, tmp_path) as index, await house.sign_in("iris") as iris:
        await read(house, index, permit)
        page = (await iris.get(f"/evidence/sessions/{SESSION}/replay/0?at=2")).text
        assert "This recording is long" in page
        assert '/cast/0?at=2"' in page
        assert f'href="/evidence/sessions/{SESSION}/replay/0?at=1">0:00:02</a>' in page
        cast = await iris.get(f"/evidence/sessions/{SESSION}/cast/0?at=2")
        head, first, *_rest = cast.text.splitlines()
        assert json.loads(head)["version"] == 2
        assert json.loads(first)[0] == 2.0
        assert "Linux eng-ws-1" in json.loads(first)[2]
        assert house.events("EvidenceHandled")[-1]["what"] == "cast of channel 0, from second 2 on"
        assert (await iris.get(f"/evidence/sessions/{SESSION}/cast/0?at=-1")).status_code == 422
