"""The two procedures as flowcharts: SVG drawn at the server, words real text, no colour alone.

Shapes are those of ISO 5807: a rounded bar begins and ends, a box does, a diamond asks, a box
with a wave is a document. Beside each picture stands the procedure as a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.lib.svg import Box, number, picture, text

W, H = 250, 56  # of a box
LEFT, RIGHT = 30, 410  # where the boxes of each lane begin
STEP, TOP = 92, 50
WIDTH = 690
LINE = 16  # between two lines of words


@dataclass(frozen=True, slots=True)
class Node:
    """One shape: its lane (0 or 1), its row, its kind (end, do, ask, paper), its words by line."""

    lane: int
    row: float
    kind: str
    words: tuple[str, ...]

    @property
    def box(self) -> Box:
        """Where it stands."""
        return Box((LEFT, RIGHT)[self.lane], TOP + self.row * STEP, W, H)

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.box.x + W / 2, self.box.y + H / 2


Arrow = tuple[str, str, str]  # from, to, word on it


def _shape(node: Node) -> str:
    box = node.box
    x, y = node.middle
    if node.kind == "ask":
        half = W / 2 + 8, H / 2 + 10
        points = ((x, y - half[1]), (x + half[0], y), (x, y + half[1]), (x - half[0], y))
        body = " ".join(f"{number(a)},{number(b)}" for a, b in points)
        shape = f'<polygon class="f-ask" points="{body}"/>'
    elif node.kind == "paper":
        bottom = box.y + H
        wave = f"q{W / 4} 12 {W / 2} 0t{W / 2} 0"
        shape = (
            f'<path class="f-do" d="M{number(box.x)} {number(box.y)}h{W}V{number(bottom)}'
            f'M{number(box.x)} {number(box.y)}V{number(bottom)}{wave}"/>'
        )
    else:
        shape = box.rect(f"f-{node.kind}", 0, H / 2 if node.kind == "end" else 6)
    first = y + 5 - LINE * (len(node.words) - 1) / 2
    words = "".join(
        text(x, first + n * LINE, line, "middle", "f-text") for n, line in enumerate(node.words)
    )
    return shape + words


def _edge(a: Node, b: Node, word: str) -> str:
    """Return the arrow from one shape to the next: down, across, or back up at the side."""
    (ax, ay), (bx, by) = a.middle, b.middle
    reach = W / 2 + (8 if a.kind == "ask" else 0)
    if a.lane == b.lane and b.row > a.row:
        begin, end = ay + H / 2 + (10 if a.kind == "ask" else 0), _top(b)
        return _arrow(f"M{number(ax)} {number(begin)}V{number(end)}", (ax + 8, begin + 16), word)
    if a.lane != b.lane:
        side = 1 if b.lane > a.lane else -1
        begin = ax + side * reach
        if a.row == b.row:
            path = f"M{number(begin)} {number(ay)}H{number(bx - side * W / 2)}"
        else:
            path = f"M{number(begin)} {number(ay)}H{number(bx)}V{number(_top(b))}"
        return _arrow(path, (begin + side * 6, ay - 7), word, "start" if side > 0 else "end")
    out = bx + W / 2 + 22 if a.lane else bx - W / 2 - 18
    side = 1 if a.lane else -1
    path = f"M{number(ax + side * reach)} {number(ay)}H{number(out)}V{number(by)}"
    path += f"H{number(bx + side * W / 2)}"
    return _arrow(path, (ax + side * (reach + 4), ay - 7), word, "start" if side > 0 else "end")


def _top(node: Node) -> float:
    return node.box.y - (10 if node.kind == "ask" else 0)


def _arrow(path: str, at: tuple[float, float], word: str, anchor: str = "start") -> str:
    line = f'<path class="f-line" marker-end="url(#f-tip)" d="{path}"/>'
    return line + (text(*at, word, anchor, "f-word") if word else "")


TIP = (
    '<defs><marker id="%s" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
    'markerHeight="8" orient="auto"><path class="f-tip" d="M0 0L8 4L0 8z"/></marker></defs>'
)


def _chart(
    key: str,
    lanes: tuple[str, str],
    nodes: Mapping[str, Node],
    arrows: Iterable[Arrow],
    label: str,
) -> SafeString:
    """Return the chart; `key` is the name of its arrow tip, unlike any other on the page."""
    last = max(node.row for node in nodes.values())
    height = TOP + last * STEP + H + 30
    body = ""
    for x, lane in zip((LEFT - 20, RIGHT - 20), lanes, strict=True):
        body += Box(x, 0, W + 40, height).rect("f-lane", 0, 10)
        body += text(x + W / 2 + 20, 24, lane, "middle", "f-head")
    body += "".join(_edge(nodes[a], nodes[b], word) for a, b, word in arrows)
    body += "".join(_shape(node) for node in nodes.values())
    return picture("flow", WIDTH + 24, height, label, TIP % key + body.replace("#f-tip", f"#{key}"))


def backup_chart() -> SafeString:
    """Draw the backup procedure: every night, by itself, proven before it counts."""
    yes, no = _("Ya"), pgettext("jawaban", "Tidak")
    nodes = {
        "start": Node(0, 0, "end", (_("Mulai, 00:00 WIB"),)),
        "check": Node(0, 1, "do", (_("Memeriksa sumber"), _("dan ruang simpan"))),
        "dump": Node(0, 2, "do", (_("Menyalin data,"), _("lalu membacanya ulang"))),
        "whole": Node(0, 3, "ask", (_("Terbukti utuh?"),)),
        "local": Node(0, 4, "do", (_("Menyimpan di disk lokal"), _("(langkah 2)"))),
        "media": Node(0, 5, "do", (_("Memindahkan ke media"), _("internal (langkah 3)"))),
        "there": Node(0, 6, "ask", (_("Tiba sama persis?"),)),
        "end": Node(0, 7, "end", (_("Malam tercatat baik"),)),
        "alarm": Node(1, 3, "do", (_("Membuka alarm; petugas"), _("diberi tahu, dicoba lagi"))),
        "owed": Node(1, 6, "do", (_("Salinan terutang,"), _("dibayar saat media kembali"))),
        "drill": Node(1, 7, "do", (_("Uji pemulihan berkala"), _("di tempat terpisah"))),
    }
    arrows = (
        ("start", "check", ""), ("check", "dump", ""), ("dump", "whole", ""),
        ("whole", "local", yes), ("whole", "alarm", no), ("local", "media", ""),
        ("media", "there", ""), ("there", "end", yes), ("there", "owed", no),
        ("end", "drill", ""),
    )  # fmt: skip
    label = _("Bagan alir backup data: dari pukul 00:00 WIB sampai malam tercatat baik")
    return _chart(
        "f-backup", (_("Setiap malam"), _("Bila tidak, dan sesudahnya")), nodes, arrows, label
    )


def restore_chart() -> SafeString:
    """Draw the restore procedure: from the report to the berita acara."""
    yes, no = _("Ya"), pgettext("jawaban", "Tidak")
    nodes = {
        "report": Node(0, 0, "end", (_("Melaporkan kehilangan"), _("atau kerusakan (1)"))),
        "receive": Node(1, 0, "do", (_("Menerima dan"), _("menganalisis (2)"))),
        "search": Node(1, 1, "do", (_("Menelusuri data pada"), _("setiap malam (3)"))),
        "there": Node(1, 2, "ask", (_("Masih ada?"),)),
        "approve": Node(1, 3, "ask", (_("Disetujui orang lain?"),)),
        "restore": Node(1, 4, "do", (_("Memulihkan di samping,"), _("terbukti dulu (4.1)"))),
        "tell": Node(1, 5, "do", (_("Memberi tahu data"), _("sudah kembali (4.2)"))),
        "found": Node(0, 2, "do", (_("Diberi tahu di mana"), _("datanya (4)"))),
        "refused": Node(0, 3, "do", (_("Diberi tahu alasannya"),)),
        "right": Node(0, 6, "ask", (_("Sudah sesuai?"),)),
        "again": Node(1, 6, "do", (_("Menganalisis lagi,"), _("mulai dari langkah 2"))),
        "record": Node(0, 7, "paper", (_("Berita acara"),)),
        "end": Node(0, 8, "end", (_("Selesai"),)),
    }
    arrows = (
        ("report", "receive", ""), ("receive", "search", ""), ("search", "there", ""),
        ("there", "found", yes), ("there", "approve", no), ("approve", "refused", no),
        ("approve", "restore", yes), ("restore", "tell", ""), ("tell", "right", ""),
        ("right", "record", yes), ("record", "end", ""), ("right", "again", no),
    )  # fmt: skip
    label = _("Bagan alir restore data: dari laporan pengguna sampai berita acara")
    return _chart("f-restore", (_("Pengguna"), _("BPTI")), nodes, arrows, label)
