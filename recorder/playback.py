"""A recording opened with its key: its frames in clear, for replay, export and search."""

from collections.abc import Iterator

from recorder.format.cipher import Opener
from recorder.format.frame import Frame
from recorder.format.reader import Reader, Source


class Playback:
    """Yields what crossed, as far as the chain verifies. ``key`` is the recording's own, unwrapped.

    EvidenceError when the file is no recording or the key is not its; BrokenRecordingError at the
    first frame that does not verify.
    """

    def __init__(self, source: Source, key: bytes) -> None:
        self.reader = Reader(source)
        self._opener = Opener(key, self.reader.header.key_commitment)

    def frames(self) -> Iterator[Frame]:
        """Each frame in order, the end frame included."""
        for stored in self.reader.frames():
            head = stored.head
            yield Frame(head.kind, head.channel, head.elapsed_us, self._opener.open(head, stored.body))
