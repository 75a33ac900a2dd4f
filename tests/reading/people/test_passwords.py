import pytest
from argon2 import PasswordHasher
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reading_app import PASSWORD, person

from reading.people import passwords
from reading.people.accounts import accounts
from reading.people.sessions import sign_in
from reading.store import tables
from reading.store.database import Store


@pytest.mark.parametrize(
    "password",
    [
        "",
        "eleven char",
        "x" * 300,
        "anna.schmidt",
        "Anna.Schmidt",
        "anna.schmidt2026!",
        "password1234",
        "Password2026!",
        "qwertyuiop123",
        "aaaaaaaaaaaaaaa",
        "123456789012",
        "abababababababab",
        "Radiology2026",
    ],
)
def test_a_short_or_a_common_password_is_refused_with_a_sentence(password: str) -> None:
    with pytest.raises(ValueError, match="choose another one"):
        passwords.check_new(password, "anna.schmidt")


@pytest.mark.parametrize("password", [PASSWORD, "twelve chars", "Grüße aus dem Norden", "nine lives 9 cats"])
def test_a_long_one_may_be_anything_else(password: str) -> None:
    passwords.check_new(password, "anna.schmidt")


@settings(max_examples=30)
@given(st.text(max_size=40), st.text(max_size=40))
@example("é" * 12, "e\u0301" * 12)
def test_a_hash_fits_its_password_alone(password: str, other: str) -> None:
    made = passwords.hashed(password)
    assert passwords.fits(made, password)
    same = passwords._plain(password) == passwords._plain(other)
    assert passwords.fits(made, other) == same


@pytest.mark.parametrize("password_hash", [None, "no hash"])
def test_nothing_fits_where_there_is_no_hash(password_hash: str | None) -> None:
    assert not passwords.fits(password_hash, "nobody's")


def test_an_account_without_a_hash_costs_the_work_of_one_with(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:
            verified.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys.cache_clear()
    assert not passwords.fits(None, "any")
    assert not passwords.fits(passwords.hashed("another"), "any")
    assert verified[0] == verified[1]


def test_a_hash_of_older_parameters_is_renewed_by_the_next_sign_in(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(store, "anna")
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    sign_in(store, "anna", PASSWORD)
    with store.read() as connection:
        stored = connection.execute(tables.accounts.select()).one().password_hash
    assert "m=16,t=2" in stored
    assert passwords.fits(stored, PASSWORD)
    assert [each.state for each in accounts(store)] == ["active"]
