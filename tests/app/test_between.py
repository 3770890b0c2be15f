"""Two nights of a source: what appeared, changed, vanished between them, and what did not."""

import pytest
from django.urls import reverse

from backups.catalogue.between import between
from tests.app import factories
from tests.app.lives import a_file, a_night, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return factories.source()


def names(found):
    return tuple(
        [version.name for version in rows]
        for rows in (found.appeared, found.changed, found.vanished)
    )


def test_each_difference_is_in_its_list(source):
    one = a_night(source, 1, [table("same", 1), table("other", 1), table("gone", 1)])
    two = a_night(source, 2, [table("same", 1), table("other", 2), table("new", 1)])
    assert names(between(one, two)) == (["new"], ["other"], ["gone"])
    (other,) = between(one, two).changed
    assert (other.rows_before, other.row_count) == (1, 2)


def test_what_came_and_went_in_between_is_no_difference(source):
    one = a_night(source, 1, [table("kept", 1)])
    a_night(source, 2, [table("kept", 2), table("fleeting", 1)])
    three = a_night(source, 3, [table("kept", 1)])
    assert names(between(one, three)) == ([], [], [])


def test_what_was_made_anew_is_a_change_and_not_a_loss(source):
    one = a_night(source, 1, [table("kept", 1)])
    a_night(source, 2, [])
    three = a_night(source, 3, [table("kept", 9)])
    assert names(between(one, three)) == ([], ["kept"], [])


def test_a_change_of_the_definition_alone_is_a_change(source):
    one = a_night(source, 1, [table("t", 1, ("a",))])
    two = a_night(source, 2, [table("t", 1, ("a", "b"))])
    assert names(between(one, two)) == ([], ["t"], [])


def test_a_folder_or_a_schema_can_be_looked_at_alone(source):
    one = a_night(source, 1, [a_file("a/x"), a_file("b/x"), table("a.t", 1), table("b.t", 1)])
    two = a_night(source, 2, [])
    assert names(between(one, two, "a")) == ([], [], ["a/x", "a.t"])


def test_the_page_counts_first_and_bears_any_choice(source, analyst, browser_of):
    one = a_night(source, 1, [table("krs", 1), table("dosen", 1)])
    two = a_night(source, 2, [table("krs", 2)])
    client = browser_of(analyst)
    address = reverse("beda", args=[source.key])
    text = client.get(address).content.decode()
    assert "Hilang, 1" in text
    assert "Berubah, 1" in text
    assert "dosen" in text
    other_way = client.get(address, {"dari": two.pk, "ke": one.pk}).content.decode()
    assert "Hilang, 1" in other_way
    for odd in ({"dari": "x", "ke": "%"}, {"daftar": "'"}, {"dalam": "../.."}, {"hal": "-1"}):
        assert client.get(address, odd).status_code == 200


def test_a_source_without_two_nights_says_so(source, analyst, browser_of):
    text = browser_of(analyst).get(reverse("beda", args=[source.key])).content.decode()
    assert "Belum ada dua malam" in text
