"""Files that the page asks for after a click: made or copied at build time."""

from __future__ import annotations

import gzip
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from assets import ONNX_FILES, ONNX_RUNTIME

# The network that is drawn from, and the one that can be asked for a digit.
PLAIN, ASKED = "samples", "conditional"


@cache
def stage_draw(folder: Path) -> dict[str, Any]:
    """ONNX Runtime Web and our networks; all that `Draw digits` loads.

    Returns:
        What the page is told: bytes to load, T, and how many classes can be asked for.
    """
    from ddpm_lite.checkpoints import pretrained, shipped
    from ddpm_lite.export import export

    folder.mkdir(parents=True, exist_ok=True)
    script, wasm = (ONNX_RUNTIME / name for name in ONNX_FILES)
    shutil.copy(script, folder / "ort.mjs")
    loads = script.stat().st_size + squeeze(wasm, folder / "ort.wasm.gz")
    for name in {PLAIN, ASKED} & set(shipped()):
        network, _ = export(folder / f"{name}.onnx", name)
        size = squeeze(network, network.with_suffix(".onnx.gz"))
        network.unlink()
        loads += size if name == PLAIN else 0
    classes = pretrained(ASKED).classes if ASKED in shipped() else 0
    steps = pretrained(PLAIN).card["T"]
    return {"bytes": loads, "steps": steps, "classes": classes}


def squeeze(source: Path, target: Path) -> int:
    """Gzip a file, the same bytes on every day; return its new size.

    The page unpacks it, so that it is small whatever the server does.
    """
    target.write_bytes(gzip.compress(source.read_bytes(), 9, mtime=0))
    return target.stat().st_size
