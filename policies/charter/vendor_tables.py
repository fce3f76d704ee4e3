"""Vendors, their contracts, products and sub-contractors, and the tools they may come with: tables to values."""

from enum import StrEnum
from ipaddress import ip_network
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.ids import AssetId, ProductId, SubcontractorId, ToolId, VendorId
from domain.parties import Contract, Instruction, Product, Subcontractor, Term, Tool, Vendor
from policies.charter.table import Table
from policies.charter.wording import quoted

E = TypeVar("E", bound=StrEnum)

EVERY_CLIENT = "SSH-2.0-"
"""How every client's version string begins (RFC 4253 section 4.2)."""


def read_vendor(table: Table, zone: ZoneInfo) -> Vendor | None:
    """One ``[[vendor]]`` with all that hangs on it; None when it has a fault."""
    products = tuple(_product(one, zone) for one in table.tables("product", "product", optional=True))
    made = {one.id: one.assets for one in products if one is not None}
    contracts = tuple(_contract(one, zone, made) for one in table.tables("contract", "contract"))
    listed = tuple(
        _subcontractor(one, zone) for one in table.tables("subcontractor", "subcontractor", optional=True)
    )
    vendor = Vendor(
        id=VendorId(table.word("id")),
        name=table.name("name"),
        contracts=tuple(one for one in contracts if one is not None),
        products=tuple(one for one in products if one is not None),
        subcontractors=tuple(one for one in listed if one is not None),
        tools=frozenset(ToolId(one) for one in table.words("tools")),
        networks=_networks(table),
        sessions=table.at_once("sessions"),
    )
    return vendor if table.done() and None not in (*contracts, *products, *listed) else None


def read_tool(table: Table) -> Tool | None:
    """One ``[[tool]]``; None when it has a fault. A document that is left out is not on file."""
    documents = table.table("documents", "documents")
    tool = Tool(
        id=ToolId(table.word("id")),
        name=table.name("name"),
        clients=table.texts("clients"),
        documents=frozenset() if documents is None else _filled(documents, Instruction),
    )
    for one in tool.clients:
        if not one.startswith(EVERY_CLIENT) or one == EVERY_CLIENT or not one.isascii():
            table.fault(
                "clients",
                f"{quoted(one)} is not the beginning of one client's version string.",
                f"Write what the client sends, '{EVERY_CLIENT}OpenSSH_' for instance: `ssh -v` shows it.",
                one,
            )
    return tool if table.done() and (documents is None or documents.done()) else None


def _contract(table: Table, zone: ZoneInfo, made: dict[ProductId, frozenset[AssetId]]) -> Contract | None:
    products = frozenset(ProductId(one) for one in table.words("products", optional=True))
    # A contract over products alone names their assets by naming them.
    assets = frozenset(AssetId(one) for one in table.words("assets", optional=bool(products)))
    terms = table.table("terms", "terms")
    contract = Contract(
        reference=table.name("reference"),
        window=table.window(zone),
        assets=assets.union(*(made.get(one, frozenset()) for one in products)),
        products=products,
        terms=frozenset() if terms is None else _filled(terms, Term),
    )
    return contract if table.done() and (terms is None or terms.done()) else None


def _product(table: Table, zone: ZoneInfo) -> Product | None:
    product = Product(
        id=ProductId(table.word("id")),
        name=table.name("name"),
        assets=frozenset(AssetId(one) for one in table.words("assets")),
        supported_until=table.instant("supported_until", zone) if table.has("supported_until") else None,
    )
    return product if table.done() else None


def _subcontractor(table: Table, zone: ZoneInfo) -> Subcontractor | None:
    found = Subcontractor(
        id=SubcontractorId(table.word("id")), name=table.name("name"), window=table.window(zone)
    )
    return found if table.done() else None


def _filled(table: Table, kinds: type[E]) -> frozenset[E]:
    """Which of ``kinds`` the table says where to find. Left out or blank is missing, and no fault: a rule refuses."""
    return frozenset(
        kind for kind in kinds if table.has(kind.value) and table.text(kind.value, blank=True).strip()
    )


def _networks(table: Table) -> tuple[str, ...]:
    networks = table.texts("networks")
    for text in networks:
        try:
            network = ip_network(text)
        except ValueError:  # host bits too: 10.0.0.1/8 is one address or a block, and nobody knows which
            table.fault(
                "networks",
                f"{quoted(text)} is not a network.",
                _network_meant(text),
                text,
            )
            continue
        if network.prefixlen == 0:
            table.fault("networks", f"{quoted(text)} is everywhere.", "Name the vendor's own networks.", text)
        elif str(network) != text:
            table.fault("networks", f"{quoted(text)} has another written form.", f"Write {network}.", text)
    return networks


def _network_meant(text: str) -> str:
    """What to write in place of ``text``, which is no network."""
    try:
        network = ip_network(text.replace(" ", "/"), strict=False)  # "address mask", as routers show it
    except ValueError:
        return "Write address and prefix, '198.51.100.0/24' for instance; /32 or /128 for one address."
    first = text.replace(" ", "/").partition("/")[0]
    return f"Write {network} for the whole network, {first}/{network.max_prefixlen} for one address."
