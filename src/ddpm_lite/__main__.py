"""``python -m ddpm_lite``: the same as the command ``ddpm-lite``."""

import sys

from ddpm_lite.cli import main

if __name__ == "__main__":
    sys.exit(main())
