"""What a finished benchmark's trials predicted on patients that they were not trained on."""

from benchmarks.runner import BenchmarkFolder, Plan
from benchmarks.trial import read_predictions
from data.cohort import Cohort
from detectors.detections import Detections
from errors import BadInputError


def out_of_fold(plan: Plan, folder: BenchmarkFolder, detector: str) -> list[dict[str, Detections]]:
    """A detector's detections by image name, all folds together, one mapping a seed.

    Raises BadInputError where a trial is missing.
    """
    seeds = []
    for seed in plan.protocol.seeds:
        found: dict[str, Detections] = {}
        for trial in plan.trials:
            if (trial.detector, trial.seed) == (detector, seed) and trial.fold is not None:
                path = folder.trial(trial) / "predictions.npz"
                if not path.exists():
                    raise BadInputError(folder.path, f"{trial.name} is missing; finish the benchmark first")
                found |= read_predictions(path)
        seeds.append(found)
    return seeds


def development(plan: Plan) -> Cohort:
    """The patients who are in a fold: all but the held-out ones."""
    return plan.cohort.of_patients(patient for side in plan.folds.test for patient in side)
