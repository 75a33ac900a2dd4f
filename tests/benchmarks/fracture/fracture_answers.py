"""Answers on fractures, made by hand."""

from benchmarks.fracture.answers import Answer


def answers(
    right_malignant: int = 8, of_malignant: int = 10, right_benign: int = 18, of_benign: int = 20
) -> list[Answer]:
    """Patients "m0", "m1", … and "b0", "b1", …: the first ones are called rightly."""
    made = []
    for cause, right, of in (
        ("malignant", right_malignant, of_malignant),
        ("benign", right_benign, of_benign),
    ):
        for number in range(of):
            said = cause if number < right else ("benign" if cause == "malignant" else "malignant")
            rating = (0.9 if said == "malignant" else 0.1) + 0.001 * number
            made.append(Answer(f"{cause[0]}{number}", cause, said, rating))
    return made
