"""Each night: every stored paper is read, and the trail's head leaves the house by mail.

The chain shows what was changed inside it; that its end was cut off only somebody outside can
tell, who kept an earlier head (docs/decisions/0003-audit-chain.md).
"""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Case, Value, When
from django.utils.translation import override

from portal.accounts.models import Role, User
from portal.audit.models import AuditWalk
from portal.audit.record import head
from portal.lib import clock
from portal.lib.clock import WIB
from tickets.models import ByteWalk
from tickets.records import verification
from tickets.spelling import long_date

WITNESSES = 2
TEXT = """Kepala jejak audit Pulih, {day} pukul {time} WIB:

    {head}

Simpan surat ini. Dengan baris di atas siapa pun dapat membuktikan kelak bahwa jejak audit sampai
saat ini tidak dipotong atau ditulis ulang:

    manage.py verify_audit --anchor {head}

Jejak audit: {events} peristiwa, {chain}.
Rekaman tersimpan: {files} berkas, {papers}.
"""


def nightly() -> None:
    """Read the papers and send the head (portal.schedule)."""
    walk = verification.walk(clock.now())
    send_head(walk)


def send_head(walk: ByteWalk) -> int:
    """Mail the trail's head to its witnesses, each alone; return to how many."""
    addresses = witnesses()
    with override("id"):
        text, anchor = _text(walk), str(head())
    for address in addresses:
        EmailMessage(
            subject=f"Kepala jejak audit {long_date(clock.wib_date(walk.at))}: {anchor[:24]}",
            body=text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
        ).send()
    return len(addresses)


def witnesses() -> list[str]:
    """Return who keeps the head: as set, else the first two auditors or administrators."""
    if settings.PULIH_WITNESSES:
        return list(settings.PULIH_WITNESSES)
    able = User.objects.filter(
        role_grants__role__in=[Role.AUDITOR, Role.ADMINISTRATOR], is_active=True
    ).exclude(email="")
    auditors_first = Case(When(role_grants__role=Role.AUDITOR, then=Value(0)), default=Value(1))
    found = able.order_by(auditors_first, "pk").values_list("email", flat=True)
    return list(dict.fromkeys(found))[:WITNESSES]


def _text(walk: ByteWalk) -> str:
    last, local = AuditWalk.objects.first(), walk.at.astimezone(WIB)
    chain = "belum diperiksa malam ini"
    if last:
        chain = "utuh" if last.is_well else f"RUSAK mulai peristiwa {last.first_bad}: {last.reason}"
    bad = "; ".join(f"{one['name']} ({one['reason']})" for one in walk.bad)
    return TEXT.format(
        day=long_date(local.date()),
        time=f"{local:%H.%M}",
        head=head(),
        events=last.events if last else 0,
        chain=chain,
        files=walk.files,
        papers=f"BERUBAH: {bad}" if bad else "semuanya utuh",
    )
