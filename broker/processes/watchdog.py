"""The watchdog: the kill switch and the operating states, with no database, no network, no identity."""

from broker.layout import Layout
from broker.settings import Settings
from broker.watchdog import watchdog


def main(layout: Layout, _settings: Settings) -> int:
    """Run it until SIGTERM; its exit status."""
    watchdog.main(layout.folder)
    return 0
