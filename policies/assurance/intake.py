"""What may be taken in as evidence that no session gives, checked before a leaf says it: all faults as refusals."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.errors import DecisionError
from domain.ids import PersonId, ZoneId, is_word
from policies.assurance.baseline import EXCEPTION, Baseline, Scope
from policies.assurance.periods import Period, period
from policies.charter.charter import Charter
from policies.charter.wording import worry_about_text

SORTS: Mapping[str, str] = {
    "drawing": "a drawing or P&ID",
    "baseline": "a configuration or network baseline",
    "commissioning": "a commissioning or acceptance record",
    "exercise": "a record of an exercise",
    "test": "a record of a test, such as restoring a backup",
    "review": "a record of a review",
    "record": "any other record",
}
LONGEST = Period(months=36)
"""Three calendar years, as long as evidence is kept for NERC audits; what counts longer is hardly looked at again."""
MEDIA = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"PK\x03\x04": "application/zip",
    b"<svg": "image/svg+xml",
    b"{": "application/json",
}
LONGEST_FILE_NAME = 120


def document_cycle(
    baseline: Baseline, charter: Charter, fields: Mapping[str, str], triggers: Sequence[str], at: datetime
) -> tuple[datetime, Period]:
    """When what a document says was so, and its refresh cycle; DecisionError for whatever can't be taken.

    ``fields``: name, kind, sort, title, owner, zone, vendor, made (RFC 3339), every (ISO 8601).
    """
    _words(fields)
    kind = baseline.kinds.get(fields["kind"])
    if kind is None or (kind.scope is Scope.SESSION and kind.id not in DOCUMENTED) or kind.id == EXCEPTION:
        raise _no(
            "document_kind",
            f"A document is no evidence of the kind {fields['kind']!r}.",
            "See docs/assurance.md.",
        )
    if fields["sort"] not in SORTS:
        raise _no(
            "document_sort", f"{fields['sort']!r} is no sort of document.", f"Name one of {', '.join(SORTS)}."
        )
    owner = charter.people.get(PersonId(fields["owner"]))
    if owner is None or owner.vendor is not None:
        raise _no(
            "document_owner", "A document needs an owner of the plant.", "Name somebody of people.toml."
        )
    if fields["zone"] and ZoneId(fields["zone"]) not in charter.zones:
        raise _no(
            "document_zone", f"The charter has no zone {fields['zone']!r}.", "Leave it out for all zones."
        )
    if fields["vendor"] and fields["vendor"] not in charter.vendors:
        raise _no("document_vendor", f"The charter has no vendor {fields['vendor']!r}.", "Leave it out.")
    known = frozenset[str]().union(*(one.triggers for one in baseline.controls.values()))
    if stray := [one for one in triggers if one not in known]:
        raise _no(
            "document_trigger",
            f"Nothing ever triggers {stray[0]!r}.",
            f"Name some of {', '.join(sorted(known))}.",
        )
    return _instant(fields["made"], at), _cycle(fields["every"])


DOCUMENTED = frozenset({"EV-ZCM", "EV-SAF", "EV-REV", "EV-DRS"})
"""Kinds that sessions give and documents too: a zone drawing, a safety assessment, a review on paper."""


def _words(fields: Mapping[str, str]) -> None:
    if not is_word(fields["name"]):
        raise _no(
            "document_name",
            f"{fields['name'][:40]!r} is not a name.",
            "Write a lower-case word, such as pid-cell-3.",
        )
    title = fields["title"]
    if not title.strip() or (worry := worry_about_text(title)):
        worry = worry if title.strip() else "is empty"
        raise _no("document_title", f"The title {worry}.", "Write one plain line.")


def _instant(text: str, at: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _no("document_made", f"{text[:40]!r} is no instant with a zone.", "Write 2026-05-04T10:00:00Z.")
    if found > at:
        raise _no("document_made", "A document can't be of the future.", "Write when what it says was so.")
    return found


def _cycle(text: str) -> Period:
    try:
        found = period(text)
    except ValueError as error:
        raise _no("document_cycle", f"{error}.", "Write P1Y, P90D or P3M.") from error
    if not found.within(LONGEST):
        raise _no("document_cycle", "Nothing counts for more than three years unseen.", "Write P3Y at most.")
    return found


def media_of(data: bytes) -> str:
    """What the bytes are by their beginning, never by their name; plain text where they are that."""
    for beginning, media in MEDIA.items():
        if data.lstrip()[:16].startswith(beginning):
            return media
    try:
        data.decode()
    except ValueError:
        return "application/octet-stream"
    return "text/plain"


def shown_name(name: str) -> str:
    """A file's name as it may be shown: its last part, one plain line, shortened. It is never a path here."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(one if one.isprintable() and not worry_about_text(one) else "_" for one in last)
    return plain[:LONGEST_FILE_NAME] or "unnamed"


def equivalence_until(
    baseline: Baseline, charter: Charter, fields: Mapping[str, str], at: datetime
) -> datetime:
    """Until when a decision on equivalence counts; DecisionError for one that can't be.

    ``fields``: name, kind, from_zone, to_zone, owner, until (RFC 3339), reason.
    """
    if not is_word(fields["name"]):
        raise _no("equivalence_name", f"{fields['name'][:40]!r} is not a name.", "Write a lower-case word.")
    if fields["kind"] not in baseline.kinds or fields["kind"] == EXCEPTION:
        raise _no(
            "equivalence_kind",
            f"{fields['kind']!r} is no evidence that two zones could share.",
            "See docs/assurance.md.",
        )
    zones = {fields["from_zone"], fields["to_zone"]}
    if len(zones) == 1 or not all(ZoneId(one) in charter.zones for one in zones):
        raise _no("equivalence_zones", "An equivalence is between two zones of the charter.", "Name both.")
    owner = charter.people.get(PersonId(fields["owner"]))
    if owner is None or owner.vendor is not None:
        raise _no("equivalence_owner", "Somebody of the plant must answer for it.", "Name them by --owner.")
    if not fields["reason"].strip() or worry_about_text(fields["reason"]):
        raise _no("equivalence_reason", "It needs a reason of one plain line.", "Write it by --reason.")
    try:
        until = datetime.fromisoformat(fields["until"])
    except ValueError:
        until = None
    if until is None or until.tzinfo is None or not at <= until <= at + timedelta(days=366):
        raise _no(
            "equivalence_until",
            "It ends within a year, at an instant with a zone.",
            "Write --until 2026-12-31T00:00:00Z.",
        )
    return until


def _no(code: str, fact: str, remedy: str) -> DecisionError:
    return DecisionError(fact, code=code, remedy=remedy)
