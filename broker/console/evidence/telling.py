"""The ledger's events in plain words, with the names that the charter has for people and things. Pure.

The words are for reading; the event itself stays beside them on the page, as the ledger holds it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from broker.console import words
from domain.canonical import Json, instant_of, text_in, texts_in
from domain.ids import AssetId, PersonId, ZoneId
from policies.charter.charter import Charter

PASSAGES = {
    "shell": "a terminal",
    "exec": "a command",
    "sftp": "file transfer (sftp)",
    "scp": "a file copy (scp)",
    "forward": "a native protocol",
}
ENDS = {
    "window_end": "its window ended",
    "revoked": "its permit was revoked",
    "killed": "the plant stopped it",
    "isolated": "the kill switch closed the way",
    "state_change": "the zone went into a state in which the permit does not hold",
    "recorder_failed": "it could not be recorded any longer",
    "charter_changed": "the charter changed, and the permit or the key does not hold under it",
    "watchdog_lost": "the gate lost its kill switch",
    "client_gone": "the vendor's client went away",
    "finished": "the vendor was finished",
    "shutdown": "the gate was shut down",
    "never_opened": "the ledger could not keep its opening",
}
CHANGES = {
    "disputed": "With that it went to the arbiter; until they decide it opens nothing.",
    "requested": "With that the dispute was over, and the permit waited again.",
    "approved": "With that the permit was approved.",
    "active": "The permit came into use.",
    "lapsed": "The permit lapsed: its window passed undecided or unused.",
    "completed": "The permit's window closed; it was used and is completed.",
}
ESCALATED = {
    "permit": "a decision that nobody had made",
    "dispute": "a dispute that nobody had settled",
    "review": "a use of break-glass that nobody had reviewed",
}
DEEDS = {
    "refused": "refused the request",
    "withdrawn": "withdrew the request",
    "narrowed": "put a narrower permit in this one's place",
    "revoked": "revoked the permit",
}
FACTORS = {
    "password": "password",
    "totp": "one-time code",
    "passkey": "passkey",
    "sshsig": "SSH signature",
    "publickey": "key",
    "oidc": "the identity provider",
}
DOORS = {
    "console": "the console",
    "ssh": "the SSH door",
    "api": "the API",
    "code": "the check of one-time codes",
}


class Teller:
    """Says events. It learns from those that open sessions who was where, for those that only end them."""

    def __init__(self, charter: Charter, known: Iterable[Mapping[str, Json]] = ()) -> None:
        self._charter = charter
        self._sessions: dict[str, tuple[str, str]] = {}
        for event in known:
            if event.get("event") == "SessionOpened":
                where = text_in(event, "person"), text_in(event, "asset")
                self._sessions[text_in(event, "session")] = where

    def sentence(self, event: Mapping[str, Json]) -> str:
        """What happened, in a sentence or two; a name split into words for a kind that is new here."""
        name = text_in(event, "event")
        tell = _TELLINGS.get(name)
        if tell is None:
            return f"{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', name) or 'An event that can not be read'}."
        return _upper(" ".join(tell(self, event).split()))

    def person(self, id_: str) -> str:
        """The person's name; who acts on the plant's own machine is said to do so."""
        kind, colon, account = id_.partition(":")
        if colon and kind == "local":
            return f"the account {account} on the plant's machine"
        known = self._charter.people.get(PersonId(id_))
        return known.name if known else id_ or "somebody unknown"

    def asset(self, id_: str) -> str:
        """The asset's name."""
        known = self._charter.assets.get(AssetId(id_))
        return known.name if known else id_ or "no asset"

    def zone(self, id_: str) -> str:
        """The zone's name."""
        known = self._charter.zones.get(ZoneId(id_))
        return known.name if known else id_

    def scope(self, id_: str) -> str:
        """What the kill switch was pointed at."""
        kind, _, name = id_.partition(":")
        match kind:
            case "all":
                return "all vendor access"
            case "zone":
                return f"the zone {self.zone(name)}"
            case "asset":
                return self.asset(name)
            case "person":
                return self.person(name)
            case "session":
                return self.session(name)
            case _:
                return f"the address {name}" if kind == "source" else id_

    def session(self, id_: str) -> str:
        """Whose session it is, and where, as far as that is known."""
        if id_ not in self._sessions:
            return "a session"
        person, asset = self._sessions[id_]
        return f"the session of {self.person(person)} on {self.asset(asset)}"

    def when(self, event: Mapping[str, Json], name: str) -> str:
        """An instant of the event in the plant's zone."""
        instant = instant_in(event, name)
        return (
            words.day_and_time(instant, self._charter.organisation.time_zone) if instant else "a time unknown"
        )


