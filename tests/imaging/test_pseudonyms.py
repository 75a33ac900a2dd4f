import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from errors import BadInputError
from imaging.pseudonyms import PseudonymKey, open_key, read_key

KEY = PseudonymKey(bytes(range(32)))
OTHER = PseudonymKey(bytes(range(1, 33)))


@given(st.text())
def test_pseudonyms_have_the_form_of_names_and_uids(original: str) -> None:
    assert re.fullmatch("P[0-9A-HJKMNP-TV-Z]{10}", KEY.patient(original))
    assert re.fullmatch("[0-9a-hjkmnp-tv-z]{8}", KEY.short(original))
    assert UID(KEY.uid(original)).is_valid
    assert re.fullmatch(r"2\.25\.[1-9][0-9]{20,38}", KEY.uid(original))


@given(st.sets(st.text(min_size=1, max_size=4).filter(lambda text: text == text.strip()), max_size=20))
def test_different_originals_have_different_pseudonyms(originals: set[str]) -> None:
    for pseudonym in (KEY.patient, KEY.uid, KEY.short):
        assert len({pseudonym(original) for original in originals}) == len(originals)


def test_pseudonyms_never_change_under_one_key() -> None:
    # Folds, tables and files of earlier exports rest on these.
    assert KEY.patient("4711") == "PCDN35MN1XX"
    assert KEY.uid("1.2.3") == "2.25.83088135239994267137364363777775194031"
    assert KEY.short("1.2.3") == "zhx3b7h7"


def test_one_patient_of_two_issuers_is_two_patients() -> None:
    pseudonyms = {
        KEY.patient("4711"),
        KEY.patient("4711", "A"),
        KEY.patient("4711", "B"),
        KEY.patient("711", "4"),
    }
    assert len(pseudonyms) == 4


def test_padding_makes_no_other_patient() -> None:
    assert KEY.patient(" 4711 ", "A ") == KEY.patient("4711", "A")


def test_another_key_gives_unlinkable_pseudonyms() -> None:
    ids = [str(number) for number in range(200)]
    for mine, others in ((KEY.patient, OTHER.patient), (KEY.uid, OTHER.uid), (KEY.short, OTHER.short)):
        assert not {mine(item) for item in ids} & {others(item) for item in ids}


def test_the_secret_is_not_shown() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)


def test_a_new_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "hospital.key"
    made = open_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == open_key(path) == made
    assert open_key(tmp_path / "another.key") != made
    assert sorted(os.listdir(tmp_path)) == ["another.key", "hospital.key"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"secret",
        b"discern-pseudonym-key-1:",
        b"discern-pseudonym-key-1:" + b"0" * 63,
        b"discern-pseudonym-key-1:" + b"g" * 64,
        b"discern-pseudonym-key-1:" + b"0" * 64 + b"\nmore",
        b"\xff\xfe",
    ],
)
def test_what_is_no_key_is_named_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.key"
    path.write_bytes(content)
    for opened in (read_key, open_key):
        with pytest.raises(BadInputError, match=r"no\.key.*not a key"):
            opened(path)
    assert path.read_bytes() == content


def test_a_missing_key_is_named_where_none_may_be_made(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"absent\.key.*cannot be read"):
        read_key(tmp_path / "absent.key")
    with pytest.raises(BadInputError, match=r"absent\.key.*cannot be written"):
        open_key(tmp_path / "nowhere" / "absent.key")
