"""What the gate of these tests holds: credentials in memory, and a key for OPC UA where a test has put one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from broker.conduits.opcua_gateway.gateway import gateway_for
from broker.conduits.opcua_gateway.identity import load
from broker.conduits.target import Credential
from broker.conduits.tcp.filter import Filter
from broker.vault.store import entry_of
from domain.ids import AssetId
from domain.plant import Endpoint, Protocol


@dataclass(frozen=True, slots=True)
class HeldVault:
    """By asset, and by protocol beside SSH."""

    credentials: dict[AssetId, Credential]

    def credential(self, asset: AssetId) -> Credential:
        return self.credentials[asset]

    def held(self, asset: AssetId, protocol: Protocol) -> Credential | None:
        return self.credentials.get(entry_of(asset, protocol))


def gateway_in(folder: Path) -> Callable[[Filter, Endpoint], Filter]:
    """Ends encrypted OPC UA by the key in ``folder``, if there is one by then."""
    return partial(gateway_for, partial(load, folder / "opc_ua.key", folder / "opc_ua.crt"))
