"""``python -m ddpm_lite.experiments NAME...|all [--out FOLDER] [--check]``."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from ddpm_lite.errors import DdpmLiteError
from ddpm_lite.experiments import ExperimentError, names, recorded, run
from ddpm_lite.experiments._compare import differences


def main(arguments: list[str] | None = None) -> int:
    """Run experiments one after another.

    Returns: 0 when all are recorded, or agree; 1 when --check finds one that does not;
    2 on bad input.
    """
    parser = argparse.ArgumentParser(
        prog="python -m ddpm_lite.experiments",
        description="Run experiments and record what they found in book/results.",
    )
    parser.add_argument("name", nargs="+", help=f"all, or: {', '.join(names())}")
    parser.add_argument("--out", type=Path, help="folder to write in")
    parser.add_argument(
        "--check", action="store_true", help="record nothing: compare with the record"
    )
    options = parser.parse_args(arguments)
    chosen = names() if options.name == ["all"] else options.name
    apart = 0
    try:
        for name in chosen:
            if options.check:
                apart += check(name)
                continue
            started = time.monotonic()
            path = run(name, options.out)
            print(f"{name}: {path} ({time.monotonic() - started:.0f} s)", flush=True)
    except (ExperimentError, DdpmLiteError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if apart else 0


def check(name: str) -> bool:
    """Run one experiment again; whether it disagrees with its record."""
    old = recorded(name)
    with tempfile.TemporaryDirectory() as folder:
        new = json.loads(run(name, Path(folder)).read_text(encoding="utf-8"))
    found = [
        line
        for part in ("seed", "n", "results")
        for line in differences(old[part], new[part], f"{part}.")
    ]
    print(f"{name}: {'DIFFERS' if found else 'agrees'}", flush=True)
    for line in found:
        print(f"  {line}", flush=True)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
