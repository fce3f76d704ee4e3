"""``penstock doctor``: what is wrong with this node, each with its remedy."""

import asyncio
import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import click

from broker.charter.in_force import charter_now
from broker.charter.trust_files import TrustFiles
from broker.cli.answer import NO, json_option, node_option, plainly, tell
from broker.clock import SystemClock
from broker.conduits.rdp.confined import landlock
from broker.conduits.rdp.engine import missing
from broker.conduits.rdp.programs import PACKAGES
from broker.database.engine import migrate
from broker.evidence.standings import standings
from broker.gate_process import read_gate_process
from broker.layout import Layout
from broker.notices.ways import ways_of
from broker.people.factors import SpentSteps
from broker.people.oidc_setup import provider_of
from broker.processes.keys import ssh_host_key, tls_names, tls_pair, wrapping_key
from broker.processes.signer import signer_of
from broker.quarantine.looked_after import looked_after
from broker.settings import read_settings
from broker.uploader.setup import checked
from broker.vault.store import Vault, entry_of
from broker.watchdog.interlock_file import InterlockFile
from broker.watchdog.kill_switch import ask_watchdog
from domain.errors import ConfigError, PenstockError
from domain.plant import Endpoint, Protocol
from policies.charter.charter import Charter
from policies.charter.documents import CharterError
from policies.charter.finding import Finding
from policies.charter.lint import lint
from policies.charter.placement import inside_control

LOW_DISK_SHARE = 0.10
REACH_S = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    sound: bool
    fact: str
    remedy: str = ""


@click.command(epilog="Example: penstock doctor --dir /srv/penstock --json")
@node_option
@json_option
@plainly
def doctor(layout: Layout, *, as_json: bool) -> None:
    """Look at configuration, keys, charter, disk, clock, processes and assets. Exit 1 when something is wrong."""
    checks = list(_checks(layout))
    wrong = [one for one in checks if not one.sound]
    tell(
        [{"check": one.name, "sound": one.sound, "fact": one.fact, "remedy": one.remedy} for one in checks],
        [
            *(
                f"{'ok   ' if one.sound else 'WRONG'}  {one.name:12} {one.fact}"
                + (f" What to do: {one.remedy}" if one.remedy and not one.sound else "")
                for one in checks
            ),
            f"{len(wrong)} of {len(checks)} checks found something wrong." if wrong else "All is well.",
        ],
        as_json=as_json,
    )
    if wrong:
        raise SystemExit(NO)


def _checks(layout: Layout) -> Iterator[Check]:
    yield _try("settings", lambda: f"read; the console is at {read_settings(layout).origin}")
    yield from _keys(layout)
    yield _try("keys", lambda: _usable(layout))
    yield _try("codes", lambda: _register(layout))
    yield _try("interlocks", lambda: _interlocks(layout))
    yield _try("trust", lambda: f"{_passkeys(layout)} passkeys enrolled")
    charter: Charter | None = None
    try:
        charter = charter_now(layout)
        found = lint(charter, SystemClock().now())
        yield Check("charter", sound=True, fact=f"can be used; {len(found)} things to reconsider")
        yield _place(found)
        yield doors(layout, charter)
    except CharterError as error:
        yield Check("charter", sound=False, fact=str(error.faults[0]), remedy="Run `penstock charter check`.")
    except PenstockError as error:
        yield Check("charter", sound=False, fact=error.fact, remedy=error.remedy)
    yield _disk(layout)
    yield _try("database", lambda: _database(layout))
    yield from _evidence(layout)
    yield _try("watchdog", lambda: _watchdog(layout))
    yield _try("notices", lambda: _notices(layout))
    yield _try("provider", lambda: _provider(layout))
    yield _try("pages", lambda: _pages(layout))
    yield _try("store", lambda: _store(layout))
    yield _try("quarantine", lambda: looked_after(layout, read_settings(layout)))
    yield _gate(layout)
    if charter is not None:
        yield from _desktops(charter)
        yield from _assets(layout, charter)


def _evidence(layout: Layout) -> Iterator[Check]:
    """The console's list of how the evidence stands, line by line."""
    try:
        settings = read_settings(layout)
    except ConfigError:
        return
    for one in standings(layout, settings, SystemClock().now()):
        since = "" if one.since is None else f" ({one.since:%Y-%m-%d %H:%M} UTC)"
        yield Check(one.what, sound=one.sound, fact=f"{one.sentence}{since}", remedy=one.remedy)


