"""What a client that has ended comes to."""

from broker.conduits.rdp.order import Step
from broker.conduits.rdp.outcome import LONGEST_LINE, Log, outcome
from tests.for_each import for_each

UP = b"[22:04:11:525] [1:3] [INFO][com.freerdp.gdi] - Local framebuffer format  PIXEL_FORMAT_BGRX32\r\n"
HUNG_UP = (
    b"[ERROR][com.freerdp.core] - transport_read_layer:freerdp_set_last_error_ex ERRCONNECT_CONNECT_TRANSPORT_FAILED [0x0002000D]\r\n"
    b"[ERROR][com.freerdp.core] - freerdp_tcp_connect:freerdp_set_last_error_ex ERRCONNECT_CONNECT_FAILED [0x00020006]\r\n"
)
UNTRUSTED = b"[ERROR][com.freerdp.crypto] - certificate not trusted, aborting.\r\n"
LOCKED = b"[ERROR][com.freerdp.core] - nla: ERRCONNECT_ACCOUNT_LOCKED_OUT [0x00020018]\r\n"


@for_each(
    ("said", "status", "step", "code", "words"),
    [
        (UP, 2, Step.OVER, "rdp_ended", "signed off at the asset"),
        (UP, 131, Step.OVER, "rdp_ended", "The connection to the asset ended"),
        (HUNG_UP, 141, Step.REFUSED, "rdp_not_let_in", "hung up while the gate signed in"),
        (LOCKED, 1, Step.REFUSED, "rdp_not_let_in", "has locked the account"),
        (UNTRUSTED, 143, Step.REFUSED, "certificate_mismatch", "another certificate than a moment ago"),
        (b"ERRCONNECT_SECURITY_NEGO_CONNECT_FAILED\n", 146, Step.REFUSED, "rdp_failed", "security nego connect failed"),
        (b"", -9, Step.REFUSED, "rdp_failed", "it ended with -9"),
    ],
)  # fmt: skip
def test_its_words_say_more_than_its_status_and_the_first_reason_counts(
    said: bytes, status: int, step: Step, code: str, words: str
) -> None:
    for cut in (1, 7, len(said) or 1):
        log = Log()
        for at in range(0, len(said), cut):
            log.feed(said[at : at + cut])
        told = outcome(log, status)
        assert (told.step, told.code) == (step, code)
        assert words in told.sentence


def test_a_client_that_never_stops_talking_fills_no_memory() -> None:
    log = Log()
    for _ in range(100):
        log.feed(b"x" * 65536)
    assert len(log._line) == LONGEST_LINE
    log.feed(b"\n" + UP)
    assert log.up
