"""The examples in the docstrings say what the code does."""

import doctest
import importlib
import pkgutil

import ddpm_lite


def test_examples():
    names = [m.name for m in pkgutil.walk_packages(ddpm_lite.__path__, "ddpm_lite.")]
    modules = [importlib.import_module(n) for n in names if "__main__" not in n]
    found = [doctest.testmod(module) for module in modules]
    assert sum(result.failed for result in found) == 0
    assert sum(result.attempted for result in found) >= 8
