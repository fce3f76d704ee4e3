"""The ``penstock`` command."""

import os
import sys

from broker.cli.root import penstock


def main() -> None:
    """Run it."""
    # structlog loads rich wherever some other program has brought it along, a fifth of a process's start, in order
    # to draw errors in colour. Ours are lines of JSON.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # how Python is told that there is none
    # pydantic would read what every installed package says of itself, in search of plugins that may change what it checks.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # noqa: TID251 (this is said to a library, not asked)
    penstock(prog_name="penstock")


if __name__ == "__main__":
    main()
