"""The ways out that this node has: what ``penstock.toml`` switches on, with the secrets that lie apart."""

import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from broker.layout import Layout
from broker.notices.channels.channel import Channel
from broker.notices.channels.signature import LEAST_SECRET_CHARACTERS
from broker.notices.message import is_address
from broker.notices.outbox import Outbox
from broker.notices.subscriptions import Subscriptions
from broker.settings import Settings
from domain.clock import Clock
from domain.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

MEND = "docs/notices.md shows what belongs into it."
DRAW = "Draw one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out keys/push.key; chmod 600 keys/push.key."


class _Secret(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class _Mail(_Secret):
    password: str = Field(default="", repr=False)


class _Webhook(_Secret):
    secret: str = Field(default="", repr=False)


class _Chat(_Secret):
    url: str = Field(default="", repr=False)


class Secrets(_Secret):
    """What ``keys/notices.toml`` holds. Nothing of it is ever printed."""

    mail: _Mail = _Mail()
    webhook: _Webhook = _Webhook()
    chat: _Chat = _Chat()


@dataclass(frozen=True, slots=True)
class Ways:
    """The channels in use, and how much may be said by them."""

    channels: tuple[Channel, ...] = ()
    full: bool = False
    """Whether sentences leave the plant too."""
    origin: str = ""
    """The console's, for links."""
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(one.name for one in self.channels))

    def channel(self, name: str) -> Channel | None:
        """The one of this name, if it is switched on."""
        return next((one for one in self.channels if one.name == name), None)


def ways_of(layout: Layout, settings: Settings, clock: Clock) -> Ways:
    """Every channel that the settings switch on; ConfigError when one of them could never work."""
    secrets = read_secrets(layout.notice_secrets)
    timeout_s = settings.notices.timeout_s
    channels: list[Channel] = []
    if settings.mail.host:
        from broker.notices.channels.mail import Mail  # noqa: PLC0415 (a node without it does not load it)

        if not is_address(settings.mail.sender):
            raise _fault(layout.config, "`mail.sender` is not an e-mail address.")
        if settings.mail.username and not secrets.mail.password:
            raise _fault(layout.notice_secrets, "`mail.password` is missing.")
        _readable(settings.mail.ca_file, layout.config)
        channels.append(Mail(settings.mail, secrets.mail.password, timeout_s))
    if settings.webhook.url:
        from broker.notices.channels.webhook import Webhook, checked_url  # noqa: PLC0415 (as above)

        if len(secrets.webhook.secret) < LEAST_SECRET_CHARACTERS:
            raise _fault(
                layout.notice_secrets,
                f"`webhook.secret` has fewer than {LEAST_SECRET_CHARACTERS} characters.",
            )
        _readable(settings.webhook.ca_file, layout.config)
        url = checked_url(settings.webhook.url, "`webhook.url`")
        channels.append(Webhook(url, secrets.webhook.secret, settings.webhook.ca_file, clock, timeout_s))
    if settings.chat.style != "off":
        from broker.notices.channels.webhook import Chat, checked_url  # noqa: PLC0415 (as above)

        _readable(settings.chat.ca_file, layout.config)
        url = checked_url(secrets.chat.url, "`chat.url` in keys/notices.toml")
        channels.append(Chat(url, settings.chat.style, settings.chat.ca_file, timeout_s))
    if settings.syslog.host:
        from broker.notices.channels.syslog import Syslog, this_host  # noqa: PLC0415 (as above)

        _readable(settings.syslog.ca_file, layout.config)
        channels.append(Syslog(settings.syslog, this_host(), timeout_s))
    if settings.push.hosts:
        from broker.notices.channels.push import Push  # noqa: PLC0415 (as above)

        _readable(settings.push.ca_file, layout.config)
        bounds = settings.push
        kept = Subscriptions(Outbox(layout.notices))
        key = push_key(layout)
        channels.append(
            Push(kept, key, tuple(bounds.hosts), bounds.contact, bounds.ca_file, clock, timeout_s)
        )
    return Ways(tuple(channels), settings.notices.details == "full", settings.origin)


def push_key(layout: Layout) -> "EllipticCurvePrivateKey":
    """The node's key for Web Push, as ``penstock init`` drew it; ConfigError when it is missing or another kind."""
    from cryptography.hazmat.primitives.asymmetric.ec import (  # noqa: PLC0415 (as above)
        SECP256R1,
        EllipticCurvePrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 (as above)

    try:
        key = load_pem_private_key(layout.push_key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise _fault(layout.push_key, f"It can't be read as a key ({type(error).__name__}).", DRAW) from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise _fault(layout.push_key, "It is no key on the curve P-256.", DRAW)
    return key


def read_secrets(path: Path) -> Secrets:
    """What the file holds, nothing where there is none; ConfigError says what is wrong and quotes none of it."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise _fault(path, "Others than its owner can read this file.", f"Run: chmod 600 {path.name}.")
        return Secrets.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return Secrets()
    except ValidationError as error:
        key = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise _fault(path, f"`{key}` can't be here, or is no text.") from None
    except (OSError, ValueError) as error:
        raise _fault(path, f"It can't be read as TOML ({type(error).__name__}).") from None


def _readable(ca_file: str, config: Path) -> None:
    if not ca_file:
        return
    try:
        Path(ca_file).open("rb").close()
    except OSError as error:
        raise _fault(config, f"The authority {ca_file} can't be read: {error.strerror}.") from error


def _fault(path: Path, fact: str, remedy: str = MEND) -> ConfigError:
    return ConfigError(fact, file=str(path), remedy=remedy)