def _notices(layout: Layout) -> str:
    """By which ways people are told besides the console, as far as can be seen without sending anything."""
    ways = ways_of(layout, read_settings(layout), SystemClock())
    return f"told in the console{''.join(f', by {one.name}' for one in ways.channels)}"


def _store(layout: Layout) -> str:
    """Whether the second store could be used, as far as can be seen without asking it."""
    settings = read_settings(layout)
    return (
        f"set up at {settings.store.endpoint}" if checked(layout, settings) is not None else "none is set up"
    )


def _provider(layout: Layout) -> str:
    """Whether an identity provider signs people in, as far as can be seen without asking it."""
    settings = read_settings(layout)
    provider = provider_of(layout, settings, SystemClock())
    if provider is None:
        return "none signs anybody in"
    if not settings.oidc.acr_values and not settings.oidc.amr:
        raise ConfigError(
            "The identity provider may sign people in with a password alone.",
            file=str(layout.config),
            remedy="Demand more: `oidc.amr` or `oidc.acr_values`; docs/oidc.md.",
        )
    return f"{provider.issuer} signs people in; it approves nothing"


def _pages(layout: Layout) -> str:
    """Whether a device's page could be opened in a browser, as far as can be seen without asking a name service."""
    pages = read_settings(layout).console.pages
    if not pages:
        return "no device's page opens in a browser"
    if f"*.{pages}" not in tls_names(layout.tls_certificate):
        raise ConfigError(
            f"The console's certificate does not name *.{pages}, where devices' pages are: every browser will warn.",
            file=str(layout.tls_certificate),
            remedy="Put one there that names both; docs/browser.md.",
        )
    return f"a device's page opens below {pages}, which the plant's DNS leads here"


def _place(found: Iterable[Finding]) -> Check:
    """Where the broker stands: whoever breaks one inside a control zone is already inside (requirement C06)."""
    inside = next((one for one in found if one.code == "broker_in_control_zone"), None)
    if inside is not None:
        return Check("place", sound=False, fact=inside.sentence, remedy=inside.remedy)
    return Check("place", sound=True, fact="no broker stands in a control zone")


def doors(layout: Layout, charter: Charter) -> Check:
    """Whether a door listens among a control zone's machines, whatever the charter says of the broker (C06)."""
    try:
        settings = read_settings(layout)
    except ConfigError:
        return Check("address", sound=False, fact="not known without the settings")
    if inside := inside_control(charter, (settings.ssh.host, settings.console.host)):
        remedy = "Let [ssh] host and [console] host in penstock.toml be addresses in the DMZ."
        return Check("address", sound=False, fact=inside, remedy=remedy)
    return Check("address", sound=True, fact="no door is seen to listen inside a control zone")


def _try(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, sound=True, fact=look())
    except ConfigError as error:
        place = ":".join(str(part) for part in (error.file, error.line) if part)
        return Check(
            name, sound=False, fact=f"{place}: {error.fact}" if place else error.fact, remedy=error.remedy
        )
    except PenstockError as error:
        return Check(name, sound=False, fact=error.fact, remedy=error.remedy)
    except OSError as error:
        return Check(name, sound=False, fact=f"{error.filename}: {error.strerror}")


def _keys(layout: Layout) -> Iterator[Check]:
    secrets = (
        layout.ssh_host_key,
        layout.ssh_host_authority,
        layout.ssh_user_authority,
        *(() if _in_token(layout) else (layout.ledger_key,)),
        layout.ledger_second_key,
        layout.recording_key,
        layout.vault_key,
        layout.tls_key,
        layout.codes,
        *((layout.opc_ua_key,) if layout.opc_ua_key.exists() else ()),
    )
    for path in secrets:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError as error:
            yield Check(
                "keys",
                sound=False,
                fact=f"{path.name}: {error.strerror}",
                remedy="Restore it from the backup.",
            )
            continue
        if mode & 0o077:
            yield Check("keys", sound=False, fact=f"Others may read {path.name}.", remedy=f"chmod 600 {path}")
    yield Check("keys", sound=True, fact=f"looked at {len(secrets)} secrets")


