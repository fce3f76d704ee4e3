"""Which key in which token, as the settings name it."""

import stat
from dataclasses import dataclass
from pathlib import Path

from broker.layout import Layout
from broker.settings import TokenSettings
from broker.token.fault import fault
from domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key is. ``refused`` is where a PIN is remembered that the token did not take."""

    module: Path
    token: str
    key: str
    pin_file: Path
    refused: Path


def place_of(layout: Layout, settings: TokenSettings) -> Place | None:
    """The place that the settings name, None for the file in ``keys/``; ConfigError when they name half of one."""
    if not settings.module:
        return None
    for name in ("module", "pin_file"):
        if not Path(getattr(settings, name)).is_absolute():
            raise ConfigError(f"`token.{name}` must be a whole path.", file=str(layout.config))
    if not settings.label:
        raise ConfigError("`token.label` must name the token.", file=str(layout.config))
    return Place(
        Path(settings.module),
        settings.label,
        settings.key,
        Path(settings.pin_file),
        layout.ledger_pin_refused,
    )


def check_module(module: Path) -> None:
    """EvidenceError unless the library is there, and nobody but its owner may write what this process is about to run."""
    try:
        about = module.stat()
    except OSError as error:
        raise fault("token_module", f"The PKCS#11 library can't be read: {error}.") from error
    if not stat.S_ISREG(about.st_mode) or about.st_mode & 0o022:
        raise fault("token_module", f"{module} is not a file that only its owner may write.")
