"""Every rule this version knows, in the order in which their reasons are shown.

The order decides no outcome; it decides which refusal a vendor reads first. Rules that say nothing
about the plant come before rules that do, so that somebody who may not know an asset can't tell an
isolated one from one that does not exist.
"""

from collections.abc import Mapping

from domain.ids import RuleId
from policies.rule import Rule
from policies.rules.action_within_conduit import ActionWithinConduit
from policies.rules.action_within_protocol import ActionWithinProtocol
from policies.rules.approver_is_not_requester import ApproverIsNotRequester
from policies.rules.asset_registered import AssetRegistered
from policies.rules.break_glass import BreakGlassCounts
from policies.rules.client_in_permit import ClientInPermit
from policies.rules.conduit_agreed import ConduitAgreed
from policies.rules.conduit_passes import ConduitPasses
from policies.rules.contract_complete import ContractComplete
from policies.rules.direction_holds import DirectionHolds
from policies.rules.key_in_hardware import KeyInHardware
from policies.rules.node_sound import NodeSound
from policies.rules.not_isolated import NotIsolated
from policies.rules.operating_state_2 import OperatingStateHolds
from policies.rules.passage_grantable import PassageGrantable
from policies.rules.permit_valid import PermitValid
from policies.rules.person_admitted import PersonAdmitted
from policies.rules.person_not_idle import PersonNotIdle
from policies.rules.person_proofed import PersonProofed
from policies.rules.person_stays import PersonStays
from policies.rules.product_supported import ProductSupported
from policies.rules.replica_first import ReplicaFirst
from policies.rules.request_complete import RequestComplete
from policies.rules.right_has_holder import RightHasHolder
from policies.rules.room_left import RoomLeft
from policies.rules.safety_zone_closed_2 import SafetyZoneClosed
from policies.rules.session_reviewed import SessionReviewed
from policies.rules.somebody_told import SomebodyTold
from policies.rules.source_network import SourceNetwork
from policies.rules.subcontractor_listed import SubcontractorListed
from policies.rules.tool_accepted import ToolAccepted
from policies.rules.training_current import TrainingCurrent
from policies.rules.vendor_under_contract import VendorUnderContract
from policies.rules.window_open import WindowOpen
from policies.rules.within_hours import WithinHours

_SHOWN_IN_ORDER: tuple[Rule, ...] = (
    PassageGrantable(),
    NodeSound(),
    PersonAdmitted(),
    PersonStays(),
    SubcontractorListed(),
    PersonProofed(),
    TrainingCurrent(),
    PersonNotIdle(),
    SourceNetwork(),
    ToolAccepted(),
    AssetRegistered(),
    VendorUnderContract(),
    ContractComplete(),
    ProductSupported(),
    SafetyZoneClosed(),
    NotIsolated(),
    ConduitPasses(),
    ConduitAgreed(),
    ActionWithinConduit(),
    ActionWithinProtocol(),
    DirectionHolds(),
    KeyInHardware(),
    ReplicaFirst(),
    RequestComplete(),
    RightHasHolder(),
    SessionReviewed(),
    WindowOpen(),
    WithinHours(),
    PermitValid(),
    ClientInPermit(),
    ApproverIsNotRequester(),
    BreakGlassCounts(),
    SomebodyTold(),
    OperatingStateHolds(),
    RoomLeft(),
)

REGISTERED: Mapping[RuleId, Rule] = {rule.id: rule for rule in _SHOWN_IN_ORDER}
"""By id. An id is never reused: a rule that changes its meaning gets the next number."""

MANDATORY: frozenset[RuleId] = frozenset(REGISTERED)
"""Rules that no charter may leave out. All of this version's are."""

RANK: Mapping[RuleId, int] = {rule: rank for rank, rule in enumerate(REGISTERED)}
"""Where a rule's reason stands among others; rules unknown here come last."""
