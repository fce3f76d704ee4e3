"""A decision in sentences: for the vendor, for the plant's holder, for the auditor.

The vendor reads what helps to get through and nothing that maps the plant; the auditor reads
every rule's exact word.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from domain.access import Allow, Decision, Deny, NeedsApproval, Reason
from domain.canonical import Json
from domain.ids import PersonId, RuleId
from domain.parties import Person
from domain.said import say
from policies.charter.charter import Charter
from policies.engine import SILENCE, Finding
from policies.rule import Abstain, Accept, Refuse, Require
from policies.wording import plain, when


class Audience(StrEnum):
    """Who reads."""

    VENDOR = "vendor"
    HOLDER = "holder"
    AUDITOR = "auditor"


# An asset that does not exist and one that this vendor has no business with must read alike, to the
# letter: otherwise a vendor's engineer lists the plant by guessing names and watching the answer.
# The ledger keeps the exact code; whoever is under contract for an asset gets exact answers about it.
ALIKE = frozenset({"unknown_asset", "no_contract"})
NOT_AVAILABLE = Reason(
    RuleId("asset-registered/1"),
    "not_available",
    say("There is nothing of that name that you may ask for."),
    say("Check the name; the lobby lists the assets that you may ask for."),
)


def outward(deny: Deny) -> Reason:
    """The one reason to show outside the plant. Never a second one: what follows may tell too much."""
    if not deny.reasons:
        return SILENCE
    first = deny.reasons[0]
    return NOT_AVAILABLE if first.code in ALIKE else first


def refusal_line(deny: Deny) -> str:
    """The one line that a vendor's client shows (CONTRACT.md): no line break, no control character."""
    reason = outward(deny)
    line = f"penstock: refused [{reason.code}]: {reason.sentence}"
    if reason.remedy:
        line += f" What to do: {reason.remedy}"
    return plain_line(line)


def awaited(decision: NeedsApproval, people: Mapping[PersonId, Person]) -> str:
    """Whose yes is missing: any one of them under a single right; where several rights must agree, no "or" says less."""
    joined = " or " if len(decision.rights) == 1 else ", "
    return joined.join(_name(one, people) for one in decision.waiting_for)


def sentences(decision: Decision, charter: Charter, audience: Audience) -> tuple[str, ...]:
    """What ``audience`` is told of ``decision``, a sentence each."""
    match decision:
        case Deny():
            if audience is Audience.VENDOR:
                reason = outward(decision)
                return tuple(one for one in (reason.sentence, reason.remedy) if one)
            return _words(decision.reasons, audience)
        case NeedsApproval():
            names = awaited(decision, charter.people)
            rights = " and ".join(f"'{right}'" for right in sorted(decision.rights))
            if audience is Audience.VENDOR:
                return (f"Waiting for {names}.",)
            head = f"{names} may decide under the right {rights}."
            return (head, *_words(decision.reasons, audience))
        case Allow():
            head = (
                f"Open until {when(decision.until, charter.organisation)}, on the permit {decision.permit}."
            )
            if audience is Audience.AUDITOR:
                return (head, *_words(decision.reasons, audience))
            return (head,)


def rows(found: Iterable[Finding]) -> list[Json]:
    """Every rule's verdict as JSON: what ``penstock charter explain --json`` prints."""
    return [
        dict(zip(("rule", "verdict", "code", "sentence", "remedy"), _row(one), strict=True)) for one in found
    ]


def table(found: Iterable[Finding]) -> str:
    """Every rule's verdict as text, one rule a line, its remedy below."""
    lines = []
    for one in found:
        rule, verdict, code, sentence, remedy = _row(one)
        lines.append(f"{rule:<26} {verdict:<8} {f'[{code}] ' if code else ''}{sentence}".rstrip())
        if remedy:
            lines.append(f"{'':<35} What to do: {remedy}")
    return "\n".join(lines)


def _row(one: Finding) -> tuple[str, str, str, str, str]:
    match one.verdict:
        case Accept(sentence, _):
            return one.rule, "accept", "", plain_line(sentence), ""
        case Require(_, sentence, code, remedy):
            return one.rule, "require", code, plain_line(sentence), remedy
        case Refuse(code, sentence, remedy):
            return one.rule, "refuse", code, plain_line(sentence), remedy
        case Abstain():
            return one.rule, "abstain", "", "Has nothing to say about this request.", ""


def plain_line(text: str) -> str:
    """``text`` on one line, without control characters."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _words(reasons: Iterable[Reason], audience: Audience) -> tuple[str, ...]:
    if audience is Audience.AUDITOR:
        return tuple(f"{one.rule} [{one.code}]: {one.sentence}" for one in reasons)
    return tuple(one.sentence for one in reasons)


def _name(person: PersonId, people: Mapping[PersonId, Person]) -> str:
    found = people.get(person)
    return found.name if found else plain(person)
