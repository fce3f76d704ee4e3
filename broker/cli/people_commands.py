"""``penstock people``: enrol approvers' keys into the plant's trust file, set codes and passwords.

These run on the plant's own machine, by hand, on purpose: the console can propose a key, and only who holds
``identity``, at the plant's own disk, can make it count.
"""

import hmac
from dataclasses import asdict
from pathlib import Path

import click
import pyotp
from sqlalchemy.ext.asyncio import AsyncEngine

from approvals.proofs.sshsig import is_signing_key
from approvals.trust import Passkey, SigningKey
from broker.charter.in_force import charter_now
from broker.charter.store import versions
from broker.charter.trust_files import (
    TrustFiles,
    enrol_code,
    enrol_passkey,
    enrol_signing_key,
    remove_passkey,
    remove_signing_key,
)
from broker.cli.answer import (
    fail,
    json_option,
    local_name,
    node_option,
    plainly,
    secret_from_stdin,
    table,
    tell,
)
from broker.cli.enrolling import CODES, decided, deciding_options, enrolled, told
from broker.cli.node_database import known_person, with_database
from broker.cli.token_commands import end_token, token, tokens
from broker.cli.unlock_command import unlock
from broker.clock import SystemClock
from broker.layout import Layout
from broker.ledger import append_now
from broker.people.accounts import Accounts
from broker.people.passkeys import PendingPasskey, PendingPasskeys, fingerprint
from broker.people.passwords import check_length
from broker.people.sessions import ConsoleSessions
from domain.events import PasswordSet
from domain.ids import PersonId
from policies.charter.reuse import spells


@click.group()
def people() -> None:
    """Enrol approvers' keys, codes, passwords and tokens."""


@people.command("list", epilog="Example: penstock people list --json")
@node_option
@json_option
@plainly
def list_people(layout: Layout, *, as_json: bool) -> None:
    """Print who is in the charter, and which proofs of approval the trust file has for them."""
    charter = charter_now(layout)
    trust = TrustFiles(layout, with_codes=True)()
    rows = [
        [
            one.id,
            one.name,
            one.vendor or "plant",
            str(len(trust.passkeys.get(one.id, ()))),
            "yes" if one.id in trust.codes else "no",
        ]
        for one in charter.people.values()
    ]
    heads = ["person", "name", "of", "passkeys", "codes"]
    tell([dict(zip(heads, row, strict=True)) for row in rows], table(rows, heads), as_json=as_json)


@people.command(epilog="Example: penstock people was ana")
@click.argument("person")
@node_option
@json_option
@plainly
def was(person: str, layout: Layout, *, as_json: bool) -> None:
    """Print whom the id PERSON named, in every version of the charter: what an old leaf means by it."""
    found = spells(versions(layout), PersonId(person))
    if not found:
        fail(f"No version of the charter has a person {person!r}.", "See `penstock people list`.")
    rows = [[one.name, one.vendor or "plant", str(one.first), str(one.last)] for one in found]
    tell(
        {"person": person, "spells": [asdict(one) for one in found]},
        table(rows, ["name", "company", "from version", "to version"]),
        as_json=as_json,
    )


@people.command(epilog="Example: penstock people enrol mia k3x7a-9qpl2-…")
@click.argument("person")
@click.argument("spoken")
@deciding_options
@node_option
@json_option
@plainly
def enrol(
    person: str, spoken: str, decider: str, signing: Path | None, layout: Layout, *, as_json: bool
) -> None:
    """Make PERSON's registered passkey count as an approver's, by decision of who holds `identity`.

    SPOKEN is the fingerprint that the console shows to PERSON; have it read to you by somebody whose
    voice you know. Only the key that has exactly this fingerprint is written to the trust file.
    """
    charter, who = known_person(layout, person)
    clock = SystemClock()
    waiting = with_database(layout, lambda engine: PendingPasskeys(engine, clock).of(who))
    found = next((one for one in waiting if _is(one, spoken)), None)
    if found is None:
        fail(
            f"{person} has no registered passkey with this fingerprint; {len(waiting)} wait.",
            "Have the fingerprint read again from the console's passkey page.",
        )
    passkey = Passkey(
        credential_id=found.credential_id,
        public_key=found.public_key,
        label=found.label,
        enrolled_at=clock.now().replace(microsecond=0),
        enrolled_by=local_name(),
        backup_eligible=found.backup_eligible,
    )
    yes = decided(layout, charter, who, passkey.fingerprint(), decider, signing)
    files = TrustFiles(layout, with_codes=False)
    after = files().with_passkey(who, passkey)
    append_now(layout.signer_socket, enrolled(who, passkey.fingerprint(), after, clock.now(), yes))
    enrol_passkey(layout, who, passkey)
    with_database(layout, lambda engine: PendingPasskeys(engine, clock).discard(who, found.id))
    tell(
        {"person": person, "fingerprint": passkey.fingerprint(), "trust": after.digest().hex()},
        [f"{person}'s passkey {found.label!r} now counts.", f"trust file digest {after.digest().hex()}"],
        as_json=as_json,
    )


def _is(pending: PendingPasskey, spoken: str) -> bool:
    # Reckoned again from the key itself: the row's own column could say anything.
    said = spoken.strip().lower()
    return hmac.compare_digest(fingerprint(pending.credential_id, pending.public_key).encode(), said.encode())


