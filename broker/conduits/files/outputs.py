"""What a filter of files may answer beside what every filter may. Whoever obeys does so before asking for the next."""

from dataclasses import dataclass

from domain.access import Flow
from domain.output import Answer, Cut, ToAsset, ToVendor


@dataclass(frozen=True, slots=True)
class Begin:
    """A file is put that must be screened: a place for it in the quarantine. Who has none says so by ``not_taken``."""

    file: int
    name: bytes
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """``data``, byte ``at`` of that file and what follows, for the quarantine and nowhere else."""

    file: int
    at: int
    data: memoryview | bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """The file is whole: ``judged`` is to be told what becomes of it."""

    file: int


@dataclass(frozen=True, slots=True)
class Abandon:
    """The file will never be whole."""

    file: int
    why: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """``fetched`` is to be told so many bytes of the released file, from ``at`` on."""

    file: int
    at: int
    length: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A file crossed, or some of it."""

    name: bytes
    flow: Flow
    begin: int
    """The first byte that crossed; not 0 when a transfer was taken up again."""
    octets: int
    sha256: str
    """Of what crossed, in hex; empty where it was read here and there."""
    whole: bool
    failed: bool = False
    """The asset said no."""
    released: str = ""
    """The id under which it was released, where it was screened."""


@dataclass(frozen=True, slots=True)
class Say:
    """A line for the vendor's terminal, beside the protocol: stock clients show no sentence of an answer."""

    line: str


FileOutput = ToAsset | ToVendor | Answer | Cut | Begin | Keep | Finish | Abandon | Fetch | Moved | Say
