"""What people add to the evidence, checked and made into the leaf that says so: for the console and the command."""

import secrets
from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from broker.assurance.documents import Documents
from broker.assurance.shipped import shipped
from domain.errors import DecisionError
from domain.events import (
    DocumentEnded,
    DocumentTaken,
    EquivalenceDecided,
    FindingClosed,
    FindingRaised,
    TriggerNoted,
)
from domain.ids import PersonId, ZoneId
from policies.assurance.collection import Leaf
from policies.assurance.findings import findings, home_of
from policies.assurance.intake import document_cycle, equivalence_until, media_of, shown_name
from policies.assurance.register_items import documents
from policies.charter.charter import Charter
from policies.charter.wording import worry_about_text


def document_taken(
    kept: Documents,
    charter: Charter,
    fields: Mapping[str, str],
    triggers: Sequence[str],
    data: bytes,
    file: str,
    at: datetime,
    by: str,
) -> DocumentTaken:
    """The leaf for a document whose bytes are kept from now on. ``fields`` as ``policies.assurance.intake`` says.

    DecisionError for what can't be taken, EvidenceError for bytes that can't be kept. Bytes without a leaf are nothing.
    """
    made, every = document_cycle(shipped(), charter, fields, triggers, at)
    return DocumentTaken(
        at=at,
        name=fields["name"],
        kind=fields["kind"],
        sort=fields["sort"],
        title=fields["title"],
        digest=kept.keep(data),
        size_bytes=len(data),
        media=media_of(data),
        file=shown_name(file),
        owner=PersonId(fields["owner"]),
        zone=fields["zone"],
        vendor=fields["vendor"],
        made=made.astimezone(UTC),
        every=str(every),
        triggers=tuple(triggers),
        by=by,
    )


def document_ended(said: Sequence[Leaf], name: str, reason: str, at: datetime, by: str) -> DocumentEnded:
    """The leaf by which a document is evidence no longer; DecisionError for one that is not there."""
    if name not in documents(said):
        raise DecisionError(
            f"No document is called {name[:40]!r}.",
            code="document_unknown",
            remedy="See `penstock assurance documents`.",
        )
    return DocumentEnded(at=at, name=name, by=by, reason=_reason(reason))


def trigger_noted(charter: Charter, name: str, zone: str, reason: str, at: datetime, by: str) -> TriggerNoted:
    """The leaf that makes evidence stale because of something that no other event tells."""
    known = sorted(frozenset[str]().union(*(one.triggers for one in shipped().controls.values())))
    if name not in known:
        raise DecisionError(
            f"Nothing is triggered by {name[:40]!r}.",
            code="trigger_unknown",
            remedy=f"Name one of {', '.join(known)}.",
        )
    if zone and ZoneId(zone) not in charter.zones:
        raise DecisionError(
            f"The charter has no zone {zone[:40]!r}.", code="trigger_zone", remedy="Leave it out for all."
        )
    return TriggerNoted(at=at, name=name, zone=zone, vendor="", by=by, reason=_reason(reason))


def equivalence_decided(
    charter: Charter, fields: Mapping[str, str], at: datetime, by: str
) -> EquivalenceDecided:
    """The leaf by which evidence of one zone counts in another for a while."""
    until = equivalence_until(shipped(), charter, fields, at)
    return EquivalenceDecided(
        at=at,
        name=fields["name"],
        kind=fields["kind"],
        from_zone=fields["from_zone"],
        to_zone=fields["to_zone"],
        owner=PersonId(fields["owner"]),
        until=until.astimezone(UTC),
        by=by,
        reason=fields["reason"],
    )


def finding_raised(charter: Charter, about: str, sentence: str, at: datetime, by: str) -> FindingRaised:
    """The leaf that puts a finding into its one register; DecisionError where it would have no owner."""
    home = home_of(charter, about, at)
    return FindingRaised(
        at=at,
        finding=f"f-{b32encode(secrets.token_bytes(5)).decode().lower()}",
        about=about,
        register=home.register,
        owner=home.owner,
        told=home.told,
        sentence=_reason(sentence),
        by=by,
    )


def finding_closed(said: Sequence[Leaf], finding: str, reason: str, at: datetime, by: str) -> FindingClosed:
    """The leaf that says what was done about a finding that is open."""
    if finding not in {one.id for one in findings(said) if one.closed is None}:
        raise DecisionError(
            f"No finding {finding[:40]!r} is open.",
            code="finding_not_open",
            remedy="See `penstock assurance findings`.",
        )
    return FindingClosed(at=at, finding=finding, by=by, reason=_reason(reason))


def _reason(text: str) -> str:
    worry = worry_about_text(text) if text.strip() else "is empty"
    if worry:
        raise DecisionError(f"What you wrote {worry}.", code="reason_missing", remedy="Write one plain line.")
    return text.strip()
