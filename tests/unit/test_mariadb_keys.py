"""Which keys of a table may be made after its rows, and that they come back in their order."""

import pytest

from backups.engines.mariadb_keys import keys_later, referenced

TABLE = b"""DROP TABLE IF EXISTS `krs`;
CREATE TABLE `krs` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `nim` varchar(10) DEFAULT NULL COMMENT 'a KEY `x` (`y`),',
  `isi` text DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `satu` (`nim`,`id`),
  KEY `nim` (`nim`,`isi`(20)) USING BTREE COMMENT 'dua, tiga',
  FULLTEXT KEY `cari` (`isi`),
  KEY `a``b` (`isi`(10))
) ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4;
"""


def test_plain_keys_come_after_the_rows_in_their_order():
    bare, later = keys_later(TABLE, "krs`1")
    assert bare == (
        b"DROP TABLE IF EXISTS `krs`;\nCREATE TABLE `krs` (\n"
        b"  `id` int(11) NOT NULL AUTO_INCREMENT,\n"
        b"  `nim` varchar(10) DEFAULT NULL COMMENT 'a KEY `x` (`y`),',\n"
        b"  `isi` text DEFAULT NULL,\n"
        b"  PRIMARY KEY (`id`),\n"
        b"  UNIQUE KEY `satu` (`nim`,`id`),\n"
        b"  FULLTEXT KEY `cari` (`isi`)\n"
        b") ENGINE=InnoDB AUTO_INCREMENT=4 DEFAULT CHARSET=utf8mb4;\n"
    )
    assert later == (
        b"ALTER TABLE `krs``1` ADD KEY `nim` (`nim`,`isi`(20)) USING BTREE COMMENT 'dua, tiga',"
        b" ADD KEY `a``b` (`isi`(10));\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"ENGINE=InnoDB", b"ENGINE=Aria"),
        (b"  PRIMARY KEY (`id`),\n", b"  KEY `hitung` (`id`),\n"),
        (
            b"  FULLTEXT",
            b"  CONSTRAINT `k` FOREIGN KEY (`nim`) REFERENCES `m` (`nim`),\n  FULLTEXT",
        ),
        (b"CHARSET=utf8mb4", b"CHARSET=utf8mb4 WITH SYSTEM VERSIONING"),
        (b"  KEY `", b"  UNIQUE KEY `"),
    ],
)
def test_where_something_may_lean_on_a_key_the_definition_stays(before, after):
    text = TABLE.replace(before, after)
    assert keys_later(text, "krs") == (text, b"")


def test_tables_that_others_refer_to_are_told():
    text = b"CONSTRAINT `k` FOREIGN KEY (`n`) REFERENCES `a``b` (`n`),\n CONSTRAINT `l` FOREIGN KEY"
    assert referenced([text + b" (`m`) REFERENCES `lain`.`c` (`m`) ON DELETE CASCADE"]) == {
        "a`b",
        "c",
    }
