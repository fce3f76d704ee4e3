"""The commands that a vendor pastes into a stock client."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from broker.console.parts import ConsoleSettings
from domain.access import ConnectionMethod, Flow, PassageKind, flows_of
from domain.permit import Permit
from domain.plant import Screening
from domain.said import say
from policies.charter.charter import Charter

LOCAL_PORT_ABOVE = 10_000
"""Ports below 1024 need an administrator on the vendor's own machine, so the shown ones are high."""

OPENSSH, PUTTY, WINSCP, ANSIBLE = "OpenSSH", "PuTTY", "WinSCP", "Ansible"
PENSTOCK = "Penstock"


@dataclass(frozen=True, slots=True)
class Command:
    """One line to copy, and what it is for."""

    client: str
    what: str
    line: str


def commands_for(permit: Permit, charter: Charter, settings: ConsoleSettings) -> tuple[Command, ...]:
    """The commands for each passage that the permit grants, client by client; none for one that is for the browser."""
    if permit.method is ConnectionMethod.BROWSER:
        return ()
    return (
        *_openssh(permit, charter, settings),
        *_putty(permit, charter, settings),
        *_winscp(permit, settings),
        *_ansible(permit, settings),
        *_tunnel(permit, charter, settings),
    )


def by_client(commands: Iterable[Command]) -> tuple[tuple[str, tuple[Command, ...]], ...]:
    """The same, each client's together, in their order."""
    return tuple((name, tuple(ones)) for name, ones in groupby(commands, key=lambda one: one.client))


def _openssh(permit: Permit, charter: Charter, settings: ConsoleSettings) -> Iterator[Command]:
    kinds = _kinds(permit)
    host, port = settings.ssh_host, settings.ssh_port
    straight = f"{_name(permit)}@{host}"
    if PassageKind.SHELL in kinds:
        yield Command(OPENSSH, say("Terminal"), f"ssh -p {port} {straight}")
    if PassageKind.EXEC in kinds:
        yield Command(OPENSSH, say("One command"), f"ssh -p {port} {straight} 'uname -a'")
    if PassageKind.SFTP in kinds:
        yield Command(OPENSSH, say("Files"), f"sftp -P {port} {straight}")
    for kind, client in (
        (PassageKind.SCP, f"scp -O -P {port}"),
        (PassageKind.RSYNC, f"rsync -e 'ssh -p {port}'"),
    ):
        flows = flows_of(permit.grants, kind)
        if Flow.PUT in flows and not (kind is PassageKind.RSYNC and _screened(permit, charter)):
            yield Command(OPENSSH, say("Copy a file in"), f"{client} ./file {straight}:file")
        if Flow.GET in flows:
            yield Command(OPENSSH, say("Copy a file out"), f"{client} {straight}:file ./file")
    if any(one is not PassageKind.FORWARD for one in kinds):
        jump = f"{permit.person}@{host}"
        line = f"ssh -J {jump}:{port} {permit.asset}"
        yield Command(OPENSSH, say("By a jump, for tools that take no such user name"), line)
        line = f"ssh -p {port} {jump} known-hosts >> ~/.ssh/known_hosts"
        yield Command(OPENSSH, say("Once, before the first jump"), line)
    for local, target in _forwards(permit, charter):
        line = f"ssh -p {port} -N -L {local}:{permit.asset}:{target} {permit.person}@{host}"
        yield Command(OPENSSH, say("Your own tool, to port {port}", port=f"{target}"), line)
    line = f"ssh -p {port} {permit.person}@{host} certificate {permit.id} > ~/.ssh/id_ed25519-cert.pub"
    yield Command(OPENSSH, say("A certificate for your key: no code is asked for while it counts"), line)
    if PassageKind.SHELL in kinds:
        yield Command(OPENSSH, say("With that certificate"), f"ssh -p {port} permit-{permit.id}@{host}")


