"""The two files of a decision that travels: what is to be signed, and what was. Normative: ``BUNDLE.md``.

Each is four lines of text, so that it survives a stick, a mail or a printer, and says by itself when it
did not: its kind, one line of canonical JSON, the SHA-256 of that line, and ``end``.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from approvals.shown import Names, shown
from domain.canonical import Json, canonical, instant_text, parse, text_of
from domain.errors import PenstockError, ProofError
from domain.plant import OperatingState
from domain.signed_decision import SignedDecision, Verdict

BUNDLE, ANSWER = "penstock-bundle/1", "penstock-answer/1"
LONGEST_CHARS = 262_144

_TEXTS = (
    "site", "person", "vendor", "asset", "zone", "conduit", "time_zone", "consequence", "protect",
    "keep_available", "safety_function", "safety_harm", "key_switch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """One decision to be signed, and what the charter calls the things in it."""

    decision: SignedDecision
    names: Names

    @property
    def text(self) -> str:
        """The permit in sentences, made here from the very bytes that will be signed."""
        return shown(self.decision.permit, self.names)

    def sentences(self) -> str:
        """Everything that the person who signs is to read, the decision itself last."""
        said = self.decision
        word = "APPROVES" if said.verdict is Verdict.APPROVE else "REFUSES"
        lines = [
            f"By signing, {said.person} {word} this under the right {said.right}.",
            *([f"Reason: {said.reason}"] if said.reason else []),
            f"The node {said.node} asks, under the charter {said.charter.hex()}.",
            f"It takes the answer once, until {instant_text(said.until)}.",
        ]
        return f"{self.text}\n" + "\n".join(lines) + "\n"

    def write(self) -> str:
        """The file."""
        names: dict[str, Json] = {name: getattr(self.names, name) for name in _TEXTS}
        if self.names.not_recordable:
            names["not_recordable"] = self.names.not_recordable
        names |= {
            "safety": self.names.safety,
            "bears": {str(state): what for state, what in self.names.bears.items()},
        }
        return _file(BUNDLE, {"message": _base64(self.decision.message()), "names": names})


@dataclass(frozen=True, slots=True)
class Answer:
    """One decision that was signed. Nothing is verified yet."""

    message: bytes
    signature: bytes

    def decision(self) -> SignedDecision:
        """What was signed; ProofError when it is no decision."""
        return SignedDecision.of(self.message)

    def write(self) -> str:
        """The file."""
        return _file(ANSWER, {"message": _base64(self.message), "signature": _base64(self.signature)})


def is_bundle(text: str) -> bool:
    """Whether this claims to be a bundle."""
    return text.startswith(BUNDLE)


def read_bundle(text: str) -> Bundle:
    """The bundle in this file; ProofError with a code of its own for each way in which it is none."""
    document = _document(BUNDLE, text)
    try:
        decision = SignedDecision.of(_bytes(document["message"]))
        bundle = Bundle(decision, _names(document["names"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(BUNDLE) from error
    if hashlib.sha256(bundle.text.encode()).digest() != decision.shown:
        raise ProofError(
            "The names in this bundle are not those that the decision was made for.",
            code="wrong_names",
            remedy="Sign nothing. Have the bundle made again, and carried another way.",
        )
    return bundle


def read_answer(text: str) -> Answer:
    """The answer in this file; ProofError as for a bundle."""
    document = _document(ANSWER, text)
    try:
        return Answer(_bytes(document["message"]), _bytes(document["signature"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(ANSWER) from error


def _file(kind: str, document: Json) -> str:
    line = canonical(document)
    return f"{kind}\n{line.decode()}\nsha256 {hashlib.sha256(line).hexdigest()}\nend\n"


def _document(kind: str, text: str) -> Mapping[str, Json]:
    name, _, rest = text.replace("\r\n", "\n").partition("\n")
    if name != kind or len(text) > LONGEST_CHARS:
        raise ProofError(
            f"This file is not a {kind}.",
            code="wrong_file",
            remedy="Give the file that `penstock permits bundle` or `penstock approve` wrote.",
        )
    lines = rest.rstrip("\n").split("\n")
    if len(lines) < 3 or lines[-1] != "end":
        raise ProofError(
            "This file is cut short: its last line is missing.",
            code="file_cut_short",
            remedy="Copy it again, whole; it has not been used.",
        )
    line, check, *_ = lines
    if len(lines) > 3 or check != f"sha256 {hashlib.sha256(line.encode()).hexdigest()}":
        raise _damaged(kind)
    try:
        document = parse(line.encode())
    except PenstockError as error:
        raise _damaged(kind) from error
    if not isinstance(document, Mapping):
        raise _damaged(kind)
    return document


def _names(given: Json) -> Names:
    if not isinstance(given, Mapping) or given.keys() - {"not_recordable"} != {*_TEXTS, "safety", "bears"}:
        raise ValueError("the names are others")
    bears, safety = given["bears"], given["safety"]
    if not isinstance(bears, Mapping) or not isinstance(safety, bool):
        raise TypeError("the names are others")
    return Names(
        **{name: text_of(given[name]) for name in _TEXTS},
        safety=safety,
        not_recordable=text_of(given.get("not_recordable", "")),
        bears={OperatingState(state): text_of(what) for state, what in bears.items()},
    )


def _damaged(kind: str) -> ProofError:
    return ProofError(
        f"This {kind} is damaged: it does not hold what it was written with.",
        code="file_damaged",
        remedy="Copy it again; it has not been used.",
    )


def _bytes(value: Json) -> bytes:
    return b64decode(text_of(value), validate=True)


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
