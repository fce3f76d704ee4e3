"""What a company writes that asks to be known, checked; and the draft of charter files that may come of it. Pure.

Nothing of it counts. A draft is text for whoever edits the charter: who is admitted, proofed and checked by whom
is the plant's to fill in, and the version is signed like any other.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from domain.canonical import Json
from domain.said import say
from policies.charter.ssh_keys import fingerprint, public_key
from policies.charter.wording import UnusableError

LONGEST_NAME = 80
LONGEST_REACH = 120
LONGEST_WORD = 400
MOST_PEOPLE = 10


class UnfitError(ValueError):
    """What was written can't be taken; the sentence says why, to whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Hopeful:
    """Somebody whom the company names."""

    name: str
    key: str
    """An SSH public key: type and base64."""

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` prints it."""
        return fingerprint(self.key)


@dataclass(frozen=True, slots=True)
class Application:
    """One company's wish to be known, as it wrote it: printable lines, keys that could be used."""

    company: str
    contact: str
    """Who speaks for the company."""
    reach: str
    """Where they are reached: an address or a number."""
    word: str
    """What it is about, in their words; may be empty."""
    people: tuple[Hopeful, ...]

    def document(self) -> dict[str, Json]:
        """As it is kept."""
        return {
            "company": self.company,
            "contact": self.contact,
            "reach": self.reach,
            "word": self.word,
            "people": [{"name": one.name, "key": one.key} for one in self.people],
        }

    @staticmethod
    def of(text: str) -> "Application":
        """What ``document()`` wrote, read again as if it had just come in; UnfitError for anything else."""
        try:
            one = json.loads(text)
            pairs = [(str(each["name"]), str(each["key"])) for each in one["people"]]
            return read(str(one["company"]), str(one["contact"]), str(one["reach"]), str(one["word"]), pairs)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise UnfitError("This application can't be read.") from error


def read(company: str, contact: str, reach: str, word: str, people: Sequence[tuple[str, str]]) -> Application:
    """The application in these fields; UnfitError says in a sentence what can't be taken."""
    named = [(name, key) for name, key in people if name.strip() or key.strip()]
    if not 0 < len(named) <= MOST_PEOPLE:
        raise UnfitError(say("Name one to {most} people.", most=MOST_PEOPLE))
    hopefuls = tuple(
        Hopeful(_line(name, say("a person's name"), LONGEST_NAME), _key(key)) for name, key in named
    )
    if len({one.key for one in hopefuls}) != len(hopefuls):
        raise UnfitError(say("Each person has a key of their own."))
    return Application(
        _line(company, say("the company's name"), LONGEST_NAME),
        _line(contact, say("who speaks for the company"), LONGEST_NAME),
        _line(reach, say("where they are reached"), LONGEST_REACH),
        _line(word, say("what it is about"), LONGEST_WORD) if word.strip() else "",
        hopefuls,
    )


def draft(application: Application, admitted_by: str) -> str:
    """Text for ``vendors.toml`` and ``people.toml``: what the company said filled in, what the plant decides left open.

    It is no charter as it stands: every line that the plant must answer for is a comment that says so.
    """
    id_ = _id(application.company, "vendor")
    lines = [
        "# A draft, from what the company wrote about itself. Nothing of it is proved.",
        f"# Asked by {application.contact}; reached at {application.reach}. Taken as a draft by {admitted_by}.",
        "",
        "# vendors.toml",
        "[[vendor]]",
        f"id = {_quoted(id_)}",
        f"name = {_quoted(application.company)}",
        "# tools, networks, [[vendor.contract]] with its terms: from the contract (docs/charter.md)",
        "",
        "# people.toml",
    ]
    ids: set[str] = set()
    for one in application.people:
        person = _id(one.name, "person")
        while person in ids:
            person = f"{person}-2"
        ids.add(person)
        lines += [
            "[[person]]",
            f"id = {_quoted(person)}",
            f"name = {_quoted(one.name)}",
            f"vendor = {_quoted(id_)}",
            f"ssh_keys = [{_quoted(one.key)}] # {one.fingerprint}: compare it by telephone",
            "# contact, [person.admitted], [person.proofed], [person.checked], [[person.training]]: the plant's to say",
            "",
        ]
    return "\n".join(lines)


def _line(text: str, what: str, longest: int) -> str:
    text = " ".join(text.split())
    if not text or len(text) > longest or not text.isprintable():
        raise UnfitError(say("Write {what} in one line of up to {most} characters.", what=what, most=longest))
    return text


def _key(text: str) -> str:
    try:
        return public_key(text[:4000])
    except UnusableError as error:
        raise UnfitError(
            say("This key can't be taken: {why} {remedy}", why=error.fact, remedy=error.remedy)
        ) from error


def _quoted(text: str) -> str:
    # A JSON string of printable characters is a TOML basic string of the same text.
    return json.dumps(text, ensure_ascii=False)


def _id(text: str, otherwise: str) -> str:
    plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in text.lower())
    plain = "-".join(part for part in plain.split("-") if part)[:40].strip("-")
    return plain if plain[:1].isalpha() else otherwise
