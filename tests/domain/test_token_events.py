from domain.events import document
from domain.ids import PersonId
from domain.token_events import PasswordSet, TokenEnded, TokenIssued, TokenUsed
from tests.domain.samples import CLOSES, OPENS

ANA = PersonId("ana")


def test_each_names_a_token_by_its_key_and_holds_no_secret() -> None:
    told = [
        TokenIssued(
            at=OPENS,
            token="4f0c6e1a9b2d7735",
            person=ANA,
            by="local:root",
            label="ci",
            scopes=("read",),
            networks=("192.0.2.0/24",),
            expires=CLOSES,
        ),
        TokenUsed(at=OPENS, token="4f0c6e1a9b2d7735", person=ANA, source="192.0.2.9", deed="POST /x"),
        TokenEnded(at=OPENS, token="4f0c6e1a9b2d7735", person=ANA, by="ana"),
    ]
    assert [document(one)["token"] for one in told] == ["4f0c6e1a9b2d7735"] * 3
    assert "pnst_" not in str([document(one) for one in told])


def test_a_password_s_leaf_says_whose_and_by_whom_and_no_more() -> None:
    assert document(PasswordSet(at=OPENS, person=ANA, by="local:root")).keys() == {
        "event",
        "number",
        "at",
        "person",
        "by",
    }
