"""The signer: the only process that reads the ledger's key."""

from broker import signer
from broker.clock import SystemClock
from broker.layout import Layout
from broker.settings import Settings


def main(layout: Layout, settings: Settings) -> int:
    """Run it until SIGTERM; its exit status."""
    return signer.main(
        layout.ledger,
        layout.signer_socket,
        layout.ledger_key,
        settings.ledger.origin,
        clock=SystemClock(),
        memory=layout.ledger_memory,
        second_key=layout.ledger_second_key,
    )
