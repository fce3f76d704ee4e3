"""The matrix has no blank cell: each passage, each protocol and each condition has its place in it."""

from domain.access import FILES, GRANTABLE, Flow, PassageKind
from domain.plant import Protocol
from tests.matrix.attempts import Never
from tests.matrix.expected import ALWAYS, DOOR, INSIDE, At, Condition, expected
from tests.matrix.passages import ROWS
from tests.matrix.plant import SPOKEN


def test_each_kind_of_passage_has_a_row() -> None:
    assert {row.kind for row in ROWS} == set(PassageKind)
    assert {row.kind for row in ROWS if row.grant and row.kind is not PassageKind.JUMP} <= GRANTABLE
    assert all(row.kind not in GRANTABLE for row in ROWS if isinstance(row.how, Never))
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_what_moves_files_over_a_channel_has_a_row_for_each_way() -> None:
    moved = {(row.kind, row.flow) for row in ROWS if row.kind in FILES - {PassageKind.ZMODEM}}
    assert moved == {(kind, flow) for kind in FILES - {PassageKind.ZMODEM} for flow in (Flow.GET, Flow.PUT)}


def test_each_protocol_has_a_row_and_an_endpoint_to_try_it_on() -> None:
    tried = {row.protocol for row in ROWS if row.protocol is not None}
    assert tried == set(Protocol)
    assert tried == {Protocol(one) for spoken in SPOKEN.values() for one in spoken}


def test_each_condition_says_something_about_every_passage() -> None:
    cells = {(row.name, condition): expected(row, condition) for row in ROWS for condition in Condition}
    assert len(cells) == len(ROWS) * len(Condition)
    assert all(cell.code for cell in cells.values())
    assert set(DOOR) == set(Condition) - {Condition.WRONG_ACTION, Condition.REVOKED}
    assert {row.protocol for row in ROWS} >= set(INSIDE)


def test_what_is_never_granted_is_answered_the_same_whatever_else_is_wrong() -> None:
    for row in ROWS:
        if not row.grant:
            assert {expected(row, one) for one in Condition} == {expected(row, Condition.NO_PERMIT)}
            assert expected(row, Condition.NO_PERMIT).code == ALWAYS[row.kind]
            assert expected(row, Condition.NO_PERMIT).at is At.DOOR
