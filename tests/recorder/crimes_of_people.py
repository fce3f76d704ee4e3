"""Crimes against whoever decides: approvals forged, replayed or counted wrongly, charters and trust files swapped.

Most need the ledger's own key: what they change, the ledger is made to tell.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.canonical import canonical
from domain.ids import PersonId
from domain.permit import Permit
from domain.proof import Approval, PasskeyProof, TotpProof
from domain.rights import DecisionRight
from recorder import case
from tests.clock import STARTS
from tests.recorder.cases import Passkey
from tests.recorder.crimes import Crime, holder, keys_swapped
from tests.recorder.forging import Case, flipped
from tests.recorder.honest_people import Approver

MALLORY = Approver("petra", "es256")
STRANGE = Passkey("petra", 4711)


def permit_of(made: Case) -> Permit:
    return Permit.of(made.members[case.PERMIT])


def signed_anew(key: Passkey | None = None, **changes: Any) -> Callable[[Case], Case]:
    """Petra's approval with another assertion; the ledger tells of it."""

    def make(made: Case) -> Case:
        digest = changes.pop("digest", None) or permit_of(made).digest()
        by = key or MALLORY.passkey
        assert by is not None
        proof = by.assertion(digest, nonce=bytes(32), **changes)
        return made.reapproved(lambda one: replace(one, proof=proof))

    return make


def with_foreign_credential(made: Case) -> Case:
    """A forger's key under the credential id of Petra's."""
    proof = STRANGE.assertion(permit_of(made).digest(), nonce=bytes(32))

    def swap(one: Approval) -> Approval:
        assert isinstance(one.proof, PasskeyProof)
        return replace(one, proof=replace(proof, credential_id=one.proof.credential_id))

    return made.reapproved(swap)


def approval(**changes: Any) -> Callable[[Case], Case]:
    return lambda made: made.reapproved(lambda one: replace(one, **changes))


def one_less(which: int) -> Callable[[Case], Case]:
    """One of the approvals was never given, and the ledger agrees."""

    def make(made: Case) -> Case:
        documents = made.document(case.APPROVALS)
        dropped = documents.pop(which)
        left = made.with_(case.APPROVALS, canonical(documents))
        opened = made.events[made.find("SessionOpened")]["approvals"]
        gone = next(each for each in opened if each not in {_digest(one) for one in documents})

        def tell(events: list[dict[str, Any]]) -> None:
            events[:] = [one for one in events if one.get("approval") != gone]
            for one in events:
                if one["event"] == "SessionOpened":
                    one["approvals"] = [each for each in one["approvals"] if each != gone]

        assert dropped
        return left.retold(tell)

    return make


def _digest(document: Any) -> str:
    return hashlib.sha256(canonical(document)).hexdigest()


def without_event(name: str) -> Callable[[Case], Case]:
    return lambda made: made.retold(lambda events: events.pop(made.find(name)))


def revoked(made: Case) -> Case:
    def tell(events: list[dict[str, Any]]) -> None:
        at = made.find("SessionOpened")
        changed = next(one for one in events if one["event"] == "PermitChanged")
        events.insert(at, {**changed, "before": "approved", "after": "revoked", "at": "2026-03-02T07:59:00Z"})

    return made.retold(tell)


def ended_template(made: Case) -> Case:
    def tell(events: list[dict[str, Any]]) -> None:
        used = next(one for one in events if one["event"] == "TemplateUsed")
        events.insert(
            made.find("SessionOpened"),
            {
                "event": "TemplateEnded",
                "number": 92,
                "at": "2026-03-02T07:00:00Z",
                "template": used["template"],
                "id": "t" * 26,
                "by": "petra",
                "reason": "no longer",
            },
        )

    return made.retold(tell)


def out_of_turn(made: Case) -> Case:
    def tell(events: list[dict[str, Any]]) -> None:
        first, second = [at for at, one in enumerate(events) if one["event"] == "PermitApproved"][:2]
        events[first], events[second] = events[second], events[first]

    return made.retold(tell)


def told(event: str, **changes: Any) -> Callable[[Case], Case]:
    return lambda made: made.retold(lambda events: events[made.find(event)].update(changes))


