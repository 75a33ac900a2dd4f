"""The two causes of a vertebral fracture that are told apart."""

from typing import Final

BENIGN: Final = "benign"
MALIGNANT: Final = "malignant"
"""What is looked for: sensitivity is the share of the malignant fractures that were called so."""
CAUSES: Final = (BENIGN, MALIGNANT)
