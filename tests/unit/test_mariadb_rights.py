import pytest

from backups.engines.mariadb_catalogue import rights_on

SELECT = frozenset({"SELECT"})
WHOLE = frozenset({"SELECT", "SHOW VIEW", "TRIGGER", "EVENT"})


@pytest.mark.parametrize(
    ("grants", "rights"),
    [
        (["GRANT SELECT ON `uji`.* TO `a`@`b`"], SELECT),
        (["GRANT SELECT ON `uj%`.* TO `a`@`b`"], SELECT),
        (["GRANT SELECT ON `u_i`.* TO `a`@`b`"], SELECT),
        (["GRANT SELECT ON `uj\\_`.* TO `a`@`b`"], frozenset()),
        (["GRANT SELECT ON `lain`.* TO `a`@`b`"], frozenset()),
        (["GRANT SELECT ON `uji`.`nilai` TO `a`@`b`"], frozenset()),
        (["GRANT SELECT (nama) ON `uji`.`nilai` TO `a`@`b`"], frozenset()),
        (["GRANT EXECUTE ON PROCEDURE `uji`.`p` TO `a`@`b`"], frozenset()),
        (["GRANT `peran` TO `a`@`b`", "GRANT SELECT ON `uji`.* TO `peran`"], SELECT),
        (["GRANT USAGE ON *.* TO `a`@`b` IDENTIFIED BY PASSWORD '*AB'"], frozenset({"USAGE"})),
        (["GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `uji`.* TO `a`@`b`"], WHOLE),
        (["GRANT SELECT ON *.* TO `a`@`b`"], SELECT | {"ROUTINES"}),
        (["GRANT SELECT ON `mysql`.`proc` TO `a`@`b`"], frozenset({"ROUTINES"})),
        (["GRANT SHOW CREATE ROUTINE ON `uji`.* TO `a`@`b`"], {"ROUTINES", "SHOW CREATE ROUTINE"}),
        (["GRANT ALL PRIVILEGES ON *.* TO `a`@`b`"], WHOLE | {"ROUTINES", "ALL PRIVILEGES"}),
    ],
)
def test_counts_only_what_is_granted_on_the_whole_database(grants, rights):
    assert rights_on("uji", grants) == rights


def test_a_database_of_any_name_is_found_in_its_grants():
    name = "a`b_%\n c"
    grants = [r"GRANT SELECT ON `a``b\_\%" + "\n c`.* TO `x`@`y`"]
    assert rights_on(name, grants) == SELECT
    assert rights_on("a`bx%\n c", grants) == frozenset()
