"""The desk's pages: the queue, the case, the decision, as those who work there use them."""

import io
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from backups.models import ComparedObject, Comparison, JobState, RowPick
from portal.accounts.models import Role, RoleGrant
from portal.audit.models import AuditEvent
from tests.app.cases import HOUR, MINUTE, MONDAY, PDF, act, filed, fresh, surveyed
from tests.app.people import person as new_person
from tests.app.people import prove
from tickets.actions import approving, files, intake, talking
from tickets.models import (
    CannedReply,
    Delegation,
    EvidenceKind,
    Plan,
    Presence,
    Ticket,
    TypedText,
)
from tickets.staff import queue
from tickets.staff.weighing import weigh
from tickets.workflow import State

pytestmark = pytest.mark.django_db

MOST_QUERIES = 20


@pytest.fixture(autouse=True)
def monday_morning():
    with time_machine.travel(MONDAY, tick=False):
        yield


def words_of(answer) -> str:
    text = answer.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def page(client, name, *args, **query) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return words_of(answer)


def make(client, ticket, name, **fields):
    return client.post(reverse("tiket-langkah", args=[ticket.number, name]), fields)


# The queue


def test_the_saved_views_count_what_they_hold(desk, browser_of):
    desk.filed()
    desk.waiting_reporter()
    desk.asked()
    client = browser_of(desk.analyst)
    text = page(client, "antrean")
    assert "Tugas saya 2" in text
    assert "Belum ditugaskan 1" in text
    assert "Menunggu pelapor 1" in text
    assert "Semua 3" in text
    assert "Menunggu persetujuan saya" not in text
    assert "Menunggu persetujuan saya 1" in page(browser_of(desk.approver), "antrean")


def test_an_approver_begins_with_what_waits_for_them(desk, browser_of):
    ticket, other = desk.asked(), desk.in_analysis()
    text = page(browser_of(desk.approver), "antrean")
    assert ticket.number in text
    assert other.number not in text


def test_what_is_nearly_late_is_told_with_the_working_time_it_has_left(desk, browser_of):
    ticket = desk.filed()
    with time_machine.travel(MONDAY + HOUR, tick=False):
        text = page(browser_of(desk.front_desk), "antrean", lihat="batas")
        assert ticket.number in text
        assert "1 j 00 m kerja" in text
    with time_machine.travel(MONDAY + 3 * HOUR, tick=False):
        assert "lewat 1 j 00 m" in page(browser_of(desk.front_desk), "antrean", lihat="batas")


def test_filters_stand_in_the_address_and_narrow_the_view(desk, browser_of):
    one, other = desk.filed(), desk.in_analysis()
    client = browser_of(desk.front_desk)
    text = page(client, "antrean", lihat="semua", keadaan=State.REPORTED.value)
    assert one.number in text
    assert other.number not in text
    text = page(client, "antrean", lihat="semua", petugas=desk.analyst.pk)
    assert other.number in text
    assert one.number not in text
    assert "Tidak ada yang cocok" in page(client, "antrean", lihat="semua", seksi="WDM")
    assert "Tidak ada yang cocok" in page(client, "antrean", lihat="semua", keadaan="tidak-ada")


def test_the_search_finds_words_of_notes_and_half_a_number(desk, browser_of):
    ticket, other = desk.in_analysis(), desk.filed()
    talking.add_note(ticket, act(desk.analyst, ticket, "Terhapus oleh impor massal."))
    client = browser_of(desk.front_desk)
    text = page(client, "antrean", lihat="semua", q="impor massal")
    assert ticket.number in text
    assert other.number not in text
    assert other.number in page(client, "antrean", lihat="semua", q=other.number[3:14])


def test_more_cases_than_anybody_pages_through_are_not_counted_but_told(
    desk, browser_of, monkeypatch
):
    desk.filed(), desk.filed(), desk.filed()
    monkeypatch.setattr(queue, "ROWS", 1)
    monkeypatch.setattr(queue, "MOST_PAGED", 2)
    client = browser_of(desk.front_desk)
    assert "1 sampai 1 dari 2+" in page(client, "antrean", lihat="semua")
    monkeypatch.setattr(queue, "MOST_PAGED", 3)
    assert "1 sampai 1 dari 3 Berikutnya" in page(client, "antrean", lihat="semua")


