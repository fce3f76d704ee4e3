"""Archives that tests make: ordinary ones, and those that are made to hurt."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator, Mapping

import zstandard

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


def bombs(octets: int) -> Iterator[tuple[str, bytes]]:
    """By name archives of which each unpacks to ``octets`` or more, or to very many things, by one trick each; small as they come."""
    part = bytes(10 * 1024 * 1024)
    times = octets // len(part)
    yield "zeros.gz", gzip.compress(part) * times
    yield "zeros.bz2", bz2.compress(part) * times
    yield "zeros.xz", lzma.compress(part) * times
    yield "zeros.zst", zstandard.compress(part) * times
    sheet = zipped({str(number): part for number in range(16)})
    for _ in range(4):  # as in 42.zip: sixteen of the same at each depth
        sheet = zipped({f"{number}.zip": sheet for number in range(16)})
    yield "nested.zip", sheet
    yield "overlapping.zip", overlapping(octets // len(part) + 1)
    header = tarred({"a": b""})[:512]
    yield "many.tar.gz", gzip.compress(header * 1000) * max(30, octets // 10_000_000)
    yield "deep.tar", tarred({"d/" * 120 + "f": b"x"}, path="d/" * 30_000 + "f")


def overlapping(count: int) -> bytes:
    """A zip whose ``count`` members all lie in the same place (Fifield, A better zip bomb, 2019)."""
    one = zipped({"zeros": bytes(10 * 1024 * 1024)})
    at = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    entry = one[at:end]
    entries = entry * count
    told = count.to_bytes(2, "little") * 2
    return (
        one[:at] + entries + one[end : end + 8] + told + len(entries).to_bytes(4, "little") + one[end + 16 :]
    )
