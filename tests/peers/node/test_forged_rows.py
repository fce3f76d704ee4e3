"""Whoever administers the database, and nothing else, opens nothing at the SSH door: abuse case 8.

Every forgery is made as well as it can be made without a key: columns, digests, versions and history agree.
"""

import hashlib
import json
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from approvals.filed import columns_of
from broker.people.tokens import Scope
from domain.canonical import canonical, instant_of, instant_text
from domain.permit import Permit
from domain.proof import Approval, SshProof
from tests.approvals.desk import decision
from tests.approvals.ssh import SoftKey
from tests.node import Node, until
from tests.openssh import Result

pytestmark = pytest.mark.asyncio(loop_scope="session")

Document = dict[str, Any]


def document_of(row: sqlite3.Row) -> Document:
    found: Document = json.loads(row["document"])
    return found


def put(db: sqlite3.Connection, table: str, row: Mapping[str, object]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))


def rewrite(db: sqlite3.Connection, permit: str, document: Document) -> None:
    """Replace a permit's bytes and everything in its row that follows from them."""
    data = canonical(document)
    made = Permit.of(data)
    row = {**columns_of(made), "document": data}
    sets = ", ".join(f"{name} = ?" for name in row)
    db.execute(f"UPDATE permit SET {sets} WHERE id = ?", [*row.values(), permit])
    for one in db.execute("SELECT * FROM permit_approval WHERE permit = ?", [permit]).fetchall():
        approval = canonical({**document_of(one), "permit": made.digest().hex()})
        db.execute(
            "UPDATE permit_approval SET document = ?, permit = ? WHERE permit = ? AND version = ?",
            [approval, made.id, permit, one["version"]],
        )
    db.execute("UPDATE permit_history SET permit = ? WHERE permit = ?", [made.id, permit])


def later(text: str) -> str:
    return instant_text(instant_of(text) + timedelta(hours=2))


def refused(tried: Result, *codes: str) -> bool:
    said = [f"refused [{code}]" in tried.complaint for code in codes or ("approval_not_valid",)]
    return tried.status == 77 and any(said) and tried.out == b""


EDITS: dict[str, Callable[[Document], Document]] = {
    "id": lambda one: {**one, "id": "a" * 26},
    "site": lambda one: {**one, "site": "lakeside"},
    "vendor": lambda one: {**one, "vendor": "kestrel"},
    "conduit": lambda one: {**one, "conduit": "dmz-pumping"},
    "grants": lambda one: {**one, "grants": ["exec", "forward", "shell"]},
    "actions": lambda one: {**one, "actions": ["operate", "view"]},
    "window.start": lambda one: {**one, "window": {**one["window"], "start": "2026-01-01T00:00:00Z"}},
    "window.end": lambda one: {**one, "window": {**one["window"], "end": later(one["window"]["end"])}},
    "window.zone": lambda one: {**one, "window": {**one["window"], "zone": "Asia/Tokyo"}},
    "states": lambda one: {**one, "states": ["maintenance"]},
    "purpose": lambda one: {**one, "purpose": "Anything else"},
    "work_order": lambda one: {**one, "work_order": "WO-1"},
    "back_out": lambda one: {**one, "back_out": "None"},
    "failure": lambda one: {**one, "failure": "Nothing can go wrong"},
    "tools": lambda one: {**one, "tools": sorted([*one["tools"], "unheard-of"])},
    "keys": lambda one: {**one, "keys": sorted([*one["keys"], "SHA256:" + "A" * 43])},
    "networks": lambda one: {**one, "networks": ["0.0.0.0/0"]},
    "charter": lambda one: {**one, "charter": "00" * 32},
    "requested_at": lambda one: {**one, "requested_at": later(one["requested_at"])},
    "nonce": lambda one: {**one, "nonce": "11" * 16},
}


UNEDITED = {"schema", "person", "asset", "narrows", "method"}
"""Those that have a test of their own, and what has one value only."""

CODES = {"site": "permit_not_yours", "vendor": "permit_not_yours", "conduit": "no_conduit"} | {
    "window.start": "permit_beyond_conduit",
}
"""Where another rule speaks before the approvals are looked at."""