def test_several_cases_are_given_at_once_and_who_could_not_be_given_is_told(desk, browser_of):
    one, two, over = desk.filed(), desk.filed(), desk.closed()
    answer = browser_of(desk.front_desk).post(
        reverse("tiket-tugaskan"),
        {"tiket": [one.pk, two.pk, over.pk], "kepada": desk.analyst.pk, "lihat": "semua"},
        follow=True,
    )
    text = words_of(answer)
    assert "2 kasus ditugaskan." in text
    assert f"{over.number}: Kasus ini sedang “Selesai”" in text
    assert {fresh(one).assignee, fresh(two).assignee} == {desk.analyst}


def test_nothing_ticked_is_said_and_nothing_changes(desk, browser_of):
    answer = browser_of(desk.front_desk).post(
        reverse("tiket-tugaskan"), {"kepada": desk.analyst.pk}, follow=True
    )
    assert "Centang dahulu kasus" in words_of(answer)


def test_tables_hold_the_filter_and_no_formula(desk, browser_of):
    ticket = filed(desk.reporter, subject="=HYPERLINK(1)")
    other = desk.in_analysis()
    client, asked = browser_of(desk.analyst), {"lihat": "semua", "keadaan": "reported"}
    text = b"".join(client.get(reverse("tiket-csv"), asked).streaming_content).decode()
    assert "'=HYPERLINK(1)" in text
    assert ticket.number in text
    assert other.number not in text
    book = load_workbook(io.BytesIO(client.get(reverse("tiket-xlsx"), asked).content))
    rows = list(book.active.iter_rows())
    assert [cell.value for cell in rows[1]][:3] == [ticket.number, "Baru", "'=HYPERLINK(1)"]
    assert {cell.data_type for row in rows for cell in row} <= {"inlineStr", "s", "n"}
    assert AuditEvent.objects.filter(verb="tickets.exported").count() == 2


# The case


STATES = (
    "filed", "received", "in_analysis", "searched", "planned", "asked", "approved", "restoring",
    "restored", "waiting_confirmation", "confirmed", "closed", "found", "waiting_reporter",
)  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_a_case_shows_itself_in_every_state(desk, auditor, browser_of, state):
    ticket = getattr(desk, state)()
    for user in (desk.front_desk, desk.analyst, desk.executor, desk.approver, auditor):
        assert ticket.subject in page(browser_of(user), "tiket-kasus", ticket.number)


def test_only_legal_moves_are_buttons_and_each_says_whom_it_tells(desk, browser_of):
    ticket = desk.in_analysis()
    text = page(browser_of(desk.analyst), "tiket-kasus", ticket.number)
    assert "Tanya pelapor Memberi tahu: pelapor." in text
    assert "Belum ada hasil penelusuran pada kasus ini." in text
    assert "Terima laporan" not in text
    assert "Tutup kasus" not in text
    read = page(browser_of(new_person("wati", Role.AUDITOR)), "tiket-kasus", ticket.number)
    assert "Tanya pelapor" not in read
    assert "Simpan catatan internal" not in read


def test_a_number_typed_otherwise_leads_to_the_case(desk, browser_of):
    ticket = desk.filed()
    typed = ticket.number.lower().replace("-", " ")
    answer = browser_of(desk.analyst).get(reverse("tiket-kasus", args=[typed]))
    assert answer.url == ticket.get_absolute_url()
    assert browser_of(desk.analyst).get("/staf/tiket/DT-2026-999999-1/").status_code == 404


def test_a_note_and_a_reply_have_each_a_box_of_their_own(desk, browser_of):
    ticket, client = desk.in_analysis(), browser_of(desk.analyst)
    text = client.get(ticket.get_absolute_url()).content.decode()
    assert text.index("Simpan catatan internal") < text.rindex("Kirim ke pelapor")
    make(client, ticket, "add_note", kata="Jangan sampai bocor.")
    make(client, ticket, "reply", kata="Sedang kami telusuri.", versi=fresh(ticket).version)
    said = {entry.words: entry.public for entry in ticket.entries.exclude(words="")}
    assert said == {"Jangan sampai bocor.": False, "Sedang kami telusuri.": True}


def test_an_empty_note_is_refused_at_its_field(desk, browser_of):
    ticket = desk.in_analysis()
    answer = make(browser_of(desk.analyst), ticket, "add_note", kata="  ")
    assert answer.status_code == 422
    assert "Tuliskan alasan atau keterangannya." in words_of(answer)


