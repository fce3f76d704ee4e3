"""The second store that the settings name, with the credentials that lie apart. Loads what speaks S3 only where there is one."""

import ipaddress
import stat
import tomllib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from broker.layout import Layout
from broker.settings import Settings
from domain.errors import ConfigError

if TYPE_CHECKING:
    from recorder.stores.s3 import S3Store

MEND = "docs/stores.md shows what belongs into it."


class Secret(BaseModel):
    """What ``keys/store.toml`` holds. Nothing of it is ever printed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    access_key: str = Field(min_length=1, repr=False)
    secret_key: str = Field(min_length=1, repr=False)


def store_of(layout: Layout, settings: Settings) -> "S3Store | None":
    """A client of the store; None where there is none. ConfigError when it could never work."""
    secret, wish = checked(layout, settings), settings.store
    if secret is None:
        return None
    from recorder.stores.s3 import Place, S3Store  # noqa: PLC0415 (a node without a store does not load it)

    place = Place(
        endpoint=wish.endpoint,
        bucket=wish.bucket,
        prefix=wish.prefix or f"{settings.ledger.origin}/",
        region=wish.region,
        ca_file=wish.ca_file,
        read_s=wish.timeout_s,
    )
    return S3Store(place, secret.access_key, secret.secret_key)


def checked(layout: Layout, settings: Settings) -> Secret | None:
    """The store's credentials, once everything that can be seen without it was looked at; None where there is no store."""
    if not settings.store.endpoint:
        return None
    checked_endpoint(layout, settings.store.endpoint)
    if not settings.store.bucket:
        raise ConfigError("`store.bucket` is missing.", file=str(layout.config), remedy=MEND)
    return _secret(layout)


def checked_endpoint(layout: Layout, endpoint: str) -> None:
    """Return when evidence may go there: encrypted on the way, or not away from this machine; ConfigError otherwise."""
    try:
        parts = urlsplit(endpoint)
        whole = (
            bool(parts.hostname) and parts.path in {"", "/"} and not parts.query and "@" not in parts.netloc
        )
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        whole = port_fits = False
        parts = urlsplit("")
    if not (
        whole
        and port_fits
        and (parts.scheme == "https" or (parts.scheme == "http" and _here(parts.hostname)))
    ):
        raise ConfigError(
            "`store.endpoint` is not `https://host[:port]`, nor `http://` to this machine itself.",
            file=str(layout.config),
            remedy=MEND,
        )


def _here(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _secret(layout: Layout) -> Secret:
    path = layout.store_secret
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError("Others may read it.", file=str(path), remedy=f"chmod 600 {path}")
        return Secret.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise ConfigError(
            f"The store's credentials can't be read: {error.strerror}.", file=str(path), remedy=MEND
        ) from error
    except (ValueError, RecursionError) as error:
        fact = "`access_key` and `secret_key`, and nothing else, belong into it."
        raise ConfigError(
            fact if isinstance(error, ValidationError) else "It is not TOML.", file=str(path), remedy=MEND
        ) from None  # what was read stays out of every message
