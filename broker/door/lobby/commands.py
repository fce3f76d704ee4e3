"""What can be said in the lobby, and how it is read. Pure.

A command comes over SSH as one string whose quotes the client's shell has eaten, so an option's value
goes on until the next option: ``--purpose replace the drive`` needs no quotes.
"""

import re
import shlex
from dataclasses import dataclass
from datetime import timedelta

from domain.access import Action, Grant, Stated
from domain.ids import AssetId, ConduitId, PermitId, PersonId, SessionId, ToolId, is_token, is_word
from domain.limits import limit_texts, limits_of
from domain.parties import LeavingKind
from domain.plant import OperatingState

LONGEST_LINE = 2000
LONGEST_UNLOCK_MINUTES = 15
STEP = re.compile(r"[0-9a-f]{8}", re.ASCII)
SPAN = re.compile(r"(?:(\d{1,3})d)?(?:(\d{1,3})h)?(?:(\d{1,4})m(?:in)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Permits:
    """List my permits."""

    json: bool = False


@dataclass(frozen=True, slots=True)
class Assets:
    """List what I may ask for."""

    json: bool = False


@dataclass(frozen=True, slots=True)
class KnownHosts:
    """The line by which an SSH client knows the assets that it jumps to."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Have the key that signed in certified for one permit."""

    permit: PermitId


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for a permit."""

    asset: AssetId
    length: timedelta
    stated: Stated
    starts_in: timedelta = timedelta()
    passage: tuple[Grant, ...] = ()
    """Empty: whatever the asset's way in lets through."""
    actions: frozenset[Action] = frozenset({Action.OPERATE})
    conduit: ConduitId | None = None
    tools: frozenset[ToolId] = frozenset()
    """Empty: the one that asks."""
    states: frozenset[OperatingState] = frozenset()
    """In which it shall hold; empty: all in which the way is open."""
    limits: frozenset[str] = frozenset()
    """Within which limits, in their one written form; of a protocol without any: those of the way."""
    json: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until a permit is decided; without an id, the newest that waits."""

    permit: PermitId | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a permit back."""

    permit: PermitId


@dataclass(frozen=True, slots=True)
class Extend:
    """Have one's own permit last longer, which nobody can."""

    permit: PermitId


@dataclass(frozen=True, slots=True)
class Unlock:
    """Let this key in without a code for a while."""

    minutes: int = LONGEST_UNLOCK_MINUTES


@dataclass(frozen=True, slots=True)
class UnlockSession:
    """Let a locked session of one's own go on."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class Confirm:
    """Let a function that was held pass once; without one, list what was held."""

    session: SessionId
    step: str = ""


@dataclass(frozen=True, slots=True)
class Sessions:
    """List my sessions that run."""

    json: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody of one's own company needs access no longer."""

    person: PersonId
    kind: LeavingKind = LeavingKind.TERMINATED


@dataclass(frozen=True, slots=True)
class Help:
    """What can be said."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty line."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What can't be read, and why."""

    sentence: str


Command = (
    Permits
    | Assets
    | KnownHosts
    | Certificate
    | Ask
    | Wait
    | Withdraw
    | Extend
    | Unlock
    | UnlockSession
    | Sessions
    | Confirm
    | Gone
    | Help
    | Quit
    | Nothing
    | Mistake
)

_ASK_OPTIONS = frozenset(
    {
        "for",
        "limit",
        "in",
        "purpose",
        "work-order",
        "back-out",
        "failure",
        "tool",
        "with",
        "action",
        "conduit",
        "state",
        "json",
    }
)


def command(line: str) -> Command:  # noqa: C901, PLR0911, PLR0912 - one case per command
    """What ``line`` says."""
    if len(line) > LONGEST_LINE or not all(letter.isprintable() or letter == "\t" for letter in line):
        return Mistake(f"A command is one printable line of at most {LONGEST_LINE} characters.")
    words = _words(line)
    if not words:
        return Nothing()
    name, rest = words[0], words[1:]
    match name, rest:
        case "permits", []:
            return Permits()
        case "permits", ["--json"]:
            return Permits(json=True)
        case "assets", []:
            return Assets()
        case "assets", ["--json"]:
            return Assets(json=True)
        case "known-hosts", []:
            return KnownHosts()
        case "certificate", [permit] if is_token(permit):
            return Certificate(PermitId(permit))
        case "ask", [asset, *options] if is_word(asset):
            return _ask(AssetId(asset), options)
        case "ask", _:
            return Mistake("Say: ask ASSET --for 2h --purpose what you will do [--work-order …]")
        case "wait", []:
            return Wait()
        case "wait", [permit] if is_token(permit):
            return Wait(PermitId(permit))
        case "withdraw", [permit] if is_token(permit):
            return Withdraw(PermitId(permit))
        case "extend", [permit, *_] if is_token(permit):
            return Extend(PermitId(permit))
        case (("wait" | "withdraw" | "extend" | "certificate"), _):
            return Mistake(f"Say: {name} PERMIT, with the id that 'permits' shows.")
        case "unlock", []:
            return Unlock()
        case "unlock", [minutes] if _minutes(minutes):
            return Unlock(int(minutes))
        case "unlock", [session] if is_token(session) and not session.isdigit():
            return UnlockSession(SessionId(session))
        case "unlock", _:
            return Mistake(f"Say: unlock MINUTES, at most {LONGEST_UNLOCK_MINUTES}; or: unlock SESSION.")
        case "confirm", [session] if is_token(session):
            return Confirm(SessionId(session))
        case "confirm", [session, step] if is_token(session) and STEP.fullmatch(step):
            return Confirm(SessionId(session), step)
        case "confirm", _:
            return Mistake("Say: confirm SESSION, and then: confirm SESSION ID, with an id that it shows.")
        case "sessions", []:
            return Sessions()
        case "sessions", ["--json"]:
            return Sessions(json=True)
        case "notice", [person] if is_word(person):
            return Gone(PersonId(person))
        case "notice", [person, kind] if is_word(person) and kind in set(LeavingKind):
            return Gone(PersonId(person), LeavingKind(kind))
        case "notice", _:
            return Mistake("Say: notice PERSON, or: notice PERSON reassigned")
        case (("help" | "?" | "--help"), _):
            return Help()
        case (("quit" | "exit" | "logout"), _):
            return Quit()
        case _:
            return Mistake("This is not a command of the lobby. Say: help")


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # an apostrophe in a sentence
        return line.split()


def _minutes(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4 and 0 < int(text) <= LONGEST_UNLOCK_MINUTES


def _options(words: list[str]) -> dict[str, str] | Mistake:
    options: dict[str, str] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            if name not in _ASK_OPTIONS or name in options:
                return Mistake(f"'--{name}' is not an option of ask, or is there twice.")
            options[name] = value
        elif not name:
            return Mistake(f"'{word}' comes before any option. Say: ask ASSET --for 2h --purpose …")
        else:
            options[name] = f"{options[name]} {word}".strip()
    return options


def _ask(asset: AssetId, words: list[str]) -> Command:  # noqa: PLR0911 - one return per mistake
    options = _options(words)
    if isinstance(options, Mistake):
        return options
    length = span(options.get("for", ""))
    if length is None:
        return Mistake("Say for how long: --for 90m, --for 2h, --for 1h30m")
    starts_in = span(options["in"]) if "in" in options else timedelta()
    if starts_in is None:
        return Mistake("Say when it starts: --in 30m, --in 2h")
    conduit = options.get("conduit")
    if conduit is not None and not is_word(conduit):
        return Mistake("A conduit is named by its id in the charter.")
    tools = _list(options.get("tool", ""))
    if not all(is_word(one) for one in tools):
        return Mistake("A tool is named by its id in the charter.")
    try:
        passage = tuple(Grant.of(word) for word in _list(options.get("with", "")))
        actions = frozenset(Action(word) for word in _list(options.get("action", "operate")))
        states = frozenset(OperatingState(word) for word in _list(options.get("state", "")))
    except ValueError as error:
        return Mistake(
            f"{error}. Passages: shell, exec, sftp, scp, rsync, zmodem (or sftp:get, sftp:put), forward:PORT. Actions: view, operate, configure, override."
            f" States: {', '.join(OperatingState)}."
        )
    try:
        told = [one for one in options.get("limit", "").split(";") if one.strip()]
        limits = frozenset(limit_texts(limits_of(told)))
    except ValueError as error:
        return Mistake(f"{error}. Several have a semicolon between.")
    return Ask(
        asset=asset,
        length=length,
        stated=Stated(
            options.get("purpose", ""),
            options.get("work-order", ""),
            options.get("back-out", ""),
            options.get("failure", ""),
        ),
        starts_in=starts_in,
        passage=passage,
        actions=actions,
        conduit=ConduitId(conduit) if conduit else None,
        tools=frozenset(ToolId(one) for one in tools),
        states=states,
        limits=limits,
        json="json" in options,
    )


def _list(text: str) -> list[str]:
    return text.replace(",", " ").split()


def span(text: str) -> timedelta | None:
    """The length that ``text`` says (``90m``, ``2h``, ``1h30m``, ``1d``); None when it says none."""
    read = SPAN.fullmatch(text.replace(" ", ""))
    if read is None:
        return None
    days, hours, minutes = (int(part or 0) for part in read.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes)
    return length or None
