"""What every template may say: icons, marks, sizes, ages. A builtin; no {% load %} is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from backups.availability import share_words
from backups.kinds import KINDS
from portal.accounts.access import Access, access_of
from portal.accounts.models import Role
from portal.help_places import place_for
from portal.lib import clock, measures, nights
from portal.lib.marks import SHAPES, TONES, Mark

register = template.Library()
ROLES = dict(Role.choices)
SUBJECT = 140  # signs that the desk's form takes as a case's subject

register.filter("number", measures.number)
register.filter("duration", measures.duration)
register.filter("about", measures.about)


register.filter("share", share_words)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of the sprite (portal/icons.json); the word stands beside it."""
    address = f"{static('icons.svg')}#{name}"
    return format_html('<svg class="i" aria-hidden="true"><use href="{}"/></svg>', address)


@register.simple_tag
def tab_icon(count: int) -> str:
    """Return the address of the tab's icon, with the count of what is red on it."""
    return reverse("ikon", args=[str(count)]) if count else static("img/favicon.svg")


@register.simple_tag
def status(mark: str, word: str = "", css: str = "") -> SafeString:
    """Draw a mark as shape, colour and word; `css` "status-field" puts it on a field."""
    known = Mark(mark)
    return format_html(
        '<span class="status status-{} {}"><svg viewBox="0 0 16 16" aria-hidden="true">{}</svg>'
        "{}</span>",
        TONES[known],
        css,
        mark_safe(SHAPES[known]),  # noqa: S308 - our own drawing
        word or known.label,
    )


@register.simple_tag
def ribbon(cells: list[nights.Night], label: str) -> SafeString:
    """Draw nights as one row of cells."""
    return nights.ribbon(cells, label)


@register.simple_tag
def copy_cell(mark: str, label: str) -> SafeString:
    """Draw one night's copy as a cell that stands alone."""
    return nights.copy_cell(Mark(mark), label)


@register.inclusion_tag("parts/legend.html")
def legend(*marks: str) -> dict[str, Iterable[Any]]:
    """Explain the cells on this page."""
    known = (Mark(mark) for mark in marks)
    return {"marks": [(nights.legend_cell(mark), mark.label) for mark in known]}


@register.inclusion_tag("parts/legend.html")
def legend_as(**words: str) -> dict[str, Iterable[Any]]:
    """Explain the cells on this page in words of its own, mark by mark."""
    return {"marks": [(nights.legend_cell(Mark(mark)), word) for mark, word in words.items()]}


@register.filter
def size(amount: int | None) -> SafeString:
    """Write bytes in human units, the exact figure for whoever points at it."""
    if amount is None:
        return mark_safe('<span class="zero">—</span>')
    exact = measures.exact_size(amount)
    return format_html('<span title="{}">{}</span>', exact, measures.size(amount))


@register.filter
def change(amount: int | None) -> SafeString:
    """Write a difference in bytes with its sign; nothing and unknown are quiet."""
    if not amount:
        word = "—" if amount is None else "0"
        return format_html('<span class="zero">{}</span>', word)
    exact = measures.exact_size(amount)
    return format_html('<span title="{}">{}</span>', exact, measures.change(amount))


@register.filter
def said(words: str) -> str:
    """Write a label of the rules, which know no languages, in the reader's own."""
    return gettext(words) if words else ""


@register.filter
def object_kind(kind: str) -> str:
    """Write what an engine calls a thing in the reader's own words."""
    return str(KINDS.get(kind, kind))


@register.filter
def account(name: str) -> str:
    """Write who gave a command: "os:budi" is an account of the server's, not of the portal's."""
    system, _colon, user = name.rpartition("os:")
    return gettext("akun server %(user)s") % {"user": user} if _colon and not system else name


@register.filter
def roles(actor: str) -> str:
    """Write the roles under which somebody acted; a system account's name stays."""
    return ", ".join(str(ROLES.get(role, role)) for role in actor.split(","))


@register.filter
def address(email: str) -> SafeString:
    """Write an email's address so that a narrow line breaks it at its "@" first."""
    return format_html_join(mark_safe("@<wbr>"), "{}", ((part,) for part in email.split("@")))


@register.filter
def signed(amount: int) -> str:
    """Write a difference in figures with its sign."""
    sign = "+" if amount > 0 else measures.MINUS if amount < 0 else ""
    return f"{sign}{measures.number(abs(amount))}"