def test_two_act_at_once_and_the_slower_keeps_the_words_and_reads_what_happened(desk, browser_of):
    ticket = desk.in_analysis()
    seen = ticket.version
    intake.assign(ticket, desk.executor, act(desk.front_desk, ticket))
    answer = make(browser_of(desk.analyst), ticket, "ask_reporter", kata="Kelas mana?", versi=seen)
    assert answer.status_code == 409
    text = words_of(answer)
    assert "Fitri Layanan: Ditugaskan" in text
    assert "Kelas mana?" in text
    assert TypedText.objects.get(ticket=ticket, user=desk.analyst).words == "Kelas mana?"
    again = re.search(r'name="versi" value="(\d+)"', answer.content.decode()).group(1)
    again = make(browser_of(desk.analyst), ticket, "ask_reporter", kata="Kelas mana?", versi=again)
    assert again.status_code == 302
    assert fresh(ticket).state == State.WAITING_REPORTER


def test_words_for_a_move_that_is_over_are_kept_as_a_draft(desk, browser_of):
    ticket = desk.closed()
    answer = make(browser_of(desk.analyst), ticket, "ask_reporter", kata="Yang mana?")
    assert answer.status_code == 409
    assert "Kasus ini sedang “Selesai”" in words_of(answer)
    assert "Yang mana?" in page(browser_of(desk.analyst), "tiket-kasus", ticket.number)


def test_drafts_survive_what_others_do_and_ready_texts_join_them(desk, browser_of):
    ticket, client = desk.in_analysis(), browser_of(desk.analyst)
    client.post(
        reverse("tiket-draf", args=[ticket.number]), {"untuk": "reporter", "kata": "Setengah"}
    )
    intake.assign(ticket, desk.executor, act(desk.front_desk, ticket))
    ready = CannedReply.objects.filter(audience="reporter", language="id").first()
    client.post(
        reverse("tiket-siap", args=[ticket.number]),
        {"untuk": "reporter", "kata": "Setengah", "siap": ready.pk},
    )
    kept = TypedText.objects.get(ticket=ticket, user=desk.analyst)
    assert kept.words == f"Setengah\n\n{ready.words}"
    assert kept.audience == "reporter"


def test_who_else_is_there_is_told_with_what_they_did(desk, browser_of):
    ticket = desk.in_analysis()
    address, seen = reverse("tiket-hadir", args=[ticket.number]), ticket.version
    browser_of(desk.executor).post(address, {"versi": seen})
    intake.assign(ticket, desk.executor, act(desk.front_desk, ticket))
    text = words_of(browser_of(desk.analyst).post(address, {"versi": seen}))
    assert "Joko Server juga membuka kasus ini" in text
    assert "Fitri Layanan: Ditugaskan." in text
    browser_of(desk.executor).post(address, {"pergi": "1"})
    assert not Presence.objects.filter(user=desk.executor).exists()


def test_a_note_is_withdrawn_by_its_author_within_its_minutes(desk, browser_of):
    ticket = desk.in_analysis()
    note = talking.add_note(ticket, act(desk.analyst, ticket, "Salah kasus."))
    answer = make(browser_of(desk.executor), ticket, "withdraw_note", catatan=note.pk)
    assert "hanya dapat ditarik oleh penulisnya" in words_of(answer)
    with time_machine.travel(MONDAY + 9 * MINUTE, tick=False):
        make(browser_of(desk.analyst), ticket, "withdraw_note", catatan=note.pk)
        text = page(browser_of(desk.analyst), "tiket-kasus", ticket.number)
    assert "Salah kasus." not in text
    assert "Catatan ditarik oleh penulisnya" in text


def test_a_merge_leads_to_the_other_case_and_refuses_strangers_cases(desk, browser_of):
    one, other = desk.filed(), desk.filed()
    foreign = filed(new_person("rina", Role.REPORTER))
    client = browser_of(desk.front_desk)
    answer = make(client, one, "merge", nomor=foreign.number)
    assert "Hanya kasus terbuka dari pelapor yang sama" in words_of(answer)
    answer = make(client, one, "merge", nomor=one.number[:-1] + "0")
    assert answer.status_code == 422
    assert make(client, one, "merge", nomor=other.number).status_code == 302
    assert f"Kasus ini digabung ke {other.number}" in page(client, "tiket-kasus", one.number)


def test_a_letter_needs_its_scan_and_a_day_that_has_come(desk, browser_of):
    ticket, client = desk.in_analysis(), browser_of(desk.front_desk)
    answer = make(client, ticket, "give_letter", nomor_surat="1", tanggal=date(2026, 12, 1))
    text = words_of(answer)
    assert "Unggah pindaian surat" in text
    assert "Tanggal surat belum tiba." in text
    assert not ticket.letters.exists()


