"""People, their keys and how they came in, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console.evidence.naming import DOORS, FACTORS, Naming, because, count
from domain.canonical import Json, text_in


def _signed_in(of: Naming, event: Mapping[str, Json]) -> str:
    given = event.get("factors")
    factors = [FACTORS.get(str(one), str(one)) for one in given] if isinstance(given, list | tuple) else []
    door, source = text_in(event, "door"), text_in(event, "source")
    by = " and ".join(factors) or "unknown means"
    return (
        f"{of.person(text_in(event, 'person'))} signed in at {DOORS.get(door, door)} from {source}, by {by}."
    )


def _signed_out(of: Naming, event: Mapping[str, Json]) -> str:
    person, by = text_in(event, "person"), text_in(event, "by")
    if by == person:
        return f"{of.person(person)} signed out."
    whose = {"provider": "the identity provider", "directory": "the directory"}.get(by.partition(":")[0], by)
    return f"{of.person(person)} was signed out by {whose}."


def _enrolled(of: Naming, event: Mapping[str, Json]) -> str:
    deed = "removed" if event.get("removed") is True else "enrolled"
    text = f"{of.person(text_in(event, 'by'))} {deed} a key of {of.person(text_in(event, 'person'))}"
    decider = text_in(event, "decided_by")
    if decider in {"", "founding"}:
        return f"{text}{', at the founding of the node' if decider else ''}."
    return f"{text}, by decision of {of.person(decider)} under the right identity."


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "TokenIssued": lambda of, it: (
        f"A token of the API was issued for {of.person(text_in(it, 'person'))}, until {of.when(it, 'expires')}."
    ),
    "TokenEnded": lambda of, it: f"A token of {of.person(text_in(it, 'person'))} was ended.",
    "TokenUsed": lambda of, it: (
        f"A token of {of.person(text_in(it, 'person'))} was used from {text_in(it, 'source')}: {text_in(it, 'deed')}"
        f"{', and was refused' if it.get('code') else ''}."
    ),
    "PasswordSet": lambda of, it: f"The console's password of {of.person(text_in(it, 'person'))} was set.",
    "SignedIn": _signed_in,
    "SignInFailed": lambda _of, it: (
        f"Somebody who called themselves {text_in(it, 'claimed') or 'nothing'} was not let in at "
        f"{DOORS.get(text_in(it, 'door'), text_in(it, 'door'))}, from {text_in(it, 'source')}."
    ),
    "SignInLocked": lambda of, it: (
        f"Attempts of {of.scope(text_in(it, 'subject'))} at {DOORS.get(text_in(it, 'door'), text_in(it, 'door'))} were not "
        f"looked at until {of.when(it, 'until')}, after {count(it, 'failures')} failures."
    ),
    "SignInLockLifted": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} had attempts of {of.scope(text_in(it, 'subject'))} looked at again."
    ),
    "SignedOut": _signed_out,
    "BrowserSignInShown": lambda of, it: (
        f"A connection of {of.person(text_in(it, 'person'))} from {text_in(it, 'source')} waited for their passkey in the browser."
    ),
    "BrowserSignInEnded": lambda of, it: (
        f"That connection of {of.person(text_in(it, 'person'))} from {text_in(it, 'source')} was {text_in(it, 'outcome')}"
        f"{' in a browser at ' + text_in(it, 'browser') if it.get('browser') else ''}."
    ),
    "CertificateIssued": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} was given an SSH certificate for the permit {text_in(it, 'permit')}, "
        f"until {of.when(it, 'ends')}, at {DOORS.get(text_in(it, 'door'), text_in(it, 'door'))}, from {text_in(it, 'source')}."
    ),
    "CertificateRefused": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} was given no SSH certificate for the permit {text_in(it, 'permit')}: "
        f"{text_in(it, 'sentence')}"
    ),
    "VendorInvited": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} invited {text_in(it, 'company')} to ask to be known."
    ),
    "VendorAsked": lambda of, it: (
        f"{text_in(it, 'company')} asked to be known, from {text_in(it, 'source')}, "
        + (f"invited by {of.person(text_in(it, 'invited_by'))}." if it.get("invited_by") else "uninvited.")
    ),
    "VendorAnswered": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} "
        + ("took a company as a draft." if it.get("answer") == "taken" else f"refused a company{because(it)}")
    ),
    "KeyEnrolled": _enrolled,
    "SignInUnlocked": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} let their own key in from {text_in(it, 'source')} without a code, "
        f"for {count(it, 'minutes')} minutes."
    ),
    "LeavingNoticed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} gave notice that {of.person(text_in(it, 'person'))} needs access no longer."
    ),
}
