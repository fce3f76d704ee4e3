"""The ``penstock`` command."""

import sys

from broker.cli.root import penstock


def main() -> None:
    """Run it."""
    # structlog loads rich wherever some other program has brought it along, a fifth of a process's start, in order
    # to draw errors in colour. Ours are lines of JSON.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # how Python is told that there is none
    penstock(prog_name="penstock")


if __name__ == "__main__":
    main()