def test_files_leave_as_attachments_and_only_when_they_may_be_opened(desk, browser_of):
    ticket, client = desk.in_analysis(), browser_of(desk.analyst)
    sent = files.attach(ticket, "bukti.pdf", PDF, act(desk.reporter, ticket))
    address = reverse("kasus-berkas", args=[ticket.number, sent.pk])
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment;")
    type(sent).objects.filter(pk=sent.pk).update(quarantine="waiting")
    assert client.get(address).status_code == 404
    elsewhere = reverse("kasus-berkas", args=[desk.filed().number, sent.pk])
    assert client.get(elsewhere).status_code == 404


def test_a_report_recorded_for_a_caller_is_filed_once(desk, browser_of):
    client = browser_of(desk.front_desk)
    key = re.search(
        r'name="kunci" value="([^"]+)"', client.get(reverse("tiket-baru")).content.decode()
    ).group(1)
    fields = {
        "kunci": key, "subject": "Presensi hilang", "happened": "lost", "systems": ["siakad"],
        "lost_data": "Pertemuan 9.", "name": "Bu Rina", "email": "rina@kampus.example",
    }  # fmt: skip
    first = client.post(reverse("tiket-baru"), fields)
    second = client.post(reverse("tiket-baru"), fields)
    assert first.url == second.url
    ticket = Ticket.objects.get()
    assert (ticket.reporter_name, ticket.filed_by) == ("Bu Rina", desk.front_desk)
    assert ticket.confirmed_at


def test_an_alarm_fills_the_report_beforehand_and_an_analyst_files_it_as_their_own(
    desk, browser_of
):
    client = browser_of(desk.analyst)
    text = client.get(reverse("tiket-baru"), {"subject": "Tabel menyusut", "systems": "siakad"})
    assert 'value="Tabel menyusut"' in text.content.decode()
    assert "checked" in text.content.decode()
    key = re.search(r'name="kunci" value="([^"]+)"', text.content.decode()).group(1)
    fields = {"kunci": key, "subject": "Tabel menyusut", "happened": "lost", "lost_data": "nilai"}
    client.post(reverse("tiket-baru"), fields)
    assert Ticket.objects.get().reporter == desk.analyst


# Searching and planning


@pytest.fixture
def compared(desk):
    """A comparison of the night with live that came to its end, and rows picked from it."""
    done = Comparison.objects.create(
        source=desk.night.source,
        snapshot=desk.night,
        state=JobState.GOOD,
        ordered_at=MONDAY,
        rows_missing=40,
        rows_changed=2,
        rows_extra=1,
        objects_changed=1,
    )
    table = ComparedObject.objects.create(
        comparison=done, kind="table", name="nilai", verdict="changed", rows_backup=42,
        rows_live=3, missing=40, changed=2, extra=1,
    )  # fmt: skip
    RowPick.objects.create(compared=table, missing=40, changed=2, sha256="d" * 64, made_at=MONDAY)
    return done


def test_a_comparison_is_kept_as_evidence_and_drawn_on_the_case(desk, compared, browser_of):
    ticket, client = desk.in_analysis(), browser_of(desk.analyst)
    client.post(reverse("tiket-telusur", args=[ticket.number]), {"banding": compared.pk})
    kept = ticket.evidence.get()
    assert kept.kind == EvidenceKind.COMPARISON
    assert kept.is_unchanged
    assert kept.facts["tables"] == [
        {"name": "nilai", "verdict": "changed", "backup": 42, "missing": 40, "changed": 2,
         "extra": 1},
    ]  # fmt: skip
    assert "nilai 42 40 2 1" in page(client, "tiket-kasus", ticket.number)


def test_that_nothing_was_found_is_evidence_too(desk, browser_of):
    ticket = desk.in_analysis()
    address = reverse("tiket-telusur", args=[ticket.number])
    browser_of(desk.analyst).post(address, {"q": "tidak-ada"})
    assert ticket.evidence.get().summary == "Tidak ditemukan: “tidak-ada”"


