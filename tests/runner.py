"""What `make test` adds to pytest: no test may be skipped, helpers tell, some can be chosen."""

import pytest

HELPERS = ("app", "browser", "contracts", "real", "servers")
pytest.register_assert_rewrite(*(f"tests.{name}" for name in HELPERS))  # they tell what they saw

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_serialized_rollback", "live_server"}


def pytest_addoption(parser):
    parser.addoption(
        "--only-database", action="store_true", help="only the tests that touch the database"
    )


def touches_database(item):
    """Say whether the test may speak to the portal's own database, and is about more than looks.

    What axe and the widths of a page find is the same on both; that the page comes up on both, with
    the right words and few queries, the tests of `tests/app` show.
    """
    if item.get_closest_marker("of_the_page") is not None:
        return False
    fixtures = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--only-database"):
        return
    config.hook.pytest_deselected(items=[item for item in items if not touches_database(item)])
    items[:] = [item for item in items if touches_database(item)]


def pytest_sessionfinish(session):
    if left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if left_out(config):
        terminalreporter.write_line("A skipped test counts as failed: make what it needs.")


def left_out(config):
    """Return the tests that were not run, or whose failure was expected."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    told = reporter.stats if reporter else {}  # the workers of xdist have none
    return told.get("skipped", []) + told.get("xfailed", [])
