"""How much of anything one peer may make the gate hold."""

WINDOW_BYTES = 1024 * 1024
"""What either side may send us before it was passed on; bounds the memory of one channel and direction.

Two readings of a transfer that is alone, so that its sender goes on while one is dealt with.
"""

PACKET_BYTES = 32 * 1024
REPLIES_BYTES = 1024 * 1024
"""Unread answers to a client's requests at which we stop listening to it."""

BEFORE_SIGN_IN_BYTES = 1024 * 1024
LONGEST_MODES = 4096
MOST_CHANNELS = 64
LEAST_PACKET_BYTES = 1024
"""A peer that takes less at a time makes us cut what it is sent into so many packets that the loop stands still."""
