"""Whom a model was trained on, without naming anyone."""

from models.identities import is_among, new_salt, patient_identities


def test_identities_depend_on_the_salt_and_not_on_the_order() -> None:
    assert patient_identities(["a", "b", "a"], "x") == patient_identities(["b", "a"], "x")
    assert not set(patient_identities(["a", "b"], "x")) & set(patient_identities(["a", "b"], "y"))


def test_a_known_patient_is_recognised_and_a_stranger_is_not() -> None:
    salt = new_salt()
    identities = patient_identities(["a", "b"], salt)
    assert is_among("a", identities, salt) and is_among("b", identities, salt)
    assert not is_among("c", identities, salt) and not is_among("a", identities, new_salt())
