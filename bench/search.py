"""The search over a year of nights: 20 databases of 500 tables, a folder of a million paths.

Every search is the page itself, asked through the web tier, hits with their nights drawn.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from backups.catalogue import index
from backups.catalogue.find import search
from backups.catalogue.known import known_object
from backups.catalogue.record import record_differences
from backups.models import (
    BackupRun,
    JobState,
    KnownObject,
    RunKind,
    Snapshot,
    Source,
    name_key,
)
from backups.registering import add_source
from backups.specs import ManifestObject
from bench.fill import write_many
from bench.measure import seconds_of
from portal.accounts.models import Role, RoleGrant, User
from portal.lib import clock

NIGHTS = 365
DATABASES, TABLES = 20, 500
PATHS = int(os.environ.get("BENCH_PATHS", "1000000"))
PER_FOLDER = 400
CHANGED_EVERY = 100  # of the paths, in the night that is recorded
SEARCHES = 200
AIMS = {"sqlite": "under 200 ms", "postgresql": "under 100 ms"}
NOUNS = re.findall(
    r"\w+",
    "nilai mahasiswa dosen krs presensi kelas tugas kuis materi ujian skripsi sidang jadwal "
    "ruang pegawai gaji surat arsip berkas laporan anggaran bayar tagihan alumni wisuda "
    "perpustakaan buku pinjam denda pengguna peran akses log sesi pesan lampiran foto ijazah "
    "transkrip komponen bobot kurikulum prodi fakultas semester registrasi cuti beasiswa",
)
_VERSIONS = """
    INSERT INTO backups_objectversion
    (source_id, kind, name, name_key, columns, row_count, byte_count, sha256, schema_sha256,
     since_id, until_id)
    SELECT source_id, kind, name, name_key, columns, id % 90000, id % 900000, name_key, '',
    first_id, gone_id FROM backups_knownobject
    """
# A changed object has closed versions too: one for every night that its number falls on.
_CHANGES = """
    INSERT INTO backups_objectversion
    (source_id, kind, name, name_key, columns, row_count, byte_count, sha256, schema_sha256,
     since_id, until_id)
    WITH RECURSIVE n(i) AS (SELECT {begin} UNION ALL SELECT i + 1 FROM n WHERE i < {most})
    SELECT k.source_id, k.kind, k.name, k.name_key, k.columns, k.id % 90000, k.id % 900000,
    k.name_key, '', s.id, s.id + 1 FROM backups_snapshot s CROSS JOIN n
    CROSS JOIN backups_knownobject k
    WHERE k.id = n.i * {every} - s.id % {every} AND k.source_id = s.source_id
    AND s.source_id {of} AND s.id > k.first_id
    AND (k.gone_id IS NULL OR s.id < k.gone_id)
    AND EXISTS (SELECT 1 FROM backups_snapshot n WHERE n.id = s.id + 1
                AND n.source_id = s.source_id)
    """


def figures(_folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, aim) for searches and for recording a quiet night."""
    chance = random.Random(11)  # noqa: S311 - made-up names, the same each time
    with transaction.atomic():
        index.drop(connection)  # and built at the end, which is sooner done
        sources = [_source(f"Basis {n:02d}", "postgresql") for n in range(DATABASES)]
        files = _source("Berkas e-learning", "files")
        for source in sources:
            _know(source, _tables(chance), "table")
        _know(files, _paths(chance), "file")
        with connection.cursor() as cursor:
            cursor.execute(_VERSIONS)
            cursor.execute("ANALYZE")
            most = DATABASES * TABLES + PATHS
            for n, source in enumerate(sources):  # whose tables were numbered one after another
                own = {"begin": n * TABLES // 10, "most": (n + 1) * TABLES // 10 + 1}
                cursor.execute(_CHANGES.format(every=10, of=f"= {source.pk}", **own))
            own = {"begin": DATABASES * TABLES // 2000, "most": most // 2000 + 1}
            cursor.execute(_CHANGES.format(every=2000, of=f"= {files.pk}", **own))
    index.build(connection)  # PostgreSQL makes none while references wait to be checked
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    yield from _searching(chance)
    yield from _recording(files)


def _source(name: str, engine: str) -> Source:
    source = add_source(name, now=clock.now(), engine=engine, host="x", database="x", path="/x")
    Source.objects.filter(pk=source.pk).update(created_at=clock.now() - timedelta(days=500))
    for ago in range(NIGHTS, 0, -1):
        _snapshot(source, ago)
    return source


def _snapshot(source: Source, ago: int) -> Snapshot:
    taken = clock.now() - timedelta(days=ago)
    run = BackupRun.objects.create(
        source=source,
        kind=RunKind.NIGHTLY,
        night=clock.wib_date(taken),
        state=JobState.GOOD,
        ordered_at=taken,
    )
    counts = {"object_count": PATHS, "row_count": 0, "byte_count": 0}
    return Snapshot.objects.create(source=source, run=run, taken_at=taken, **counts)


def _know(source: Source, names: Iterator[str], kind: str) -> None:
    """Know the names since the first night; every fiftieth is gone since some night."""
    nights = list(source.snapshots.order_by("pk").values_list("pk", flat=True))

    def rows() -> Iterator[KnownObject]:
        for n, name in enumerate(names):
            gone = nights[n % (NIGHTS - 9) + 9] if n % 50 == 0 else None
            columns = "" if kind == "file" else f"id\n{NOUNS[n % len(NOUNS)]}_id\nkode_{n % 37}"
            yield known_object(
                source=source.pk, kind=kind, name=name, columns=columns, first=nights[0], gone=gone
            )

    write_many(KnownObject, rows())


def _tables(chance: random.Random) -> Iterator[str]:
    for n in range(TABLES):
        yield f"public.{chance.choice(NOUNS)}_{chance.choice(NOUNS)}_{n:03d}"


def _paths(chance: random.Random) -> Iterator[str]:
    folder = ""
    for n in range(PATHS):
        if n % PER_FOLDER == 0:
            year = 2016 + n * 10 // PATHS
            folder = f"{chance.choice(NOUNS)}/{year}/{chance.choice(NOUNS)}-{n // PER_FOLDER:04d}"
        number = f"{chance.randrange(10**5):05d}{n % PER_FOLDER:03d}"
        yield f"{folder}/{chance.choice(NOUNS)}-{number}.pdf"


def _terms(chance: random.Random) -> Iterator[str]:
    """Yield what people type: tables, numbers, parts, two words, slips of the hand."""
    names = KnownObject.objects.values_list("name", flat=True)
    some = [names.get(pk=chance.randrange(1, DATABASES * TABLES + PATHS)) for _ in range(SEARCHES)]
    for n, name in enumerate(some):
        leaf = name.rpartition("/")[2]
        yield (
            leaf,
            chance.choice(NOUNS),
            leaf[2:9],
            f"{chance.choice(NOUNS)} {chance.randrange(10**4):04d}",
            chance.choice(NOUNS)[:2],
            f"{chance.choice(NOUNS)} {chance.choice(NOUNS)}",
            name.rpartition("/")[0] or name,
            chance.choice(NOUNS)[:-1] + "qz",
            leaf[-12:-4],
            f"{chance.choice(NOUNS)}_",
        )[n % 10]


def _searching(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    client = Client(headers={"host": "localhost"})
    analyst = User.objects.create_user("bench")
    RoleGrant.objects.create(user=analyst, role=Role.ANALYST)
    client.force_login(analyst)
    page = reverse("pencarian")
    times, alone = [], []
    for n, term in enumerate(_terms(chance)):
        query = {"q": term, "ada": ("", "", "hilang", "ada")[n % 4]}
        times.append(seconds_of(lambda asked=query: client.get(page, asked)) * 1000)
        alone.append(seconds_of(lambda asked=term: search(asked)) * 1000)
    what = f"search, {connection.vendor}, {DATABASES * TABLES + PATHS:,} names, 95 of 100"
    yield what, f"{quantiles(times, n=20)[-1]:.0f} ms", AIMS[connection.vendor]
    slowest = f"{median(times):.0f} and {max(times):.0f} ms"
    yield f"search, {connection.vendor}, median and slowest", slowest, ""
    of_it = f"{quantiles(alone, n=20)[-1]:.0f} ms, median {median(alone):.0f}"
    yield "  the same without its page, asked once more, 95 of 100", of_it, ""


def _recording(files: Source) -> Iterator[tuple[str, str, str]]:
    standing = KnownObject.objects.filter(source=files, shelf="p").order_by("pk")
    names = list(standing.values_list("name", flat=True)[: PATHS // CHANGED_EVERY * 2 : 2])
    before = [ManifestObject("file", name, bytes=1, sha256=name_key("", name)) for name in names]
    after = [ManifestObject("file", name, bytes=2, sha256=name_key("x", name)) for name in names]
    after += [ManifestObject("file", f"baru/{n}.pdf", bytes=2, sha256="x") for n in range(100)]
    snapshot = _snapshot(files, 0)

    def record() -> None:
        with transaction.atomic():
            record_differences(snapshot, before, after)

    took = seconds_of(record)
    what = f"recording a night, {connection.vendor}, {len(names):,} of {PATHS:,} changed"
    yield what, f"{took:.1f} s", "under 20 s"
