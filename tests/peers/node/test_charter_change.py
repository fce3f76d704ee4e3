"""A version of the charter is put in force on a running node: who is taken out is out, and nobody else."""

import re

import pytest

from broker.charter.trust_files import TrustFiles, enrol_passkey
from domain.ids import PersonId
from tests.node import HOLDER, Node
from tests.peers.node.charters import apply
from tests.peers.node.test_endings import barred, sealed

pytestmark = pytest.mark.asyncio(loop_scope="session")


def taken_out(text: str, person: str) -> str:
    """people.toml without one person."""
    entries = re.split(r"(?m)^(?=\[\[person\]\])", text)
    left = [one for one in entries if f'id = "{person}"\n' not in one]
    assert len(left) == len(entries) - 1
    return "".join(left)


async def test_a_person_who_is_taken_out_of_the_charter_is_out_in_mid_session(plant: Node) -> None:
    """I01, C02: removed by a signed version, without a restart; others work on, and the leaf says on whose word."""
    leaver, stays = plant.fresh(), plant.fresh()
    await plant.permitted(leaver)
    await plant.permitted(stays)
    path = plant.layout.charter / "people.toml"
    async with plant.working(leaver) as out, plant.working(stays) as client:
        path.write_text(taken_out(path.read_text(), leaver))
        digest = await apply(plant, "The contract with this person has ended")
        status, _said, err = await out.ends()
        assert (status, b"charter changed" in barred(err)) == (77, True)
        await client.says(b"tick")
        await plant.only(stays)
    await sealed(plant, leaver, "charter_changed")
    (applied,) = plant.events("CharterApplied", digest=digest)
    assert applied["signers"][0].startswith("petra: ")
    assert applied["changes"] == [f"tightening: Person {leaver} ({name_of(applied)}) is removed."]
    again = await plant.client(leaver).ssh(f"{leaver}+eng-ws-1", "echo in")
    assert again.status == 255
    async with plant.working(stays):
        opened = await plant.event("SessionOpened", person=stays, charter=digest)
        assert opened["charter"] == digest


async def test_a_session_by_a_key_that_can_be_copied_ends_where_the_plant_asks_for_one_that_can_not(
    plant: Node,
) -> None:
    """A08, I01: the key that signed the connection in is judged anew; the same person has no other, and stays out."""
    person = plant.fresh()
    await plant.permitted(person)
    path = plant.layout.charter / "conduits.toml"
    was, begin = path.read_text(), 'id = "dmz-operations"\n'
    assert begin in was
    async with plant.working(person) as client:
        path.write_text(was.replace(begin, f"{begin}hardware_keys = true\n"))
        digest = await apply(plant, "Whoever comes to operations comes by a security key")
        try:
            status, _said, err = await client.ends()
            again = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
        finally:
            path.write_text(was)
            await apply(plant, "Any key will do again")
    assert (status, b"charter changed" in barred(err)) == (77, True)
    assert (again.status, "refused [key_in_software]" in again.complaint) == (77, True), again.complaint
    await sealed(plant, person, "charter_changed")
    (applied,) = plant.events("CharterApplied", digest=digest)
    assert [one.partition(":")[0] for one in applied["changes"]] == ["tightening"]


async def test_a_session_ends_when_the_key_that_approved_it_is_taken_out_of_the_trust_file(
    plant: Node,
) -> None:
    """I01: by `penstock people drop`, without a restart; the ledger has the key's removal and the end it made."""
    person = plant.fresh()
    await plant.permitted(person)
    (passkey,) = TrustFiles(plant.layout, with_codes=False)().passkeys[PersonId(HOLDER)]
    async with plant.working(person) as client:
        await plant.here("people", "drop", HOLDER, passkey.fingerprint())
        try:
            status, _said, err = await client.ends()
        finally:
            enrol_passkey(plant.layout, PersonId(HOLDER), passkey)
    assert (status, b"no longer counts" in barred(err)) == (77, True)
    ended = await sealed(plant, person, "key_revoked")
    (removed,) = plant.events("KeyEnrolled", fingerprint=passkey.fingerprint(), removed=True)
    assert removed["at"] < ended["at"]


def name_of(applied: dict[str, object]) -> str:
    """The name in the one sentence of the change."""
    (sentence,) = applied["changes"]  # type: ignore[misc]  # a list of one sentence
    return str(sentence).partition("(")[2].partition(")")[0]
