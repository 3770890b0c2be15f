"""What every test of the pages may ask for: keys to seal with, and the people."""

import pytest

from portal.lib import unseal
from tests.app.cases import desk, siakad_system  # noqa: F401 - pytest finds fixtures here
from tests.app.people import (  # noqa: F401 - pytest finds fixtures by their names here
    administrator,
    analyst,
    approver,
    auditor,
    browser_of,
    front_desk,
    people,
    reporter,
    stranger,
)
from tests.app.records import (  # noqa: F401 - pytest finds fixtures by their names here
    head,
    institution,
    seal_keys,
)


@pytest.fixture(scope="session", autouse=True)
def keys():
    """Make the workers' pair of keys once, so that forms can close envelopes."""
    unseal.make_keys()
