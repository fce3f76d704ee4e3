import pytest

from domain.canonical import parse
from domain.errors import EvidenceError
from recorder.format import payloads


def test_each_payload_is_canonical_and_says_what_it_was_given() -> None:
    told = {
        payloads.channel_opened("exec", command="ls", environment={"LANG": "C"}): {
            "passage": "exec",
            "command": "ls",
            "terminal": "",
            "columns": 0,
            "rows": 0,
            "environment": {"LANG": "C"},
        },
        payloads.resize(80, 24): {"columns": 80, "rows": 24},
        payloads.eof("vendor"): {"from": "vendor"},
        payloads.signal("INT"): {"signal": "INT"},
        payloads.exit_status(3): {"status": 3, "signal": ""},
        payloads.exit_status(None, signal="KILL"): {"status": None, "signal": "KILL"},
        payloads.channel_closed("revoked"): {"cause": "revoked"},
        payloads.mark("warned", left_s=300): {"mark": "warned", "left_s": 300},
        payloads.hidden(8): {"bytes": 8},
        payloads.end("finished", 4, 5, 6): {
            "cause": "finished",
            "frames": 4,
            "bytes_to_asset": 5,
            "bytes_to_vendor": 6,
        },
    }
    for data, document in told.items():
        assert parse(data) == payloads.read(data) == document


def test_a_hostile_client_s_undecodable_text_still_has_a_form() -> None:
    data = payloads.channel_opened("exec", command="rm \udcff", environment={"\udc80": "\udc81"})
    assert payloads.read(data)["command"] == "rm \\udcff"
    nested = payloads.read(
        payloads.mark("refused", detail="\udc80", more=["\udc81", {"\udc82": 1}], none=None)
    )
    assert nested["more"] == ["\\udc81", {"\\udc82": 1}]


@pytest.mark.parametrize("data", [b"", b"[]", b"7", b'{"b":1,"a":2}', b"\xff", b'{"a": 1}'])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        payloads.read(data)
