"""Paddle and PaddleDetection made importable: import this module before any module of theirs."""

import importlib.util
import os
import platform
import sys
import types
import warnings
from pathlib import Path


def _ask_for_avx2_on_amd() -> None:
    """Make Paddle's matrix library use AVX2 on AMD processors.

    Paddle bundles an MKL that looks at the maker's name before the instruction set, and runs its
    SSE2 code on any processor that is not Intel's: training is then three times slower. Newer MKLs
    (PyTorch's) ignore the variable.
    """
    processor = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not processor.exists():
        return
    description = processor.read_text(encoding="utf-8", errors="replace")
    if "AuthenticAMD" in description and "avx2" in description:
        os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "5")


def _skip_initialisation(package: str) -> None:
    """Let modules of a package be imported without running the package's ``__init__``.

    Those of PaddleDetection import its trackers, readers, metrics and model zoo: ten seconds, and
    a need for pkg_resources, which setuptools no longer has.
    """
    if package in sys.modules:
        return
    specification = importlib.util.find_spec(package)
    if specification is None:
        raise ModuleNotFoundError(f"{package} is missing: install requirements.txt", name=package)
    module = types.ModuleType(package)
    module.__path__ = list(specification.submodule_search_locations or ())
    module.__spec__ = specification
    sys.modules[package] = module


_ask_for_avx2_on_amd()
os.environ.setdefault("GLOG_minloglevel", "2")  # errors only
os.environ.setdefault("FLAGS_cudnn_deterministic", "1")  # of use on a GPU alone

# About a compiler cache that nothing here needs and about names that PyTorch uses otherwise.
warnings.filterwarnings("ignore", category=Warning, module=r"paddle\.")

for _package in ("ppdet", "ppdet.modeling", "ppdet.modeling.heads"):
    _skip_initialisation(_package)
