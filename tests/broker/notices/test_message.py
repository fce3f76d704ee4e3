"""What leaves the node: the subject and the link; the sentences only where that was said."""

import pytest

from broker.notices.message import is_address, message_of
from tests.domain.test_notice import notice
from tests.for_each import for_each

ORIGIN = "https://plant.example:8443"


def test_the_sentences_stay_inside_unless_the_plant_says_otherwise() -> None:
    inside = message_of(notice(), "mail", address="", origin=ORIGIN, full=False)
    assert inside.sentences == ()
    assert inside.link == f"{ORIGIN}/permits/p"
    assert message_of(notice(), "mail", address="", origin=ORIGIN, full=True).sentences == notice().sentences


def test_a_document_for_machines_has_no_address() -> None:
    made = message_of(notice(), "webhook", address="petra@plant.example", origin=ORIGIN, full=True)
    assert "plant.example:8443" in str(made.document())
    assert "petra@" not in str(made.document())


@pytest.mark.parametrize("text", ["petra@plant.example", "p.vos+plant@sub.plant-1.example", "a@b"])
def test_an_address_that_can_be_written_to(text: str) -> None:
    assert is_address(text)


@for_each(
    "text",
    [
        "",
        "petra",
        "@plant.example",
        "petra@",
        "petra@plant.example.",
        "-x@plant.example",
        '"a b"@plant.example',
        "a@b, c@d",
        "a@b\n",
        "a@b\r\nBcc: c@d",
        "a..b@c",
        "pétra@plant.example",
        "a@" + "b" * 300,
    ],
)
def test_an_address_that_can_not(text: str) -> None:
    assert not is_address(text)