def _putty(permit: Permit, charter: Charter, settings: ConsoleSettings) -> Iterator[Command]:
    kinds = _kinds(permit)
    host, port = settings.ssh_host, settings.ssh_port
    straight = f"-P {port} {_name(permit)}@{host}"
    if PassageKind.SHELL in kinds:
        yield Command(PUTTY, say("Terminal"), f"putty -ssh {straight}")
    if PassageKind.EXEC in kinds:
        yield Command(PUTTY, say("One command"), f'plink -ssh {straight} "uname -a"')
    if PassageKind.SFTP in kinds:
        yield Command(PUTTY, say("Files"), f"psftp {straight}")
    flows = flows_of(permit.grants, PassageKind.SCP)
    if Flow.PUT in flows:
        yield Command(PUTTY, say("Copy a file in"), f"pscp -scp -P {port} file {_name(permit)}@{host}:file")
    elif Flow.GET in flows:
        yield Command(PUTTY, say("Copy a file out"), f"pscp -scp -P {port} {_name(permit)}@{host}:file file")
    for local, target in _forwards(permit, charter):
        line = f"plink -ssh -N -L {local}:{permit.asset}:{target} -P {port} {permit.person}@{host}"
        yield Command(PUTTY, say("Your own tool, to port {port}", port=f"{target}"), line)


def _winscp(permit: Permit, settings: ConsoleSettings) -> Iterator[Command]:
    # In an address a plus is a space to some; WinSCP takes it written out.
    there = f"{quote(_name(permit), safe='')}@{settings.ssh_host}:{settings.ssh_port}/"
    for kind in (PassageKind.SFTP, PassageKind.SCP):
        if kind in _kinds(permit):
            yield Command(WINSCP, say("Files"), f"winscp.exe {kind.value}://{there}")


def _ansible(permit: Permit, settings: ConsoleSettings) -> Iterator[Command]:
    """An inventory's line; Ansible runs commands, and brings its modules by a file."""
    kinds = _kinds(permit)
    by = next(
        (
            one.value
            for one in (PassageKind.SFTP, PassageKind.SCP)
            if Flow.PUT in flows_of(permit.grants, one)
        ),
        "",
    )
    if PassageKind.EXEC not in kinds or not by:
        return
    line = (
        f"{permit.asset} ansible_host={settings.ssh_host} ansible_port={settings.ssh_port} "
        f"ansible_user={_name(permit)} ansible_ssh_transfer_method={by}"
    )
    yield Command(ANSIBLE, say("A line of the inventory"), line)


def _tunnel(permit: Permit, charter: Charter, settings: ConsoleSettings) -> Iterator[Command]:
    if any(_forwards(permit, charter)):
        line = f"penstock tunnel {permit.id} --gate {permit.person}@{settings.ssh_host}:{settings.ssh_port}"
        yield Command(PENSTOCK, say("Every port, and what to type into which tool"), line)


def _forwards(permit: Permit, charter: Charter) -> Iterator[tuple[int, int]]:
    """Each port that a tool of the vendor's own may reach, behind the port that it listens on at the vendor's."""
    asset = charter.assets.get(permit.asset)
    ports = {one.port for one in permit.grants if one.kind is PassageKind.FORWARD and one.port}
    if PassageKind.FORWARD in _kinds(permit) and not ports and asset is not None:
        ports = {one.port for one in asset.endpoints}
    for target in sorted(ports):
        yield (target if target >= 1024 else target + LOCAL_PORT_ABOVE), target


def _screened(permit: Permit, charter: Charter) -> bool:
    """Whether files that are put are looked at first: nothing is put by rsync then."""
    conduit = charter.conduits.get(permit.conduit)
    return conduit is None or conduit.files is Screening.SCREENED


def _kinds(permit: Permit) -> frozenset[PassageKind]:
    return frozenset(one.kind for one in permit.grants)


def _name(permit: Permit) -> str:
    """Who logs in, and where to: the gate reads both out of it."""
    return f"{permit.person}+{permit.asset}"
