"""A yes and a no by the stock ``ssh-keygen``: at the console's API, and by a file that is carried by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from approvals.trust import SigningKey
from broker.charter.trust_files import enrol_signing_key, remove_signing_key
from domain.ids import PersonId
from tests.approvals.ssh import StockKey, signed_file, stock_key
from tests.broker.cli.test_permit_commands import as_
from tests.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")
PETRA = PersonId("petra")


@pytest.fixture
def key(plant: Node, tmp_path: Path) -> Iterator[StockKey]:
    """A key of Petra's that the stock tool drew, enrolled while the test runs."""
    mine = stock_key(tmp_path)
    at = datetime.now(UTC).replace(microsecond=0)
    enrol_signing_key(plant.layout, PETRA, SigningKey(mine.line, "terminal", at, "local:test"))
    yield mine
    remove_signing_key(plant.layout, PETRA, mine.enrolled().fingerprint())


async def asked(plant: Node, folder: Path) -> str:
    vendor = await as_(plant, plant.fresh(), folder)
    words = ["request", "eng-ws-1", "shell", "--for", "1h", "--purpose", "drive tuning", "--json"]
    return str(json.loads((await plant.command(*words, *vendor)).output)["id"])


async def test_a_person_in_a_terminal_reads_types_and_signs(
    plant: Node, tmp_path: Path, key: StockKey
) -> None:
    """S-28, B08: what is signed stands in sentences on the terminal before it is signed."""
    permit, holder = await asked(plant, tmp_path), await as_(plant, "petra", tmp_path)
    words = ["approve", permit, "--sign", str(key.path), *holder]
    not_typed = await plant.command(*words, given="yes\n")
    assert (not_typed.exit_code, "Nothing was signed" in not_typed.stderr) == (1, True), not_typed.output
    done = await plant.command(*words, given="eng-ws-1\n")
    assert done.exit_code == 0, done.output
    for part in ("asks for access to", "petra APPROVES this under the right connect", "drive tuning"):
        assert part in done.stderr
    told = await plant.event("PermitApproved", permit=permit)
    assert (told["kind"], told["approver"]) == ("sshsig", "petra")
    again = await plant.command(*words, given="eng-ws-1\n")
    assert (again.exit_code, "refused [" in again.stderr) == (77, True), again.output


async def test_a_no_by_signature_leaves_it_in_the_ledger(plant: Node, tmp_path: Path, key: StockKey) -> None:
    permit, holder = await asked(plant, tmp_path), await as_(plant, "petra", tmp_path)
    words = ["refuse", permit, "--reason", "start-up today", "--sign", str(key.path), *holder]
    done = await plant.command(*words, given="eng-ws-1\n")
    assert done.exit_code == 0, done.output
    assert "petra REFUSES this under the right connect." in done.stderr
    assert (await plant.event("RefusalSigned", permit=permit))["person"] == "petra"


async def test_a_bundle_is_carried_signed_elsewhere_and_counts_once_it_is_back(
    plant: Node, tmp_path: Path, key: StockKey
) -> None:
    """H05, S-28: who decides needs neither the node's network nor the console; the node takes the answer once."""
    permit = await asked(plant, tmp_path)
    here = ["--dir", str(plant.layout.folder)]
    bundle, message = tmp_path / "petra.bundle", tmp_path / "petra.bundle.message"
    made = await plant.command("permits", "bundle", permit, "--for", "petra", "--out", str(bundle), *here)
    assert made.exit_code == 0, made.output
    read = await plant.command("approve", str(bundle))
    assert (read.exit_code, f"ssh-keygen -Y sign -n permit@penstock -f KEY {message}" in read.output) == (
        0,
        True,
    )
    assert "asks for access to" in read.output
    signature = signed_file(key.path, "permit@penstock", message)
    signed = await plant.command("approve", str(bundle), "--signature", str(signature))
    assert signed.exit_code == 0, signed.output
    answer = tmp_path / "petra.bundle.answer"
    whole = answer.read_text()
    answer.write_text(whole[:200])
    short = await plant.command("approve", "--take", str(answer), *here)
    assert (short.exit_code, "refused [file_cut_short]" in short.stderr) == (77, True), short.output
    answer.write_text(whole)
    taken = await plant.command("approve", "--take", str(answer), "--json", *here)
    assert json.loads(taken.output) == {"permit": permit, "state": "approved"}
    again = await plant.command("approve", "--take", str(answer), *here)
    assert (again.exit_code, "refused [replayed]" in again.stderr) == (77, True), again.output
    assert (await plant.filed(permit)).approvals[0].kind == "sshsig"


async def test_a_bundle_can_be_answered_with_a_no(plant: Node, tmp_path: Path, key: StockKey) -> None:
    permit = await asked(plant, tmp_path)
    here = ["--dir", str(plant.layout.folder)]
    bundle = str(tmp_path / "petra.bundle")
    await plant.command("permits", "bundle", permit, "--for", "petra", "--out", bundle, *here)
    words = ["refuse", bundle, "--reason", "not without the shift", "--sign", str(key.path)]
    done = await plant.command(*words, given="eng-ws-1\n")
    assert done.exit_code == 0, done.output
    taken = await plant.command("approve", "--take", f"{bundle}.answer", *here)
    assert (taken.exit_code, "refused" in taken.output) == (0, True), taken.output


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        pytest.param(["approve"], 2, "Nothing is named", id="nothing"),
        pytest.param(["approve", "a" * 26], 2, "No token is given", id="no token"),
        pytest.param(["refuse", "a" * 26, "--reason", "x"], 2, "No token is given", id="no token for a no"),
        pytest.param(["approve", "no-such-file"], 1, "can't be used", id="no file"),
        pytest.param(["approve", "{here}/stray"], 2, "neither a permit's id nor a bundle", id="another file"),
        pytest.param(
            ["permits", "bundle", "a" * 26, "--for", "petra", "--out", "{here}/x", "--right", "root"],
            2,
            "root",
            id="no such right",
        ),
        pytest.param(
            ["permits", "bundle", "a" * 26, "--for", "petra", "--out", "{here}/x"],
            77,
            "no_such_permit",
            id="no permit",
        ),
    ],
)
async def test_what_can_not_be_is_said_with_what_to_do(
    plant: Node, tmp_path: Path, words: list[str], status: int, told: str
) -> None:
    (tmp_path / "stray").write_text("hello")
    given = [one.replace("{here}", str(tmp_path)) for one in words]
    place = ["--dir", str(plant.layout.folder)] if words[0] == "permits" else []
    done = await plant.command(*given, *place)
    assert (done.exit_code, told in done.stderr) == (status, True), done.output