def instant_in(event: Mapping[str, Json], name: str) -> datetime | None:
    """The instant that the event holds under ``name``, if it is one."""
    try:
        return instant_of(text_in(event, name))
    except ValueError:
        return None


def _count(event: Mapping[str, Json], name: str) -> int:
    value = event.get(name)
    return value if isinstance(value, int) else 0


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _because(event: Mapping[str, Json]) -> str:
    reason = text_in(event, "reason")
    return f": {reason.rstrip('.')}." if reason else "."


def _changed(of: Teller, event: Mapping[str, Json]) -> str:
    after = text_in(event, "after")
    if after in DEEDS:
        return f"{of.person(text_in(event, 'by'))} {DEEDS[after]}{_because(event)}"
    return CHANGES.get(after, f"The permit is {after} now.")


def _approved(of: Teller, event: Mapping[str, Json]) -> str:
    kind = FACTORS.get(text_in(event, "kind"), text_in(event, "kind"))
    return f"{of.person(text_in(event, 'approver'))} approved it by {kind}, under the right {text_in(event, 'right')}."


def _disputed(of: Teller, event: Mapping[str, Json]) -> str:
    return (
        f"There was a dispute under the right {text_in(event, 'right')}: {_positions(event)} "
        f"{of.person(text_in(event, 'arbiter'))} may settle it until {of.when(event, 'until')}; then it is refused."
    )


def _settled(of: Teller, event: Mapping[str, Json]) -> str:
    if text_in(event, "by") == "clock":
        return f"Nobody settled the dispute in time, which is a no. {_positions(event)}"
    deed = "let it happen" if event.get("allows") is True else "refused it"
    return f"{of.person(text_in(event, 'by'))} settled the dispute and {deed}{_because(event)} {_positions(event)}"


def _positions(event: Mapping[str, Json]) -> str:
    said = []
    for name, verb in (("agreed", "agreed"), ("refused", "refused")):
        given = event.get(name)
        texts = [str(one) for one in given] if isinstance(given, list | tuple) else []
        said.append(f"{verb}: {'; '.join(texts) or 'nobody'}.")
    return " ".join(_upper(one) for one in said)


def _escalated(of: Teller, event: Mapping[str, Json]) -> str:
    given = event.get("called")
    names = [of.person(str(one)) for one in given] if isinstance(given, list | tuple) else []
    kind, _, what = text_in(event, "about").partition(":")
    about = (
        f"the right {what.replace(':', ' over ')}, which nobody holds"
        if kind == "void"
        else ESCALATED.get(kind, kind)
    )
    who = " and ".join(names) or "nobody, for the charter names none,"
    return f"{who} {'were' if len(names) > 1 else 'was'} called as {text_in(event, 'level')}, about {about}."


def _signed_in(of: Teller, event: Mapping[str, Json]) -> str:
    given = event.get("factors")
    factors = [FACTORS.get(str(one), str(one)) for one in given] if isinstance(given, list | tuple) else []
    door, source = text_in(event, "door"), text_in(event, "source")
    by = " and ".join(factors) or "unknown means"
    return (
        f"{of.person(text_in(event, 'person'))} signed in at {DOORS.get(door, door)} from {source}, by {by}."
    )


def _signed_out(of: Teller, event: Mapping[str, Json]) -> str:
    person, by = text_in(event, "person"), text_in(event, "by")
    if by == person:
        return f"{of.person(person)} signed out."
    whose = {"provider": "the identity provider", "directory": "the directory"}.get(by.partition(":")[0], by)
    return f"{of.person(person)} was signed out by {whose}."


