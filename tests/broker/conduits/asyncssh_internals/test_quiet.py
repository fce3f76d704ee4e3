"""No log line is worded for a packet."""

from broker.conduits.asyncssh_internals.paced import Paced
from broker.conduits.asyncssh_internals.quiet import Quiet
from broker.conduits.asyncssh_internals.vendor_connection import VendorConnection


def test_connections_and_channels_word_no_line_for_each_packet() -> None:
    for part in (Paced, VendorConnection):
        assert part.log_received_packet is Quiet.log_received_packet
        assert part.log_sent_packet is Quiet.log_sent_packet