@people.command("signing-key", epilog="Example: penstock people signing-key petra ~/.ssh/id_ed25519.pub")
@click.argument("person")
@click.argument("public", type=click.Path(exists=True, dir_okay=False))
@click.option("--label", default="signing key", show_default=True, help="What it is called on lists.")
@click.option("--remove", is_flag=True, help="Take it out of the trust file instead, at once.")
@deciding_options
@node_option
@json_option
@plainly
def signing_key(
    person: str,
    public: str,
    label: str,
    decider: str,
    signing: Path | None,
    layout: Layout,
    *,
    remove: bool,
    as_json: bool,
) -> None:
    """Let PERSON sign charters, and permits, with the SSH key whose PUBLIC half this file holds.

    It is decided by who holds `identity`. Look at its fingerprint together with PERSON first:
    `ssh-keygen -l -f FILE`.
    """
    charter, who = known_person(layout, person)
    line = " ".join(Path(public).read_text("utf-8", "replace").split()[:2])
    if charter.people[who].vendor is not None or not is_signing_key(line):
        fail(
            "This key can't sign for the plant: not an Ed25519, P-256 or long RSA key, or a vendor's person.",
            "Draw one with `ssh-keygen -t ed25519`.",
            status=2,
        )
    at = SystemClock().now()
    key = SigningKey(line, label, at.replace(microsecond=0), local_name())
    trust = TrustFiles(layout, with_codes=False)()
    after = trust.without_signing_key(who, key.fingerprint()) if remove else trust.with_signing_key(who, key)
    yes = None if remove else decided(layout, charter, who, key.fingerprint(), decider, signing)
    told(layout, enrolled(who, key.fingerprint(), after, at, yes, removed=remove))
    if remove:
        remove_signing_key(layout, who, key.fingerprint())
    else:
        enrol_signing_key(layout, who, key)
    done = "no longer signs" if remove else "now signs"
    tell(
        {"person": person, "fingerprint": key.fingerprint(), "trust": after.digest().hex()},
        [f"{person}'s key {key.fingerprint()} {done} for the plant."],
        as_json=as_json,
    )


@people.command(epilog="Example: penstock people drop mia SHA256:…")
@click.argument("person")
@click.argument("key")
@node_option
@json_option
@plainly
def drop(person: str, key: str, layout: Layout, *, as_json: bool) -> None:
    """Take PERSON's passkey with fingerprint KEY out of the trust file, at once."""
    who = PersonId(person)
    trust = TrustFiles(layout, with_codes=False)()
    found = next((one for one in trust.passkeys.get(who, ()) if one.fingerprint() == key), None)
    if found is None:
        known = ", ".join(one.fingerprint() for one in trust.passkeys.get(who, ())) or "none"
        fail(f"{person} has no passkey {key!r} in the trust file.", f"Enrolled: {known}.")
    after = remove_passkey(layout, who, found.credential_id)  # closing needs no evidence first
    append_now(layout.signer_socket, enrolled(who, key, after, SystemClock().now(), None, removed=True))
    tell({"person": person, "removed": key}, [f"{person}'s passkey no longer counts."], as_json=as_json)


@people.command(epilog="Example: penstock people code ana")
@click.argument("person")
@deciding_options
@node_option
@json_option
@plainly
def code(person: str, decider: str, signing: Path | None, layout: Layout, *, as_json: bool) -> None:
    """Draw a new secret for PERSON's one-time codes, and print it once, for their authenticator.

    For the plant's own people, who may approve by it, who holds `identity` decides; a vendor's person was
    admitted by the charter.
    """
    charter, who = known_person(layout, person)
    secret = pyotp.random_base32()
    ours = charter.people[who].vendor is None
    yes = decided(layout, charter, who, CODES, decider, signing) if ours else None
    trust = TrustFiles(layout, with_codes=False)()
    told(layout, enrolled(who, CODES, trust, SystemClock().now(), yes))
    enrol_code(layout, who, secret)
    uri = pyotp.TOTP(secret).provisioning_uri(
        name=person, issuer_name=f"Penstock {charter.organisation.name}"
    )
    tell(
        {"person": person, "secret": secret, "uri": uri},
        [f"Put this into {person}'s authenticator; it is not shown again:", uri],
        as_json=as_json,
    )


@people.command(epilog="Example: penstock people password mia")
@click.argument("person")
@node_option
@json_option
@plainly
def password(person: str, layout: Layout, *, as_json: bool) -> None:
    """Set PERSON's console password, read from the terminal or from standard input.

    Every browser in which they were signed in is signed out: a password is often set because somebody else had it.
    """
    _charter, who = known_person(layout, person)
    chosen = secret_from_stdin("New password")
    clock = SystemClock()
    try:
        check_length(chosen)
    except ValueError as error:
        fail(str(error), "Choose another.", status=2)
    told(layout, PasswordSet(at=clock.now(), person=who, by=local_name()))

    async def change(engine: AsyncEngine) -> None:
        await Accounts(engine, clock).set_password(who, chosen)
        await ConsoleSessions(engine, clock).close_all(who)

    with_database(layout, change)
    tell(
        {"person": person},
        [f"{person}'s password is set, and their browsers are signed out."],
        as_json=as_json,
    )


for one in (token, tokens, end_token, unlock):
    people.add_command(one)
