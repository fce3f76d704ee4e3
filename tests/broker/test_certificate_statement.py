"""What is signed so that a browser's key is certified."""

from dataclasses import replace
from datetime import timedelta

import pytest

from broker.certificate_statement import CertificateStatement
from tests.clock import STARTS
from tests.for_each import for_each

SAID = CertificateStatement(
    "ab" * 32, "ana", "p" * 26, "SHA256:x", "192.0.2.9", STARTS, STARTS + timedelta(minutes=5)
)


def test_it_comes_back_as_it_was_written_and_names_its_code() -> None:
    assert CertificateStatement.of(SAID.document()) == SAID
    assert SAID.purpose == f"certificate:{SAID.digest().hex()}"


def test_everything_in_it_changes_what_is_signed() -> None:
    others = [
        replace(SAID, drawn="cd" * 32), replace(SAID, person="ben"), replace(SAID, permit="q" * 26),
        replace(SAID, key="SHA256:y"), replace(SAID, browser="192.0.2.8"),
        replace(SAID, at=STARTS - timedelta(seconds=1)), replace(SAID, until=STARTS),
    ]  # fmt: skip
    assert len({one.digest() for one in (SAID, *others)}) == 8


@for_each(
    "document",
    [
        None,
        [],
        {},
        {**SAID.document(), "more": 1},
        {**SAID.document(), "schema": "penstock-browser-sign-in/1"},
        {**SAID.document(), "person": "Ana"},
        {**SAID.document(), "permit": "short"},
        {**SAID.document(), "drawn": "AB" * 32},
        {**SAID.document(), "until": "soon"},
    ],
)
def test_nothing_else_is_one(document: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        CertificateStatement.of(document)  # type: ignore[arg-type]
