"""The environment's files agree with each other, and what the package needs at run time is in it."""

import re
import subprocess
import tomllib
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")


@cache
def locked() -> dict[str, tuple[str, int]]:
    """Every package of the lock: its version and how many hashes it has."""
    joined = LOCK.replace("\\\n", " ")
    entries = [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    packages = {}
    for entry in entries:
        match = re.match(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", entry)
        assert match, f"not pinned to one version: {entry[:80]}"
        packages[canonicalize_name(match[1])] = match[2], entry.count("--hash=sha256:")
    return packages


def direct() -> list[str]:
    project = PROJECT["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["test"]]


@pytest.mark.parametrize("dependency", direct())
def test_every_dependency_is_locked_at_a_version_that_serves(dependency: str) -> None:
    requirement = Requirement(dependency)
    version, _ = locked()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version, prereleases=True), f"{dependency} is locked at {version}"


def test_every_package_of_the_lock_is_checked_by_hash() -> None:
    assert len(locked()) > 50
    assert [name for name, (_, hashes) in locked().items() if not hashes] == []


def test_the_lock_names_no_address() -> None:
    for word in ("http:", "https:", "--index-url", "--extra-index-url", "--find-links", " @ ", "file:"):
        assert word not in LOCK


def test_nothing_stands_twice_and_opencv_only_without_a_window_system() -> None:
    names = re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, flags=re.MULTILINE)
    assert "opencv-python-headless" in names
    pinned = locked()
    assert "opencv-python" not in pinned or "sys_platform == 'never'" in LOCK


def test_no_second_lock_is_tracked() -> None:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    tracked = done.stdout.splitlines()
    assert "requirements.txt" in tracked
    assert not {"uv.lock", "poetry.lock", "Pipfile.lock"} & set(tracked)


def test_the_gpu_build_is_an_extra_and_no_part_of_the_lock() -> None:
    assert any("paddlepaddle-gpu" in item for item in PROJECT["project"]["optional-dependencies"]["gpu"])
    assert "paddlepaddle-gpu" not in locked()


def test_there_is_one_console_command() -> None:
    assert PROJECT["project"]["scripts"] == {"discern": "cli:main"}
    [command] = entry_points(group="console_scripts", name="discern")
    assert command.value == "cli:main"


def test_every_room_is_packaged() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    packaged = {
        pattern.removesuffix("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    assert rooms == packaged
    modules = {path.stem for path in ROOT.glob("*.py")}
    assert modules == set(PROJECT["tool"]["setuptools"]["py-modules"])


@pytest.mark.parametrize(
    "pattern",
    [
        "annotation/label_sets/*.txt",
        "annotation/views/*.yaml",
        "benchmarks/protocols/*.yaml",
        "benchmarks/*.html",
        "detectors/start_weights/*.safetensors.gz",
        "axial/phantom_models/**/*.onnx",
        "axial/phantom_models/**/*.json",
    ],
)
def test_embedded_files_travel_with_the_package(pattern: str) -> None:
    suffixes = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    found = list(ROOT.glob(pattern))
    assert found
    assert all(any(path.match(suffix) for suffix in suffixes) for path in found)


def test_the_weights_that_come_with_it_stay_small() -> None:
    weights = [
        *(ROOT / "detectors" / "start_weights").glob("*.safetensors*"),
        *(ROOT / "axial" / "phantom_models").glob("**/*.onnx"),
    ]
    assert sum(path.stat().st_size for path in weights) <= 40e6


def test_the_licence_is_the_agpl() -> None:
    assert PROJECT["project"]["license"] == "AGPL-3.0-only"
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text(encoding="utf-8")
