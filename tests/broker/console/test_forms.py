import pytest
from fastapi import Request

from broker.console.forms import FieldError, Form, field_of, form_of, object_of, sentence_of, text_of
from broker.console.refusals import RefusalError

PLAIN = "application/x-www-form-urlencoded"


def request(kind: str, body: bytes) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive)


async def test_a_form_gives_the_last_of_a_name_and_every_one_of_it() -> None:
    form = await form_of(request(f"{PLAIN}; charset=utf-8", b"a=1&b=2&a=3"))
    assert (form["a"], form.many("a"), form.get("c"), len(form), list(form)) == (
        "3",
        ["1", "3"],
        None,
        2,
        ["a", "b"],
    )
    assert form.many("c") == []


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data; boundary=x", "application/json"])
async def test_nothing_but_a_plain_form_is_a_form(kind: str) -> None:
    with pytest.raises(RefusalError) as refused:
        await form_of(request(kind, b"a=1"))
    assert refused.value.status == 415


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"{}", 415),
        ("", b"{}", 415),
        ("application/json", b"{", 422),
        ("application/json", b"[]", 422),
        ("application/json", b"\xff", 422),
        ("application/json", b"[" * 20_000, 422),
    ],
)
async def test_nothing_but_a_json_object_is_one(kind: str, body: bytes, status: int) -> None:
    with pytest.raises(RefusalError) as refused:
        await object_of(request(kind, body))
    assert refused.value.status == status


@pytest.mark.parametrize("given", [None, 1, True, [], {}])
def test_a_field_that_must_be_text_is_text(given: object) -> None:
    with pytest.raises(RefusalError):
        text_of({"name": given}, "name")  # type: ignore[dict-item]
    assert text_of({"name": "x"}, "name") == "x"


def test_an_empty_form_is_empty() -> None:
    assert dict(Form([])) == {}


def test_what_one_field_lacks_is_told_from_what_the_whole_form_does() -> None:
    wrong = FieldError("Say from when.", "from")
    assert (field_of(wrong), sentence_of(wrong)) == ("from", "Say from when.")
    assert field_of(ValueError("Choose an asset.")) == ""
