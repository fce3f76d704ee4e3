import pytest

from broker.conduits.modbus.frames import Frame
from broker.reading import transactions as reading
from broker.reading.transactions import COLUMNS, table, transactions
from recorder.format import payloads
from recorder.format.frame import Frame as Recorded
from recorder.format.frame import Kind
from tests.clock import STARTS

READ, HELD = "03 0029 0002", "03 04 0154 0011"
WRITE = "06 0029 015e"
SAID = "The permit is not for this, which is to operate: unit 3: write single coil, coil 1."


def opened(protocol: str = "modbus") -> list[Recorded]:
    return [
        Recorded(Kind.CHANNEL_OPENED, 1, 0, payloads.channel_opened("forward:502", command="plc-07:502")),
        Recorded(Kind.MARK, 1, 1, payloads.mark("filter", protocol=protocol, actions=["view"])),
    ]


def crossed(kind: Kind, at_us: int, number: int, pdu: str) -> Recorded:
    return Recorded(kind, 1, at_us, Frame(number, 3, bytes.fromhex(pdu)).wire())


def test_each_transaction_is_a_row_allowed_or_refused_in_order_of_time() -> None:
    rows = transactions(
        [
            *opened(),
            crossed(Kind.TO_ASSET, 10, 1, READ),
            crossed(Kind.TO_VENDOR, 20, 1, HELD),
            Recorded(
                Kind.MARK,
                1,
                30,
                payloads.mark("answered", code="modbus_function_not_permitted", sentence=SAID),
            ),
            crossed(Kind.TO_VENDOR, 31, 2, "85 01"),
            crossed(Kind.TO_ASSET, 40, 3, WRITE),
            crossed(Kind.TO_VENDOR, 50, 3, WRITE),
            crossed(Kind.TO_ASSET, 60, 4, "07"),
        ]
    )
    written = "unit 3: write single register, holding register 41 = 350, was 340"
    assert [(row.at_us, row.outcome, row.what) for row in rows] == [
        (10, "done", "unit 3: read holding registers, holding registers 41 to 42: 340, 17"),
        (30, "refused: modbus_function_not_permitted", SAID),
        (40, "done", written),
        (60, "no answer", "unit 3: read exception status: no answer"),
    ]
    cells = dict(zip(COLUMNS[1:], rows[2].cells(), strict=True))
    assert cells == {
        "channel": "1", "protocol": "modbus", "unit": "3", "function": "write single register", "action": "operate", "table": "holding register", "address": "41",
        "count": "1", "values": "350", "before": "340", "outcome": "done", "what": written,
    }  # fmt: skip
    assert [len(row.cells()) for row in rows] == [len(COLUMNS) - 1] * 4
    assert dict(zip(COLUMNS[1:], rows[0].cells(), strict=True))["values"] == "340 17"


def test_a_protocol_that_nobody_reads_has_no_transactions() -> None:
    assert transactions([*opened("tcp"), crossed(Kind.TO_ASSET, 10, 1, READ)]) == ()


def test_where_reading_ends_is_said() -> None:
    rows = transactions(
        [*opened(), crossed(Kind.TO_ASSET, 10, 1, "07"), Recorded(Kind.TO_VENDOR, 1, 20, b"HTTP/1.1 200")]
    )
    assert [row.outcome for row in rows] == ["no answer", "unreadable"]


def test_the_list_of_a_case_file_stops_somewhere_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 1)
    asked = [*opened(), crossed(Kind.TO_ASSET, 10, 1, READ), crossed(Kind.TO_ASSET, 20, 2, READ)]
    lines = table(asked, STARTS).decode().splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert [line.split(",")[0] for line in lines[1:]] == [
        "2026-03-02T08:00:00.000010Z",
        "2026-03-02T08:00:00.000020Z",
    ]
    assert lines[-1].endswith("left out,1 more are left out here; the recording has them all.")
    assert table(opened("s7"), STARTS) == b""


def test_a_cell_that_a_spreadsheet_would_reckon_is_text() -> None:
    said = payloads.mark("answered", code="modbus_function_not_permitted", sentence='=HYPERLINK("http://x")')
    made = table([*opened(), Recorded(Kind.MARK, 1, 30, said)], STARTS).decode()
    assert ""","'=HYPERLINK(""http://x"")"\r\n""" in made
