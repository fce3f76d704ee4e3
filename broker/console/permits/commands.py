"""The commands that a vendor pastes into a stock client."""

from dataclasses import dataclass

from broker.console.parts import ConsoleSettings
from domain.access import PassageKind
from domain.permit import Permit
from policies.charter.charter import Charter

LOCAL_PORT_ABOVE = 10_000
"""Ports below 1024 need an administrator on the vendor's own machine, so the shown ones are high."""


@dataclass(frozen=True, slots=True)
class Command:
    """One line to copy, and what it is for."""

    what: str
    line: str


def commands_for(permit: Permit, charter: Charter, settings: ConsoleSettings) -> tuple[Command, ...]:
    """One command for each passage that the permit grants."""
    kinds = {one.kind for one in permit.grants}
    host, port = settings.ssh_host, settings.ssh_port
    straight = f"{permit.person}+{permit.asset}@{host}"
    found: list[Command] = []
    if PassageKind.SHELL in kinds:
        found.append(Command("Terminal", f"ssh -p {port} {straight}"))
    if PassageKind.EXEC in kinds:
        found.append(Command("One command", f"ssh -p {port} {straight} 'uname -a'"))
    if PassageKind.SFTP in kinds:
        found.append(Command("Files", f"sftp -P {port} {straight}"))
    if PassageKind.SCP in kinds:
        found.append(Command("Copy a file in", f"scp -O -P {port} ./file {straight}:file"))
    asset = charter.assets.get(permit.asset)
    ports = [one.port for one in permit.grants if one.kind is PassageKind.FORWARD and one.port]
    if PassageKind.FORWARD in kinds and not ports and asset is not None:
        ports = [one.port for one in asset.endpoints]
    for target in sorted(set(ports)):
        local = target if target >= 1024 else target + LOCAL_PORT_ABOVE
        forward = f"-L {local}:{permit.asset}:{target}"
        found.append(
            Command(f"Your own tool, to port {target}", f"ssh -p {port} -N {forward} {permit.person}@{host}")
        )
    return tuple(found)
