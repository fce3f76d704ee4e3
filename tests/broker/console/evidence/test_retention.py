from tests.broker.console.evidence.test_keeping import asked, begun, signs
from tests.broker.console.house import SESSION, House


async def test_the_page_shows_what_is_due_what_is_held_and_what_waits_for_a_second_person(
    house: House,
) -> None:
    """G09: what is over its age is shown as due, with its term."""
    await begun(house)
    async with await house.sign_in("petra") as petra:
        before = (await petra.get("/retention")).text
        assert "Nothing waits." in before
        assert f'data-subject="session:{SESSION}"' in before or "Register a passkey to sign" in before
        assert "short" in before
    await signs(house, "iris")
    async with await house.sign_in("iris") as iris:
        assert "You asked for this" in (await iris.get("/retention")).text
    house.enrol("petra")
    async with await house.sign_in("petra") as petra:
        page = (await petra.get("/retention")).text
        assert "Sign as the second person" in page
        assert f'data-ask="{asked(house)}"' in page
        # Who is no auditor may not open the session's evidence: the way leads to its permit.
        assert f"/evidence/sessions/{SESSION}" not in page
        assert page.count("Ana Ferreira on Engineering station 1") == 2
    await signs(house, "iris", deed="hold", subject="boundary:operations", reason="an accident")
    async with await house.sign_in("petra") as petra:
        page = (await petra.get("/retention")).text
        assert "boundary:operations" in page
        assert "an accident" in page
        assert "1 session stays because of them." in page


async def test_a_console_without_a_node_has_no_such_page(house: House) -> None:
    object.__setattr__(house.desk.parts, "keeping", None)
    async with await house.sign_in("petra") as petra:
        assert (await petra.get("/retention")).status_code == 404