async def test_abuse_08_a_permit_with_any_field_edited_after_its_approval_opens_nothing(plant: Node) -> None:
    person = plant.fresh()
    permit = await plant.permitted(person)
    with plant.database() as db:
        (true,) = db.execute("SELECT document FROM permit WHERE id = ?", [permit]).fetchall()
    document = document_of(true)
    assert {name.partition(".")[0] for name in EDITS} | UNEDITED == set(document), (
        "a field of the permit has no edit here"
    )
    async with plant.mastered(person, f"{person}+eng-ws-1") as master:
        assert (await master.ssh("echo in")).out == b"in\n"
        logins = plant.logins()
        for field, edit in EDITS.items():
            with plant.database() as db:
                edited = edit(document)
                rewrite(db, permit, edited)
            tried = await master.ssh("echo in")
            assert refused(tried, CODES.get(field, "approval_not_valid")), (field, tried)
            with plant.database() as db:
                rewrite(db, edited["id"], document)
        assert plant.logins() == logins
        assert (await master.ssh("echo in")).out == b"in\n"


@pytest.mark.parametrize("columns", ["as they were", "edited too"])
async def test_abuse_08_a_permit_made_over_to_another_person_opens_nothing(plant: Node, columns: str) -> None:
    owner, thief = plant.fresh(), plant.fresh()
    permit = await plant.permitted(owner)
    with plant.database() as db:
        (true,) = db.execute("SELECT document FROM permit WHERE id = ?", [permit]).fetchall()
        if columns == "edited too":
            rewrite(db, permit, {**document_of(true), "person": thief})
        else:
            db.execute("UPDATE permit SET person = ? WHERE id = ?", [thief, permit])
    logins = plant.logins()
    code = "approval_not_valid" if columns == "edited too" else "permit_edited"
    assert refused(await plant.client(thief).ssh(f"{thief}+eng-ws-1", "echo in"), code)
    assert plant.logins() == logins
    assert plant.events("SessionOpened", person=thief) == []
    assert await plant.event("PassageRefused", person=thief, code=code)


