"""A permit inside a standing template: did those who would have had to approve it sign the template beforehand?

The template is believed because the permit, which is signed, names its digest, and because each of its signatures is
a statement that the ledger told of, whose proof verified (``recorder.attested``). A one-time code signs none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from domain.attestation import Statement
from domain.break_glass import glass_holding
from domain.canonical import Json, canonical, parse
from domain.delegation import Stake
from domain.errors import EvidenceError, PenstockError
from domain.ids import PersonId
from domain.permit import Permit
from domain.rights import DecisionRight
from domain.template import Template, signed_by, subject_of
from domain.voices import Seat, unfilled, voices
from recorder.hours import window_inside
from recorder.snapshots import CharterSnapshot

Event = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Beforehand:
    """What was agreed to before anybody asked: a template, and who signed it, by what the case file holds."""

    templates: tuple[Template, ...] = ()
    statements: tuple[Statement, ...] = ()

    def named_by(self, permit: Permit) -> Template | None:
        """The template that ``permit`` names, where it is enclosed."""
        return next((one for one in self.templates if one.digest() == permit.template), None)

    def signed(self, permit: Permit) -> tuple[tuple[DecisionRight, PersonId], ...]:
        """Who signed that one, under which right."""
        return signed_by(permit.template, self.statements) if permit.template else ()


NOTHING = Beforehand()


def templates_in(data: bytes) -> Iterator[Template]:
    """What can be read of the plant's file of templates."""
    for line in data.split(b"\n"):
        with suppress(PenstockError):
            yield Template.of(parse(line))


def lines_named(data: bytes, digests: Iterable[str]) -> Iterator[bytes]:
    """The lines of the plant's file that hold the templates of these digests."""
    wanted = frozenset(digests) - {""}
    for one in templates_in(data):
        if one.digest() in wanted:
            yield canonical(one.document())


def subjects_of(permit: Permit) -> frozenset[str]:
    """Everything that somebody could have signed of the template that ``permit`` names."""
    return frozenset(subject_of(right, permit.template) for right in DecisionRight if permit.template)


def confirming(charter: CharterSnapshot, template: Template, permit: Permit, at: datetime) -> Seat:
    """The seat of who was on shift: whoever held the right that the template names, or of the shift beside them."""
    holding = charter.holding(template.confirm, permit, at)
    if template.confirm is DecisionRight.INCIDENT_LEAD:
        holding = glass_holding(holding, charter.shift)
    able = voices(
        holding,
        Stake(permit.actions, permit.states),
        at,
        requester=permit.person,
        sides=charter.sides,
        delegations=charter.delegations,
    )
    return Seat(template.confirm, able)


def check_template(
    permit: Permit,
    wanted: Sequence[Seat],
    given: Sequence[tuple[DecisionRight, PersonId]],
    at: datetime,
    before: Sequence[Event],
    charter: CharterSnapshot,
    beforehand: Beforehand,
) -> str:
    """A sentence once ``permit`` lay inside a template that counted at ``at``; EvidenceError if it did not.

    ``wanted`` are the seats of the full path, ``given`` the yeses to this permit, ``before`` the events ahead of its use.
    """
    template = beforehand.named_by(permit)
    if template is None:
        raise EvidenceError(
            "The standing template that the permit names is not enclosed.", code="template_missing"
        )
    if outside := _outside(permit, template, at, charter):
        raise EvidenceError(
            f"The permit lies outside its standing template: {', '.join(outside)}.", code="template_outside"
        )
    ended = [one for one in before if one.get("event") == "TemplateEnded"]
    if any(one.get("template") == permit.template for one in ended):
        raise EvidenceError("The standing template had been ended before.", code="template_ended")
    signed = beforehand.signed(permit)
    if short := unfilled(wanted, signed):
        raise EvidenceError(
            f"Too few had signed the standing template under the right: {', '.join(sorted(set(short)))}.",
            code="template_unsigned",
        )
    seat, taken = confirming(charter, template, permit, at), {person for _, person in signed}
    seat = Seat(seat.right, tuple(one for one in seat.voices if not one.both & taken))
    if unfilled((seat,), given) or unfilled((*wanted, seat), (*signed, *given)):
        raise EvidenceError(
            "Nobody who might confirm the use of the standing template did, beside those who signed it.",
            code="template_unconfirmed",
        )
    used = [one for one in before if one.get("event") == "TemplateUsed" and one.get("permit") == permit.id]
    if not used or used[-1].get("template") != permit.template:
        raise EvidenceError(
            "The ledger tells of no use of the standing template before the session.", code="template_unused"
        )
    use = used[-1].get("use")
    if not isinstance(use, int) or not 1 <= use <= template.uses:
        raise EvidenceError(
            f"The ledger tells of use {use} of a standing template that allows {template.uses}.",
            code="template_used_up",
        )
    who = ", ".join(f"{person} ({right})" for right, person in signed)
    return f"Inside the standing template {template.title!r}, signed by {who}; use {use} of {template.uses}."


def _outside(permit: Permit, template: Template, at: datetime, charter: CharterSnapshot) -> list[str]:
    found = list(template.beyond(permit))
    if not template.window.contains(at):
        found.append("expired")
    if {charter.zones.get(permit.asset, ""), *charter.ways.get(permit.conduit, ())} & charter.safety:
        found.append("safety")
    zone = charter.clocks.get(permit.asset)
    if template.hours and (zone is None or not window_inside(template.hours, zone, permit.window)):
        found.append("hours")
    return found
