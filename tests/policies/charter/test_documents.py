from base64 import b64encode
from hashlib import sha256

import pytest
import rfc8785

from domain.errors import ConfigError
from policies.charter.documents import FILES, LONGEST_FILE_BYTES, CharterError, read_charter
from tests.for_each import for_each
from tests.policies.plant import charter, ed25519_line, edited, files


def faults(given: dict[str, bytes]) -> tuple[ConfigError, ...]:
    with pytest.raises(CharterError) as caught:
        read_charter(given)
    return caught.value.faults


def rsa_line(bits: int) -> str:
    modulus = (1 << (bits - 1) | 1).to_bytes(bits // 8 + 1)
    blob = b"".join(len(part).to_bytes(4) + part for part in (b"ssh-rsa", b"\x01\x00\x01", modulus))
    return f"ssh-rsa {b64encode(blob).decode()}"


ZONE = '[[zone]]\nid = "office"'
OUTSIDE = 'address = "127.0.0.1"\nport = 2201'

CASES = [
    ("assets.toml", 'address = "127.0.0.1"\n', "", "'address' is missing", "[[asset.endpoint]]", "an endpoint without an address"),
    ("assets.toml", "A wrong download", "A wrong\\tdownload", "control", "A wrong", "a tab in a sentence"),
    ("assets.toml", "A wrong download", "x" * 500, "too long", 'consequence = "x', "a sentence too long"),
    ("vendors.toml", '[[vendor]]\nid = "kestrel"', '[[vendor.contract]]\nreference = "Maintenance agreement BW-114"\nfrom = 2027-01-01\nuntil = 2028-01-01\nassets = ["plc-07"]\n\n[[vendor]]\nid = "kestrel"', "there twice", 'reference = "Maintenance agreement BW-114"\nfrom = 2027', "one reference for two contracts"),
    ("sites.toml", 'name = "Riverside Water Works"\n', "", "'name' is missing", "[site]", "a missing field"),
    ("conduits.toml", "[conduit.agreed]", "[[conduit.agreed]]", "Write [conduit.agreed], with one bracket", "[[conduit.agreed]]", "two brackets for a table that is there once"),
    ("conduits.toml", "[conduit.protocols]", "[conduit.protocol]", "Did you mean 'protocols'", "[conduit.protocol]", "a header misspelt"),
    ("conduits.toml", 'modbus = ["view", "operate"]', 'Modbus = ["view"]', "Did you mean 'modbus'? It may be one of: ssh,", "Modbus", "a protocol in capitals"),
    ("conduits.toml", 'modbus = ["view", "operate"]', 'profinet = ["view"]', "It may be one of: ssh, modbus", "profinet", "a protocol that is not known"),
    ("vendors.toml", "[vendor.contract.terms]", "", "the header of its own table", 'security = "BW-114', "a header left out"),
    ("assets.toml", "bears = { running", "bears = { service", "one of: running, maintenance", "bears = { service", "a state that is not known"),
    ("assets.toml", '[[asset]]\nid = "plc-07"', '[[conduit]]\nid = "new"\n\n[[asset]]\nid = "plc-07"', "It belongs in conduits.toml", "[[conduit]]", "an entry in another's file"),
    ("people.toml", "[person.admitted]", "[[person.admitted]]", "Write [person.admitted]", "[[person.admitted]]", "an admission with two brackets"),
    ("people.toml", "[[person.training]]", "[person.training]", "Write [[person.training]]", "[person.training]", "a course with one bracket"),
    ("sites.toml", "demonstration", "demonstratoin", "not a field", "demonstratoin", "an unknown field"),
    ("sites.toml", "= true", '= "yes"', "not true or false", "demonstration", "a wrong type"),
    ("sites.toml", "Europe/Amsterdam", "Europe/Amsterdan", "not a time zone", "time_zone", "a zone misspelt"),
    ("sites.toml", "Europe/Amsterdam", "../../etc/passwd", "not a time zone", "time_zone", "a zone that is a path"),
    ("sites.toml", "Europe/Amsterdam", "Europe", "not a time zone", "time_zone", "a zone that is a folder"),
    ("sites.toml", "[organisation]", "[company]", "[organisation] is missing", "", "no organisation"),
    ("sites.toml", 'id = "riverside-water"', 'id = ""', "'id' is empty", "id = ", "an empty id"),
    ("sites.toml", "[[site]]", "[[plant]]", "'site' is missing", "", "no site at all"),
    ("sites.toml", 'id = "riverside"', 'id = "riverside-water"', "the organisation has this id", 'id = "riverside-water"\nname = "Riverside Water Works"', "a site called as the organisation"),
    ("sites.toml", 'Works"\ntime_zone = "Europe/Amsterdam"', 'Works"\ntime_zone = "Europe"', "not a time zone", 'time_zone = "Europe"', "a site's zone that is a folder"),
    ("zones.toml", 'site = "riverside"', 'site = "riversite"', "no site 'riversite'", "riversite", "an unknown site"),
    ("zones.toml", 'site = "riverside"\n', "", "'site' is missing", "[[zone]]", "a zone on no site"),
    ("zones.toml", 'id = "office"', 'id = "Office"', "not an id", "Office", "an id in capitals"),
    ("zones.toml", 'id = "office"', 'id = "dmz"', "already taken", 'id = "dmz"\nname = "Plant', "a duplicate id"),
    ("zones.toml", 'id = "office"', 'id = "riverside"', "a site has this id", 'id = "riverside"', "a zone called as the site"),
    ("zones.toml", 'level = "4"', "level = 4", "not a string", "level = 4", "a number where a string belongs"),
    ("zones.toml", 'level = "4"', 'level = "9"', "'level' is '9'", 'level = "9"', "a level that does not exist"),
    ("zones.toml", "sl_t = [1, ", "sl_t = [5, ", "not a list of 7 whole numbers from 0 to 4", "sl_t = [5", "a level past the end"),
    ("zones.toml", "sl_t = [1, ", "sl_t = [true, ", "not a list of 7", "sl_t = [true", "a claim where a number belongs"),
    ("zones.toml", "sl_t = [1, ", "sl_t = [1.0, ", "not a list of 7", "sl_t = [1.0", "a fraction"),
    ("zones.toml", '"low"', '"lowest"', "'criticality' is 'lowest'", "lowest", "a word outside its list"),
    ("zones.toml", 'medium"\nsafety = false', 'medium"\nsafety = true', "can't be of the kind 'dmz'", "safety = true", "DMZ and safety at once"),
    ("zones.toml", "Office network", "Office\\u200b network", "invisible", "name = ", "an invisible character"),
    ("zones.toml", "Office network", "\\uff2fffice network", "only look like 'Office network'", "name = ", "full-width letters"),
    ("zones.toml", "Operations", "Оperations", "mixes letters", "Оperations", "a Cyrillic O"),
    ("zones.toml", "Office network", "plant dmz", "reads like", "Plant DMZ", "a name that differs in case only"),
    ("zones.toml", "Office network", " Office", "begins or ends with a space", "name = ", "a leading space"),
    ("zones.toml", "Office network", "x" * 101, "longer than 100", "name = ", "a name too long"),
    ("zones.toml", "[[zone]]", "[zone]", "This is not TOML", "[[zone]]", "a table where an array began"),
    ("conduits.toml", 'vendors = ["kestrel"]', "vendors = []", "'all' or as 'none'", "vendors = []", "an empty list"),
    ("conduits.toml", 'vendors = ["kestrel"]', 'vendors = ["kestrle"]', "no vendor 'kestrle'", "kestrle", "an unknown vendor"),
    ("conduits.toml", 'vendors = ["kestrel"]', 'vendors = [\n  "brightwater",\n  "kestrle",\n]', "no vendor 'kestrle'", "kestrle", "the item's own line"),
    ("conduits.toml", 'vendors = ["kestrel"]', 'vendors = ["kestrel", "kestrel"]', "twice", 'vendors = ["kestrel", ', "the same vendor twice"),
    ("conduits.toml", 'vendors = ["kestrel"]', 'vendors = ["kestrel", 7]', "other than strings", "7]", "a number in a list"),
    ("conduits.toml", 'vendors = ["kestrel"]', 'vendors = "kestrel"', "not a list", 'vendors = "kestrel"', "a string for a list"),
    ("conduits.toml", 'vendors = ["kestrel"]', 'vendors = ["*"]', "not an id", '"*"', "a wildcard"),
    ("conduits.toml", '"sftp", "shell"', '"sftp", "agent"', "'agent' is not something", '"agent"', "a grant that can't be"),
    ("conduits.toml", '"sftp", "shell"', '"sftp", "forward:0"', "'forward:0'", "forward:0", "a forward to port 0"),
    ("conduits.toml", '"sftp", "shell"', '"sftp", "shell:22"', "'shell:22'", "shell:22", "a port on a shell"),
    ("conduits.toml", '"view", "configure"', '"view", "destroy"', "'ssh' names 'destroy'", "destroy", "an unknown action"),
    ("conduits.toml", '"running", "maintenance"', '"running", "isolated"', "nothing passes", "isolated", "open while isolated"),
    ("conduits.toml", '"12h"', '"0h"', "not a length", '"0h"', "a window of no length"),
    ("conduits.toml", '"12h"', '"32d"', "not a length", '"32d"', "a window beyond 31 days"),
    ("conduits.toml", '"12h"', '"٣h"', "not a length", '"٣h"', "digits of another script"),
    ("conduits.toml", '"12h"', "720", "not a string", "= 720", "a bare number of minutes"),
    ("conduits.toml", 'to = "dmz"', 'to = "office"', "into itself", 'to = "office"', "a conduit into its own zone"),
    ("conduits.toml", 'to = "dmz"', 'to = "dmzz"', "no zone 'dmzz'", "dmzz", "an unknown zone"),
    ("conduits.toml", 'id = "office-dmz"', 'id = "pumping"', "a zone has this id", 'id = "pumping"', "a conduit called as a zone"),
    ("conduits.toml", 'purpose = "Fetching reports and updating the historian"\n', "", "'purpose' is missing", '[[conduit]]\nid = "office-dmz"\n', "no purpose key"),
    ("assets.toml", "127.0.0.1", "localhost", "names are refused", "localhost", "a name for an address"),
    ("assets.toml", "127.0.0.1", "0.0.0.0", "any address", "0.0.0.0", "the unspecified address"),
    ("assets.toml", "port = 2201", "port = 0", "not from 1", "port = 0", "port 0"),
    ("assets.toml", "port = 2201", "port = 65536", "not from 1", "port = 65536", "port 65536"),
    ("assets.toml", "port = 8081", "port = 2201", "already the asset 'eng-ws-1'", "port = 2201\n\n", "two assets at one address"),
    ("assets.toml", 'protocol = "http"', 'protocol = "ssh"', "'host_keys' is missing", '[[asset.endpoint]]\nprotocol = "ssh"\naddress = "127.0.0.1"\nport = 8081', "SSH without a host key"),
    ("assets.toml", 'protocol = "http"', 'protocol = "http"\nhost_keys = ["x"]', "only an SSH", 'host_keys = ["x"]', "a host key without SSH"),
    ("assets.toml", 'zone = "safety"', 'zone = "saftey"', "Did you mean 'safety'", "saftey", "a zone misspelt is guessed"),
    ("assets.toml", "[[asset.endpoint]]", "[asset.endpoint]", "only one", "[asset.endpoint]", "an endpoint that is no array"),
    ("vendors.toml", 'reference = "Maintenance agreement BW-114"\nfrom = 2026-01-01\nuntil = 2027-01-01', 'reference = "Maintenance agreement BW-114"\nfrom = 2026-01-01\nuntil = 2026-01-01', "ends before it begins", "until = 2026-01-01", "a window of no length"),
    ("vendors.toml", "until = 2027-01-01", 'until = "2027-01-01"', "not a date", 'until = "', "a date in quotes"),
    ("vendors.toml", "until = 2027-01-01", "until = 2027-01-01T00:00:00", "without a zone", "T00", "a time without a zone"),
    ("vendors.toml", 'reference = "Maintenance agreement BW-114"\nfrom = 2026-01-01\n', 'reference = "Maintenance agreement BW-114"\n', "'from' is missing", "[[vendor.contract]]", "a window without a start"),
    ("vendors.toml", '["historian", "hmi-1"]', '["historian", "hmi-9"]', "no asset 'hmi-9'", "hmi-9", "an unknown asset"),
    ("vendors.toml", '["historian", "hmi-1"]', "[]", "'all' or as 'none'", "assets = []", "a contract over nothing"),
    ("people.toml", 'vendor = "kestrel"', 'vendor = "brightwatr"', "no vendor 'brightwatr'", "brightwatr", "a person of no vendor"),
    ("people.toml", 'by = "olga"', 'by = "olaf"', "no person 'olaf'", "olaf", "admitted by nobody"),
    ("people.toml", 'by = "olga"', 'by = "ben"', "can admit nobody", 'by = "ben"', "admitted by a vendor's person"),
    ("people.toml", 'vendor = "brightwater"\n', "", "not admitted", "[person.admitted]", "a person of the plant, admitted"),
    ("people.toml", 'vendor = "kestrel"', 'vendor = "kestrel"\nshift = true', "operating states", "shift = true\n", "a vendor's person on shift"),
    ("people.toml", 'vendor = "kestrel"', 'vendor = "kestrel"\nauditor = true', "evidence", "auditor = true\n", "a vendor's auditor"),
    ("people.toml", ed25519_line(12), ed25519_line(11), "already that of 'ana'", ed25519_line(11) + '"]', "one key for two persons"),
    ("people.toml", ed25519_line(12), rsa_line(2048), "2048 bits", "ssh-rsa", "a weak RSA key"),
    ("people.toml", ed25519_line(12), "ssh-dss AAAA", "DSA", "ssh-dss", "a DSA key"),
    ("people.toml", ed25519_line(12), "ssh-ed25519 AAAA", "not a public key", 'ssh-ed25519 AAAA"', "half a key"),
    ("rights.toml", 'holder = "petra"', 'holder = "ana"', "vendor's person", 'holder = "ana"', "a vendor's person as holder"),
    ("rights.toml", 'deputy = "deniz"', 'deputy = "ben"', "vendor's person", 'deputy = "ben"', "a vendor's person as deputy"),
    ("rights.toml", 'deputy = "deniz"', 'deputy = "petra"', "same person", 'deputy = "petra"', "one's own deputy"),
    ("rights.toml", 'boundary = "riverside"', 'boundary = "plc-07"', "no conduit, zone, site or organisation", "plc-07", "a right over an asset"),
    ("rights.toml", 'right = "identity"', 'right = "connect"', "'petra' holds this right", 'boundary = "riverside"\nholder = "olga"', "two holders at once"),
    ("rights.toml", 'right = "identity"', 'right = "admin"', "'right' is 'admin'", '"admin"', "a fifth right"),
    ("rules.toml", '"node-sound/1"', '"node-sound/2"', "no rule 'node-sound/2'", "node-sound/2", "an unknown rule"),
    ("rules.toml", '  "node-sound/1",\n', "", "may not be left out: node-sound/1", "in_force", "a rule left out"),
    ("rules.toml", '"node-sound/1",', '"node-sound/1", "node-sound/1",', "twice", "node-sound/1", "a rule twice"),
]  # fmt: skip


@for_each(("name", "old", "new", "says", "mark"), [pytest.param(*case[:5], id=case[5]) for case in CASES])
def test_a_fault_is_named_with_its_line_and_its_remedy(
    name: str, old: str, new: str, says: str, mark: str
) -> None:
    given = edited(name, old, new)
    text = given[name].decode()
    matching = [one for one in faults(given) if says in f"{one.fact} {one.remedy}" and one.file == name]
    assert matching, [str(one) for one in faults(given)]
    assert all(one.remedy for one in matching)
    if mark:
        at = text[: text.index(mark)].count("\n") + 1
        block = range(at, at + mark.count("\n") + 1)
        assert any(one.line in block for one in matching), [(one.line, one.fact) for one in matching]


@for_each("name", FILES)
def test_a_missing_file_is_a_fault_and_no_cascade_of_unknown_references(name: str) -> None:
    given = files()
    del given[name]
    assert [(one.file, "missing" in one.fact) for one in faults(given)] == [(name, True)]


@pytest.mark.parametrize(
    ("content", "says", "line"),
    [
        pytest.param(b'[site]\nname = "caf\xe9"\n', "not UTF-8", 2, id="Latin-1"),
        pytest.param(b"\xef\xbb\xbf[site]\n", "byte order mark", 1, id="a byte order mark"),
        pytest.param(b"\xff\xfe[\x00", "not UTF-8", 1, id="UTF-16"),
        pytest.param(b"[site]\nid = \n", "not TOML", 2, id="a value missing"),
        pytest.param(b'[site]\nid = "x', "not TOML", 2, id="cut short"),
        pytest.param(b"a = " + b"[" * 5000, "nested too deeply", 0, id="nested five thousand deep"),
        pytest.param(b"a = " + b"9" * 5000, "not TOML", 0, id="a number of five thousand digits"),
        pytest.param(b"#" * (LONGEST_FILE_BYTES + 1), "more than", 0, id="one byte too many"),
        pytest.param(b'[site]\nid = "a\x00b"\n', "not TOML", 2, id="a control character"),
    ],
)
def test_bytes_that_are_no_charter_text_are_one_fault(content: bytes, says: str, line: int) -> None:
    (only,) = [one for one in faults({**files(), "sites.toml": content}) if one.file == "sites.toml"]
    assert says in only.fact
    assert only.line == line


def test_a_file_at_the_limit_is_read() -> None:
    sample = files()
    padded = sample["sites.toml"] + b"#" * (LONGEST_FILE_BYTES - len(sample["sites.toml"]))
    assert read_charter({**sample, "sites.toml": padded}).digest == charter().digest


def test_an_unknown_file_is_a_fault_that_guesses_what_was_meant() -> None:
    given = files()
    given["zone.toml"] = given.pop("zones.toml")
    assert [one.remedy.partition(";")[0] for one in faults(given)] == [
        "Rename 'zone.toml' to it",
        "Rename it to zones.toml.",
    ]


def test_all_faults_are_found_in_one_reading_and_come_file_by_file() -> None:
    given = edited("sites.toml", "Europe/Amsterdam", "Nowhere")
    given = edited("zones.toml", "sl_t = [1,", "sl_t = [7,", given)
    given = edited("zones.toml", 'level = "3.5"', 'level = "x"', given)
    given = edited("assets.toml", "port = 2201", "port = 0", given)
    given = edited("rules.toml", '"node-sound/1"', '"nothing/1"', given)
    found = faults(given)
    assert [one.file for one in found] == [
        "sites.toml", "zones.toml", "zones.toml", "assets.toml", "rules.toml", "rules.toml"
    ]  # fmt: skip
    assert [one.line for one in found] == sorted([one.line for one in found[:3]]) + [
        one.line for one in found[3:]
    ]


def test_what_was_read_before_is_read_the_same_again_with_its_faults() -> None:
    broken = edited("sites.toml", "demonstration", "demonstratoin")
    first = faults(broken)
    assert read_charter(files()).digest == read_charter(files()).digest
    assert [str(fault) for fault in faults(broken)] == [str(fault) for fault in first]


def test_a_fault_in_a_zone_is_not_reported_again_for_its_assets() -> None:
    assert len(faults(edited("zones.toml", "sl_t = [3", "sl_t = [9"))) == 1


def test_a_fault_reads_as_file_line_fact_and_remedy() -> None:
    (only,) = faults(edited("zones.toml", "sl_t = [3", "sl_t = [9"))
    assert str(only) == (
        "zones.toml:88: zone 'pumping': 'sl_t' is not a list of 7 whole numbers from 0 to 4. "
        "What to do: Write it as a list of 7 whole numbers from 0 to 4: [2, 2, 2, 2, 2, 2, 2]."
    )


def test_a_site_that_is_no_demonstration_accepts_no_asset_on_this_machine() -> None:
    found = faults(edited("sites.toml", "demonstration = true", "demonstration = false"))
    assert len(found) == len(charter().assets)
    assert all("this machine itself" in one.fact for one in found)


def test_a_real_plant_is_read() -> None:
    given = edited("sites.toml", "demonstration = true", "demonstration = false", files(address="10.1.2.3"))
    assert not read_charter(given).organisation.demonstration


def test_the_digest_is_sha256_of_the_canonical_bytes_as_another_implementation_makes_them() -> None:
    assert charter().digest == sha256(rfc8785.dumps(charter().document())).digest()  # type: ignore[arg-type]


def test_a_comment_does_not_change_the_digest_and_a_value_does() -> None:
    assert read_charter(edited("sites.toml", "# The org", "# Our org")).digest == charter().digest
    assert read_charter(edited("zones.toml", "sl_t = [1", "sl_t = [2")).digest != charter().digest


def test_a_date_is_midnight_on_the_plants_own_clock() -> None:
    window = charter().vendors["kestrel"].contracts[0].window
    assert window.start.isoformat() == "2025-12-31T23:00:00+00:00"


def test_a_midnight_that_never_was_is_a_fault() -> None:
    # Lebanon's clocks went from midnight straight to one o'clock on 28 March 2021.
    given = edited("sites.toml", "Europe/Amsterdam", "Asia/Beirut", files(valid_from="2021-03-28"))
    assert any("not one instant" in one.fact for one in faults(given))


def test_a_midnight_that_came_twice_is_a_fault() -> None:
    # Cuba's clocks went from one o'clock back to midnight on 1 November 2020.
    given = edited("sites.toml", "Europe/Amsterdam", "America/Havana", files(valid_from="2020-11-01"))
    assert any("not one instant" in one.fact for one in faults(given))


def test_an_instant_with_an_offset_is_read_as_it_stands() -> None:
    given = files(valid_from="2026-01-01T06:00:00+01:00")
    assert read_charter(given).vendors["kestrel"].contracts[0].window.start.hour == 5


def test_people_without_a_vendor_need_no_admission_and_no_key() -> None:
    petra = charter().people["petra"]
    assert (petra.vendor, petra.admitted, petra.ssh_keys) == (None, None, ())


def test_an_outside_person_who_is_not_admitted_is_known_all_the_same() -> None:
    given = edited(
        "people.toml", '[person.admitted]\nfrom = 2026-01-01\nuntil = 2027-01-01\nby = "olga"\n', ""
    )
    assert read_charter(given).people["ana"].admitted is None


def test_the_same_right_may_pass_from_one_holder_to_the_next_at_one_instant() -> None:
    given = files()
    more = (
        '\n[[right]]\nright = "connect"\nboundary = "riverside"\nholder = "olga"\nbasis = "PI-07, version 4"\n'
        "from = 2027-01-01\nuntil = 2028-01-01\n"
    )
    given["rights.toml"] += more.encode()
    assert len(read_charter(given).holdings) == 6
