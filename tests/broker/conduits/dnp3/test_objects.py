import struct

from broker.conduits.dnp3.objects import GROUPS, PACKED, control, number, size, told


def test_an_object_s_length_is_that_of_the_standard() -> None:
    """IEEE 1815-2012, annex A: one of each shape."""
    for group, variation, length in (
        (1, 2, 1), (2, 2, 7), (2, 3, 3), (4, 2, 7), (12, 1, 11), (12, 2, 11), (20, 1, 5), (20, 6, 2), (21, 5, 11),
        (22, 6, 9), (30, 1, 5), (30, 4, 2), (30, 6, 9), (32, 3, 11), (32, 8, 15), (34, 3, 4), (40, 3, 5), (41, 1, 5),
        (41, 2, 3), (41, 4, 9), (43, 5, 5), (50, 1, 6), (50, 4, 11), (51, 2, 6), (52, 2, 2), (60, 2, 0), (102, 1, 1),
        (110, 17, 17), (120, 3, 6),
    ):  # fmt: skip
        assert size(group, variation) == length, (group, variation)
    for group, variation in ((70, 3), (0, 242), (12, 9), (110, 0), (255, 1), *PACKED):
        assert size(group, variation) is None


def test_values_are_told_as_people_write_them() -> None:
    for group, variation, data, said in (
        (1, 2, "81", "1"), (3, 2, "81", "2"), (30, 1, "01 feffffff", "-2"), (41, 3, struct.pack("<f", 1.5).hex() + "00", "1.5"),
        (20, 6, "0102", "513"), (50, 1, "00e40b540200", "1970-04-26 17:46:40 UTC"), (50, 1, "ff" * 6, f"{2**48 - 1} ms after 1970"),
        (80, 1, "00", "0"), (110, 3, "616263", "616263"),
    ):  # fmt: skip
        assert told(group, variation, bytes.fromhex(data)) == said, (group, variation)
    assert number(110, 3, b"abc") is None


def test_a_control_block_is_told_in_words() -> None:
    for data, said in (
        ("03 01 64000000 64000000 00", "latch on"),
        ("81 02 64000000 32000000 00", "pulse on, trip, 2 times, 100 ms on, 50 ms off"),
        ("44 01 00000000 00000000 00", "latch off, close"),
        ("2f 00 00000000 00000000 00", "operation 15, the queue cleared"),
    ):
        assert control(bytes.fromhex(data)) == told(12, 1, bytes.fromhex(data)) == said


def test_every_group_that_can_be_read_has_a_name() -> None:
    assert all(
        group in GROUPS for group in range(256) if any(size(group, one) is not None for one in range(256))
    )
