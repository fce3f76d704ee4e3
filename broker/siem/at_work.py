"""The forwarders as the console's process has them at work: built from the node's own settings and secrets."""

import stat
import tomllib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from broker.layout import Layout
from broker.notices.channels.signature import LEAST_SECRET_CHARACTERS
from broker.notices.channels.syslog import this_host
from broker.notices.channels.webhook import checked_url
from broker.settings import Settings, SiemTarget
from broker.siem.cef import cef_line
from broker.siem.collectors.collector import Collector
from broker.siem.collectors.http import HttpCollector
from broker.siem.collectors.syslog import SyslogCollector
from broker.siem.forwarder import Forwarder, Log, Told
from broker.siem.ocsf import ocsf_line
from broker.siem.position import position_file
from domain.clock import Clock
from domain.errors import ConfigError
from domain.ledger import Ledger
from policies.charter.charter import Charter

log = structlog.get_logger()

MEND = "docs/siem.md shows what belongs into it."


class Secret(BaseModel):
    """What one collector is shown. Nothing of it is ever printed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    secret: str = Field(default="", repr=False)
    """What batches are signed with."""
    authorization: str = Field(default="", repr=False, pattern=r"^([\x21-\x7e]+ [\x21-\x7e]+)?$")
    """The whole header, such as ``Bearer …``."""


def forwarders_of(
    layout: Layout,
    settings: Settings,
    ledger: Log,
    charter: Callable[[], Charter],
    clock: Clock,
    writes: Ledger,
) -> tuple[Forwarder, ...]:
    """One for each collector. With a setting that can't work there is none of them; `penstock doctor` names it."""
    try:
        collectors = collectors_of(layout, settings)
    except ConfigError as error:
        log.critical("siem_off", fact=str(error))
        return ()
    software = f"penstock {version('penstock')}"
    bounds = settings.siem
    return tuple(
        Forwarder(
            Told(
                origin=settings.ledger.origin,
                software=software,
                target=target.name,
                write=ocsf_line if target.format == "ocsf" else cef_line,
                begin_now=target.begin == "now",
                heartbeat=timedelta(seconds=bounds.heartbeat_s),
                late_after=timedelta(seconds=bounds.late_s),
            ),
            collectors[target.name],
            position_file(layout.siem, target.name),
            ledger,
            charter,
            clock,
            writes,
        )
        for target in bounds.targets
    )


def collectors_of(layout: Layout, settings: Settings) -> dict[str, Collector]:
    """Every collector by its name; ConfigError when one of them could never work."""
    secrets = read_secrets(layout.siem_secrets)
    fault = partial(ConfigError, file=str(layout.config), remedy=MEND)
    found: dict[str, Collector] = {}
    for target in settings.siem.targets:
        if target.name in found:
            raise fault(f"Two collectors are called {target.name}.")
        if bool(target.host) == bool(target.url):
            raise fault(f"`siem.targets` {target.name}: give either `host` or `url`.")
        _readable(target.ca_file, layout.config)
        found[target.name] = _collector(
            target, secrets.get(target.name, Secret()), settings.siem.timeout_s, layout
        )
    if strangers := set(secrets) - set(found):
        raise ConfigError(
            f"There is a secret for {min(strangers)}, and no such collector.",
            file=str(layout.siem_secrets),
            remedy=MEND,
        )
    return found


def _collector(target: SiemTarget, secret: Secret, timeout_s: float, layout: Layout) -> Collector:
    if target.host:
        return SyslogCollector(target.host, target.port, target.ca_file, this_host(), timeout_s)
    if not secret.secret and not secret.authorization:
        raise ConfigError(
            f"{target.name} has neither `secret` nor `authorization`.",
            file=str(layout.siem_secrets),
            remedy=MEND,
        )
    if secret.secret and len(secret.secret) < LEAST_SECRET_CHARACTERS:
        raise ConfigError(
            f"`{target.name}.secret` has fewer than {LEAST_SECRET_CHARACTERS} characters.",
            file=str(layout.siem_secrets),
            remedy=MEND,
        )
    return HttpCollector(
        checked_url(target.url, f"`siem.targets` {target.name}: `url`"),
        target.ca_file,
        timeout_s,
        "application/x-ndjson" if target.format == "ocsf" else "text/plain; charset=utf-8",
        packed=target.gzip,
        secret=secret.secret,
        authorization=secret.authorization,
    )


def read_secrets(path: Path) -> dict[str, Secret]:
    """What the file holds by collector, nothing where there is none; ConfigError says what is wrong and quotes none of it."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError(
                "Others than its owner can read this file.",
                file=str(path),
                remedy=f"Run: chmod 600 {path.name}.",
            )
        return TypeAdapter(dict[str, Secret]).validate_python(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        key = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise ConfigError(
            f"`{key}` can't be here, or is no such text.", file=str(path), remedy=MEND
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"It can't be read as TOML ({type(error).__name__}).", file=str(path), remedy=MEND
        ) from None


def _readable(ca_file: str, config: Path) -> None:
    if not ca_file:
        return
    try:
        Path(ca_file).open("rb").close()
    except OSError as error:
        raise ConfigError(
            f"The authority {ca_file} can't be read: {error.strerror}.", file=str(config), remedy=MEND
        ) from error
