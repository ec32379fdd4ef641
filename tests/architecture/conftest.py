"""Where the sources lie, for the tests that read them."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("annotator", "geodesic", "segmentation", "resources")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def package_files(root: Path) -> list[Path]:
    return sorted(file for package in PACKAGES for file in (root / package).rglob("*.py"))


@pytest.fixture(scope="session")
def python_files(root: Path, package_files: list[Path]) -> list[Path]:
    return package_files + sorted((root / "tests").rglob("*.py"))
