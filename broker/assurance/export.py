"""OSCAL as files, by name: results, and what they refer to."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from domain.canonical import Json
from policies.assurance.baseline import Baseline
from policies.assurance.oscal import Subject, assessment_results
from policies.assurance.oscal_plan import plan_and_catalog
from policies.assurance.view import Lens, View
from policies.charter.charter import Charter
from policies.charter.tolerated import Tolerated

RESULTS = "assessment-results.json"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first instant that a zip can write: the same bytes for the same export


def subject_of(charter: Charter, origin: str) -> Subject:
    """Whose results they are: the ledger's ``origin`` tells this plant's evidence from any other's."""
    return Subject(
        origin=origin,
        organisation=charter.organisation.name,
        charter=charter.digest.hex(),
        software=f"penstock {version('penstock')}",
    )


def chosen_lenses(every: Mapping[str, Lens], names: Sequence[str]) -> Mapping[str, Lens]:
    """The lenses that were asked for; else those that apply; else all."""
    wanted = set(names) or {name for name, one in every.items() if one.applies} or set(every)
    return {name: one for name, one in every.items() if name in wanted}


def oscal_files(
    baseline: Baseline,
    subject: Subject,
    found: View,
    seen: Mapping[str, tuple[Lens, View]],
    exceptions: Sequence[Tolerated],
) -> Iterator[tuple[str, bytes]]:
    """Every file of one export with its name, each one line of JSON: of thousands of sessions it is megabytes, and indenting them is slow.

    The results come last, for they take longest.
    """
    for name, document in plan_and_catalog(baseline, subject, found.at, seen):
        yield name, _line(document)
    yield RESULTS, _line(assessment_results(baseline, subject, found, seen, exceptions))


def zipped(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The files as one zip, for a browser, each as soon as it is there. The same files are the same bytes."""
    out = _Outgoing()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(ZipInfo(name, EARLIEST), data, ZIP_DEFLATED)
            yield out.taken()
    yield out.taken()


class _Outgoing(io.RawIOBase):
    """What was written since it was last asked; nobody goes back in it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: Any, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        found, self._pieces = b"".join(self._pieces), []
        return found


def _line(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"
