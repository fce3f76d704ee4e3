"""What must agree within vendors.toml, and between it and the assets."""

from collections.abc import Callable, Iterable, Sequence

from domain.parties import Tool, Vendor
from policies.charter.reading import Read, refers
from policies.charter.table import Table


def check_vendors(
    vendors: Sequence[Read[Vendor]],
    tools: Sequence[Read[Tool]],
    assets: frozenset[str],
    different: Callable[[str, Iterable[Table]], None],
) -> None:
    """Note every fault. ``different`` notes those of tables that share what they must not share."""
    _clients_differ(tools)
    made: list[Table] = []
    for one in vendors:
        if one.value is None:
            continue
        refers(one.table, "tools", one.value.tools, frozenset(each.id for each in tools), "tool")
        products = one.table.tables("product", "product", optional=True)
        made += products
        for table in products:
            refers(table, "assets", table.declared_list("assets"), assets, "asset")
        listed = one.table.tables("subcontractor", "subcontractor", optional=True)
        different("id", listed)
        different("name", listed)
        _contracts(one.table, assets, frozenset(table.declared("id") for table in products))
    # A product is suspended by its id across all sites, so no two vendors' products share one.
    different("id", made)


def _contracts(vendor: Table, assets: frozenset[str], products: frozenset[str]) -> None:
    seen: set[str] = set()
    for table in vendor.tables("contract", "contract"):
        refers(table, "assets", table.declared_list("assets"), assets, "asset")
        refers(table, "products", table.declared_list("products"), products, "product of the vendor")
        reference = table.declared("reference")
        if reference in seen:
            table.fault("reference", "this reference is there twice.", "Give each its own reference.")
        seen.add(reference)


def _clients_differ(tools: Sequence[Read[Tool]]) -> None:
    """A version string is one tool's, or suspending that tool would leave it the other's way in."""
    known: dict[str, str] = {}
    for one in tools:
        for client in one.table.declared_list("clients"):
            for other, owner in known.items():
                if owner != one.id and (other.startswith(client) or client.startswith(other)):
                    one.table.fault(
                        "clients",
                        f"a client of this kind is already the tool '{owner}'.",
                        "Write more of the version string, or make one tool of the two.",
                        client,
                    )
        known |= dict.fromkeys(one.table.declared_list("clients"), one.id)
