"""Charter, trust file and public keys against what the ledger and their signers said. Reads, and changes nothing."""

import re
from collections.abc import Iterator

from broker.charter import store
from broker.charter.chain import Version, follow, trusts
from broker.charter.trust_files import TrustFiles, past_trust
from broker.checking.told import Told
from broker.evidence.checked import CHANGED, MISSING, UNBOUND, UNKNOWN, Found
from broker.layout import Layout
from broker.witness.asking import read_policy
from domain.errors import EvidenceError, PenstockError
from recorder.ledger.heads import open_checkpoint
from recorder.ledger.note import VerifierKey
from recorder.ledger.reader import LogReader


def of_charters(layout: Layout, node: str, told: Told) -> Iterator[Found]:
    """Every version that was ever in force: there, what the ledger names, and signed by those who could agree to it then."""
    named = trusts(layout, TrustFiles(layout, with_codes=False))
    before: Version | None = None
    for number in range(1, max(store.latest(layout), *told.charters, 0) + 1):
        by = told.last("charter", str(number))

        def found(code: str, fact: str, item: str = str(number), by: object = by) -> Found:
            return Found("charter", item, code, fact, by.person, by.leaf)  # type: ignore[attr-defined]

        try:
            application = store.application(layout, number)
        except PenstockError as error:
            yield found(MISSING, f"Version {number} of the charter can't be read: {error.fact}")
            return  # what follows can't be weighed without it
        wanted = told.charters.get(number)
        if wanted is None:
            yield found(UNKNOWN, f"The ledger does not tell of version {number} of the charter.")
        elif wanted != (application.digest().hex(), application.proposal.charter.hex()):
            yield found(CHANGED, f"Version {number} of the charter is not what the ledger says was signed.")
        try:
            before = follow(layout, node, named, before, number)
        except PenstockError as error:
            yield found(UNBOUND, f"Version {number} of the charter does not hold: {error.fact}")
            return


def of_trusts(layout: Layout, told: Told) -> Iterator[Found]:
    """The trust file, and every version of it that this node went by."""
    by = told.last("trust", "")

    def found(item: str, code: str, fact: str) -> Found:
        return Found("trust", item, code, fact, by.person, by.leaf)

    current = ""
    try:
        current = TrustFiles(layout, with_codes=False)().digest().hex()
        if current not in told.announced:
            yield found("approvers.toml", CHANGED, "The trust file is not one that the ledger tells of.")
    except PenstockError as error:
        yield found("approvers.toml", CHANGED, error.fact)
    there = {one.stem for one in layout.past_trust.glob("*.toml")}
    for digest in sorted(there):
        if re.fullmatch("[0-9a-f]{64}", digest) is None or past_trust(layout, digest) is None:
            yield found(digest, CHANGED, "A past version of the trust file is not what it is called.")
    for digest in sorted(told.trusts - there - {current}):
        yield found(digest, MISSING, "A version of the trust file that this node went by is not kept.")


def of_keys(layout: Layout) -> Iterator[Found]:
    """The ledger's public keys, and the witnesses', against the heads that they signed."""
    second = layout.ledger_second_vkey
    for path in (layout.ledger_vkey, *((second,) if second.exists() else ())):
        try:
            key = VerifierKey.of(path.read_text("utf-8"))
            if path == second:  # the first one's is looked at with the entries
                open_checkpoint(LogReader(layout.ledger).checkpoint.encode(), key.name, [key])
        except (OSError, UnicodeDecodeError, PenstockError) as error:
            fact = error.fact if isinstance(error, PenstockError) else str(error)
            yield Found(
                "key", path.name, UNBOUND, f"The public key does not hold for the ledger's head: {fact}"
            )
    try:
        policy = read_policy(layout.witness_policy)
        if policy is not None and layout.witnessed.exists():
            policy.check(layout.witnessed.read_bytes())
    except (EvidenceError, PenstockError, OSError) as error:
        fact = error.fact if isinstance(error, PenstockError) else str(error)
        yield Found(
            "witness", "witnessed", UNBOUND, f"The witnesses' head does not hold by their keys: {fact}"
        )
