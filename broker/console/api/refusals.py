"""Every code with which something can be refused: where a problem's ``type`` leads. It tells nothing of the plant."""

import json
from functools import cache
from importlib.resources import files

from broker.console.api.documents import RefusalCode, RefusalCodes
from broker.console.api.route import api_router

router = api_router("about the API")


@router.get("/refusals", operation_id="list_refusal_codes")
async def codes() -> RefusalCodes:
    """Every code that a problem may carry, with its sentences; `…` stands for what is put into one."""
    return _codes()


@cache
def _codes() -> RefusalCodes:
    # Written by `make docs`, from the code itself.
    found = json.loads(files("broker.console.api").joinpath("refusals.json").read_text("utf-8"))
    return RefusalCodes(refusals=[RefusalCode(code=code, sentences=said) for code, said in found.items()])
