"""A vendor's key, certified for one permit by a whole node: used without a code, and worth nothing once the permit is."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.node import Node
from tests.programs import program

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALONE = ["-o", "PreferredAuthentications=publickey"]


async def test_a_certificate_stands_for_both_factors_until_the_permit_is_revoked(plant: Node) -> None:
    """A08: what a certificate rests on is looked at each time; revoked is revoked, though the certificate still runs."""
    person = plant.fresh()
    permit = await plant.permitted(person)
    client = plant.client(person)
    told = await client.ssh(person, "certificate", permit)
    assert told.status == 0, told.complaint
    Path(f"{client.key}-cert.pub").write_bytes(told.out)
    shown = subprocess.run(
        [program("ssh-keygen"), "-L", "-f", f"{client.key}-cert.pub"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"permit-{permit}" in shown
    alone = replace(client, code=lambda: "")
    through = await alone.ssh(f"permit-{permit}", "echo through", options=ALONE)
    assert (through.status, through.out) == (0, b"through\n"), through.complaint
    issued = await plant.event("CertificateIssued", person=person)
    assert (issued["permit"], issued["factor"], issued["door"]) == (permit, "code", "ssh")
    entered = await plant.event("SignedIn", person=person, certificate=issued["serial"])
    assert entered["factors"] == ["certificate", "code"]
    revoke = await (await plant.holder()).post(f"/permits/{permit}/revoke", data={"reason": "wrong pump"})
    assert revoke.is_success or revoke.is_redirect, revoke.text
    gone = await alone.ssh(f"permit-{permit}", "echo through", options=ALONE)
    assert (gone.status, gone.out) == (255, b"")
    assert "refused [certificate_permit_over]" in gone.complaint
