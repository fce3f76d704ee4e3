"""The signer: the only process that reads the ledger's key, or asks the token that holds it."""

from broker import signer
from broker.clock import SystemClock
from broker.layout import Layout
from broker.settings import Settings
from broker.token.place import place_of
from broker.token.signer import TokenSigner
from domain.errors import ConfigError
from recorder.ledger.note import VerifierKey
from recorder.signing import Signer, beside, read_signer


def main(layout: Layout, settings: Settings) -> int:
    """Run it until SIGTERM; its exit status."""
    return signer.main(
        layout.ledger,
        layout.signer_socket,
        signer_of(layout, settings),
        clock=SystemClock(),
        memory=layout.ledger_memory,
    )


def signer_of(layout: Layout, settings: Settings) -> Signer:
    """The key that the settings name, in its file or in a token: never the one in the place of the other.

    ConfigError when it can't be used. A token need not be there yet.
    """
    place = place_of(layout, settings.token)
    if place is None:
        return read_signer(layout.ledger_key, settings.ledger.origin, layout.ledger_second_key)
    try:
        key = VerifierKey.of(layout.ledger_vkey.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The ledger's public key can't be read: {error.strerror}.",
            file=str(layout.ledger_vkey),
            remedy="Restore it from the backup: what the token signs is checked against it.",
        ) from error
    if key.name != settings.ledger.origin:
        raise ConfigError(
            f"This key is for {key.name}, not for {settings.ledger.origin}.", file=str(layout.ledger_vkey)
        )
    return beside(TokenSigner(place, key), layout.ledger_second_key)
