"""``python -m ddpm_lite.experiments NAME...|all [--out FOLDER]``."""

import argparse
import sys
import time
from pathlib import Path

from ddpm_lite.experiments import ExperimentError, names, run


def main(arguments: list[str] | None = None) -> int:
    """Run experiments one after another; 0 when all are recorded, 2 on bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m ddpm_lite.experiments",
        description="Run experiments and record what they found in book/results.",
    )
    parser.add_argument("name", nargs="+", help=f"all, or: {', '.join(names())}")
    parser.add_argument("--out", type=Path, help="folder to write in")
    options = parser.parse_args(arguments)
    chosen = names() if options.name == ["all"] else options.name
    try:
        for name in chosen:
            started = time.monotonic()
            path = run(name, options.out)
            print(f"{name}: {path} ({time.monotonic() - started:.0f} s)", flush=True)
    except (ExperimentError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
