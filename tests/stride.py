"""How densely an exhaustive test walks: every place in `make deep`, every so-many-th in `make test`.

The places differ in each run of a prime stride's start, so that ordinary runs together see them all.
"""

import os
import secrets
from collections.abc import Iterator

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def places(stop: int, stride: int) -> Iterator[int]:
    """Numbers below ``stop``: all of them in a deep run, else every ``stride``-th from a random start."""
    yield from range(stop) if DEEP else range(secrets.randbelow(stride), stop, stride)
