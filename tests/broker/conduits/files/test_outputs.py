"""What a filter of files may answer is all that a passage of files knows to do."""

import inspect
from typing import get_args

from broker.conduits.files.outputs import FileOutput
from broker.conduits.files.passage import FilePassage


def test_a_passage_knows_every_output() -> None:
    source = inspect.getsource(FilePassage._obey) + inspect.getsource(FilePassage._see_to)
    for kind in get_args(FileOutput):
        assert f"case {kind.__name__}(" in source
