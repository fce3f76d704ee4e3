"""Archives that tests make: ordinary ones, and those that are made to hurt."""

import io
import tarfile
import zipfile
from collections.abc import Mapping

INSIDE = {"read me.txt": b"hello", "../../etc/passwd": b"x" * 5000}


def zipped(things: Mapping[str, bytes] = INSIDE) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in things.items():
            archive.writestr(name, data)
    return made.getvalue()


def tarred(things: Mapping[str, bytes] = INSIDE, **extra: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in things.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            header.pax_headers = dict(extra)
            archive.addfile(header, io.BytesIO(data))
    return made.getvalue()


def sealed() -> bytes:
    """A zip that says of its one member that it is encrypted (APPNOTE 6.3.10 section 4.4.4)."""
    data = bytearray(zipped({"secret.bin": b"abc"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def nested(depth: int) -> bytes:
    data = zipped()
    for _ in range(depth):
        data = zipped({"inner.zip": data})
    return data
