from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.access import Action
from domain.attestation import Statement, of_delegation, of_exception, of_right
from domain.delegation import Delegation
from domain.errors import ProofError
from domain.ids import PersonId
from domain.plant import OperatingState
from domain.rights import DecisionRight
from domain.window import TimeWindow
from tests.domain.samples import CLOSES, OPENS

SAID = Statement(of_right(DecisionRight.CONNECT, "riverside"), PersonId("milo"), OPENS, bytes(16))
GIVEN = Delegation(
    DecisionRight.CONNECT, "riverside", PersonId("petra"), PersonId("milo"), frozenset({Action.VIEW}),
    frozenset({OperatingState.RUNNING}), TimeWindow(OPENS, CLOSES), OPENS,
)  # fmt: skip


def test_a_statement_reads_back_as_it_was_written() -> None:
    assert Statement.of(SAID.document()) == SAID
    assert len(SAID.digest()) == 32


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"subject": "right:data_out@riverside"}, id="another right"),
        pytest.param({"person": PersonId("petra")}, id="another person"),
        pytest.param({"at": CLOSES}, id="another instant"),
        pytest.param({"nonce": b"\1" * 16}, id="another nonce"),
    ],
)
def test_every_field_is_in_what_is_signed(changed: dict[str, object]) -> None:
    """J03: who attested what, and when."""
    assert replace(SAID, **changed).digest() != SAID.digest()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"subject": "everything"}, id="no subject"),
        pytest.param({"subject": "right:connect@x\nright:safety@y"}, id="two lines"),
        pytest.param({"person": "Milo J."}, id="no id"),
        pytest.param({"nonce": b""}, id="no nonce"),
        pytest.param({"at": datetime(2026, 1, 1)}, id="an instant in no zone"),  # noqa: DTZ001 -- on purpose
    ],
)
def test_a_statement_that_can_not_be_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="statement"):
        replace(SAID, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="nothing"),
        pytest.param({**SAID.document(), "more": 1}, id="more than a statement"),  # type: ignore[dict-item]
        pytest.param({**SAID.document(), "at": "2026-01-01T00:00:00+00:00"}, id="another form of an instant"),  # type: ignore[dict-item]
        pytest.param({**SAID.document(), "nonce": "zz"}, id="no nonce"),  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_what_is_no_statement_is_a_proof_error(document: object) -> None:
    with pytest.raises(ProofError):
        Statement.of(document)  # type: ignore[arg-type]


def test_each_kind_of_subject_has_its_own_words() -> None:
    assert of_right(DecisionRight.SAFETY, "dcs-2") == "right:safety@dcs-2"
    assert of_exception("old-vpn") == "exception:old-vpn"


@pytest.mark.parametrize(
    "changed",
    [
        {"to": PersonId("olga")},
        {"actions": frozenset(Action)},
        {"states": frozenset(OperatingState)},
        {"window": TimeWindow(OPENS, datetime(2027, 1, 1, tzinfo=UTC))},
        {"approved": CLOSES},
        {"boundary": "pumping"},
    ],
)
def test_a_delegation_that_changes_is_another_subject(changed: dict[str, object]) -> None:
    """B03: what its holder signed is exactly this."""
    assert of_delegation(replace(GIVEN, **changed)) != of_delegation(GIVEN)  # type: ignore[arg-type]
    assert of_delegation(replace(GIVEN, document="DF-12")) == of_delegation(GIVEN)
    replace(SAID, subject=of_delegation(GIVEN))
