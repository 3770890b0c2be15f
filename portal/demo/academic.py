"""A small university, made up row by row from a fixed seed: the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from portal.demo.words import (
    COURSE_KINDS,
    FACULTIES,
    FIRST_NAMES,
    GENERAL_COURSES,
    LAST_NAMES,
    TOWNS,
)

SEED = 1957
STUDENTS = 1500
LECTURERS = 160
COURSES_A_PROGRAMME = 14
CLASSES_A_STUDENT = 6
MEETINGS = 14
TERMS = ("20251", "20252")  # the first one is over and marked
TERM_STARTS = {"20251": date(2025, 9, 8), "20252": date(2026, 2, 16)}
INTAKES = (2022, 2023, 2024, 2025)
GRADES = (("A", 4.0), ("A-", 3.7), ("B+", 3.3), ("B", 3.0), ("B-", 2.7), ("C", 2.0), ("D", 1.0))
GRADE_WEIGHTS = (22, 20, 20, 18, 10, 8, 2)

Row = tuple[Any, ...]


def invented_name(random: Random) -> str:
    """Return a first and a last name drawn from the lists."""
    return f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"


class University:
    """Its tables, as tuples in the order of their columns; keys are numbered from 1."""

    def _random(self, table: str) -> Random:
        """Return a source of chance of its own for each table, so that one may change alone."""
        return Random(f"{SEED} {table}")  # noqa: S311 - the same rows everywhere, not a secret

    @cached_property
    def faculties(self) -> list[Row]:
        """Number, code, name."""
        return [(number, code, name) for number, (code, name, _) in enumerate(FACULTIES, 1)]

    @cached_property
    def programmes(self) -> list[Row]:
        """Number, faculty, code, name, degree."""
        named = [(f, name) for f, (_, _, names) in enumerate(FACULTIES, 1) for name in names]
        return [(n, f, f"{f}{n:02}", name, "S1") for n, (f, name) in enumerate(named, 1)]

    @cached_property
    def lecturers(self) -> list[Row]:
        """Number, identity number, name, programme, e-mail."""
        random = self._random("dosen")
        return [
            (n, f"03{n:08}", invented_name(random), self._programme(n), f"dosen{n}@kampus.example")
            for n in range(1, LECTURERS + 1)
        ]

    @cached_property
    def students(self) -> list[Row]:
        """Number, student number, name, programme, intake, town, birthday, e-mail, state."""
        random = self._random("mahasiswa")
        rows: list[Row] = []
        for n in range(1, STUDENTS + 1):
            intake, programme = random.choice(INTAKES), self._programme(n)
            number = f"{intake % 100}{programme:02}{n:06}"
            born = date(intake - 18, 1, 1) + timedelta(days=random.randrange(365))
            state = random.choices(("aktif", "cuti", "lulus"), (92, 5, 3))[0]
            mail = f"{number}@mhs.kampus.example"
            name, town = invented_name(random), random.choice(TOWNS)
            rows.append((n, number, name, programme, intake, town, born, mail, state))
        return rows

    @cached_property
    def courses(self) -> list[Row]:
        """Number, code, name, programme, credits, semester."""
        random = self._random("mata_kuliah")
        rows: list[Row] = []
        for programme in self.programmes:
            own = [f"{kind} {programme[3]}" for kind in COURSE_KINDS]
            names = (*GENERAL_COURSES, *own)[-COURSES_A_PROGRAMME:]
            for name in names:
                n = len(rows) + 1
                credit, semester = random.choice((2, 3, 4)), random.randint(1, 8)
                rows.append((n, f"MK{n:04}", name, programme[0], credit, semester))
        return rows

    @cached_property
    def classes(self) -> list[Row]:
        """Number, course, lecturer, term, room."""
        random = self._random("kelas")
        taught = [(term, course[0]) for term in TERMS for course in self.courses]
        return [
            (n, course, random.randint(1, LECTURERS), term, f"{random.choice('ABC')}{n % 40 + 101}")
            for n, (term, course) in enumerate(taught, 1)
        ]

    @cached_property
    def enrolments(self) -> list[Row]:
        """Number, student, class, chosen at."""
        random = self._random("krs")
        rows: list[Row] = []
        for term in TERMS:
            offered = self._classes_by_programme(term)
            opened = datetime.combine(TERM_STARTS[term], datetime.min.time()) - timedelta(days=14)
            for student in self.students:
                for chosen in sorted(random.sample(offered[student[3]], CLASSES_A_STUDENT)):
                    at = opened + timedelta(seconds=random.randrange(10 * 86400))
                    rows.append((len(rows) + 1, student[0], chosen, at))
        return rows

    def marks(self) -> Iterator[Row]:
        """Yield enrolment, number mark, letter, points for the term that is over."""
        random = self._random("nilai")
        for enrolment in self._enrolments_of(TERMS[0]):
            letter, points = random.choices(GRADES, GRADE_WEIGHTS)[0]
            yield (enrolment[0], round(points * 22 + random.uniform(4, 11), 2), letter, points)

    def attendances(self, every: int = 9) -> Iterator[Row]:
        """Yield number, enrolment, meeting, day, state for one enrolment in `every`."""
        random, number = self._random("presensi"), 0
        for enrolment in list(self._enrolments_of(TERMS[1]))[::every]:
            for meeting in range(1, MEETINGS + 1):
                number += 1
                day = TERM_STARTS[TERMS[1]] + timedelta(weeks=meeting - 1)
                state = random.choices(("hadir", "izin", "sakit", "alpa"), (90, 4, 3, 3))[0]
                yield (number, enrolment[0], meeting, day, state)

    def _programme(self, number: int) -> int:
        return (number - 1) % len(self.programmes) + 1

    def _classes_by_programme(self, term: str) -> dict[int, list[int]]:
        programme_of = {course[0]: course[3] for course in self.courses}
        offered: dict[int, list[int]] = {}
        for number, course, _, its_term, _ in self.classes:
            if its_term == term:
                offered.setdefault(programme_of[course], []).append(number)
        return offered

    def _enrolments_of(self, term: str) -> Iterator[Row]:
        of_term = {row[0] for row in self.classes if row[3] == term}
        return (row for row in self.enrolments if row[2] in of_term)
