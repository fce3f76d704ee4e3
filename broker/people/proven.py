"""What an identity provider can say to this console: that somebody signed in there, or no longer is. Pure.

It proves who somebody is. It approves nothing, opens nothing, and makes nobody known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from domain.parties import Binding


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom the provider has just signed in, and how."""

    binding: Binding
    sid: str
    """The provider's name for the session there; empty where it names none."""
    acr: str
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """Whose session ended at the provider: one, where ``sid`` is named, else all of ``subject``."""

    issuer: str
    subject: str
    sid: str
    jti: str
    until_s: int
    """When this token is too old to be taken, by this node's clock: until then its ``jti`` is remembered."""


class SignInProvider(Protocol):
    """The plant's identity provider. Each ProofError has a stable code, and a sentence for whoever signs in."""

    @property
    def name(self) -> str:
        """What pages call it."""
        ...

    @property
    def issuer(self) -> str:
        """Its own name for itself."""
        ...

    async def begin(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send a browser that wants to sign in; ProofError while the provider can't be used."""
        ...

    async def redeem(self, answer: Mapping[str, str], *, nonce: str, verifier: str) -> Proven:
        """Whom the parameters of its answer prove to have signed in; ProofError else. The state is the caller's."""
        ...

    async def logged_out(self, token: str) -> LoggedOut:
        """Whose session a logout token ends; ProofError for anything else."""
        ...

    def sign_out_url(self) -> str | None:
        """Where a browser ends its session at the provider too; None while nothing is known of that. Asks nobody."""
        ...
