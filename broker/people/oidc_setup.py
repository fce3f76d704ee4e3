"""The identity provider that this node's settings name, with the secret that lies apart."""

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from broker.layout import Layout
from broker.settings import Settings
from domain.clock import Clock
from domain.errors import ConfigError
from policies.issuers import is_issuer

if TYPE_CHECKING:  # a node without a provider does not load what speaks to one
    from broker.people.oidc_provider import Provider

LEAST_SECRET_CHARACTERS = 16
LONGEST_SECRET_CHARACTERS = 512


def provider_of(layout: Layout, settings: Settings, clock: Clock) -> "Provider | None":
    """The provider, or None where the settings name none; ConfigError when it could never work. Asks nobody yet."""
    given = settings.oidc
    if not given.issuer:
        return None
    if not is_issuer(given.issuer):
        raise _fault(
            layout.config,
            "`oidc.issuer` is not the address of an identity provider.",
            "Copy its `issuer` to the letter: https://…; plain http:// is taken for this machine itself only.",
        )
    if not given.client_id or not given.client_id.isprintable():
        raise _fault(layout.config, "`oidc.client_id` is missing.", "Have this console registered there.")
    secret = _secret(layout.oidc_secret)
    from broker.notices.channels.channel import trusting  # noqa: PLC0415 (as below)
    from broker.people.oidc_claims import Demands  # noqa: PLC0415 (half a second for who has no provider)
    from broker.people.oidc_provider import Place, Provider  # noqa: PLC0415 (as above)

    try:
        context = trusting(given.ca_file)
    except OSError as error:
        raise _fault(layout.config, "`oidc.ca_file` can't be used.", "Name a readable PEM file.") from error
    demands = Demands(
        issuer=given.issuer,
        client_id=given.client_id,
        algorithms=tuple(given.algorithms),
        acr_values=tuple(given.acr_values),
        amr=tuple(given.amr),
        longest_age_s=given.longest_age_min * 60,
        clock_skew_s=given.clock_skew_s,
    )
    place = Place(
        demands=demands,
        name=given.name,
        secret=secret,
        client_auth=given.client_auth,
        here=settings.origin,
        hosts=tuple(given.hosts),
        timeout_s=given.timeout_s,
    )
    return Provider(place, context, clock)


def _secret(path: Path) -> str:
    """The one line in the file; ConfigError says what is wrong and quotes none of it."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise _fault(path, "Others than its owner can read this file.", f"Run: chmod 600 {path.name}.")
        secret = path.read_text("ascii").strip()
    except FileNotFoundError:
        raise _fault(
            path,
            "The identity provider's client secret is missing.",
            "Put it there, on one line, with mode 0600.",
        ) from None
    except (OSError, ValueError) as error:
        raise _fault(
            path, "The client secret can't be read.", "It is one line of plain characters."
        ) from error
    if not LEAST_SECRET_CHARACTERS <= len(secret) <= LONGEST_SECRET_CHARACTERS or not secret.isprintable():
        raise _fault(
            path,
            f"The client secret is not one line of {LEAST_SECRET_CHARACTERS} to {LONGEST_SECRET_CHARACTERS} characters.",
            "Have the identity provider issue another one.",
        )
    return secret


def _fault(path: Path, fact: str, remedy: str) -> ConfigError:
    return ConfigError(fact, file=str(path), remedy=remedy)
