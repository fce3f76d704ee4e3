"""Holds a document to the official schema of OCSF 1.8.0, as far as tests/vectors/ocsf has it."""

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.house.repository import HERE

SCHEMA = json.loads((HERE / "tests/vectors/ocsf/ocsf-1.8.0.json").read_text("utf-8"))
PLAIN = {"object", "json_t"}


def faults(document: dict[str, Any]) -> list[str]:
    """Everything in ``document`` that the schema does not allow; empty when it is an event of OCSF."""
    kind = SCHEMA["classes"].get(str(document.get("class_uid")))
    if kind is None:
        return [f"no class {document.get('class_uid')}"]
    found = list(_object(document, kind, kind["name"], frozenset(document["metadata"].get("profiles", ()))))
    if document["class_name"] != kind["caption"]:
        found.append("class_name is not the class's caption")
    if document["type_uid"] != document["class_uid"] * 100 + document["activity_id"]:
        found.append("type_uid does not follow from class and activity")
    for name in ("activity", "severity", "status"):
        caption = kind["attributes"][f"{name}_id"]["enum"][str(document[f"{name}_id"])]
        said = document[f"{name}_name" if name == "activity" else name]
        if caption not in {said, "Other"}:
            found.append(f"{name} {said!r} is {caption!r} there")
    return found


def _object(
    value: dict[str, Any], shape: dict[str, Any], path: str, profiles: frozenset[str]
) -> Iterator[str]:
    known = {
        name: one
        for name, one in shape["attributes"].items()
        if "profile" not in one or one["profile"] in profiles
    }
    yield from (f"{path}.{name} is no attribute" for name in value if name not in known)
    for name, one in known.items():
        if name not in value:
            if one["requirement"] == "required":
                yield f"{path}.{name} is missing"
        elif one.get("is_array"):
            if not isinstance(value[name], list):
                yield f"{path}.{name} is no list"
            else:
                for each in value[name]:
                    yield from _value(each, one, f"{path}.{name}", profiles)
        else:
            yield from _value(value[name], one, f"{path}.{name}", profiles)
    for rule, names in shape["constraints"].items():
        there = [name for name in names if name in value]
        if not there or (rule == "just_one" and len(there) > 1):
            yield f"{path} has {there} of {names}: {rule}"


def _value(value: Any, one: dict[str, Any], path: str, profiles: frozenset[str]) -> Iterator[str]:
    kind = one["type"]
    if kind in PLAIN:
        if not isinstance(value, dict):
            yield f"{path} is no object"
        return
    if kind not in SCHEMA["types"]:
        shape = SCHEMA["objects"].get(kind)
        if shape is None or not isinstance(value, dict):
            yield f"{path}: the extract has no {kind}, or this is none"
        else:
            yield from _object(value, shape, path, profiles)
        return
    rule = SCHEMA["types"][kind]
    plain = rule.get("type", kind)
    of: type = {"integer_t": int, "long_t": int, "boolean_t": bool, "float_t": float}.get(plain, str)
    if kind == "timestamp_t":
        of = int
    if not isinstance(value, of) or (of is int and isinstance(value, bool)):
        yield f"{path} is no {kind}: {value!r}"
    elif "enum" in one and str(value) not in one["enum"]:
        yield f"{path} can't be {value!r}"
    elif isinstance(value, str) and len(value) > rule.get("max_len", 1 << 16):
        yield f"{path} is too long"
    elif kind == "ip_t":
        ipaddress.ip_address(value)
    elif isinstance(value, str) and "regex" in rule and not re.fullmatch(rule["regex"], value):
        yield f"{path} can't be written {value!r}"
