from asyncua.ua import ObjectIds

from broker.conduits.opcua.encoding import NodeId
from broker.conduits.opcua.services import SERVICES, called, listed, written
from domain.access import Action


def test_every_number_is_the_one_that_the_standard_gives_to_that_request() -> None:
    names = {
        number: name.removesuffix("Request_Encoding_DefaultBinary")
        for name, number in vars(ObjectIds).items()
        if name.endswith("Request_Encoding_DefaultBinary")
    }
    for number, one in SERVICES.items():
        said = "".join(word.title() for word in one.name.split())
        assert names[number] in {said, f"{said}ToNodeIds"}, number


def test_whatever_changes_something_is_more_than_looking() -> None:
    """C11, D13."""
    changes = {number for number, one in SERVICES.items() if one.action is not Action.VIEW}
    assert changes == {437, 488, 494, 500, 506, 673, 700, 712, 775, 841, 12211}


def test_a_method_of_the_standard_sets_a_server_up_and_a_maker_s_own_operates() -> None:
    for node, action in (
        (NodeId(2, 12886), Action.OPERATE),
        (NodeId(3, "Start"), Action.OPERATE),
        (NodeId(0, 12886), Action.OVERRIDE),
        (NodeId(0, 12542), Action.CONFIGURE),
        (NodeId(0, "x"), Action.CONFIGURE),
        (NodeId(0, 3875), Action.VIEW),
    ):
        assert called(node) is action
    assert (written(13), written(1), written(17)) == (Action.OPERATE, Action.CONFIGURE, Action.CONFIGURE)


def test_the_list_has_each_service_once() -> None:
    rows = list(listed())
    assert len({code for code, _name, _action in rows}) == len(rows) == len(SERVICES) + 4