def _usable(layout: Layout) -> str:
    wrapping_key(layout.recording_key)
    wrapping_key(layout.vault_key)
    ssh_host_key(layout.ssh_host_key)
    ssh_host_key(layout.ssh_host_authority)
    ssh_host_key(layout.ssh_user_authority)
    tls_pair(layout.tls_certificate, layout.tls_key)
    settings = read_settings(layout)
    signer_of(layout, settings)
    return "can be used" if not settings.token.module else "can be used; the ledger's is in a token"


def _in_token(layout: Layout) -> bool:
    try:
        return bool(read_settings(layout).token.module)
    except ConfigError:
        return False


def _register(layout: Layout) -> str:
    SpentSteps(layout.spent_steps)
    return "the register of used codes can be read"


def _interlocks(layout: Layout) -> str:
    return f"can be read, at change {InterlockFile(layout.interlocks).read().sequence}"


def _passkeys(layout: Layout) -> int:
    return sum(len(keys) for keys in TrustFiles(layout, with_codes=True)().passkeys.values())


def _disk(layout: Layout) -> Check:
    usage = shutil.disk_usage(layout.folder)
    share = usage.free / usage.total
    fact = f"{usage.free // 2**20} MiB free, {share:.0%}"
    return Check(
        "disk",
        sound=share >= LOW_DISK_SHARE,
        fact=fact,
        remedy="Free space: below a tenth no session opens. docs/runbook.md says what may be moved away.",
    )


def _database(layout: Layout) -> str:
    url = read_settings(layout).database_url(layout)
    asyncio.run(migrate(url))
    return f"{url.partition(':')[0]} is up to date"


def _watchdog(layout: Layout) -> str:
    answer = ask_watchdog(layout, {"do": "show"})
    if answer.get("without_watchdog"):
        raise PenstockError(
            "The watchdog does not run.",
            remedy="Start the node: `penstock serve`; without it no session opens.",
        )
    return "answers"


def _gate(layout: Layout) -> Check:
    gate = read_gate_process(layout.gate_pid)
    return Check(
        "gate",
        sound=gate is not None,
        fact=f"runs as process {gate.pid}" if gate else "does not run",
        remedy="Start the node: `penstock serve`.",
    )


def _desktops(charter: Charter) -> Iterator[Check]:
    """Whether RDP can be spoken to the assets that speak it."""
    if not any(one.endpoint(Protocol.RDP) for one in charter.assets.values()):
        return
    yield rdp(missing(), confined=landlock() > 0)


def rdp(lacking: Sequence[str], *, confined: bool) -> Check:
    """What stands in the way of an engine: programs that are not there, or a kernel that can't confine them."""
    packages = " ".join(PACKAGES[one] for one in lacking)
    return Check(
        "rdp",
        sound=not lacking and confined,
        fact=f"there is no {' and no '.join(lacking)}"
        if lacking
        else "an engine for RDP can be started"
        if confined
        else "the kernel can't confine an engine for RDP",
        remedy=f"Install {packages}." if lacking else "Run the gate on a kernel with Landlock.",
    )


def _assets(layout: Layout, charter: Charter) -> Iterator[Check]:
    kept = {one.asset for one in Vault(layout.vault, layout.vault_key).list()}
    for asset in charter.assets.values():
        for endpoint in asset.endpoints:
            name = f"{asset.id}:{endpoint.port}"
            if not _answers(str(endpoint.address), endpoint.port):
                yield Check(
                    name,
                    sound=False,
                    fact="does not answer",
                    remedy="Check its address, and the conduit's firewall.",
                )
            elif signs_in(endpoint) and asset.id not in kept:
                yield Check(
                    name,
                    sound=False,
                    fact="answers, but no credential is kept for it",
                    remedy=f"penstock vault set {asset.id} --login NAME",
                )
            elif endpoint.protocol is Protocol.RDP and entry_of(asset.id, Protocol.RDP) not in kept:
                yield Check(
                    name,
                    sound=False,
                    fact="answers, but no credential is kept for RDP",
                    remedy=f"penstock vault set {asset.id} --for rdp --login NAME",
                )
            else:
                yield Check(name, sound=True, fact="answers")


def signs_in(endpoint: Endpoint) -> bool:
    """Whether the gate signs in there by itself, with what the vault keeps."""
    by_line = endpoint.line is not None and endpoint.line.log_in is not None
    return endpoint.protocol is Protocol.SSH or by_line


def _answers(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(REACH_S)
        return probe.connect_ex((address, port)) == os.EX_OK
