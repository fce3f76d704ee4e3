"""What a line to the watchdog asks for: commands, signals of the plant, attendance. Pure.

Whoever asks is known by the kernel's word alone; what a line says of them is for the record, not for trust.
"""

from collections.abc import Mapping
from datetime import datetime

from broker.watchdog.interlocks import (
    Agree,
    Attend,
    BreakGlass,
    Command,
    Isolate,
    Notice,
    Pause,
    Restore,
    Resume,
    ReviewGlass,
    Revoke,
    SetSignals,
    SetState,
    Stop,
    is_attended_scope,
    is_scope,
)
from broker.watchdog.overrides import Override, ReviewOverride
from broker.watchdog.zone_states import signals_of
from domain.break_glass import Glass, Review
from domain.canonical import instant_of
from domain.errors import PeerError
from domain.ids import PermitId, PersonId, SessionId, ZoneId, is_token, is_word
from domain.plant import OperatingState
from recorder.replay import inert

LONGEST_TEXT = 500
LONGEST_GOOD_MS = 60_000
"""The longest that signals may count without being said again."""

_ABOUT_ONE: Mapping[str, type[Stop | Pause | Resume]] = {"stop": Stop, "pause": Pause, "resume": Resume}


def command_of(document: Mapping[str, object], by: str) -> Command:  # noqa: PLR0911 - one return per command
    """The command in a line of the watchdog's protocol; PeerError when it is none.

    ``by`` is who asks, for when the line does not say; what it says is for the record, not for trust.
    """
    if (found := _glass_command(document) or _override_command(document)) is not None:
        return found
    match document:
        case {"do": "isolate", "scope": str(scope)} if is_scope(scope):
            return Isolate(scope, _text(document, "by", by), _text(document, "reason", ""))
        case {"do": "restore", "scope": str(scope)} if is_scope(scope):
            return Restore(scope, _text(document, "by", by), _text(document, "reason", ""))
        case {"do": "set-state", "zone": str(zone), "state": str(state)} if is_word(zone) and _is_state(
            state
        ):
            who, why = _text(document, "by", by), _text(document, "reason", "")
            return SetState(ZoneId(zone), OperatingState(state), who, why)
        case {"do": "revoke", "permit": str(permit)} if is_token(permit):
            return Revoke(PermitId(permit), _text(document, "by", by), _text(document, "reason", ""))
        case {"do": "stop" | "pause" | "resume" as word, "session": str(session)} if is_token(session):
            return _ABOUT_ONE[word](
                SessionId(session), _text(document, "by", by), _text(document, "reason", "")
            )
        case {"do": "notice", "person": str(person), "until": str(until)} if is_word(person):
            return Notice(
                PersonId(person), _instant(until), _text(document, "by", by), _text(document, "reason", "")
            )
        case {
            "do": "agree",
            "scope": str(scope),
            "boundary": str(boundary),
            "by": str(holder),
            "step": int(step),
        } if is_scope(scope) and is_word(boundary) and is_word(holder):
            return Agree(scope, boundary, PersonId(holder), step)
        case _:
            raise PeerError(
                "The kill switch does not understand this.",
                remedy="Scopes are all, site:x, zone:x, vendor:x, product:x, tool:x, asset:x and person:x.",
            )


def signals_in(document: Mapping[str, object]) -> tuple[SetSignals, float] | None:
    """The signals in such a line, and for how many seconds they count; None when it says nothing of them."""
    match document:
        case {"do": "signals", "signals": dict(signals), "good_for_ms": int(good_for_ms)} if (
            0 < good_for_ms <= LONGEST_GOOD_MS
        ):
            try:
                return SetSignals(signals_of(signals)), good_for_ms / 1000
            except (KeyError, TypeError, ValueError) as error:
                raise PeerError(f"These are not signals: {error}.") from error
        case {"do": "signals"}:
            raise PeerError("These are not signals.", remedy="docs/watchdog.md has their form.")
        case _:
            return None


def attend_of(document: Mapping[str, object], by: str) -> Attend | None:
    """The attendance in such a line; None when it says nothing of that, PeerError when it can't be meant."""
    match document:
        case {"do": "attend" | "leave" as word, "scope": str(scope)} if is_attended_scope(scope):
            return Attend(scope, _text(document, "by", by), word == "attend")
        case {"do": "attend" | "leave"}:
            raise PeerError("That can't be attended.", remedy="Say session:x or zone:x.")
        case _:
            return None


def _glass_command(document: Mapping[str, object]) -> BreakGlass | ReviewGlass | None:
    try:
        match document:
            case {"do": "break-glass", "glass": dict(glass)}:
                return BreakGlass(Glass.of(glass))
            case {
                "do": "review-glass",
                "permit": str(permit),
                "by": str(by),
                "at": str(at),
                "step": int(step),
            } if is_token(permit) and is_word(by):
                return ReviewGlass(PermitId(permit), Review(PersonId(by), instant_of(at), step))
            case {"do": "review-glass", "permit": str(permit), "review": dict(review)} if is_token(permit):
                return ReviewGlass(PermitId(permit), Review.of(review))
            case _:
                return None
    except (KeyError, TypeError, ValueError) as error:
        raise PeerError(f"This is no use of break-glass, and no review of one: {error}.") from error


def _override_command(document: Mapping[str, object]) -> Override | ReviewOverride | None:
    match document:
        case {
            "do": "override",
            "scope": str(scope),
            "by": str(by),
            "step": int(step),
            "until": str(until),
            "zone": str(zone),
            "state": str(state),
        } if (
            is_scope(scope)
            and is_word(by)
            and (zone == "" or is_word(zone))
            and (state == "" or _is_state(state))
        ):
            return Override(
                scope,
                PersonId(by),
                _text(document, "reason", ""),
                _instant(until) if until else None,
                ZoneId(zone) if zone else None,
                OperatingState(state) if state else None,
                step,
            )
        case {"do": "review-override", "override": str(number), "by": str(by), "step": int(step)} if (
            is_word(by) and number.isascii() and number.isdigit()
        ):
            return ReviewOverride(number, PersonId(by), _text(document, "finding", ""), step)
        case _:
            return None


def _text(document: Mapping[str, object], name: str, otherwise: str) -> str:
    """One inert line of it, cut where it is too long: words for the record must never keep a kill waiting."""
    value = document.get(name) or otherwise
    if not isinstance(value, str):
        raise PeerError(f"`{name}` must be text.")
    return inert(value, LONGEST_TEXT)[:LONGEST_TEXT]


def _instant(text: str) -> datetime:
    try:
        return instant_of(text)
    except ValueError as error:
        raise PeerError(f"`until` is no instant: {error}.") from error


def _is_state(text: str) -> bool:
    return text in {str(state) for state in OperatingState}
