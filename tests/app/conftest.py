"""What every test of the pages may ask for: keys to seal with, and the people."""

import pytest

from portal.lib import unseal


@pytest.fixture(scope="session", autouse=True)
def keys():
    """Make the workers' pair of keys once, so that forms can close envelopes."""
    unseal.make_keys()
