"""The pages of the desk and of its reporters: by whom each is looked at, and where it is."""

from django.urls import reverse

from backups.models import JobState, ObjectVersion, TargetSurvey
from portal.lib import clock
from tests.app.cases import act, answers, filed, fresh, surveyed
from tests.app.restores import restore, steps
from tickets import conf, tokens
from tickets.actions import approving, choosing, drafting, filing, restoring, talking
from tickets.actions.rules import current_plan
from tickets.models import Ticket
from tickets.workflow import State

HINDERED = {
    "blockers": [
        {"code": "no_createdb", "facts": {"user": "pemulih_siakad"}},
        {
            "code": "no_room",
            "facts": {"folder": "/srv/basis", "needed": 48_200_000_000, "free": 3_100_000_000},
        },
    ],
    "free_bytes": 3_100_000_000,
}
WARNED = {
    "warnings": [
        {"code": "stale_view", "facts": {"view": "public.rekap_nilai"}},
        {"code": "refers", "facts": {"table": "public.krs", "target": "public.nilai_mahasiswa"}},
    ],
    "connections": 1_240,
    "free_bytes": 812_000_000_000,
}
STEPS = ("kejadian", "sistem", "data", "waktu", "dampak", "berkas", "periksa", "nanti")


def press_on(tab):
    """Send the step as it is, and wait for what is wrong with it."""
    tab.locator("main form button[type=submit]").last.click()
    tab.locator("#salah").wait_for()


def _draft(by, **given):
    """Return the key of a report that is under way."""
    draft, key = drafting.open_draft(by, clock.now())
    drafting.save_step(draft, "periksa", given, clock.now())
    return key


def _step(step, by="reporter", **given):
    def address(world):
        return reverse("lapor-langkah", args=[_draft(world.people.get(by), **given), step])

    return address


def _later(world):
    return reverse("lapor-nanti", args=[_draft(world.people["reporter"], **answers())])


def _sent(world):
    draft, key = drafting.open_draft(world.people["reporter"], clock.now())
    drafting.save_step(draft, "periksa", answers(), clock.now())
    filing.file_report(draft, world.people["reporter"], clock.now())
    return reverse("lapor-terkirim", args=[key])


def _letterbox(_world):
    """Return where somebody without an account says that a mailbox is theirs."""
    ticket = filed()
    token = tokens.confirm_token(conf.secret_keys()[0], ticket.tracking_nonce)
    return reverse("konfirmasi", args=[ticket.number, token])


def _track(state, name="tiket"):
    def address(world):
        ticket = getattr(world.desk, state)()
        return reverse(name, args=[ticket.number, filing.tracking_token(ticket)])

    return ("reporter", address)


def _case(state, name="tiket-kasus", *more, query=""):
    return lambda world: reverse(name, args=[getattr(world.desk, state)().number, *more]) + query


def _spoken(world):
    """Return a planned case in which both sides and BPTI among itself have spoken."""
    desk, ticket = world.desk, world.desk.planned()
    talking.add_note(ticket, act(desk.analyst, ticket, "Cek dahulu impor massal kemarin sore."))
    ticket = fresh(ticket)
    talking.reply(ticket, act(desk.analyst, ticket, "Terima kasih, sedang kami telusuri."))
    return ticket.get_absolute_url()


def _timeline(world):
    ticket = world.desk.searched()
    found = ObjectVersion.objects.filter(source=world.sources["SIAKAD"]).first()
    return reverse("tiket-garis-waktu", args=[ticket.number, "siakad", found.name_key])


def _planned(world, **found):
    """Return a case whose plan to live was just made; with `found`, its target was looked at."""
    desk = world.desk
    ticket = desk.with_letter(desk.searched())
    choosing.choose_plan(ticket, desk.choice(target="live"), act(desk.analyst, ticket))
    return surveyed(ticket, **found) if found else ticket


def _checking(world):
    return _planned(world).get_absolute_url()


def _hindered(world):
    return _planned(world, **HINDERED).get_absolute_url()


def _unreached(world):
    ticket = _planned(world)
    TargetSurvey.objects.filter(reference=current_plan(ticket).reference).update(
        state=JobState.FAILED, error_kind="SourceUnreachable", finished_at=clock.now()
    )
    return ticket.get_absolute_url()


def _void(world):
    """Return a case whose target changed between its approval and its restore."""
    desk, ticket = world.desk, _planned(world, connections=17)
    approving.request_approval(ticket, act(desk.analyst, ticket))
    approving.approve(ticket, act(desk.approver, ticket))
    Ticket.objects.filter(pk=ticket.pk).update(state=State.RESTORING)
    job = restore(
        world.sources["SIAKAD"],
        JobState.FAILED,
        reference=current_plan(ticket).reference,
        reference_name=ticket.number,
        error="SIAKAD is not what it was at planning.",
        error_kind="PlanVoid",
        steps=steps(1),
    )
    restoring.settle_ended(job.pk, clock.now())
    return ticket.get_absolute_url()


