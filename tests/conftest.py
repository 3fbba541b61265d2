"""How the tests are run: random draws that can be repeated, slow tests on request."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from kernel_sharing import get_kernels, shared_folder
from threadpoolctl import threadpool_limits

# Failing draws are printed with a blob that reproduces them; time on a loaded machine is no failure.
settings.register_profile(
    "crystal_lfa", deadline=None, print_blob=True, max_examples=10, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("crystal_lfa")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow") or config.getoption("markexpr"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    # Several processes whose BLAS has several threads each wait for one another.
    with threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(autouse=True, scope="session")
def _kernels_at_hand(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> None:
    # Else they would take over somewhere on the way, as the work of the process grows.
    get_kernels(shared_folder(tmp_path_factory, pytestconfig), "float64")


@pytest.fixture
def rng() -> np.random.Generator:
    """Return numbers that are the same in every run; where draws should differ, tests use hypothesis."""
    return np.random.default_rng(20250801)