async def test_abuse_08_a_permit_moved_to_another_asset_or_given_more_opens_nothing(plant: Node) -> None:
    person = plant.fresh()
    low = await plant.permitted(person, "gateway-1", ["shell"])
    with plant.database() as db:
        (true,) = db.execute("SELECT document FROM permit WHERE id = ?", [low]).fetchall()
        moved = {**document_of(true), "asset": "eng-ws-1", "conduit": "dmz-operations"}
        rewrite(db, low, moved | {"grants": ["exec", "shell"]})
    logins = plant.logins()
    assert refused(await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in"))
    with plant.database() as db:
        rewrite(db, low, {**document_of(true), "grants": ["exec", "shell"]})
    assert refused(await plant.client(person).ssh(f"{person}+gateway-1", "echo in"))
    assert plant.logins() == logins


async def test_abuse_08_a_yes_signed_with_a_key_of_the_forger_s_opens_nothing(plant: Node) -> None:
    """B01: everything about the row is right, the signature too; the trust file on the gate's disk lacks the key."""
    person, forger = plant.fresh(), SoftKey()
    permit = await plant.permitted(person)
    with plant.database() as db:
        (true,) = db.execute("SELECT * FROM permit_approval WHERE permit = ?", [permit]).fetchall()
        (filed,) = db.execute("SELECT document FROM permit WHERE id = ?", [permit]).fetchall()
        given = Approval.of(document_of(true))
        wish = Permit.of(filed["document"])
        message = decision(wish, person=given.approver, right=given.right, shown=given.shown_digest).message()
        forged = replace(given, proof=SshProof(message, forger.sign(message)))
        db.execute(
            "UPDATE permit_approval SET document = ? WHERE permit = ?", [canonical(forged.document()), permit]
        )
    logins = plant.logins()
    tried = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    assert refused(tried, "approval_not_valid"), tried
    assert plant.logins() == logins
    with plant.database() as db:
        db.execute("UPDATE permit_approval SET document = ? WHERE permit = ?", [true["document"], permit])
    assert (await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")).out == b"in\n"


async def test_abuse_08_forged_rows_in_every_table_open_nothing(plant: Node) -> None:
    """A permit from nothing, a borrowed proof, a key and a password of the forger's: all rows, no signature."""
    person = plant.fresh()
    real = await plant.permitted(plant.fresh())
    now = datetime.now(UTC)
    with plant.database() as db:
        tables = {
            str(one["name"])
            for one in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not str(one["name"]).startswith(("sqlite_", "alembic"))
        }
        (permit,) = db.execute("SELECT * FROM permit WHERE id = ?", [real]).fetchall()
        document = {**document_of(permit), "id": "f" * 26, "person": person, "nonce": secrets.token_hex(16)}
        data = canonical(document)
        forged = dict(permit) | columns_of(Permit.of(data)) | {"document": data}
        approvals = db.execute("SELECT * FROM permit_approval WHERE permit = ?", [real]).fetchall()
        history = db.execute("SELECT * FROM permit_history WHERE permit = ?", [real]).fetchall()
        digest = hashlib.sha256(data).hexdigest()
        rows: dict[str, list[dict[str, object]]] = {
            "permit": [forged],
            "permit_history": [dict(one) | {"permit": "f" * 26} for one in history],
            "permit_approval": [
                dict(one)
                | {
                    "permit": "f" * 26,
                    "document": canonical({**document_of(one), "permit": digest}),
                    "proof_key": secrets.token_hex(16),
                }
                for one in approvals
            ],
            "permit_dispute": [
                {
                    "permit": "f" * 26,
                    "version": 1,
                    "document": canonical({"arbiter": person, "positions": []}),
                }
            ],
            "permit_transition": [],
            "people_account": [{"person": person, "password": "$argon2id$forged", "changed_at": 1}],
            "people_console_session": [
                {
                    "id": "0" * 64,
                    "person": "petra",
                    "csrf": "c",
                    "source": "127.0.0.1",
                    "factors": "passkey",
                    "opened_at": int(now.timestamp()),
                    "seen_at": int(now.timestamp()),
                }
            ],
            "people_failure": [{"subject": "person:nobody", "failures": 0, "last_at": 0}],
            "people_token": [
                {
                    "id": hashlib.sha256(b"pnst_forged").hexdigest(),
                    "person": "petra",
                    "label": "forged",
                    "issued_at": 1,
                    "expires_at": int(now.timestamp()) + 3600,
                    "scopes": " ".join(Scope),
                    "networks": "",
                    "used_at": 0,
                    "used_from": "",
                }
            ],
            "people_ceremony": [
                {
                    "id": "forged",
                    "purpose": f"approve:connect:{'f' * 26}:{digest}",
                    "bound_to": "x",
                    "challenge": "y",
                    "expires_at": int(now.timestamp()) + 3600,
                }
            ],
            "people_pending_passkey": [
                {
                    "id": "forged",
                    "person": "petra",
                    "credential_id": "AAAA",
                    "public_key": "AAAA",
                    "backup_eligible": 0,
                    "fingerprint": "aaaaa",
                    "label": "forged",
                    "registered_at": 1,
                }
            ],
            "people_provider_sign_in": [
                {"session": "forged", "issuer": "x", "subject": "petra", "sid": "x", "opened_at": 1}
            ],
            "people_spent_logout": [{"id": "forged", "until": 1}],
            "people_answered": [
                {
                    "person": "petra",
                    "key": "forged",
                    "asked": "x",
                    "status": 201,
                    "headers": "{}",
                    "body": b"{}",
                    "begun_at": int(now.timestamp()),
                }
            ],
            "people_vendor_invitation": [
                {
                    "id": "forged",
                    "by": "petra",
                    "company": "x",
                    "until": int(now.timestamp()) + 3600,
                    "used": 0,
                }
            ],
            "people_vendor_application": [
                {
                    "id": "forged",
                    "link": "x",
                    "said": "{}",
                    "source": "x",
                    "invited_by": "petra",
                    "at": 1,
                    "state": "admitted",
                    "by": "petra",
                    "reason": "x",
                }
            ],
        }
        assert set(rows) == tables, "a table has no forged row here"
        # A life that the rules do not know, for whoever walks the table instead of the code.
        db.execute("INSERT INTO permit_transition VALUES ('requested', 'complete', 'approved')")
        for table, forgeries in rows.items():
            for row in forgeries:
                put(db, table, row)
    logins = plant.logins()
    tried = await plant.client(person).ssh(f"permit-{'f' * 26}", "echo in")
    assert refused(tried), tried
    tried = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    assert refused(tried), tried
    assert plant.logins() == logins
    with plant.database() as db:
        for table in ("permit", "permit_history", "permit_approval", "permit_dispute"):
            name = "id" if table == "permit" else "permit"
            db.execute(f"DELETE FROM {table} WHERE {name} = ?", ["f" * 26])


async def test_abuse_08_a_forged_token_makes_a_holder_who_still_can_not_sign(plant: Node) -> None:
    """The worst that a row can do: speak as the holder in the console. Nothing it files verifies at the gate."""
    person = plant.fresh()
    permit = await plant.ask(person)
    digest = (await plant.api("petra", "GET", f"/permits/{permit}")).json()["digest"]
    wrong = {"right": "connect", "code": "000000", "digest": digest}
    answer = await plant.api("petra", "POST", f"/permits/{permit}/approve", wrong)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_code")
    with plant.database() as db:
        db.execute("UPDATE permit SET state = 'approved' WHERE id = ?", [permit])
    assert refused(await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in"), "permit_edited")


async def test_abuse_08_a_database_set_back_to_before_a_revocation_still_refuses(plant: Node) -> None:
    person = plant.fresh()
    permit = await plant.permitted(person)
    async with plant.mastered(person, f"{person}+eng-ws-1") as master:
        assert (await master.ssh("echo in")).out == b"in\n"
        with plant.database() as db:
            before = [
                {
                    table: [
                        dict(row) for row in db.execute(f"SELECT * FROM {table} WHERE {name} = ?", [permit])
                    ]
                }
                for table, name in (
                    ("permit", "id"),
                    ("permit_approval", "permit"),
                    ("permit_history", "permit"),
                )
            ]
        gone = await plant.api("petra", "POST", f"/permits/{permit}/revoke", {"reason": "left the site"})
        assert gone.status_code == 200, gone.text
        tried = await master.ssh("echo in")
        assert refused(tried, "permit_revoked"), tried
        with plant.database() as db:
            for tables in before:
                for table, rows in tables.items():
                    name = "id" if table == "permit" else "permit"
                    db.execute(f"DELETE FROM {table} WHERE {name} = ?", [permit])
                    for row in rows:
                        put(db, table, row)
    listed = (await plant.api(person, "GET", f"/permits/{permit}")).json()
    assert listed["state"] in {"approved", "active"}, "the database was not set back"
    tried = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    assert refused(tried, "permit_revoked")


async def test_abuse_08_the_whole_database_file_set_back_still_refuses(plant: Node) -> None:
    person = plant.fresh()
    permit = await plant.permitted(person)
    copy = plant.scratch / "old.db"
    with plant.database() as db, closing(sqlite3.connect(copy)) as old:
        db.backup(old)
    await plant.api("petra", "POST", f"/permits/{permit}/revoke", {"reason": "left the site"})
    gate = plant.pid("gate")
    await plant.stop()
    for left in ("-wal", "-shm"):
        plant.layout.database.with_name(plant.layout.database.name + left).unlink(missing_ok=True)
    shutil.copyfile(copy, plant.layout.database)
    await plant.start()
    await until(lambda: plant.pid("gate") not in {0, gate}, "another gate")
    tried = await plant.client(person).ssh(f"{person}+eng-ws-1", "echo in")
    assert refused(tried, "permit_revoked")


async def test_abuse_08_a_permit_that_is_named_and_was_edited_is_refused_as_edited(plant: Node) -> None:
    person = plant.fresh()
    permit = await plant.permitted(person)
    with plant.database() as db:
        db.execute("UPDATE permit SET version = version + 1 WHERE id = ?", [permit])
    assert refused(await plant.client(person).ssh(f"permit-{permit}", "echo in"), "permit_edited")
    assert await plant.event("PassageRefused", person=person, code="permit_edited")
