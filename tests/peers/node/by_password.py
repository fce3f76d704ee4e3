"""Signing in at a node's console by password and code, field by field, as a browser without scripts does it."""

import re

import httpx2

from tests.node import Node

PASSWORD = "a long enough one"


async def with_password(plant: Node) -> None:
    """Milo has this password from now on."""
    given = await plant.command(
        "people", "password", "milo", "--dir", str(plant.layout.folder), given=f"{PASSWORD}\n"
    )
    assert given.exit_code == 0, given.output


async def signing_in(page: httpx2.AsyncClient, password: str, code: str) -> httpx2.Response:
    """What the sign-in page answers to milo with these."""
    form = re.search(r'name="form" value="([^"]+)"', (await page.get("/sign-in")).text)
    assert form is not None
    fields = {"form": form[1], "person": "milo", "password": password, "code": code, "next": ""}
    return await page.post("/sign-in", data=fields)