@register.simple_tag
def case_link(about: str) -> str:
    """Return the address of the desk's form for a new case, `about` filled in; "" without one.

    The room of backups knows no desk: which form that is, only the shell's settings say.
    """
    try:
        form = reverse(settings.PULIH_CASE_FORM)
    except NoReverseMatch:
        return ""
    return f"{form}?{urlencode({'subject': about[:SUBJECT], 'lost_data': about})}"


@register.simple_tag
def marked(text: str, words: Sequence[str]) -> SafeString:
    """Write `text` with every place marked that holds one of `words` (in small letters)."""
    if not words:
        return conditional_escape(text)
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    parts = re.split(f"({pattern})", text, flags=re.IGNORECASE)
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", p) if i % 2 else p,) for i, p in enumerate(parts)),
    )


@register.simple_tag(takes_context=True)
def help_address(context: Context) -> str:
    """Return the address of the part of a guide that helps with this page."""
    key, part = place_for(context["request"].path) if "request" in context else ("", "")
    if not key:
        return reverse("bantuan")
    return reverse("panduan", args=[key]) + (f"#{part}" if part else "")


@register.filter
def lines(text: str) -> list[str]:
    """Return the lines of a text that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@register.filter
def word_for(words: dict[str, Any], key: str) -> Any:
    """Return the word for a key, or the key itself where there is none."""
    return words.get(key, key)


@register.simple_tag(takes_context=True)
def moment(context: Context, at: datetime | None) -> SafeString:
    """Write a time in WIB with its age beside it: "00:14 · 9 jam lalu"."""
    if at is None:
        return mark_safe('<span class="zero">—</span>')
    age = format_html(' <span class="age">{}</span>', measures.age(at, _now(context)))
    return clock_time(context, at) + age


@register.simple_tag(takes_context=True)
def clock_time(context: Context, at: datetime | None) -> SafeString:
    """Write a time in WIB alone, the whole of it for whoever points at it."""
    if at is None:
        return mark_safe('<span class="zero">—</span>')
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        measures.full_time(at),
        measures.time_of_day(at, _now(context)),
    )


@register.simple_tag(takes_context=True)
def age(context: Context, at: datetime) -> str:
    """Write only how long ago it was."""
    return measures.age(at, _now(context))


@register.filter
def span_until(at: datetime, now: datetime) -> str:
    """Write how much time lies between two moments, where the words around say since when."""
    return measures.span(now - at)


@register.simple_tag(takes_context=True)
def rail_link(context: Context, name: str, picture: str, word: str, **counts: int) -> SafeString:
    """Draw one line of the staff's menu where it opens, marked when this page lies below it.

    Of `counts`, `red` is of what is wrong, `mine` of what waits for whoever reads.
    """
    href, path = reverse(name), context["request"].path
    rule = _rule_at(href)
    if rule and not rule.admits(frozenset(context["my_roles"]), "GET"):
        return SafeString()
    here = path == href or (path.startswith(href) and name != "staf")
    return format_html(
        '<a href="{}"{}>{}{}{}{}</a>',
        href,
        SafeString(' aria-current="page"' if here else ""),
        icon(picture),
        word,
        _counted(counts.get("red", 0), "cnt cnt-bad", gettext("perlu dilihat")),
        _counted(counts.get("mine", 0), "cnt", gettext("menunggu Anda")),
    )


def _counted(count: int, css: str, what: str) -> SafeString:
    """Draw a count on a line of the menu, none of 0; who hears the page is told what it counts."""
    if not count:
        return SafeString()
    drawn = '<span class="{}">{}<span class="visually-hidden"> {}</span></span>'
    return format_html(drawn, css, measures.number(count), what)


@cache
def _rule_at(href: str) -> Access | None:
    """Return who may open an address of ours; which view it leads to never changes."""
    return access_of(resolve(href).func)


@register.simple_tag(takes_context=True)
def may_post(context: Context, name: str, *args: Any) -> bool:
    """Say whether whoever reads may press the button that leads to `name`."""
    rule = access_of(resolve(reverse(name, args=args)).func)
    return rule is None or rule.admits(frozenset(context["my_roles"]), "POST")


def _now(context: Context) -> datetime:
    """Return the page's own moment, so that all of its ages agree."""
    return context.get("now") or clock.now()
