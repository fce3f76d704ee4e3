import struct

from broker.conduits.enip.values import numbers, texts


def test_values_are_told_as_people_write_them() -> None:
    for kind, data, said in (
        (0xC4, struct.pack("<2i", 42, -1), ("42", "-1")),
        (0xC1, b"\1", ("1",)),
        (0xCA, struct.pack("<f", 1.5), ("1.5",)),
        (0xC3, b"\1\0\2", ("1",)),
        (0x02A0, b"\xab\xcd", ("abcd",)),
        (0xC4, b"", ()),
        (0, bytes(100), ("00" * 64,)),
    ):
        assert texts(kind, data) == said
    assert numbers(0x02A0, b"\xab") == ()
