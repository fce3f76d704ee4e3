"""Reading what a page sent: small, plain forms and JSON objects, nothing else."""

import json
from collections.abc import Iterator, Mapping

from fastapi import Request

from broker.console.refusals import RefusalError
from domain.canonical import Json
from domain.said import say

MOST_FIELDS = 64


class Form(Mapping[str, str]):
    """A form's fields. ``many`` gives every value of a box that may be ticked more than once."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._last = dict(pairs)

    def __getitem__(self, name: str) -> str:
        return self._last[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def many(self, name: str) -> list[str]:
        """Every value given for ``name``, in the form's order."""
        return [value for key, value in self._pairs if key == name]


class FieldError(ValueError):
    """What one field of a form lacks. The sentence stands at the field, and the page leads there."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def field_of(error: ValueError) -> str:
    """The name of the field that is wrong; empty where the whole form is."""
    return error.field if isinstance(error, FieldError) else ""


def sentence_of(error: ValueError) -> str:
    """What is wrong, as it was said where it was found: ``str`` of an error would be its English only."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, str) else f"{error}"


async def form_of(request: Request) -> Form:
    """The request's form; RefusalError 415 for anything but plain fields."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RefusalError(415, "not_a_form", say("The console takes plain forms here."))
    fields = await request.form(max_files=0, max_fields=MOST_FIELDS)
    return Form([(name, value) for name, value in fields.multi_items() if isinstance(value, str)])


async def object_of(request: Request) -> Mapping[str, Json]:
    """The request's JSON object; RefusalError 415 or 422 for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusalError(415, "not_json", say("This takes application/json."))
    try:
        value = json.loads(await request.body())
        # JSON can spell half a character, which no database, digest or page can take.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise RefusalError(422, "not_json", say("This is not JSON.")) from error
    if not isinstance(value, dict):
        raise RefusalError(422, "not_an_object", say("A JSON object is wanted here."))
    return value


def text_of(fields: Mapping[str, Json], name: str) -> str:
    """A field that must be text; RefusalError 422 when it is missing or something else."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise RefusalError(422, "field_missing", say("`{name}` must be given, as text.", name=name))
    return value