def test_picked_rows_become_a_plan_that_says_what_it_overwrites(desk, compared, browser_of):
    ticket, client = desk.with_letter(desk.searched()), browser_of(desk.analyst)
    fields = {
        "salinan": desk.night.pk, "cakupan": "rows", "pilihan": RowPick.objects.get().pk,
        "tujuan": "beside", "pelaksana": desk.executor.pk, "terhapus": "no",
    }  # fmt: skip
    assert client.post(reverse("tiket-rencana", args=[ticket.number]), fields).status_code == 302
    plan = Plan.objects.get()
    assert plan.scope["kind"] == "rows"
    assert plan.scope["sha256"] == "d" * 64
    assert (plan.target, plan.weighed["overwritten"]) == ("live", 2)
    approving.request_approval(surveyed(fresh(ticket)), act(desk.analyst, fresh(ticket)))
    text = page(browser_of(desk.approver), "putusan", ticket.number)
    assert "Kembalikan 42 baris" in text
    assert "nilai 42 40 2" in text


def test_a_plan_names_only_what_the_copy_holds_and_explains_what_was_erased(desk, browser_of):
    ticket = desk.in_analysis()
    fields = {
        "salinan": desk.night.pk, "cakupan": "tables", "nama": "tidak_ada", "tujuan": "beside",
        "pelaksana": desk.executor.pk, "terhapus": "yes",
    }  # fmt: skip
    address = reverse("tiket-rencana", args=[ticket.number])
    text = words_of(browser_of(desk.analyst).post(address, fields))
    assert "Tidak ada di salinan ini: tidak_ada." in text
    assert "Jelaskan data siapa" in text
    assert not Plan.objects.exists()


# Deciding


def decide(client, ticket, verdict, **fields):
    return client.post(reverse("putusan", args=[ticket.number]), {"putusan": verdict, **fields})


def test_a_link_in_a_mail_opens_the_page_and_decides_nothing(desk, browser_of):
    ticket = desk.asked()
    address = reverse("putusan", args=[ticket.number])
    browser_of(desk.approver).get(address, {"putusan": "setuju"})
    assert fresh(ticket).state == State.WAITING_APPROVAL


def test_an_approver_reads_what_is_at_stake_and_says_yes(desk, browser_of):
    ticket, client = desk.asked(), browser_of(desk.approver)
    text = page(client, "putusan", ticket.number)
    for words in ("2 hari", "014/FKIP/XI/2026", "Agus Basisdata", "Joko Server", "UU PDP"):
        assert words in text
    assert decide(client, ticket, "setuju").status_code == 302
    assert fresh(ticket).state == State.APPROVED


def test_what_has_no_rows_is_not_counted_in_rows(desk, browser_of):
    """Folders and files: an approver reads how many objects come back, not of 0 rows."""
    ticket = desk.asked()
    text = page(browser_of(desk.approver), "putusan", ticket.number)
    assert not weigh(desk.night, ticket.plans.get().scope, MONDAY)["rows"]
    assert "Kembalikan" in text
    assert "0 baris" not in text


@pytest.mark.parametrize("verdict", ["tolak", "kembali"])
def test_no_and_not_yet_need_their_reason(desk, browser_of, verdict):
    ticket, client = desk.asked(), browser_of(desk.approver)
    answer = decide(client, ticket, verdict)
    assert answer.status_code == 422
    assert "Tuliskan alasannya" in words_of(answer)
    assert decide(client, ticket, verdict, kata="Belum jelas.").status_code == 302


@pytest.mark.parametrize(
    ("part", "word"), [("reporter", "pelapor"), ("analyst", "penelusur"), ("executor", "pelaksana")]
)
def test_whoever_has_a_part_reads_why_not_and_is_refused(desk, browser_of, part, word):
    ticket, user = desk.asked(), getattr(desk, part)
    RoleGrant.objects.create(user=user, role=Role.APPROVER)
    client = browser_of(user)
    text = page(client, "putusan", ticket.number)
    assert re.search(rf"Anda tidak dapat menyetujui: Anda [^.]*{word}", text)
    assert (
        "Setujui</button>"
        not in client.get(reverse("putusan", args=[ticket.number])).content.decode()
    )
    for verdict in ("setuju", "tolak", "kembali"):
        assert decide(client, ticket, verdict, kata="Ya.").status_code == 422
    assert fresh(ticket).state == State.WAITING_APPROVAL


def test_who_did_not_prove_themselves_lately_is_asked_again(desk, browser_of):
    ticket, client = desk.asked(), browser_of(desk.approver)
    prove(client, desk.approver, age=24 * 3600)
    answer = decide(client, ticket, "setuju")
    assert answer.status_code == 302
    assert answer.url != ticket.get_absolute_url()
    assert fresh(ticket).state == State.WAITING_APPROVAL


