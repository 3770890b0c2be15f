"""The guides: one for each role, a link from every page to the part that helps with it."""

import pytest
from django.urls import resolve, reverse
from django.utils.translation import override

from portal.guides import GUIDES
from portal.help_places import CONTEXT, place_for
from portal.help_texts import PARTS

pytestmark = pytest.mark.django_db


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("key", GUIDES)
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_role_has_its_guide_in_both_languages(client, key, language):
    client.cookies["django_language"] = language
    text = text_of(client.get(reverse("panduan", args=[key])))
    with override(language):
        for part in PARTS[key]:
            assert str(part.title) in text
            assert f'id="{part.key}"' in text


def test_the_list_leads_to_every_guide(client):
    text = text_of(client.get(reverse("bantuan")))
    assert all(reverse("panduan", args=[key]) in text for key in GUIDES)


def test_a_guide_that_is_not_there_is_not_found(client):
    assert client.get(reverse("panduan", args=["rektor"])).status_code == 404


@pytest.mark.parametrize(("begin", "place"), CONTEXT)
def test_every_help_link_leads_to_a_part_that_is_there(begin, place):
    guide, part = place_for(begin)
    assert resolve(reverse("panduan", args=[guide]))
    assert not part or part in [known.key for known in PARTS[guide]]
    assert f"{guide}#{part}".rstrip("#") == place


def test_the_staffs_pages_carry_the_link_to_their_part(browser_of, analyst):
    assert "operator/#sistem" in text_of(browser_of(analyst).get(reverse("sistem")))