def _enrolled(of: Teller, event: Mapping[str, Json]) -> str:
    deed = "removed" if event.get("removed") is True else "enrolled"
    text = f"{of.person(text_in(event, 'by'))} {deed} a key of {of.person(text_in(event, 'person'))}"
    decider = text_in(event, "decided_by")
    if decider in {"", "founding"}:
        return f"{text}{', at the founding of the node' if decider else ''}."
    return f"{text}, by decision of {of.person(decider)} under the right identity."


def _opened(of: Teller, event: Mapping[str, Json]) -> str:
    who, where = of.person(text_in(event, "person")), of.asset(text_in(event, "asset"))
    until = of.when(event, "deadline")
    text = f"{who} was let in to {where}, from {text_in(event, 'source')}, until {until} at the latest."
    return text + _excepted(event)


def _ended(of: Teller, event: Mapping[str, Json]) -> str:
    cause = ENDS.get(text_in(event, "cause"), text_in(event, "cause"))
    sent, got = words.octets(_count(event, "bytes_to_asset")), words.octets(_count(event, "bytes_to_vendor"))
    text = f"{of.session(text_in(event, 'session'))} ended, because {cause}."
    text += f" {sent} went to the asset and {got} to the vendor; the recording is sealed."
    if event.get("verified") is False:
        text += " Its two sides were not seen to be closed."
    if text_in(event, "remote_job") not in {"", "none"}:
        text += " A program that it started may live on at the asset."
    return text


def _passage(_of: Teller, event: Mapping[str, Json]) -> str:
    what, detail = (
        PASSAGES.get(text_in(event, "passage"), text_in(event, "passage")),
        text_in(event, "detail"),
    )
    return f"{what} was opened{f': {detail}' if detail else ''}."


def _passage_refused(of: Teller, event: Mapping[str, Json]) -> str:
    what = PASSAGES.get(text_in(event, "passage"), text_in(event, "passage"))
    where = f" on {of.asset(asset)}" if (asset := text_in(event, "asset")) else ""
    said = text_in(event, "sentence")
    return f"{of.person(text_in(event, 'person'))} wanted {what}{where} and was refused: {said}"


def _asked(of: Teller, event: Mapping[str, Json]) -> str:
    door = DOORS.get(text_in(event, "door"), text_in(event, "door"))
    who, what = of.person(text_in(event, "person")), of.asset(text_in(event, "asset"))
    return f"{who} asked for access to {what}, at {door}.{_excepted(event)}"


def _names(of: Teller, event: Mapping[str, Json], name: str) -> str:
    given = event.get(name)
    people = [of.person(str(one)) for one in given] if isinstance(given, list | tuple) else []
    return " and ".join(people) or "nobody who is known"


def _excepted(event: Mapping[str, Json]) -> str:
    given = event.get("exceptions")
    named = ", ".join(map(str, given)) if isinstance(given, list | tuple) else ""
    return f" It rests on the exception {named}." if named else ""


def _refused(of: Teller, event: Mapping[str, Json]) -> str:
    who, what = of.person(text_in(event, "person")), of.asset(text_in(event, "asset"))
    return f"{who} asked for access to {what} and was refused: {text_in(event, 'sentence')}"


def _state(of: Teller, event: Mapping[str, Json]) -> str:
    before = text_in(event, "before")
    origin = f" from {before}" if before else ""
    who, zone = of.person(text_in(event, "by")), of.zone(text_in(event, "zone"))
    return f"{who} set {zone}{origin} to {text_in(event, 'after')}."


def _watched(of: Teller, event: Mapping[str, Json]) -> str:
    who, what = of.person(text_in(event, "by")), of.session(text_in(event, "session"))
    if text_in(event, "since"):
        return f"{who} stopped watching {what}, having watched since {of.when(event, 'since')}."
    return f"{who} began to watch {what}."


_HELD = {
    "paused": "the plant paused it",
    "state": "its zone changed to a state that its permit does not name",
    "unattended": "nobody of the plant was watching",
}

_CHANNELS = {
    "console": "the console",
    "mail": "e-mail",
    "webhook": "the webhook",
    "chat": "chat",
    "syslog": "syslog",
}

