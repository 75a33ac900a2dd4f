"""The weights that a training begins from."""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from errors import BadInputError


def read_start_weights(path: Path) -> dict[str, NDArray[np.generic]]:
    """The tensors of a safetensors file, or of one packed by gzip, by name. Raises BadInputError where it is
    absent or none."""
    try:
        content = path.read_bytes()
        weights: dict[str, NDArray[np.generic]] = load(
            gzip.decompress(content) if path.suffix == ".gz" else content
        )
    except FileNotFoundError:
        raise BadInputError(
            path, "no such weights file; put it there, or do without (--from-scratch, or start_weights: null)"
        ) from None
    except (SafetensorError, OSError, EOFError, zlib.error):
        raise BadInputError(path, "not a safetensors file; convert the weights first") from None
    return weights


def check_fit(path: Path, weights: Mapping[str, object], left: Sequence[str]) -> None:
    """Raises BadInputError where most of a network's tensors (``left``) found nothing in the file."""
    if len(left) > len(weights) / 2:
        raise BadInputError(path, f"weights of another network: {len(left)} tensors do not fit; give its own")