def _warned(world):
    """Return the decision over a plan whose target has something worth knowing."""
    ticket = _planned(world, **WARNED)
    approving.request_approval(ticket, act(world.desk.analyst, ticket))
    return reverse("putusan", args=[ticket.number])


def _returned(world):
    ticket = world.desk.asked()
    by = act(world.desk.approver, ticket, "Sebutkan semester berapa.")
    return approving.send_back(ticket, by).get_absolute_url()


def _queue(query=""):
    return lambda _world: reverse("antrean") + query


PAGES = {
    "report a loss": ("", lambda _world: reverse("lapor")),
    **{f"report, {step}": ("reporter", _step(step, **answers())) for step in STEPS[:-1]},
    "report, begun": ("reporter", _step("kejadian")),
    "report, pelapor": ("", _step("pelapor", "", **answers())),
    "report, kejadian refused": ("reporter", _step("kejadian"), press_on),
    "report, data refused": ("reporter", _step("data"), press_on),
    "report, pelapor refused": ("", _step("pelapor", ""), press_on),
    "report, periksa refused": ("reporter", _step("periksa")),
    "report, nanti": ("reporter", _later),
    "report, sent": ("reporter", _sent),
    "report, gone": (
        "",
        lambda _world: reverse("lapor-langkah", args=["x" * 32, "data"]),
        lambda _tab: None,
        True,
    ),
    "mailbox": ("", _letterbox),
    "track a case": ("", lambda _world: reverse("lacak")),
    "track, own cases": ("reporter", lambda w: w.desk.filed() and reverse("lacak")),
    "track, no such link": (
        "",
        lambda _world: reverse("tiket", args=["DT-2026-000001-8", "x" * 32]),
        lambda _tab: None,
        True,
    ),
    "track, filed": _track("filed"),
    "track, asked": _track("waiting_reporter"),
    "track, found": _track("found"),
    "track, to be confirmed": _track("waiting_confirmation"),
    "track, closed": _track("closed"),
    "track, letter": _track("filed", "tiket-surat"),
    "track, files": _track("filed", "tiket-berkas"),
    "track, receipt": _track("filed", "tiket-tanda-terima"),
    "track, message": _track("filed", "tiket-pesan"),
    "track, cancel": _track("filed", "tiket-batalkan"),
    "track, answer": _track("waiting_reporter", "tiket-jawab"),
    "track, not yet": _track("waiting_confirmation", "tiket-belum"),
    "track, reopen": _track("closed", "tiket-buka-kembali"),
    "queue": ("front_desk", _queue("?lihat=semua")),
    "queue, mine": ("analyst", _queue()),
    "queue, nothing found": ("front_desk", _queue("?lihat=semua&q=tidakada")),
    "case": ("analyst", _spoken),
    "case, filed": ("front_desk", _case("filed")),
    "case, approved": ("executor", _case("approved")),
    "case, restored": ("analyst", _case("restored")),
    "case, returned": ("analyst", _returned),
    "case, target being looked at": ("analyst", _checking),
    "case, target hinders": ("analyst", _hindered),
    "case, target unreached": ("analyst", _unreached),
    "case, plan void": ("analyst", _void),
    "decision, with warnings": ("approver", _warned),
    "case, closed": ("auditor", _case("closed")),
    "new case": ("front_desk", lambda _world: reverse("tiket-baru")),
    "move, priority": ("analyst", _case("in_analysis", "tiket-langkah", "prioritise")),
    "move, letter": ("front_desk", _case("in_analysis", "tiket-langkah", "give_letter")),
    "move, question": ("analyst", _case("in_analysis", "tiket-langkah", "ask_reporter")),
    "move, verify": ("analyst", _case("restored", "tiket-langkah", "verify")),
    "move, start": ("executor", _case("approved", "tiket-langkah", "start_restore")),
    "analysis": ("analyst", _case("in_analysis", "tiket-telusur", query="?q=nilai")),
    "case's timeline": ("analyst", _timeline),
    "plan": ("analyst", _case("planned", "tiket-rencana")),
    "approvals": ("approver", lambda w: w.desk.asked() and reverse("persetujuan")),
    "decision": ("approver", _case("asked", "putusan")),
    "no decision": ("analyst", _case("asked", "putusan")),
    "settings": ("administrator", lambda _world: reverse("pengaturan")),
    "delegations": ("approver", lambda _world: reverse("pelimpahan")),
}
