import asyncio
import re

from broker.console.browsing.bridge import GONE
from broker.console.browsing.talk import Drawn, Ended, Heard, Resized, TalkError, Typed
from broker.console.browsing.terminal import MOST_TYPED_BYTES, carry_terminal
from domain.access import Grant, PassageKind
from recorder.format.frame import Kind
from tests.broker.console.browsing.conftest import ana_at
from tests.peers.gate import PeerGate
from tests.sshd import Sshd

PROMPT = b" \x1b[?2004h"
"""As bash begins one. What is typed before it may be lost: a Ctrl-C empties what waits."""


class Shown:
    """A terminal's page, in memory."""

    def __init__(self, *, draws: bool = True) -> None:
        self.screen = bytearray()
        self.passed_on = 0
        self.draws = draws
        self._says: asyncio.Queue[Heard | None] = asyncio.Queue()
        self._changed = asyncio.Event()

    def say(self, *said: Heard | None) -> None:
        for one in said:
            self._says.put_nowait(one)

    def type(self, line: str) -> None:
        self.say(Typed(line.encode()))

    async def heard(self) -> Heard | None:
        return await self._says.get()

    async def send(self, data: bytes) -> None:
        self.screen += data
        self._changed.set()
        if self.draws:
            self.say(Drawn(len(data)))

    async def taken(self, size: int) -> None:
        self.passed_on += size
        self._changed.set()

    async def until(self, what: bytes, since: int = 0) -> None:
        """Return once these stand on the screen one after another, the words of ``what``, behind the first ``since`` bytes."""
        pattern = re.compile(b".*".join(re.escape(one) for one in what.split()), re.DOTALL)
        async with asyncio.timeout(20):
            while pattern.search(self.screen, since) is None:
                self._changed.clear()
                await self._changed.wait()


async def carried(
    page: Shown, gate: PeerGate, *steps: tuple[str, bytes], command: str | None = None
) -> Ended:
    """Type each line once what comes before it stands on the screen; how it all ended."""
    async with ana_at(gate) as ssh, asyncio.TaskGroup() as group, asyncio.timeout(30):
        carrying = group.create_task(carry_terminal(page, ssh, command, 90, 33))
        for line, shows in steps:
            since = len(page.screen)
            page.type(line)
            await page.until(shows, since)
        page.type("exit 7\n") if steps else None
    return carrying.result()


async def test_a_shell_has_the_page_s_size_takes_its_keys_and_tells_its_exit(
    gate: PeerGate, asset: Sshd
) -> None:
    page = Shown()

    async def resized() -> None:
        await page.until(b"33 90")
        page.say(Resized(120, 40))

    async with asyncio.TaskGroup() as group:
        group.create_task(resized())
        ended = await carried(
            page,
            gate,
            ("stty size\n", b"33 90" + PROMPT),
            ("until stty size | grep 120; do sleep 0.1; done\n", b"40 120" + PROMPT),
            ("echo be''gun; sed -u s/i/ou/\n", b"begun"),
            ("find\n", b"found"),
            ("\x03", b"^C" + PROMPT),
            ("echo on''ward\n", b"onward" + PROMPT),
        )
    assert (ended.code, ended.status) == ("exited", 7)
    assert page.passed_on > 100, "the page is told what went through"
    (frames,) = await gate.recorded()
    assert b"onward" in b"".join(one.payload for one in frames if one.kind is Kind.TO_VENDOR)


async def test_one_command_runs_with_a_terminal_and_its_exit_is_told(gate: PeerGate, asset: Sshd) -> None:
    page = Shown()
    ended = await carried(page, gate, command="test -t 0 && echo terminal; exit 3")
    assert (ended.code, ended.status, b"terminal" in page.screen) == ("exited", 3, True)


async def test_what_the_permit_does_not_grant_is_refused_in_the_gate_s_words(
    gate: PeerGate, asset: Sshd
) -> None:
    page = Shown()
    async with ana_at(gate, grants=frozenset({Grant(PassageKind.SFTP)})) as ssh:
        ended = await carry_terminal(page, ssh, None, 80, 24)
    assert ended.status == 77
    assert ended.words.startswith(f"penstock: refused [{ended.code}]: ")
    assert b"What to do: " in page.screen


async def test_a_window_s_end_is_told_before_it_comes_and_ends_the_terminal_with_the_gate_s_words(
    gate: PeerGate, asset: Sshd
) -> None:
    page = Shown()
    async with ana_at(gate, for_s=4) as ssh, asyncio.timeout(20):
        ended = await carry_terminal(page, ssh, "echo begun; sleep 1000", 80, 24)
    assert page.screen.count(b"penstock: ") >= 1
    assert ended.words.startswith("penstock: ")
    assert ended.status not in {None, 0}


async def test_a_page_that_draws_nothing_stops_the_flood_and_still_learns_the_end(
    gate: PeerGate, asset: Sshd
) -> None:
    """Ctrl-C is felt at once, and the process that the browser hangs on holds no more than what stands in ``talk``."""
    page = Shown(draws=False)
    async with ana_at(gate) as ssh, asyncio.TaskGroup() as group, asyncio.timeout(30):
        carrying = group.create_task(carry_terminal(page, ssh, "yes", 80, 24))
        while len(page.screen) < 512 * 1024:
            await asyncio.sleep(0.02)
        held = len(page.screen)
        await gate.supervisor.end("all", "revoked")
    ended = carrying.result()
    assert held < 600 * 1024
    assert len(page.screen) < 1200 * 1024
    assert ended.words.startswith("penstock: ")


async def test_a_browser_that_leaves_ends_the_program(gate: PeerGate, asset: Sshd) -> None:
    page = Shown()
    async with ana_at(gate) as ssh, asyncio.TaskGroup() as group, asyncio.timeout(30):
        carrying = group.create_task(carry_terminal(page, ssh, None, 80, 24))
        page.type("echo he''re\n")
        await page.until(b"here")
        page.say(None)
    assert carrying.result() == GONE
    assert (await gate.seen("SessionEnded"))[0].verified


async def test_a_page_that_sends_nonsense_or_without_end_is_ended(gate: PeerGate, asset: Sshd) -> None:
    class Nonsense(Shown):
        async def heard(self) -> Heard | None:
            raise TalkError

    flooding = Shown()
    async with ana_at(gate) as ssh, asyncio.timeout(30):
        assert (await carry_terminal(Nonsense(), ssh, "sleep 1000", 80, 24)).code == "not_understood"
        for _ in range(MOST_TYPED_BYTES * 40 // 65536):
            flooding.say(Typed(bytes(65536)))
        ended = await carry_terminal(flooding, ssh, "stty raw -echo; sleep 1000", 80, 24)
    assert ended.code == "too_much_at_once"
