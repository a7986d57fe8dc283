"""Slow fixtures. The tests that share them form an xdist_group: one worker makes them once."""

from pathlib import Path

import pytest

import builds
import wheels


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.wheel(builds.this_python(), tmp_path_factory.mktemp("wheel"), builds.fastest())


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.sdist(builds.this_python(), tmp_path_factory.mktemp("sdist"))