def in_charter(change: Callable[[Any], object]) -> Callable[[Case], Case]:
    return lambda made: made.rewritten(case.CHARTER, change)


def forged_list(made: Case) -> Case:
    """The list alone, as whoever edits the database would."""
    return made.rewritten(case.APPROVALS, lambda all_: all_[0].update({"approver": "deniz"}))


def two_documents(made: Case) -> Case:
    """An approval of another session put beside this one's."""
    return made.rewritten(
        case.APPROVALS, lambda all_: all_.append(Case.honest("deputy").document(case.APPROVALS)[0])
    )


def more_keys(made: Case) -> Case:
    own = made.members[case.TRUST].decode()
    forger = Approver("mallory", "es256")
    return made.with_(case.TRUST, f"{own}\n".encode() + "\n".join(forger.lines()).encode() + b"\n")


def trust_and_anchor(made: Case) -> Case:
    lines = [one for at, one in enumerate(made.lines) if at != made.find("NodeStarted")]
    return more_keys(made).with_lines(lines)


def agreed_work(made: Case) -> Case:
    """The second permit, widened; the ledger tells of its new digest."""
    name = next(one for one in made.members if one.startswith("agreed/") and one.endswith("permit.json"))
    document = json.loads(made.members[name])
    document["actions"] = ["configure", "view"]
    digest = _digest(document)
    return made.with_(name, canonical(document)).retold(
        lambda events: events[made.find("SessionReleased")].update({"digest": digest})
    )


PEOPLE = {
    "charter-swapped": Crime("plain", in_charter(holder), "charter", "charter_other"),
    "trust-file-changed": Crime("plain", more_keys, "trust file", "trust_other", ("2026-03-01",)),
    "trust-file-and-anchor": Crime("plain", trust_and_anchor, "trust file", "trust_unnamed"),
    "keys-swapped": Crime("plain", lambda made: made.edited(case.TRUST, keys_swapped), "trust file", "trust_other"),
    "attestation-dropped": Crime("inherited-attested", lambda made: made.with_(case.ATTESTATIONS, b""), "approvals", "approver_right", ("petra", "connect")),
    "delegation-unattested": Crime("delegate", lambda made: made.with_(case.ATTESTATIONS, b""), "approvals", "approver_right", ("dora", "connect")),
    "approval-edited": Crime("plain", forged_list, "approvals", "approvals_other"),
    "approval-added": Crime("plain", two_documents, "approvals", "approvals_other"),
    "approval-by-a-strange-key": Crime("plain", signed_anew(STRANGE), "approvals", "passkey_unknown", ("petra",)),
    "approval-forged": Crime("plain", with_foreign_credential, "approvals", "assertion_signature"),
    "approval-replayed": Crime("plain", signed_anew(digest=b"\1" * 32), "approvals", "assertion_challenge"),
    "approval-of-a-lookalike": Crime("plain", signed_anew(origin="https://gate.p1ant.example:8443"), "approvals", "assertion_origin", ("p1ant",)),
    "approval-untouched": Crime("plain", signed_anew(flags=0x01), "approvals", "assertion_flags"),
    "approval-by-a-copied-key": Crime("plain", signed_anew(flags=0x1D), "approvals", "assertion_kind"),
    "approval-by-the-vendor": Crime("plain", approval(approver=PersonId("ana")), "approvals", "approver_stranger", ("ana",)),
    "approval-without-the-right": Crime("plain", approval(approver=PersonId("mika")), "approvals", "approver_right", ("mika", "connect")),
    "approval-under-another-right": Crime("plain", approval(right=DecisionRight.SAFETY), "approvals", "approver_right", ("petra", "safety")),
    "approval-after-the-window": Crime("plain", approval(at=STARTS + timedelta(hours=3)), "approvals", "approval_time", ("petra",)),
    "approval-downgraded": Crime("plain", approval(proof=TotpProof(59_000_000, "000000")), "approvals", "proof_not_accepted", ("totp",)),
    "approval-untold": Crime("plain", without_event("PermitApproved"), "approvals", "approval_untold", ("petra",)),
    "approval-told-otherwise": Crime("plain", told("PermitApproved", approver="deniz"), "approvals", "approval_told_otherwise", ("petra",)),
    "ssh-approval-of-another-decision": Crime("sshsig", approval(shown_digest=b"\1" * 32), "approvals", "ssh_other"),
    "permit-revoked": Crime("plain", revoked, "approvals", "permit_ended", ("revoked", "07:59")),
    "quorum-short": Crime("quorum", one_less(0), "approvals", "approvals_too_few", ("connect",)),
    "quorum-of-the-state-short": Crime("states", one_less(1), "approvals", "approvals_too_few", ("connect",)),
    "second-key-missing": Crime("two-keys", one_less(1), "approvals", "approvals_too_few", ("safety",)),
    "data-out-missing": Crime("data-out", one_less(0), "approvals", "approvals_too_few", ("data_out",)),
    "out-of-turn": Crime("in-order", out_of_turn, "approvals", "out_of_turn", ("petra", "connect")),
    "glass-not-told": Crime("glass", without_event("GlassBroken"), "approvals", "approver_right", ("olga", "incident_lead")),
    "glass-by-one": Crime("glass", one_less(1), "approvals", "approvals_too_few", ("incident_lead",)),
    "template-ended": Crime("template", ended_template, "approvals", "template_ended"),
    "template-unsigned": Crime("template", lambda made: made.with_(case.ATTESTATIONS, b""), "approvals", "template_unsigned", ("connect",)),
    "template-use-not-told": Crime("template", without_event("TemplateUsed"), "approvals", "template_unused"),
    "template-used-up": Crime("template", told("TemplateUsed", use=3), "approvals", "template_used_up", ("use 3", "allows 2")),
    "dispute-not-told": Crime("dispute", without_event("PermitDisputed"), "approvals", "dispute_untold", ("arno",)),
    "dispute-of-another-arbiter": Crime("dispute", told("PermitDisputed", arbiter="olga"), "approvals", "dispute_arbiter", ("arno",)),
    "dispute-settled-late": Crime("dispute", told("PermitDisputed", until="2026-03-02T07:00:00Z"), "approvals", "dispute_late", ("arno",)),
    "state-not-agreed-to": Crime("went-on", lambda made: told("SessionReleased", agreed="")(made.without(*(one for one in made.members if one.startswith("agreed/")))), "states agreed to", "agreed_nobody", ("maintenance",)),
    "state-agreed-to-for-more": Crime("went-on", agreed_work, "states agreed to", "agreed_work", ("actions",)),
}  # fmt: skip


