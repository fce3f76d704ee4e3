from dataclasses import fields

import pytest

from domain.events import TemplateEnded, TemplateUsed, TemplateWritten


@pytest.mark.parametrize("kind", [TemplateWritten, TemplateUsed, TemplateEnded])
def test_each_tells_of_its_template_by_the_digest_that_was_signed(kind: type) -> None:
    """B16: by it an outsider finds every leaf about one template."""
    names = [one.name for one in fields(kind)]
    assert names[:2] == ["at", "template"]
    assert "by" in names
