"""What makes a benchmark this benchmark: trials of another one do not belong in its table."""

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.cohort import Cohort


def identity_of(protocol: Any, cohort: Cohort, threads: int) -> dict[str, Any]:
    """The protocol (a dataclass), the cohort by its content, the threads of a trial and this version."""
    digest = hashlib.sha256()
    for image in cohort.images:
        described = (image.name, image.patient, sorted(image.annotated), [asdict(box) for box in image.boxes])
        digest.update(json.dumps(described).encode())
        digest.update(hashlib.sha256(image.path.read_bytes()).digest())
    return {
        "protocol": json.loads(json.dumps(asdict(protocol), default=_content_of)),
        "label_set": list(cohort.label_set.classes),
        "cohort": digest.hexdigest(),
        "threads": threads,
        "version": version("discern-spine"),
    }


def _content_of(path: Path) -> str:
    """A start weights file counts by its content, not by where it lies."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else path.name
