"""What a target, a vendor or a stranger sent, on its way to whoever looks: command line, log and console."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from broker.charter.founding import found
from broker.cli.evidence_commands import evidence
from broker.clock import SystemClock
from broker.demo.sample import sample_charter
from broker.layout import Layout
from broker.ledger import append_now
from domain.events import Event, HostKeyMismatch, PassageRefused, SessionOpened, SignInFailed
from domain.ids import AssetId, PermitId, PersonId, SessionId
from tests.broker.console.house import House
from tests.hostile.targets import ACTS, HOSTILE

SESSION = SessionId("abcdefghijklmnopqrstuvwxyz")
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}\"'"
PATIENCE_S = 60


def hostile_events() -> Iterator[Event]:
    at = SystemClock().now()
    for text in (HOSTILE, MARKUP, "x" * 4000, "\u0301" * 500, "\t\x0b\x0c\x85\u2028\u2029"):
        yield SignInFailed(at=at, door="ssh", claimed=text, source=text, code="wrong_code")
        yield HostKeyMismatch(at=at, asset=AssetId(text), session="", shown=text)
        yield PassageRefused(
            at=at,
            session=SESSION,
            person=text,
            asset=text,
            source=text,
            passage=text,
            detail=text,
            code="no_permit",
            sentence=text,
        )
    yield SessionOpened(
        at=at,
        session=SESSION,
        permit=PermitId(SESSION),
        digest="00" * 32,
        person=PersonId(HOSTILE),
        asset=AssetId(HOSTILE),
        source=HOSTILE,
        deadline=at,
        approvals=(),
    )


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """A founded node whose signer runs, and has kept what hostile peers sent."""
    layout = Layout(tmp_path_factory.mktemp("shown") / "n")
    now = SystemClock().now()
    found(layout, charter=sample_charter(today=now.date()), origin="plant.example/ot-access/1", at=now)
    signer = subprocess.Popen(
        [sys.executable, "-m", "broker", "serve", "--only", "signer", "--config", str(layout.config)],
        stderr=subprocess.PIPE,
    )
    try:
        for _ in range(PATIENCE_S * 10):
            if layout.signer_socket.exists():
                break
            time.sleep(0.1)
        for event in hostile_events():
            append_now(layout.signer_socket, event)
        yield layout
    finally:
        signer.terminate()
        _, log = signer.communicate()
        for line in log.decode("ascii").splitlines():
            json.loads(line)


@pytest.mark.parametrize(
    "command",
    [
        ["list"],
        ["search", ""],
        ["search", "evil"],
        ["search", HOSTILE.replace("\x00", "")],
        ["search", "x" * 100_000],
        ["show", SESSION],
        ["show", HOSTILE.replace("\x00", "")],
        ["replay", "../../etc/passwd"],
        ["verify", "no such file \x1b[2J"],
    ],
    ids=lambda command: ascii(" ".join(command))[:30],
)
@pytest.mark.parametrize("as_json", [False, True], ids=["lines", "json"])
def test_abuse_31_the_command_line_shows_what_was_sent_and_obeys_none_of_it(
    layout: Layout, command: list[str], as_json: bool
) -> None:
    more = ["--json"] if as_json and command[0] != "replay" else []
    done = CliRunner().invoke(evidence, [*command, *more, "--dir", str(layout.folder)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    for line in done.output.split("\n"):
        assert line.isprintable(), ascii(line)[:500]
        assert not [act for act in ACTS if act in line]
    if as_json and done.exit_code == 0:
        assert done.output.isascii()
        json.loads(done.output)


@pytest.mark.parametrize(
    "path",
    ["/evidence", "/evidence?kind=all", "/evidence?kind=all&text=evil", f"/evidence/sessions/{SESSION}"],
)
async def test_abuse_30_the_console_shows_it_as_words(house: House, path: str) -> None:
    for event in hostile_events():
        await house.ledger.append(event)
    async with await house.sign_in("iris") as iris:
        answer = await iris.get(path)
    assert answer.status_code in (200, 404)
    assert "<script>alert(1)" not in answer.text
    assert "<img src=x" not in answer.text
    for act in ACTS:
        assert act not in answer.text, ascii(act)