_TELLINGS: Mapping[str, Callable[[Teller, Mapping[str, Json]], str]] = {
    "LedgerOpened": lambda _of, it: f"This ledger was opened by {text_in(it, 'software')}.",
    "NodeStarted": lambda _of, it: f"The {text_in(it, 'process')} process of this node started.",
    "PermitRequested": _asked,
    "RequestRefused": _refused,
    "PermitApproved": _approved,
    "PermitChanged": _changed,
    "PermitDisputed": _disputed,
    "Escalated": _escalated,
    "PermitSettled": _settled,
    "ApprovalRejected": lambda of, it: (
        f"A decision of {of.person(text_in(it, 'person'))} did not count: {text_in(it, 'sentence')}"
    ),
    "RefusalSigned": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} signed a no with their SSH key; whether it counted, the next line says."
    ),
    "TokenIssued": lambda of, it: (
        f"A token of the API was issued for {of.person(text_in(it, 'person'))}, until {of.when(it, 'expires')}."
    ),
    "TokenEnded": lambda of, it: f"A token of {of.person(text_in(it, 'person'))} was ended.",
    "TokenUsed": lambda of, it: (
        f"A token of {of.person(text_in(it, 'person'))} was used from {text_in(it, 'source')}: {text_in(it, 'deed')}"
        f"{', and was refused' if it.get('code') else ''}."
    ),
    "PasswordSet": lambda of, it: f"The console's password of {of.person(text_in(it, 'person'))} was set.",
    "GlassBroken": lambda of, it: (
        f"{_names(of, it, 'by')} broke the glass past {_names(of, it, 'skipped')}, until "
        f"{of.when(it, 'until')}{_because(it)}"
    ),
    "GlassReviewed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} reviewed how the glass was broken: {text_in(it, 'finding')}"
    ),
    "SignedIn": _signed_in,
    "SignInFailed": lambda _of, it: (
        f"Somebody who called themselves {text_in(it, 'claimed') or 'nothing'} was not let in at "
        f"{DOORS.get(text_in(it, 'door'), text_in(it, 'door'))}, from {text_in(it, 'source')}."
    ),
    "SignInLocked": lambda of, it: (
        f"Attempts of {of.scope(text_in(it, 'subject'))} at {DOORS.get(text_in(it, 'door'), text_in(it, 'door'))} were not "
        f"looked at until {of.when(it, 'until')}, after {_count(it, 'failures')} failures."
    ),
    "SignInLockLifted": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} had attempts of {of.scope(text_in(it, 'subject'))} looked at again."
    ),
    "SignedOut": _signed_out,
    "TemplateWritten": lambda of, it: f"{of.person(text_in(it, 'by'))} wrote a standing template down.",
    "TemplateUsed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} confirmed a permit inside a standing template, use {_count(it, 'use')} of {_count(it, 'uses')}."
    ),
    "TemplateEnded": lambda of, it: f"{of.person(text_in(it, 'by'))} ended a standing template{_because(it)}",
    "BrowserSignInShown": lambda of, it: (
        f"A connection of {of.person(text_in(it, 'person'))} from {text_in(it, 'source')} waited for their passkey in the browser."
    ),
    "BrowserSignInEnded": lambda of, it: (
        f"That connection of {of.person(text_in(it, 'person'))} from {text_in(it, 'source')} was {text_in(it, 'outcome')}"
        f"{' in a browser at ' + text_in(it, 'browser') if it.get('browser') else ''}."
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
        + (
            "took a company as a draft."
            if it.get("answer") == "taken"
            else f"refused a company{_because(it)}"
        )
    ),
    "KeyEnrolled": _enrolled,
    "SignInUnlocked": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} let their own key in from {text_in(it, 'source')} without a code, "
        f"for {_count(it, 'minutes')} minutes."
    ),
    "SessionOpened": _opened,
    "PassageOpened": _passage,
    "PassageRefused": _passage_refused,
    "SessionHeartbeat": lambda _of, it: f"The recording had come to {_count(it, 'frames')} frames.",
    "SessionEnded": _ended,
    "SessionInterrupted": lambda of, it: (
        f"{of.session(text_in(it, 'session'))} never ended in order: {text_in(it, 'sentence')}"
    ),
    "StepDeclared": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} let {of.session(text_in(it, 'session'))} go on until {of.when(it, 'until')}, "
        f"for a step that must not be interrupted{_because(it)}"
    ),
    "StepDone": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} said that the step in {of.session(text_in(it, 'session'))} is done."
    ),
    "SessionHeld": lambda of, it: (
        f"Input of {of.session(text_in(it, 'session'))} was held: {_HELD.get(text_in(it, 'hold'), 'no cause is told')}."
    ),
    "SessionReleased": lambda of, it: (
        f"Input of {of.session(text_in(it, 'session'))} went on"
        f"{' by a new permit for the new state' if text_in(it, 'agreed') else ''}."
    ),
    "SessionPaused": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} paused {of.session(text_in(it, 'session'))}{_because(it)}"
    ),
    "SessionResumed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} resumed {of.session(text_in(it, 'session'))}{_because(it)}"
    ),
    "SessionWatched": _watched,
    "AttendanceChanged": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} {'watches' if it.get('present') is True else 'no longer watches'} "
        f"{of.scope(text_in(it, 'scope'))}."
    ),
    "HostKeyMismatch": lambda of, it: (
        f"{of.asset(text_in(it, 'asset'))} showed another host key than the pinned one. No credential was sent."
    ),
    "InwardRefused": lambda of, it: (
        f"{of.session(text_in(it, 'session'))} tried to send {_count(it, 'dropped_bytes')} bytes in over a conduit "
        "that only lets bytes out. None reached the asset."
    ),
    "StateChanged": _state,
    "Isolated": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} cut off {of.scope(text_in(it, 'scope'))}{_because(it)}"
    ),
    "LeavingNoticed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} gave notice that {of.person(text_in(it, 'person'))} needs access no longer."
    ),
    "RestoreAgreed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} agreed that {of.scope(text_in(it, 'scope'))} may come back over {text_in(it, 'boundary')}."
    ),
    "Restored": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} opened {of.scope(text_in(it, 'scope'))} again{_because(it)}"
    ),
    "ClockStepped": lambda _of, it: f"The wall clock jumped by {_count(it, 'seconds')} s.",
    "CharterLoaded": lambda _of, _it: "A process of this node took up the charter.",
    "CharterApplied": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} put version {_count(it, 'version')} of the charter in force: {text_in(it, 'reason')}"
    ),
    "CredentialChanged": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} changed the {text_in(it, 'kind')} of {of.asset(text_in(it, 'asset'))}."
    ),
    "RightAttested": lambda of, it: (
        f"{of.person(text_in(it, 'person'))} attested, by {text_in(it, 'kind')}, to answer for {text_in(it, 'subject')}."
    ),
    "HeadUnwitnessed": lambda of, it: (
        f"Since {of.when(it, 'since')} no witness outside has vouched for the ledger"
        f"{f': {missing}' if (missing := ', '.join(texts_in(it, 'missing'))) else ''}."
    ),
    "NoticeSent": lambda of, it: (
        f"{of.person(text_in(it, 'to'))} was told by {_CHANNELS.get(text_in(it, 'channel'), text_in(it, 'channel'))}"
        f"{'' if it.get('confirmed') is True else ', which confirms nothing'} ({text_in(it, 'kind')})."
    ),
    "NoticeFailed": lambda of, it: (
        f"{of.person(text_in(it, 'to'))} could not be told by "
        f"{_CHANNELS.get(text_in(it, 'channel'), text_in(it, 'channel'))}, after {_count(it, 'attempts')} attempts: "
        f"{text_in(it, 'code').replace('_', ' ')} ({text_in(it, 'kind')})."
    ),
    "NoticeChoiceMade": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} said how {of.person(text_in(it, 'person'))} is to be told: "
        f"{'by e-mail too' if it.get('mail') is True else 'in the console'}"
        f"{', with quiet hours ' + text_in(it, 'quiet') if text_in(it, 'quiet') else ''}."
    ),
    "EvidenceViewed": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} looked at evidence: {text_in(it, 'subject')} ({text_in(it, 'how')})."
    ),
}
