"""The ``penstock`` command."""

from broker.cli.root import penstock


def main() -> None:
    """Run it."""
    penstock(prog_name="penstock")


if __name__ == "__main__":
    main()
