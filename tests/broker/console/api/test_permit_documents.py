import pytest
from pydantic import TypeAdapter, ValidationError

from broker.console.api.permit_documents import ApprovalByCode, GrantText, Smaller, Wish
from domain.access import FILES, GRANTABLE, Flow, Grant
from tests.for_each import for_each

WISH = {
    "asset": "eng-ws-1",
    "grants": ["shell"],
    "actions": ["view"],
    "start": "2026-03-02T09:00:00Z",
    "end": "2026-03-02T11:00:00Z",
    "purpose": "Tune",
}


def test_every_grant_that_a_permit_can_hold_can_be_asked_for() -> None:
    adapter = TypeAdapter(GrantText)
    for kind in GRANTABLE:
        flows = (Flow.BOTH, Flow.GET, Flow.PUT) if kind in FILES else (Flow.BOTH,)
        for grant in (Grant(kind, flow=flow) for flow in flows):
            assert adapter.validate_python(str(grant)) == str(grant)
    for text in ("sftp:both", "sftp:", "exec:get", "forward:get", "jump", "shell "):
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_a_wish_has_no_more_fields_than_it_has() -> None:
    assert Wish(**WISH).work_order == ""
    for extra in ({"approved": True}, {"person": "ben"}):
        with pytest.raises(ValidationError):
            Wish(**WISH, **extra)


@for_each(
    "changed",
    [
        {"grants": []},
        {"grants": ["agent"]},
        {"grants": ["forward:0"]},
        {"grants": "shell"},
        {"actions": ["wave-through"]},
        {"states": []},
        {"purpose": ""},
        {"purpose": " "},
        {"purpose": "two\nlines"},
        {"purpose": None},
        {"asset": "../x"},
        {"start": 5},
    ],
    ids=str,
)
def test_a_wish_that_says_too_little_or_too_much_is_none(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Wish(**(WISH | changed))


@pytest.mark.parametrize("code", [None, "", "12345", "1234567", 123456, ["123456"], "12345\u0663"], ids=str)
def test_a_code_that_is_missing_null_or_of_another_type_is_no_code(code: object) -> None:
    with pytest.raises(ValidationError):
        ApprovalByCode(right="connect", code=code, digest="0" * 64)


def test_a_narrowing_leaves_what_it_does_not_name() -> None:
    assert Smaller().grants is None
    with pytest.raises(ValidationError):
        Smaller(grants=[])
