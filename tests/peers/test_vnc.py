"""A viewer and a real VNC server with an X server in it, with a stock OpenSSH and the gate between them."""

import subprocess
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from broker.reading.transactions import transactions
from broker.vault.sealed import Credential
from broker.vault.store import entry_of
from domain.access import Action
from domain.ids import AssetId
from domain.limits import limits_of
from domain.plant import Protocol
from recorder.export.pcapng import capture, captured
from recorder.format.frame import Frame, Kind
from recorder.format.payloads import read
from tests.broker.running import crossed
from tests.clock import STARTS
from tests.peers.gate import CONDUIT, PeerGate, with_changes
from tests.peers.tunnel import tunnel
from tests.programs import program
from tests.viewer import TurnedAwayError, viewer
from tests.vnc_server import PASSWORD, vnc_server

VIEW = frozenset({Action.VIEW})
WORK = VIEW | {Action.OPERATE}
RETURN = 0xFF0D


def keep(gate: PeerGate, password: str) -> None:
    """Have the plant keep the password of its VNC server."""
    gate.credentials[entry_of(AssetId("plc-07"), Protocol.VNC)] = Credential("vnc", password=password)


def dissected(frames: list[Frame], file: Path) -> set[int]:
    """A viewer's messages as Wireshark's dissector tells them of the capture that an auditor takes away, by their numbers.

    Of several in one segment it reads the first.
    """
    channel, port = max(captured(frames).items())
    file.write_bytes(b"".join(capture(frames, channel, STARTS, "s" * 26)))
    command = [
        program("tshark"),
        "-r",
        str(file),
        "-d",
        f"tcp.port=={port},vnc",
        "-T",
        "fields",
        "-E",
        "occurrence=a",
    ]
    command += ["-e", "vnc.client_message_type", "-e", "_ws.malformed"]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    return {int(one) for line in told for one in line.split(",")}


async def test_under_view_the_screen_is_seen_and_no_key_click_or_clipboard_reaches_the_x_server(
    gate: PeerGate, tmp_path: Path
) -> None:
    """C11, D13, D15: the server signs the gate in, the viewer has no password; the X server's own window saw nothing."""
    keep(gate, PASSWORD)
    async with vnc_server(tmp_path / "x") as hmi:
        async with tunnel(gate, Protocol.VNC, hmi.port, VIEW) as local, viewer(local) as seen:
            assert seen.offered == b"\1"
            before = await seen.look()
            assert len(set(before)) > 1
            seen.key(0x61)
            seen.click(20, 20)
            seen.cut(b"typed elsewhere")
            assert await seen.look() == before
        assert hmi.events() == []
    leaves = await gate.seen("PassageRefused", 3)
    assert [leaf.code for leaf in leaves] == ["vnc_function_not_permitted"] * 2 + [
        "vnc_clipboard_not_permitted"
    ]
    frames = (await gate.recorded())[0]
    marks = [read(frame.payload) for frame in frames if frame.kind is Kind.MARK]
    assert [mark["code"] for mark in marks if mark.get("mark") == "answered"] == [one.code for one in leaves]
    assert [mark["bytes"] for mark in marks if mark.get("mark") == "withheld"] == [8, 6, 6]


async def test_under_operate_the_window_is_told_of_each_and_what_was_typed_is_in_no_recording(
    gate: PeerGate, tmp_path: Path
) -> None:
    """C11: keys and clicks reach the window; the recording has that keys were pressed, and of those that write not which."""
    keep(gate, PASSWORD)
    async with vnc_server(tmp_path / "x") as hmi:
        async with tunnel(gate, Protocol.VNC, hmi.port, WORK) as local, viewer(local) as seen:
            await seen.look()
            seen.click(20, 20)
            for letter in b"secret":
                seen.key(letter)
            seen.key(RETURN)
            told = await hmi.told("KeyRelease", 7)
        assert told.count("KeyPress event") == 7
        assert told[:2] == ["ButtonPress event", "ButtonRelease event"]
    frames = (await gate.recorded())[0]
    inward = crossed(frames, Kind.TO_ASSET)
    assert RETURN.to_bytes(4) in inward
    assert not any(bytes((4, 1, 0, 0, 0, 0, 0, letter)) in inward for letter in b"secret")
    assert [(one.outcome, one.what) for one in transactions(frames)] == [
        ("done", "the screen of panel, 320 by 240"),
        ("done", "1 click"),
        ("done", "7 keys pressed, among them Return"),
    ]
    assert dissected(frames, tmp_path / "vnc.pcapng") == {0, 2, 3, 4, 5}
    marks = [read(frame.payload) for frame in frames if frame.kind is Kind.MARK]
    assert [one["what"] for one in marks if one.get("mark") == "veiled"] == ["the password from the vault"]
    assert PASSWORD not in repr([frame.payload for frame in frames])


async def test_a_viewer_is_told_in_a_sentence_why_it_can_t_come_in(gate: PeerGate, tmp_path: Path) -> None:
    """C11: no password kept, a wrong one, and a server that wants a way of its own."""
    async with AsyncExitStack() as stack, vnc_server(tmp_path / "x") as hmi:
        local = await stack.enter_async_context(tunnel(gate, Protocol.VNC, hmi.port, VIEW))
        with pytest.raises(TurnedAwayError, match="keeps none for it in its vault"):
            async with viewer(local):
                pass
        keep(gate, "wrong")
        with pytest.raises(TurnedAwayError, match="does not let the gate in: Authentication fail"):
            async with viewer(local):
                pass
        await hmi.stop()
        async with vnc_server(tmp_path / "y", security="TLSVnc", port=hmi.port):
            with pytest.raises(TurnedAwayError, match="does not speak: VeNCrypt"):
                async with viewer(local):
                    pass
    codes = {leaf.code for leaf in await gate.seen("PassageRefused", 3)}
    assert codes == {"vnc_no_password", "vnc_not_let_in", "vnc_security_unknown"}


async def test_what_was_copied_passes_where_a_limit_names_it(gate: PeerGate, tmp_path: Path) -> None:
    """D15: and then nothing else does that no limit names."""
    limits = frozenset({"vnc use clipboard to the plant"})
    way = gate.plant.charter.conduits[CONDUIT]
    named = replace(way, limits=limits_of({*limits, "vnc use keys"}))
    gate.plant.charter = with_changes(gate.plant.charter, conduits={CONDUIT: named})
    keep(gate, PASSWORD)
    async with vnc_server(tmp_path / "x") as hmi:
        async with tunnel(gate, Protocol.VNC, hmi.port, WORK, limits) as local, viewer(local) as seen:
            await seen.look()
            seen.cut(b"set-point 17")
            seen.key(RETURN)
            await seen.look()
        assert hmi.events() == []
    frames = (await gate.recorded())[0]
    assert b"set-point 17" in crossed(frames, Kind.TO_ASSET)
    rows = [(one.outcome, one.what) for one in transactions(frames)][1:]
    assert rows == [
        ("done", "clipboard to the plant: 12 bytes"),
        (
            "refused: vnc_function_not_permitted",
            "No limit of the permit names this: vnc use keys.",
        ),
    ]
