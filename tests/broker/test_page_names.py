from broker.page_names import is_below, label_of, name_fault
from tests.for_each import for_each

LABEL = "a2" * 13


def test_the_pages_name_shares_no_more_than_its_last_label_with_the_console_s() -> None:
    for pages, console in (
        ("pages.localhost", "localhost"),
        ("pages.plant.internal", "penstock.plant.example"),
        ("pages.internal", "penstock.plant.example"),
        ("pages.example", "penstock.plant.example"),
    ):
        assert name_fault(pages, console) == "", pages
    for pages, console in (
        ("pages.plant.example", "penstock.plant.example"),
        ("pages.penstock.plant.example", "penstock.plant.example"),
        ("plant.example", "penstock.plant.example"),
        ("penstock.plant.example", "Penstock.Plant.Example"),
    ):
        assert "plant.example, which browsers would send to the console" in name_fault(pages, console), pages


def test_what_is_no_host_name_of_two_labels_is_refused() -> None:
    for pages in (
        "pages",
        "127.0.0.1",
        "Pages.internal",
        "*.pages.internal",
        "pages.internal.",
        "a..b",
        "a b.c",
        "x" * 250 + ".y",
    ):
        assert name_fault(pages, "localhost").startswith("it is a host name of two labels"), pages


@for_each(
    "host, label",
    [
        (f"{LABEL}.pages.localhost:8443", LABEL),
        (f"{LABEL}.pages.localhost", ""),
        (f"{LABEL}.pages.localhost:9", ""),
        (f"{LABEL.upper()}.pages.localhost:8443", ""),
        (f"x.{LABEL}.pages.localhost:8443", ""),
        ("short.pages.localhost:8443", ""),
        ("pages.localhost:8443", ""),
        (f"{LABEL}.evil.example:8443", ""),
        ("", ""),
    ],
)
def test_a_label_is_read_in_one_form(host: str, label: str) -> None:
    assert label_of(host, "pages.localhost", ":8443") == label


def test_everything_below_the_name_is_no_console_s_whatever_its_port() -> None:
    for host in (
        "pages.localhost",
        "x.pages.localhost:1",
        "X.Pages.Localhost:8443",
        f"{LABEL}.pages.localhost",
    ):
        assert is_below(host, "pages.localhost"), host
    for host in ("localhost:8443", "xpages.localhost", "pages.localhost.evil.example", "[::1]:8443", ""):
        assert not is_below(host, "pages.localhost"), host
    assert not is_below("localhost", "")
