"""How bytes on a disk become names in a manifest, and come back."""

from hypothesis import example, given
from hypothesis import strategies as st

from backups.engines.files_names import decode_name, encode_name
from backups.engines.files_walk import Names

PATHS = st.binary(min_size=1).filter(lambda path: b"\0" not in path and path != b".")


@given(PATHS)
@example(b"\\xe9")
@example(b"\xe9")
@example(b"\\\\xe9\\")
@example(b"\xed\xa0\x80")
def test_every_path_comes_back_from_its_name(path):
    name = encode_name(path)
    name.encode()  # JSON takes it
    assert decode_name(name) == path


@given(PATHS, PATHS)
def test_two_paths_never_share_a_name(one, other):
    assert (encode_name(one) == encode_name(other)) == (one == other)


@given(st.text(st.characters(exclude_characters="\0\\", exclude_categories=["Cs"]), min_size=1))
def test_proper_text_stays_as_it_is(name):
    assert encode_name(name.encode()) == name


def test_only_what_is_no_text_is_escaped():
    assert encode_name(b"r\xc3\xa9sum\xe9\\.txt") == "résum\\xe9\\\\.txt"


def test_the_root_is_a_dot():
    assert encode_name(b"") == "."
    assert decode_name(".") == b""


def test_a_sentence_names_the_first_few_of_many():
    names = Names()
    assert str(names) == ""
    for number in range(1000):
        names.add(b"berkas %d" % number)
    assert names.count == 1000
    assert str(names) == "'berkas 0', 'berkas 1', 'berkas 2', 'berkas 3', 'berkas 4', ..."
