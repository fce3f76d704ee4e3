"""The signer process with its key in a real token: told to sign while it can't, killed, and started with a wrong PIN."""

import asyncio
import signal
from pathlib import Path

import pytest

from broker.clock import SystemClock
from broker.evidence.ledger_key import ask_key
from broker.evidence.standing import State
from broker.evidence.standings import standings
from broker.layout import Layout
from broker.ledger import LedgerClient, append_now
from broker.settings import read_settings
from broker.token.keys import make
from domain.errors import EvidenceError
from domain.events import Restored
from recorder.ledger.note import VerifierKey
from recorder.ledger.reader import LogReader
from tests.broker.processes.running import failed, founded, started, there
from tests.softhsm import SoftHsm


@pytest.fixture
def layout(tmp_path: Path, hsm: SoftHsm) -> Layout:
    """A founded node with its key in the token."""
    layout = founded(tmp_path)
    with layout.config.open("a") as config:
        config.write(hsm.settings())
    make(layout, hsm.place, read_settings(layout).ledger.origin)
    return layout


def event(reason: str) -> Restored:
    return Restored(at=SystemClock().now(), scope="all", by="local:milo", reason=reason)


def line(layout: Layout) -> State:
    found = standings(layout, read_settings(layout), SystemClock().now())
    return next(one.state for one in found if one.what == "ledger-key")


def kept(layout: Layout) -> LogReader:
    log = LogReader(layout.ledger)
    log.check(VerifierKey.of(layout.ledger_vkey.read_text()))
    return log


def names(log: LogReader) -> list[object]:
    return [one.event["event"] for one in log.events()]


async def test_a_token_that_is_pulled_out_stops_everything_and_what_waited_is_kept_when_it_is_back(
    layout: Layout, hsm: SoftHsm
) -> None:
    async with started(layout, "signer") as process:
        await there(layout.signer_socket)
        async with LedgerClient(layout.signer_socket, patience_s=60) as ledger:
            await ledger.append(event("first"))
            hsm.take_out()
            with pytest.raises(EvidenceError, match="no token 'plant'"):
                await ledger.append(event("waits, and its sender hears why"))
            with pytest.raises(EvidenceError, match="no token 'plant'"):
                await ledger.append(event("refused unwritten"))
            assert line(layout) is State.ALARMED
            hsm.put_back()
            async with asyncio.timeout(60):
                while (told := ask_key(layout.signer_socket)) is None or told["code"]:
                    await asyncio.sleep(0.05)
                while LogReader(layout.ledger).size < 5:
                    await asyncio.sleep(0.05)
            assert line(layout) is State.OK
            await ledger.append(event("last"))
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    log = kept(layout)
    assert names(log) == [
        "LedgerOpened",
        "LedgerKeyPlaced",
        "Restored",
        "Restored",
        "LedgerKeyAway",
        "Restored",
    ]
    assert [log.event(index)["reason"] for index in (2, 3, 5)] == [
        "first",
        "waits, and its sender hears why",
        "last",
    ]
    assert (log.event(4)["code"], log.event(1)["born"]) == ("token_absent", True)


async def test_killed_while_the_token_was_out_it_starts_without_it_and_goes_on(
    layout: Layout, hsm: SoftHsm
) -> None:
    async with started(layout, "signer") as process:
        await there(layout.signer_socket)
        hsm.take_out()
        with pytest.raises(EvidenceError):
            await asyncio.to_thread(append_now, layout.signer_socket, event("set aside"), timeout_s=60)
        process.kill()
        await process.wait()
    layout.signer_socket.unlink()
    async with started(layout, "signer") as process:
        await there(layout.signer_socket)
        with pytest.raises(EvidenceError, match="no token 'plant'"):
            await asyncio.to_thread(append_now, layout.signer_socket, event("waits"), timeout_s=60)
        hsm.put_back()
        async with asyncio.timeout(60):
            while LogReader(layout.ledger).size < 4:
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    log = kept(layout)
    assert names(log)[2:] == ["Restored", "LedgerKeyAway"]
    assert log.event(2)["reason"] == "waits"
    assert list((layout.ledger / "aside").iterdir())


async def test_with_a_wrong_pin_no_log_is_begun_and_the_token_is_asked_once_however_often_it_starts(
    layout: Layout, hsm: SoftHsm
) -> None:
    hsm.write_pin("wrong")
    assert "refused the PIN" in await failed(layout, "signer")
    hsm.set_flags(0)
    assert "refused this PIN before" in await failed(layout, "signer")
    assert not hsm.flags() & 0xFFFF0000, "the token was asked again"
    assert not layout.ledger.exists()
