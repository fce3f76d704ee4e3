"""Standing templates on the disk: what is written counts by its signatures, and what is edited counts for nothing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.attesting import Attestation
from broker.charter.attestations import AttestedCharter, record
from broker.charter.standing_templates import end, new_template_id, read_templates, stamp, write_down
from domain.attestation import Statement
from domain.errors import DecisionError
from domain.events import TemplateEnded, TemplateWritten
from domain.ids import PermitId, PersonId, VendorId
from domain.permit import PermitState
from domain.proof import TotpProof
from domain.rights import DecisionRight
from domain.template import signed_by, subject_of
from tests.approvals.desk import BEA, SAM, Desk, ListLedger
from tests.approvals.office import Office
from tests.approvals.test_attesting import SAID, by_code, by_passkey
from tests.clock import FrozenClock
from tests.databases import migrated_database, migrated_file, plant, postgres
from tests.policies.plant import charter
from tests.policies.templates import template

__all__ = ["migrated_database", "migrated_file", "plant", "postgres"]

WEEKLY = template()


async def test_what_is_written_down_is_read_back_and_the_ledger_knows_first(
    tmp_path: Path, clock: FrozenClock
) -> None:
    path, ledger = tmp_path / "templates.jsonl", ListLedger()
    assert read_templates(path) == ()
    assert stamp(path) is None
    await write_down(path, WEEKLY, BEA, charter(), ledger, clock)
    assert read_templates(path) == (WEEKLY,)
    (told,) = ledger.of(TemplateWritten)
    assert (told.template, told.document) == (WEEKLY.digest(), WEEKLY.canonical().decode())
    ledger.failing = True
    with pytest.raises(Exception, match="signer"):
        await write_down(path, template(id=new_template_id()), BEA, charter(), ledger, clock)
    assert read_templates(path) == (WEEKLY,)


async def test_what_the_charter_forbids_or_is_there_already_is_not_written(
    tmp_path: Path, clock: FrozenClock
) -> None:
    path, ledger = tmp_path / "templates.jsonl", ListLedger()
    await write_down(path, WEEKLY, BEA, charter(), ledger, clock)
    for other, code in (
        (template(vendor=VendorId("nobody")), "template_not_possible"),
        (template(title="Another"), "already_filed"),
    ):
        with pytest.raises(DecisionError) as raised:
            await write_down(path, other, BEA, charter(), ledger, clock)
        assert raised.value.code == code
    assert len(ledger.of(TemplateWritten)) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda line: line.replace(b'"uses":2', b'"uses":900'), id="B16: more uses"),
        pytest.param(lambda line: line[:-20] + b"\n", id="torn"),
        pytest.param(lambda _line: b"", id="taken away"),
        pytest.param(lambda line: line.replace(b"brightwater", b"kestrel"), id="B16: another vendor"),
    ],
)
def test_an_edited_template_is_one_that_nobody_signed(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "templates.jsonl"
    path.write_bytes(spoil(WEEKLY.canonical() + b"\n"))
    said = [Statement(subject_of(DecisionRight.CONNECT, WEEKLY.digest()), BEA, SAID.at, bytes(16))]
    assert not [one for one in read_templates(path) if signed_by(one.digest(), said)]


def test_only_a_signature_signs_a_template_and_only_while_its_key_is_trusted(tmp_path: Path) -> None:
    """B16: verified from the signed files on the disk; a one-time code signs nothing."""
    desk = Desk().enrol(BEA)
    subject = subject_of(DecisionRight.CONNECT, WEEKLY.digest())
    statement = replace(SAID, subject=subject)
    said, listed = tmp_path / "attestations.jsonl", tmp_path / "templates.jsonl"
    listed.write_bytes(WEEKLY.canonical() + b"\n")
    trusted = [desk.trust]
    written = charter()
    counts = AttestedCharter(lambda: written, said, lambda: trusted[0], lambda *_: True, listed)
    assert counts().templates == (WEEKLY,)
    code = by_code(desk)
    assert isinstance(code.proof, TotpProof)
    record(said, Attestation(statement, code.proof))
    assert signed_by(WEEKLY.digest(), counts().statements) == ()
    record(said, by_passkey(desk, statement))
    assert signed_by(WEEKLY.digest(), counts().statements) == ((DecisionRight.CONNECT, BEA),)
    trusted[0] = Desk().enrol(BEA).trust
    assert signed_by(WEEKLY.digest(), counts().statements) == ()
    listed.unlink()
    assert counts().templates == ()


async def test_an_end_is_told_kept_apart_and_takes_what_it_opened_along(
    plant: AsyncEngine, clock: FrozenClock
) -> None:
    """B16: the ledger, then the watchdog, then each permit that was confirmed inside."""
    office = Office(plant, clock)
    confirmed = await office.approved(template=WEEKLY.digest())
    waits = await office.asked(template=WEEKLY.digest())
    other = await office.approved()
    barred: list[str] = []

    async def bar(name: PermitId, _by: PersonId, _reason: str) -> None:
        assert office.ledger.of(TemplateEnded)
        barred.append(name)

    with pytest.raises(DecisionError, match="reason"):
        await end(WEEKLY, SAM, " ", office.approvals, bar, office.ledger, clock)
    assert await end(WEEKLY, SAM, "It is over.", office.approvals, bar, office.ledger, clock) == (
        confirmed.id,
    )
    assert barred == [WEEKLY.id, confirmed.id]
    assert [await office.state(one) for one in (confirmed, waits, other)] == [
        PermitState.REVOKED,
        PermitState.REQUESTED,
        PermitState.APPROVED,
    ]
