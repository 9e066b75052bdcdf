"""Web processes validate settings and read scores without paying for torch."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "segmodels",
        "segmodels.catalogue",
        "segmodels.settings",
        "segmodels.reports",
        "segmodels.errors",
        "segmodels.acquisition",
        "segmodels.clicks.turns",
        "segmodels.clicks.outlines",
        "segmodels.clicks.fetching",
    ],
)
def test_importing_it_does_not_import_torch(module: str) -> None:
    program = f"import sys, {module}; sys.exit(any(m.split('.')[0] == 'torch' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
