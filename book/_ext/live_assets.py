"""Files that the page asks for after a click: made or copied at build time."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import zipfile
from functools import cache
from importlib import resources
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assets import (
    HERE,
    ONNX_FILES,
    ONNX_RUNTIME,
    PYODIDE,
    PYODIDE_FILES,
    node_bin,
)

# The network that is drawn from, and the one that can be asked for a digit.
PLAIN, ASKED = "samples", "conditional"
PACKAGES = ("mpmath", "sympy")  # of the prover, in the browser
# The slider's frames, and those of the still picture that stands for it on paper.
EVERY, STILLS = 20, (0, 100, 200, 300, 400, 600)


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
    classes, steps = 0, pretrained(PLAIN).card["T"]
    for name in {PLAIN, ASKED} & set(shipped()):
        net = pretrained(name)
        classes = net.classes if name == ASKED else classes
        steps = min(steps, net.card["T"])
        network, _ = export(folder / f"{name}.onnx", name)
        size = squeeze(network, network.with_suffix(".onnx.gz"))
        network.unlink()
        loads += size if name == PLAIN else 0
    return {"bytes": loads, "steps": steps, "classes": classes}


@cache
def stage_slider(folder: Path) -> dict[str, Any]:
    """Four held-out digits on their way into noise: one picture, a frame every 20 t.

    The frames stand below one another. One noise ε serves for all of them, so that
    only the mixture changes. Sixteen grey levels halve the size and cannot be told
    from 256 in noise.

    Returns:
        What the page is told: T, the distance of two frames, ᾱ at each frame.
    """
    import torch

    from ddpm_lite import schedule as schedules
    from ddpm_lite.diffusion import q_marginal
    from ddpm_lite.digits import embedded, split_embedded, to_unit

    schedule = schedules.linear(T=1000)
    _, held_out = split_embedded(embedded())
    chosen = [int((held_out.labels == k).nonzero()[0]) for k in (2, 0, 7, 4)]
    x_0 = to_unit(held_out.images[chosen])
    epsilon = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(0))
    times = list(range(0, schedule.T + 1, EVERY))
    frames = [x_0]
    for t in times[1:]:
        q = q_marginal(schedule, x_0, torch.full((len(x_0),), t))
        frames.append(q.mean + q.std * epsilon)
    folder.mkdir(parents=True, exist_ok=True)
    write_column(folder / "sprite.webp", frames)
    write_column(folder / "still.webp", [frames[t // EVERY] for t in STILLS])
    alpha_bar = (f"{schedule.alpha_bar[t]:.6g}" for t in times)
    return {"steps": schedule.T, "every": EVERY, "alpha-bar": " ".join(alpha_bar)}


def write_column(path: Path, frames: list[Any]) -> None:
    """Batches (B, 1, 28, 28) in [−1, 1] below one another, each as one row of ink."""
    import torch
    from PIL import Image

    from ddpm_lite.digits import to_pixels

    rows = [torch.cat(list(255 - to_pixels(x)[:, 0]), dim=1) for x in frames]
    grey = (torch.cat(rows) / 17).round().to(torch.uint8) * 17
    Image.fromarray(grey.numpy()).save(path, lossless=True, quality=100, method=6)


@cache
def stage_checker(folder: Path) -> dict[str, Any]:
    """Pyodide, SymPy and our own prover; all that `Check` loads.

    Returns:
        What the page is told: bytes to load.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = compiled()
    loads = 0
    for name in PYODIDE_FILES:
        if name.endswith((".wasm", ".zip")):
            continue
        shutil.copy(PYODIDE / name, folder / name)
        squeezed = gzip.compress((PYODIDE / name).read_bytes())  # by the server
        loads += len(squeezed)
    # Not called .gz, which some servers would unpack on the way.
    loads += squeeze(PYODIDE / "pyodide.asm.wasm", folder / "pyodide.asm.bin")
    for file in sorted(made.glob("*.zip")):
        loads += squeeze(file, folder / f"{file.stem}.bin")
    return {"bytes": loads}


def compiled() -> Path:
    """A folder with the prover, SymPy and Python's library, compiled for the browser.

    Kept for the next build, as long as nothing in them has changed.
    """
    script = HERE / "compile_packages.mjs"
    workshop = HERE.resolve().parents[1] / "_build" / "browser"
    workshop.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=workshop) as name:
        fresh = Path(name)
        sources = fresh / "sources.zip"
        with zipfile.ZipFile(sources, "w") as archive:
            add_package(archive, "ddpm_lite", ("__init__.py", "proof/*.py"))
            for package in PACKAGES:
                add_package(archive, package)
        known = (sources, script, HERE / "package.json")
        key = hashlib.sha256(b"".join(file.read_bytes() for file in known)).hexdigest()
        kept = workshop / f"packages-{key[:16]}"
        if not kept.is_dir():
            out = fresh / "out"
            out.mkdir()
            command = [node_bin() / "node", script, PYODIDE.resolve(), sources, out]
            subprocess.run(list(map(str, command)), check=True)
            out.replace(kept)
    return kept


def add_package(
    archive: zipfile.ZipFile, name: str, patterns: tuple[str, ...] = ("**/*.py",)
) -> None:
    """An installed package without its tests, and its licence."""
    root = Path(str(resources.files(name)))
    for pattern in patterns:
        for file in sorted(root.glob(pattern)):
            inside = file.relative_to(root.parent)
            if not {"tests", "benchmarks"} & set(inside.parts):
                # A fixed date: the same sources make the same archive.
                entry = zipfile.ZipInfo(inside.as_posix())
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 1)
    for file in files(name) or []:
        if file.name.startswith("LICENSE"):
            entry = zipfile.ZipInfo(f"licences/{name}/{file.name}")
            text = Path(str(file.locate())).read_bytes()
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)


def squeeze(source: Path, target: Path) -> int:
    """Gzip a file, the same bytes on every day; return its new size.

    The page unpacks it, so that it is small whatever the server does.
    """
    target.write_bytes(gzip.compress(source.read_bytes(), 9, mtime=0))
    return target.stat().st_size
