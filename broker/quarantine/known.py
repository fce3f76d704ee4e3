"""The cards of all files that lie in the quarantine, in memory: by id, and by what they hold.

A file that comes is asked about once by its digest, however many others lie there.
"""

from collections.abc import Iterator

from broker.quarantine.cards import Card


class KnownFiles:
    """In the order in which they came. A card's digest never changes."""

    def __init__(self) -> None:
        self._by_id: dict[str, Card] = {}
        self._alike: dict[str, dict[str, None]] = {}
        """By digest the ids of the files with it, in that order."""

    def keep(self, card: Card) -> None:
        """Know it, or know it anew. What an archive holds is left on the disk."""
        self._by_id[card.id] = card.brief()
        self._alike.setdefault(card.sha256, {})[card.id] = None

    def forget(self, file: str) -> Card | None:
        """Know it no longer; the card that was known."""
        card = self._by_id.pop(file, None)
        if card is not None:
            alike = self._alike[card.sha256]
            del alike[file]
            if not alike:
                del self._alike[card.sha256]
        return card

    def find(self, file: str) -> Card | None:
        """The card of one file."""
        return self._by_id.get(file)

    def alike(self, sha256: str) -> tuple[Card, ...]:
        """Every file with these bytes, the newest first."""
        return tuple(self._by_id[one] for one in reversed(self._alike.get(sha256, {})))

    def __iter__(self) -> Iterator[Card]:
        """All, the oldest first."""
        return iter(self._by_id.values())
