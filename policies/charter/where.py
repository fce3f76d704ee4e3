"""Where in the charter's files a finding stands, so that its author need not search.

A finding is about a charter that was read, which knows its values and not its lines. It names its
subject by kind and id, and the field where there is one.
"""

from collections.abc import Mapping

from domain.canonical import Json
from policies.charter.finding import Finding
from policies.charter.homes import FILES
from policies.charter.places import Path, Places

_OTHERS = {
    "contract": "vendors.toml",
    "tool": "vendors.toml",
    "signal": "states.toml",
    "safety_dependency": "zones.toml",
}
_KEYS = ("id", "reference", "state", "name")


def where(finding: Finding, files: Mapping[str, bytes], documents: Mapping[str, Json]) -> tuple[str, int]:
    """File and line of what ``finding`` is about; no file and 0 where it has no single place.

    ``files`` are the charter's, and ``documents`` what each was parsed to.
    """
    kind, _, name = finding.subject.partition(" ")
    file = _OTHERS.get(kind) or next((each for each, key in FILES.items() if key == kind), "")
    if file not in files:
        return "", 0
    path = _path(documents.get(file), kind, name)
    if path is None:
        return file, 0
    return file, Places(files[file].decode("utf-8")).line((*path, *finding.field.split(".")))


def _path(content: Json, kind: str, name: str) -> Path | None:
    """The entry ``name`` of ``kind``: at the top of its file, or inside one that is."""
    if not isinstance(content, Mapping):
        return None
    entries = content.get(kind)
    if isinstance(entries, list):
        for index, entry in enumerate(entries):
            if isinstance(entry, Mapping) and name in {entry.get(key) for key in _KEYS}:
                return (kind, index)
        return None
    for key, outer in content.items():
        for index, entry in enumerate(outer if isinstance(outer, list) else ()):
            if inner := _path(entry, kind, name):
                return (key, index, *inner)
    return None
