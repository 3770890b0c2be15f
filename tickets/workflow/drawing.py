"""docs/kasus.md, drawn from the table; a test keeps the page equal to what is drawn here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tickets.workflow.clocks import BEATS, Beat, Clock, Pulse
from tickets.workflow.nouns import FINAL, Standing, State
from tickets.workflow.table import TABLE, Move

HEAD = """\
# Kasus: keadaan dan langkahnya

Halaman ini digambar dari satu tabel, `tickets/workflow/table.py`, dengan
`manage.py draw_cases > docs/kasus.md`; sebuah uji menjaganya tetap sama. Setiap langkah berjalan
dalam satu transaksi: izin, tukar-banding keadaan, catatan riwayat, pemberitahuan, jejak audit.
"""
STEPS = """\
Kolom SOP menyebut langkah prosedur restore dalam SOP-02.001/BPTI/2020: 1 pelaporan, 2 penerimaan
dan analisis, 3 penelusuran, 4 data masih ada lalu diinformasikan, 4.1 restore, 4.2 informasi bahwa
data sudah kembali normal.
"""


def page() -> str:
    """Return the whole page."""
    moving = [move for move in TABLE if move.to]
    staying = [move for move in TABLE if not move.to]
    parts = (
        HEAD,
        "## Gambar\n",
        *_fenced(_diagram(moving)),
        "## Keadaan\n",
        *_states(),
        "\n## Langkah yang memindahkan kasus\n",
        STEPS,
        *_moves(moving),
        "\n## Langkah yang tidak memindahkan kasus\n",
        *_moves(staying),
        "\n## Jam\n",
        "Waktu kerja BPTI dihitung selama jam berjalan. Sel kosong: jam itu tidak berjalan.\n",
        *_clocks(),
    )
    return "\n".join(parts) + "\n"


def _fenced(lines: Iterable[str]) -> Iterator[str]:
    yield "```mermaid"
    yield from lines
    yield "```\n"


def _diagram(moves: Iterable[Move]) -> Iterator[str]:
    """Yield a Mermaid state diagram, one arrow for all moves between the same two states."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in moves:
        for source in _in_order(move.sources) or ("[*]",):
            arrows.setdefault((source, str(move.to)), []).append(move.name)
    yield "stateDiagram-v2"
    yield from (f"    {state}: {state.label}" for state in State)
    yield from (f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items())
    yield from (f"    {state} --> [*]" for state in _in_order(FINAL))


def _states() -> Iterator[str]:
    yield from _table("Keadaan", "Di kode", "Dibaca pelapor", "Bagi petugas")
    for state in State:
        yield _row(state.label, f"`{state}`", state.seen, state.meaning.label)


def _moves(moves: Iterable[Move]) -> Iterator[str]:
    yield from _table("Langkah", "Dari", "Ke", "Siapa", "Syarat", "Kata", "Memberi tahu", "SOP")
    for move in moves:
        yield _row(
            f"{move.label} (`{move.name}`)",
            _sources(move),
            move.to.label if move.to else "tetap",
            ", ".join(who.label for who in Standing if who in move.who),
            ", ".join(f"`{rule}`" for rule in move.needs),
            move.words.label,
            ", ".join(audience.label for audience in move.tells),
            move.step,
        )


def _sources(move: Move) -> str:
    """Return a move's sources, by what they leave out where that is shorter."""
    if not move.sources:
        return "awal"
    left_out = frozenset(State) - move.sources
    if not left_out:
        return "semua"
    if left_out == FINAL:
        return "semua yang terbuka"
    if left_out > FINAL and len(left_out - FINAL) <= len(FINAL):
        return "semua yang terbuka kecuali " + _labels(left_out - FINAL)
    return _labels(move.sources)


def _clocks() -> Iterator[str]:
    yield from _table("Keadaan", *(clock.label for clock in Clock))
    for state in State:
        yield _row(state.label, *(_beat(BEATS[clock].get(state)) for clock in Clock))


def _beat(beat: Beat | None) -> str:
    if beat is None:
        return ""
    return "berjalan" if beat.pulse is Pulse.RUNNING else f"dijeda, {beat.reason.label}"


def _labels(states: Iterable[State]) -> str:
    return ", ".join(state.label for state in _in_order(states))


def _in_order(states: Iterable[State]) -> tuple[State, ...]:
    held = frozenset(states)
    return tuple(state for state in State if state in held)


def _table(*heads: str) -> Iterator[str]:
    yield _row(*heads)
    yield _row(*("---" for _ in heads))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
