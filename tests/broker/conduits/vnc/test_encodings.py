import struct

from broker.conduits.vnc.encodings import kept, known


def named(message: bytes) -> list[int]:
    kind, count = struct.unpack(">BxH", message[:4])
    assert kind == 2
    return list(struct.unpack(f">{count}i", message[4:]))


def test_what_nobody_here_can_take_apart_is_left_out_and_the_order_kept() -> None:
    asked = [7, 15, 16, 50, 1, 0, -239, -314, -223, -224, -308, -258, -316, -313, -312, -23, -256, -412]
    assert named(kept(asked)) == [7, 16, 1, 0, -239, -223, -224, -308, -258, -313, -312, -23, -256, -412]


def test_hextile_comes_last_where_there_is_another_and_stays_where_there_is_none() -> None:
    assert named(kept([5, 16, -239])) == [16, -239, 5]
    assert named(kept([-239, 5])) == [-239, 5]


def test_extended_clipboard_and_sound_are_never_offered() -> None:
    assert not any(map(known, (0xC0A1E5CE - 2**32, -259, -305, 0x574D5664, 21, 15)))
