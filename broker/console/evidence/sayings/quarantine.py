"""Files on their way, in plain words. Pure."""

from collections.abc import Callable, Mapping

from broker.console.evidence.naming import Naming, because, count
from domain.canonical import Json, text_in

STATES = {
    "released": "may pass, by the charter's own word",
    "held": "is held",
    "refused": "never passes",
}
OUTCOMES = {"whole": "", "cut": " The transfer was cut.", "failed": " The asset did not take it."}


def _file(event: Mapping[str, Json]) -> str:
    return f"the file '{text_in(event, 'name')}' ({count(event, 'size')} bytes)"


def _taken(of: Naming, event: Mapping[str, Json]) -> str:
    cut = "" if event.get("whole") is True else f" It is not whole: {text_in(event, 'cause')}."
    return (
        f"{of.person(text_in(event, 'person'))} brought {_file(event)} for {of.asset(text_in(event, 'asset'))};"
        f" it lies in the quarantine as {text_in(event, 'file')}.{cut}"
    )


def _moved(of: Naming, event: Mapping[str, Json]) -> str:
    return (
        f"{of.person(text_in(event, 'person'))} moved {_file(event)} by {text_in(event, 'passage')},"
        f" {of.asset(text_in(event, 'asset'))}.{OUTCOMES.get(text_in(event, 'outcome'), '')}"
    )


SAYINGS: Mapping[str, Callable[[Naming, Mapping[str, Json]], str]] = {
    "FileTakenIn": _taken,
    "FileReleased": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} signed under {text_in(it, 'right')} that the file {text_in(it, 'file')} may pass"
        f" to {of.asset(text_in(it, 'asset'))} until {of.when(it, 'until')}{because(it)}"
    ),
    "FileRefused": lambda of, it: (
        f"{of.person(text_in(it, 'by'))} refused the file {text_in(it, 'file')} for {of.asset(text_in(it, 'asset'))}{because(it)}"
    ),
    "FileScreened": lambda of, it: (
        f"The file '{text_in(it, 'name')}' of {of.person(text_in(it, 'person'))} for {of.asset(text_in(it, 'asset'))} was looked at and {STATES.get(text_in(it, 'state'), text_in(it, 'state'))}"
        f" ({text_in(it, 'code')})."
    ),
    "FileDelivered": lambda of, it: (
        f"{_file(it)}, released as {text_in(it, 'file')}, went to {of.asset(text_in(it, 'asset'))}."
        f"{OUTCOMES.get(text_in(it, 'outcome'), '')}"
    ),
    "FileMoved": _moved,
    "FileErased": lambda of, it: (
        f"The file {text_in(it, 'file')} of {of.session(text_in(it, 'session'))} was erased with that session's evidence."
    ),
    "FileNotTaken": lambda of, it: (
        f"The file '{text_in(it, 'name')}' of {of.person(text_in(it, 'person'))} for {of.asset(text_in(it, 'asset'))}"
        f" was not taken: {text_in(it, 'sentence')}"
    ),
}