# Time-stamps.

STAMP = f"{case.STAMPS}0/"
ASKED = {"roots": "stamps.pem"}


def stamps_off(made: Case) -> Case:
    return made.without(*(one for one in made.members if one.startswith(case.STAMPS)))


def year_back(data: bytes) -> bytes:
    return data.replace(b"20260302100000Z", b"20250302100000Z")


def another_head(made: Case) -> Case:
    """The head of now in the place of the one that was stamped."""
    head = made.members[case.CHECKPOINT]
    return made.with_(f"{STAMP}checkpoint", head).with_(f"{STAMP}proof", b"")


def history(made: Case) -> Case:
    return made.retold(lambda events: events[made.find("SessionEnded")].update({"cause": "idle"}))


STAMPS = {
    "stamp-edited": Crime("stamped", lambda made: made.edited(f"{STAMP}token.tst", year_back), "time-stamps", "stamp_bad_signature", **ASKED),
    "stamp-signature-broken": Crime("stamped", lambda made: made.edited(f"{STAMP}token.tst", lambda data: flipped(data, len(data) - 1)), "time-stamps", "stamp_bad_signature", **ASKED),
    "stamp-of-another-head": Crime("stamped", another_head, "time-stamps", "stamp_wrong_imprint", **ASKED),
    "stamp-over-another-history": Crime("stamped", history, "time-stamps", "stamp_fork", ("two of it",), **ASKED),
    "stamp-withheld": Crime("stamped", stamps_off, "time-stamps", "stamp_missing", **ASKED),
    "stamp-among-strangers": Crime("stamped", lambda made: made.with_(f"{STAMP}note.txt", b"x"), "time-stamps", "stamp_strange", ("note.txt",), **ASKED),
}  # fmt: skip
