"""What the API takes and gives in more than one place, as JSON. The OpenAPI document is made from these."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from broker.console.refusals import RefusalError
from domain.ids import TOKEN, WORD
from domain.permit import LONGEST_TEXT


class Strict(BaseModel):
    """What is taken: these fields and no others, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _whole(value: object) -> object:
    # To JSON 7.0 and 7 are one number, and to JSON Schema both are integers.
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number in what is taken, however it is written."""


def exactly(pattern: str) -> str:
    """A pattern for a whole text, as JSON Schema writes it."""
    return f"^{pattern}$"


Token = Annotated[str, Field(pattern=exactly(TOKEN.pattern), examples=["mfrggzdfmztwq2lknnwg23tpoa"])]
Word = Annotated[str, Field(pattern=exactly(WORD.pattern), examples=["eng-ws-1"])]
PermitPath = Annotated[str, Path(pattern=exactly(TOKEN.pattern), description="The permit's id.")]
SessionPath = Annotated[str, Path(pattern=exactly(TOKEN.pattern), description="The session's id.")]

PRINTABLE = r"[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*"
"""One line that says something; what else can't be printed is refused by the deed itself."""

Line = Annotated[str, Field(max_length=LONGEST_TEXT)]
Reason = Annotated[
    str,
    Field(
        min_length=1, max_length=LONGEST_TEXT, pattern=exactly(PRINTABLE), examples=["The window is too long"]
    ),
]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="A one-time code.", examples=["492039"])]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d65" * 4])]
InstantText = Annotated[
    str,
    Field(
        max_length=40,
        description="RFC 3339 with an offset, in whole seconds.",
        examples=["2030-01-31T14:00:00+01:00"],
        json_schema_extra={"format": "date-time"},
    ),
]
"""As it is taken; what is given is always in UTC."""
At = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2030-01-31T13:00:00Z"])]
"""An instant that is given: RFC 3339 in UTC."""

_RFC3339 = TypeAdapter(
    Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(Z|z|[+-]\d\d:\d\d)$")]
)


class Fault(BaseModel):
    """What is wrong in one place."""

    pointer: str
    """In a body a JSON pointer (RFC 6901); elsewhere the parameter's name."""
    says: str


class Problem(BaseModel):
    """RFC 9457 problem details; ``code`` is stable, ``remedy`` says what to do."""

    type: str = Field(examples=["/api/v1/refusals#lost_race"])
    title: str = Field(examples=["Lost race"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["lost_race"])
    detail: str = Field(examples=["Somebody else decided on permit mfrggzdfmztwq2lknnwg23tpoa first."])
    remedy: str = Field(examples=["Open it again and see what was decided."])
    faults: list[Fault] | None = None
    """Only where the request itself was wrong: what, and where."""


class RefusalCode(BaseModel):
    """One code, and how it is said."""

    code: str
    sentences: list[str]


class RefusalCodes(BaseModel):
    """All codes; one is never reused for something else."""

    refusals: list[RefusalCode]


class Reasoned(Strict):
    """Why."""

    reason: Reason


class ReasonDocument(BaseModel):
    """One rule's word; ``code`` is stable."""

    code: str
    sentence: str
    remedy: str


def instant(text: str) -> datetime:
    """The instant that an RFC 3339 text names; ValueError for one without its offset."""
    try:
        return datetime.fromisoformat(_RFC3339.validate_python(text).upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!a} is no instant of RFC 3339 with an offset, in whole seconds") from error


def instant_or_422(text: str | None) -> datetime | None:
    """The same for a parameter that may be left out."""
    try:
        return None if text is None else instant(text)
    except ValueError as error:
        raise RefusalError(422, "not_understood", f"{error}.".capitalize()) from error
