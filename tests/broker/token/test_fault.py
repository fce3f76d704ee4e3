"""Each fault of a token has a stable code, a remedy, and its line for the operator."""

import re

from broker.token.fault import REMEDIES, fault
from tests.house.repository import modules, text


def test_every_code_that_is_raised_has_its_remedy_and_stands_in_the_page() -> None:
    source = "".join(text(path) for path in modules() if path.startswith("broker/token/"))
    raised = set(re.findall(r'"(token_[a-z_]+)"', source))
    page = text("docs/token.md")
    assert raised - {"token_key_exposed"} == REMEDIES.keys()
    assert not [code for code in raised if f"`{code}`" not in page]


def test_a_fault_tells_its_code_and_what_to_do() -> None:
    found = fault("token_absent", "It is gone.")
    assert (found.code, found.remedy) == ("token_absent", REMEDIES["token_absent"])
