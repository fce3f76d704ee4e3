"""What a company may write of itself, and that a draft of it is inert text of TOML."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.people.application import LONGEST_NAME, MOST_PEOPLE, Application, UnfitError, draft, read
from tests.for_each import for_each

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRqDlC8sgWRmLbZhNTJ3jhYp8p2rGkW8p4C8sQKpGqS"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"
GOOD = ("Halden Pumps", "Nina Berg", "+47 555 0101", "Pump 3", [("Nina Berg", f"{KEY} nina@laptop")])


def test_what_is_sound_is_taken_and_kept_in_one_form() -> None:
    application = read(*GOOD)
    assert (application.company, application.people[0].key) == ("Halden Pumps", KEY)
    import json  # noqa: PLC0415

    assert Application.of(json.dumps(application.document())) == application


@for_each(
    "changed",
    [
        pytest.param({"company": ""}, id="no company"),
        pytest.param({"company": "x" * (LONGEST_NAME + 1)}, id="a name too long"),
        pytest.param({"contact": "Nina\x1b[31m"}, id="a terminal's control sequence"),
        pytest.param({"contact": "Nina\u202eBerg"}, id="text that runs backwards"),
        pytest.param({"reach": " "}, id="nowhere to be reached"),
        pytest.param({"word": "x" * 401}, id="a word too many"),
        pytest.param({"people": []}, id="nobody"),
        pytest.param({"people": [("Nina", KEY)] * (MOST_PEOPLE + 1)}, id="a crowd"),
        pytest.param({"people": [("Nina", KEY), ("Odd", KEY)]}, id="one key for two"),
        pytest.param({"people": [("Nina", "ssh-dss AAAA")]}, id="a weak key"),
        pytest.param({"people": [("Nina", "-----BEGIN OPENSSH PRIVATE KEY-----")]}, id="a private key"),
        pytest.param({"people": [("", KEY)]}, id="a key of nobody"),
        pytest.param({"people": [("Nina", "")]}, id="somebody without a key"),
    ],
)
def test_what_can_not_be_taken_is_said_so(changed: dict[str, object]) -> None:
    fields = dict(zip(("company", "contact", "reach", "word", "people"), GOOD, strict=True)) | changed
    with pytest.raises(UnfitError) as unfit:
        read(**fields)  # type: ignore[arg-type]
    assert str(unfit.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[" * 5000, '{"company": 1}', '{"people": [1]}'])
def test_an_edited_row_is_no_application(text: str) -> None:
    with pytest.raises(UnfitError):
        Application.of(text)


TEXT = st.text(min_size=1, max_size=60)


@given(TEXT, TEXT, TEXT, TEXT)
def test_whatever_is_written_the_draft_says_it_and_nothing_else(
    company: str, contact: str, reach: str, name: str
) -> None:
    try:
        application = read(company, contact, reach, "", [(name, KEY), ("Odd Lie", OTHER)])
    except UnfitError:
        return
    found = tomllib.loads(draft(application, "Olga"))
    assert found.keys() == {"vendor", "person"}
    assert found["vendor"] == [{"id": found["vendor"][0]["id"], "name": application.company}]
    assert [one["name"] for one in found["person"]] == [one.name for one in application.people]
    assert all(one.keys() == {"id", "name", "vendor", "ssh_keys"} for one in found["person"])
    assert len({one["id"] for one in found["person"]}) == 2
