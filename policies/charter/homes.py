"""Which file of a charter holds what, and where something belongs that stands in the wrong place.

A newcomer forgets a header, misspells one, or looks for a file that is not there. What they meant is
mostly plain from the words that they used.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

FILES: Mapping[str, str] = {
    "sites.toml": "site",
    "zones.toml": "zone",
    "conduits.toml": "conduit",
    "assets.toml": "asset",
    "vendors.toml": "vendor",
    "people.toml": "person",
    "rights.toml": "right",
    "states.toml": "state",
    "exceptions.toml": "exception",
    "pathways.toml": "pathway",
    "rules.toml": "in_force",
}
"""The charter's files, and the one key that each holds."""

HEADERS: Mapping[str, Sequence[str]] = {
    "sites.toml": ("[organisation]", "[[site]]"),
    "zones.toml": (
        "[[zone]]",
        "[zone.logical_access]",
        "[zone.physical_access]",
        "[[safety_dependency]]",
        "[safety_dependency.signed]",
    ),
    "conduits.toml": (
        "[[conduit]]",
        "[conduit.protocols]",
        "[conduit.logical_access]",
        "[conduit.physical_access]",
        "[conduit.agreed]",
        "[[conduit.hours]]",
        "[conduit.screening]",
    ),
    "assets.toml": (
        "[[asset]]",
        "[asset.bears]",
        "[[asset.endpoint]]",
        "[asset.endpoint.line]",
        "[asset.endpoint.line.log_in]",
        "[asset.endpoint.line.settings]",
        "[asset.endpoint.web]",
        "[asset.endpoint.tls]",
    ),
    "vendors.toml": (
        "[[vendor]]",
        "[[vendor.product]]",
        "[[vendor.subcontractor]]",
        "[[vendor.contract]]",
        "[vendor.contract.terms]",
        "[[tool]]",
        "[tool.documents]",
    ),
    "people.toml": (
        "[[person]]",
        "[person.admitted]",
        "[person.proofed]",
        "[person.checked]",
        "[[person.training]]",
        "[person.leaving]",
        "[[person.sign_in]]",
    ),
    "rights.toml": (
        "[[right]]",
        "[[delegation]]",
        "[escalation]",
        "[[timers]]",
        "[[start_notice]]",
        "[[review]]",
        "[[retention]]",
    ),
    "states.toml": ("[[state]]", "[[state.exception]]", "[[signal]]"),
    "exceptions.toml": ("[[exception]]", "[break_glass]", "[step]"),
    "pathways.toml": ("[[pathway]]",),
    "rules.toml": (),
}
"""Every header that each file may hold, as it is written."""

_HEADER = re.compile(r"^[ \t]*\[\[?[ \t]*([^\[\]]+?)[ \t]*\]")


def header_meant(file: str, name: str) -> str:
    """The header of ``file`` that was meant by ``name`` (a dotted name without brackets); empty when none is near."""
    by_name = {each.strip("[]"): each for each in HEADERS.get(file, ())}
    wanted = name.lower().replace("-", "_").replace(" ", "")
    last = wanted.rpartition(".")[2]
    same = [each for each in by_name if each.rpartition(".")[2] in {last, last.removesuffix("s")}]
    near = same or get_close_matches(wanted, by_name, n=1, cutoff=0.75)
    return by_name[near[0]] if near else ""


def misplaced(file: str, key: str) -> str:
    """What to do about ``key`` at the top of ``file``, where it is no field; empty when nothing is known."""
    if (here := header_meant(file, key)) and here.strip("[]") != key:
        return f"Write {here} instead." if "." in here else f"Did you mean {here}?"
    home = next((name for name in FILES if header_meant(name, key).strip("[]") == key), "")
    return f"It belongs in {home}." if home and home != file else ""


def misspelt_header(file: str, lines: Sequence[str], line: int) -> tuple[int, str, str] | None:
    """The nearest header at or above ``line`` that ``file`` does not know: its line, itself, and what to write."""
    known = {each.strip("[]") for each in HEADERS.get(file, ())}
    for number in range(min(line, len(lines)), 0, -1):
        if (header := _HEADER.match(lines[number - 1])) is None or header[1] in known:
            continue
        meant = header_meant(file, header[1])
        return (number, lines[number - 1].strip(), f"Did you mean {meant}?") if meant else None
    return None


def stray_file(name: str, present: Iterable[str]) -> str:
    """What to do about the file ``name``, which is none of a charter's."""
    stem = _stem(name)
    for file in FILES:
        for header in HEADERS[file]:
            kind = header.strip("[]").rpartition(".")[2]
            if stem in {kind, f"{kind}s"} and kind != FILES[file]:
                return f"Each {header} stands in {file}: move it there."
    near = [f"{one}.toml" for one in get_close_matches(stem, map(_stem, FILES), n=1, cutoff=0.75)]
    if near and near[0] in present:
        return f"{near[0]} is there too: keep what belongs to the charter in it, and this file elsewhere."
    return f"Rename it to {near[0]}." if near else f"The files are: {', '.join(FILES)}."


def absent_file(name: str, present: Iterable[str]) -> str:
    """What to do about the charter's file ``name``, which is not there."""
    strays = {_stem(each): each for each in present if each not in FILES}
    if near := get_close_matches(_stem(name), strays, n=1, cutoff=0.75):
        stray = strays[near[0]]
        return f"Rename '{stray}' to it; an editor or a file manager may have changed or hidden its ending."
    return "Add it; docs/charter.md shows each by example."


def _stem(name: str) -> str:
    """The first word of a file's name, in small letters."""
    return re.split(r"[^a-z0-9_]", name.lower(), maxsplit=1)[0]
