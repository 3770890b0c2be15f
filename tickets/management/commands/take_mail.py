"""manage.py take_mail: take one mail from standard input, as mail servers hand it over.

In Postfix's aliases:  pulih: "|/opt/pulih/.venv/bin/python /opt/pulih/manage.py take_mail"
with recipient_delimiter = +. Ends with 0 also for mails that are not ours: a bounce would tell
strangers which addresses are right.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from portal.lib import clock
from tickets.actions.talking import take_incoming
from tickets.incoming import read_mail

LARGEST = 25 * 1024 * 1024


class Command(BaseCommand):
    help = "Take a mail that came back to a signed address, from standard input."

    def handle(self, *_: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(LARGEST + 1)
        entry = take_incoming(read_mail(raw), clock.now()) if len(raw) <= LARGEST else None
        if options["verbosity"]:
            self.stdout.write(f"taken: {entry.ticket.number}" if entry else "not ours")