def test_a_case_that_changed_meanwhile_is_shown_again_with_the_reason_kept(desk, browser_of):
    ticket = desk.asked()
    seen = ticket.version
    intake.assign(ticket, desk.executor, act(desk.front_desk, ticket))
    client = browser_of(desk.approver)
    answer = decide(client, ticket, "tolak", kata="Terlalu tua.", versi=seen)
    assert answer.status_code == 409
    assert "Fitri Layanan: Ditugaskan" in words_of(answer)
    assert "Terlalu tua." in words_of(answer)


def test_a_stand_in_decides_for_whom_they_stand_and_only_on_those_days(desk, browser_of):
    ticket = desk.asked()
    fields = {
        "kepada": desk.front_desk.pk, "mulai": "2026-11-23", "sampai": "2026-11-24",
        "alasan": "Dinas luar",
    }  # fmt: skip
    giver = browser_of(desk.approver)
    assert giver.post(reverse("pelimpahan"), fields).status_code == 302
    answer = decide(browser_of(desk.front_desk), ticket, "setuju")
    assert answer.status_code == 302
    decided = ticket.approvals.get()
    assert (decided.decided_by, decided.on_behalf_of) == (desk.front_desk, desk.approver)
    giver.post(reverse("cabut-pelimpahan", args=[Delegation.objects.get().pk]))
    later = desk.asked()
    assert decide(browser_of(desk.front_desk), later, "setuju").status_code == 403


def test_a_delegation_that_is_over_before_it_begins_is_refused_at_its_field(desk, browser_of):
    fields = {"kepada": desk.front_desk.pk, "mulai": "2026-11-25", "sampai": "2026-11-24"}
    answer = browser_of(desk.approver).post(reverse("pelimpahan"), fields)
    assert answer.status_code == 422
    assert "Tanggal akhir mendahului tanggal awal." in words_of(answer)
    assert not Delegation.objects.exists()


def test_the_list_tells_each_approver_what_is_theirs(desk, browser_of):
    ticket = desk.asked()
    assert "Menunggu Anda" in page(browser_of(desk.approver), "persetujuan")
    RoleGrant.objects.create(user=desk.executor, role=Role.APPROVER)
    assert "Anda terlibat" in page(browser_of(desk.executor), "persetujuan")
    approving.approve(ticket, act(desk.approver, ticket))
    assert "0 pemulihan menunggu keputusan" in page(browser_of(desk.approver), "persetujuan")


# How much they ask of the database


@pytest.fixture
def busy(desk):
    for _ in range(3):
        desk.filed()
    ticket = desk.asked()
    for n in range(5):
        talking.add_note(fresh(ticket), act(desk.analyst, fresh(ticket), f"Catatan {n}"))
    return ticket


@pytest.mark.parametrize("who", ["analyst", "approver", "front_desk"])
def test_no_page_asks_more_than_twenty_questions(desk, busy, browser_of, who):
    client, n = browser_of(getattr(desk, who)), busy.number
    addresses = {
        "queue": reverse("antrean") + "?lihat=semua",
        "search": reverse("antrean") + "?lihat=semua&q=nilai",
        "case": busy.get_absolute_url(),
        "approvals": reverse("persetujuan"),
        "decision": reverse("putusan", args=[n]),
        "analysis": reverse("tiket-telusur", args=[n]),
        "plan": reverse("tiket-rencana", args=[n]),
    }
    asked = {}
    for name, address in addresses.items():
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        asked[name] = len(queries)
    assert {name: count for name, count in asked.items() if count > MOST_QUERIES} == {}


@pytest.mark.parametrize("state", STATES)
def test_no_case_asks_more_than_twenty_questions_in_any_state(desk, browser_of, state):
    ticket = getattr(desk, state)()
    for user in (desk.analyst, desk.executor, desk.front_desk, desk.approver):
        client = browser_of(user)
        with CaptureQueriesContext(connection) as queries:
            client.get(ticket.get_absolute_url())
        assert len(queries) <= MOST_QUERIES, user


def test_a_hundred_cases_ask_no_more_than_ten(desk, browser_of):
    client, address = browser_of(desk.analyst), reverse("antrean") + "?lihat=semua"

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    for _ in range(2):
        desk.filed()
    few = asked()
    for _ in range(8):
        desk.filed(MONDAY + timedelta(seconds=1))
    assert asked() == few
