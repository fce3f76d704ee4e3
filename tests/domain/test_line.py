from domain.line import Echoed, Enter, Flow, Line, Parity, SerialSettings


def test_what_is_left_out_is_the_usual() -> None:
    assert Line() == Line(Enter.CR, Echoed.LINE, False, None, None)
    assert SerialSettings(9600) == SerialSettings(9600, 8, Parity.NONE, 1, Flow.NONE)
