"""The steps of a restore or of its undoing, as the page draws them: took, ended, here, to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backups.models import (
    TO_LIVE,
    JobState,
    RestoreJob,
    RestorePhase,
    RestoreTarget,
    TouchingJob,
)
from backups.views.running import rate_words, so_far_words

P = RestorePhase
BESIDE = (P.PLAN, P.FETCH, P.LOAD, P.PROVE, P.SWAP, P.KEEP)
DOWNLOAD = (P.PLAN, P.FETCH, P.LOAD, P.PROVE, P.PACK, P.KEEP)
UNDO = (P.PLAN, P.SAFETY, P.PROVE, P.SWAP, P.PROBE, P.KEEP)

WHAT = {
    P.PLAN: gettext_lazy("Hak, ruang, kunci tamu, dan apa yang akan tertimpa"),
    P.SAFETY: gettext_lazy("Keadaan sekarang disimpan dan ditahan di penyimpanan"),
    P.FETCH: gettext_lazy("Hanya yang diperlukan, dicocokkan dengan daftar isi malam itu"),
    P.LOAD: gettext_lazy("Ke tempat kosong di samping data hidup"),
    P.PROVE: gettext_lazy("Dibaca ulang; sidik jari setiap objek dibandingkan"),
    P.SWAP: gettext_lazy("Satu langkah: semuanya lama atau semuanya baru"),
    P.PROBE: gettext_lazy("Basis data dan halaman sistem menjawab lagi"),
    P.KEEP: gettext_lazy("Isi lama disimpan sampai masa pembatalan habis"),
    P.PACK: gettext_lazy("Ditulis langsung terenkripsi; kuncinya tidak disimpan"),
}
IN_OTHER_WORDS: dict[tuple[str, RestorePhase], tuple[Any, Any]] = {
    (RestoreTarget.BESIDE, P.SWAP): (
        gettext_lazy("Memberi nama"),
        gettext_lazy("Nama yang diminta; data hidup tidak tersentuh"),
    ),
    (RestoreTarget.BESIDE, P.KEEP): (
        gettext_lazy("Mencatat hasil"),
        gettext_lazy("Siap dilihat pemiliknya"),
    ),
    (RestoreTarget.DOWNLOAD, P.PLAN): (
        gettext_lazy("Memeriksa salinan"),
        gettext_lazy("Yang diminta ada di daftar isi malam itu, dan ruangnya cukup"),
    ),
    (RestoreTarget.DOWNLOAD, P.LOAD): (
        gettext_lazy("Memuat di tempat uji"),
        gettext_lazy("Jauh dari data hidup"),
    ),
    (RestoreTarget.DOWNLOAD, P.KEEP): (
        gettext_lazy("Mengirim kunci"),
        gettext_lazy("Lewat email, kepada orang yang memintanya saja"),
    ),
}


@dataclass(slots=True)
class Step:
    """One step: `state` is done, here, failed or todo; `took` in seconds.

    Two may be here at once. `is_current` is the later one; `is_measured` the one that the job's
    own progress speaks of, which is the one begun last.
    """

    word: str
    what: str
    state: str
    took: float | None = None
    ended: datetime | None = None
    so_far: str = ""
    rate: str = ""
    is_current: bool = False
    is_measured: bool = False


def steps_of(job: TouchingJob, phases: Sequence[RestorePhase], target: str = "") -> list[Step]:
    """Return the job's steps: what each took, when it ended, and how far the present one is."""
    kept = {entry["phase"]: entry for entry in job.steps}
    steps = [_step(job, phase, kept.get(phase), target) for phase in phases]
    for step in [step for step in steps if step.state == "here"][-1:]:
        step.is_current = True
    return steps


def phases_of(job: RestoreJob) -> Sequence[RestorePhase]:
    """Return the steps that a restore to its target goes through."""
    by_target = {RestoreTarget.BESIDE: BESIDE, RestoreTarget.DOWNLOAD: DOWNLOAD}
    return by_target.get(RestoreTarget(job.target), TO_LIVE)


def _step(job: TouchingJob, phase: RestorePhase, kept: dict[str, Any] | None, target: str) -> Step:
    word, what = IN_OTHER_WORDS.get((str(target), phase), (phase.label, WHAT[phase]))
    step = Step(str(word), str(what), "todo")
    if kept is None:
        if job.state == JobState.GOOD:
            step.state = "done"
            if job.steps:  # whoever wrote down others left this one out
                step.what = _("Tidak diperlukan")
        return step
    began = datetime.fromisoformat(kept["began"])
    if "ended" in kept:
        step.state = "done"
        step.ended = datetime.fromisoformat(kept["ended"])
        step.took = (step.ended - began).total_seconds()
        return step
    step.state = "here" if job.is_unfinished else "failed"
    step.is_measured = job.steps[-1]["phase"] == phase
    if job.state == JobState.RUNNING and job.phase == phase:
        step.so_far, step.rate = so_far_words(job), rate_words(job)
    return step


def place_in(steps: Sequence[Step]) -> tuple[int, int]:
    """Return which step it is, counted from one, and how many there are."""
    done = sum(step.state == "done" for step in steps)
    return min(done + 1, len(steps)), len(steps)
