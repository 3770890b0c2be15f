"""Mails that come back, as mail servers hand them over."""

import io
import sys
from email.message import EmailMessage

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from tests.app.cases import MONDAY, PDF
from tickets import conf, tokens
from tickets.actions.talking import take_incoming
from tickets.incoming import read_mail
from tickets.models import Attachment, Entry

OURS = "pulih@uhamka.example"


def a_mail(to=OURS, text="Kelas 3B.", **headers) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Rahma <rahma@rumah.example>"
    message["To"] = to
    message["Subject"] = "Re: tiket"
    message["Message-ID"] = "<abc@rumah.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def signed(ticket, user=None) -> str:
    return tokens.reply_address(OURS, conf.secret_keys()[0], tokens.ReplyTo(ticket.pk, user))


# Reading


def test_a_mail_is_read_whatever_its_character_set():
    message = a_mail(text="Nilainya «é» hilang.")
    assert read_mail(message.as_bytes()).text.strip() == "Nilainya «é» hilang."
    message.set_content("Nilainya é hilang.", charset="iso-8859-1")
    assert read_mail(message.as_bytes()).text.strip() == "Nilainya é hilang."
    odd = message.as_bytes().replace(b"iso-8859-1", b"x-nobody-knows")
    assert "hilang" in read_mail(odd).text


def test_html_alone_is_read_as_a_person_would():
    message = a_mail()
    message.set_content(
        "<html><head><style>p{color:red}</style></head><body><p>Kelas 3B.</p>"
        "<script>alert(1)</script>Nilai &amp; absen<br>hilang</body></html>",
        subtype="html",
    )
    text = read_mail(message.as_bytes()).text
    assert text.split() == ["Kelas", "3B.", "Nilai", "&", "absen", "hilang"]


def test_plain_text_is_preferred_and_files_come_along():
    message = a_mail(text="Ini suratnya.")
    message.add_alternative("<p>Ini suratnya, berwarna.</p>", subtype="html")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="surat.pdf")
    mail = read_mail(message.as_bytes())
    assert mail.text.strip() == "Ini suratnya."
    assert mail.files == (("surat.pdf", PDF),)


def test_every_header_that_may_name_us_is_looked_at():
    message = a_mail(to="Orang <orang@x.example>, lain@x.example", Delivered_To="kami+a@x.example")
    assert read_mail(message.as_bytes()).addresses == (
        "kami+a@x.example", "orang@x.example", "lain@x.example",
    )  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"}],
)
def test_what_a_machine_wrote_is_known(header):
    assert read_mail(a_mail(**header).as_bytes()).automatic
    assert not read_mail(a_mail().as_bytes()).automatic


@given(st.binary(max_size=500))
def test_whatever_arrives_is_read_without_harm(raw):
    assert read_mail(raw).addresses is not None


# Taking in


@pytest.mark.django_db
def test_words_and_files_of_a_mail_come_to_the_case(desk):
    ticket = desk.waiting_reporter()
    message = a_mail(to=f"BPTI <{signed(ticket)}>", text="Kelas 3B, lihat lampiran.")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="daftar.pdf")
    message.add_attachment(b"MZ\0\0", maintype="application", subtype="x", filename="virus.exe")
    entry = take_incoming(read_mail(message.as_bytes()), MONDAY)
    assert entry.words == "Kelas 3B, lihat lampiran."
    assert [kept.name for kept in Attachment.objects.all()] == ["daftar.pdf"]


@pytest.mark.django_db
def test_a_machines_answer_is_not_taken_in(desk):
    ticket = desk.waiting_reporter()
    message = a_mail(to=signed(ticket), Auto_Submitted="auto-replied")
    assert take_incoming(read_mail(message.as_bytes()), MONDAY) is None
    assert not Entry.objects.filter(side="reporter", kind="message").exists()


@pytest.mark.django_db
def test_a_mail_server_hands_mails_over_by_command(desk, monkeypatch):
    ticket = desk.waiting_reporter()
    said = []
    for to in (signed(ticket), OURS, signed(ticket)):
        raw = io.TextIOWrapper(io.BytesIO(a_mail(to=to).as_bytes()))
        monkeypatch.setattr(sys, "stdin", raw)
        out = io.StringIO()
        call_command("take_mail", stdout=out)
        said.append(out.getvalue().strip())
    assert said == [f"taken: {ticket.number}", "not ours", "not ours"]
    assert Entry.objects.filter(words="Kelas 3B.").count() == 1
