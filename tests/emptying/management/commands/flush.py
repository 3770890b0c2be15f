"""Tests that commit are followed by `flush`, which the audit trail's triggers rightly refuse."""

from django.core.management.commands import flush
from django.db import connections

from portal.audit import triggers
from tickets import kept_records


class Command(flush.Command):
    def handle(self, **options):
        connection = connections[options["database"]]
        triggers.disarm(connection)
        kept_records.disarm(connection)
        super().handle(**options)
        triggers.arm(connection)
        kept_records.arm(connection)
