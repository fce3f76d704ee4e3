"""``penstock vault``: the target credentials that the gate injects and nobody sees."""

from typing import BinaryIO

import click

from broker.cli.answer import (
    fail,
    json_option,
    local_name,
    node_option,
    plainly,
    secret_from_stdin,
    table,
    tell,
)
from broker.clock import SystemClock
from broker.conduits.registry import SIGNED_IN
from broker.layout import Layout
from broker.ledger import append_now
from broker.vault.sealed import Credential
from broker.vault.store import Vault, entry_of
from domain.events import CredentialChanged
from domain.ids import AssetId, is_word
from domain.plant import Protocol

NAMED = frozenset({Protocol.SSH, Protocol.HTTP, Protocol.RDP})
"""Where one signs in by a name and a secret; elsewhere there is a secret alone."""

service_option = click.option(
    "--for",
    "service",
    type=click.Choice([Protocol.SSH.value, *sorted(one.value for one in SIGNED_IN)]),
    default=Protocol.SSH.value,
    show_default=True,
    help="What it is for at the asset: one is never used for another.",
)


def open_vault(layout: Layout) -> Vault:
    """The node's vault, under its own key."""
    return Vault(layout.vault, layout.vault_key)


@click.group()
def vault() -> None:
    """Set, list or remove target credentials. They are never shown again."""


@vault.command("list", epilog="Example: penstock vault list --json")
@node_option
@json_option
@plainly
def list_credentials(layout: Layout, *, as_json: bool) -> None:
    """Print for which assets a credential is kept, and for which login; never the secret."""
    kept = open_vault(layout).list()
    rows = [[one.asset, one.username, one.kind] for one in kept]
    lines = table(rows, ["asset", "login", "kind"]) if rows else ["No credential is kept yet."]
    tell([dict(zip(("asset", "login", "kind"), row, strict=True)) for row in rows], lines, as_json=as_json)


@vault.command("set", epilog="Example: penstock vault set eng-ws-1 --login engineer --key-file id_ed25519")
@click.argument("asset")
@click.option("--login", help="The login name at the asset.")
@service_option
@click.option(
    "--key-file", type=click.File("rb"), help="A private key file; without it a password is read from stdin."
)
@node_option
@json_option
@plainly
def set_credential(
    asset: str, login: str | None, service: str, key_file: BinaryIO | None, layout: Layout, *, as_json: bool
) -> None:
    """Keep a credential for ASSET, in place of the one before. The evidence says that, never what it is."""
    if not is_word(asset):
        fail(f"{asset!r} is not an asset's id.", status=2)
    if service in NAMED and not login:
        fail("Say --login NAME, the account at the asset.", status=2)
    if service != Protocol.SSH and key_file is not None:
        fail(f"Over {service} the gate signs in with a password, not with a key.", status=2)
    login = login or service
    if key_file is not None:
        credential = Credential(username=login, private_key_pem=key_file.read().decode("ascii"))
    else:
        credential = Credential(username=login, password=secret_from_stdin("Password"))
    append_now(
        layout.signer_socket,
        CredentialChanged(
            at=SystemClock().now(),
            asset=AssetId(asset),
            kind=_kind("credential set", service),
            by=local_name(),
        ),
    )
    open_vault(layout).set(entry_of(AssetId(asset), Protocol(service)), credential)
    tell(
        {"asset": asset, "login": login}, [f"Kept. Sessions to {asset} use it from now on."], as_json=as_json
    )


@vault.command("remove", epilog="Example: penstock vault remove eng-ws-1")
@click.argument("asset")
@service_option
@node_option
@json_option
@plainly
def remove_credential(asset: str, service: str, layout: Layout, *, as_json: bool) -> None:
    """Forget the credential for ASSET. No session to it opens until another is set."""
    if not is_word(asset):
        fail(f"{asset!r} is not an asset's id.", status=2)
    append_now(
        layout.signer_socket,
        CredentialChanged(
            at=SystemClock().now(),
            asset=AssetId(asset),
            kind=_kind("credential removed", service),
            by=local_name(),
        ),
    )
    open_vault(layout).remove(entry_of(AssetId(asset), Protocol(service)))
    tell({"asset": asset}, [f"Forgotten. Sessions to {asset} can't open now."], as_json=as_json)


@vault.command("opc-ua", epilog="Example: penstock vault opc-ua > gate-opc-ua.crt")
@click.option("--renew", is_flag=True, help="Draw a new key, in place of the one that is there.")
@node_option
@json_option
@plainly
def opc_ua(layout: Layout, *, renew: bool, as_json: bool) -> None:
    """Print the gate's certificate for encrypted OPC UA, to be trusted by the server and the tools; draw it if there is none."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # heavy, and asyncua behind it

    from broker.conduits.opcua_gateway.identity import load, make  # noqa: PLC0415

    if renew or not layout.opc_ua_key.exists():
        make(layout.opc_ua_key, layout.opc_ua_certificate, SystemClock().now())
    identity = load(layout.opc_ua_key, layout.opc_ua_certificate)
    pem = layout.opc_ua_certificate.read_text("ascii")
    told = {"certificate": pem, "sha256": identity.certificate.fingerprint(hashes.SHA256()).hex()}
    tell(told, pem.splitlines(), as_json=as_json)


def _kind(what: str, service: str) -> str:
    return what if service == Protocol.SSH else f"{what} for {service}"
