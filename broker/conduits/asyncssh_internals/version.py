"""The one version of asyncssh that this package was written against."""

import asyncssh

from domain.errors import ConfigError

VERSION = "2.24.1"


def check_version() -> None:
    """ConfigError unless asyncssh is exactly the version that this file was written against."""
    if asyncssh.__version__ != VERSION:
        raise ConfigError(
            f"asyncssh is {asyncssh.__version__}, but the SSH door was written against {VERSION}.",
            remedy=f"Install asyncssh {VERSION}, or read broker/conduits/asyncssh_internals against the new version.",
        )
