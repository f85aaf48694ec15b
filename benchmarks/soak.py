"""Long work in little memory: `make soak`, or python benchmarks/soak.py PART.

files     1,000 notes, and one of 10 MB, through `ddpm-lite proofread`
samples   a million digits of two steps, streamed to disk
steps     100,000 training steps of a tiny network

Each runs in a process of its own; printed is the largest memory that it took, early
and at the end. A part fails when it takes more than it may.

Early, the whole U-Net works. For the long rest two of its layers do, so that all of
this ends within the hour: what could grow is around the network, not in it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

MEGABYTE = 1 << 20
NOTE = r"""# Note {n}

$$\bar\alpha_t = \alpha_t \bar\alpha_{{t-1}}$$

The variance is $\sigma_q^2(t) = \frac{{(1-\alpha_t)(1-\bar\alpha_{{t-1}})}}{{1-\bar\alpha_t}}$.
"""  # noqa: E501


def files(scale: float) -> None:
    """Many files, then one large one, mostly prose as real notes are."""
    count, size = int(1_000 * scale), int(10 * MEGABYTE * scale)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for n in range(count):
            (folder / f"{n:04}.md").write_text(NOTE.format(n=n))
        said = proofread(folder, most=300)
        assert f"{2 * count:,} proved" in said or f"{2 * count} proved" in said, said
        prose = (
            "The noise that came last is the noise we know least about. " * 40 + "\n\n"
        )
        large = folder / "large.md"
        large.write_text((prose * 20 + NOTE.format(n=0)) * (size // (len(prose) * 20)))
        proofread(large, most=300)


def proofread(path: Path, most: int) -> str:
    """The last line of the report; at most ``most`` MB may be taken."""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ddpm_lite", "proofread", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr or done.stdout[-500:]
    took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    read = [path] if path.is_file() else list(path.iterdir())
    size = sum(p.stat().st_size for p in read)
    print(
        f"proofread, files: {len(read):,}, {size / MEGABYTE:.1f} MB in all: "
        f"{time.monotonic() - started:.0f} s, {took:.0f} MB of memory",
        flush=True,
    )
    assert took < most, f"{took:.0f} MB is more than {most}"
    return done.stdout.strip().splitlines()[-1]


def samples(scale: float) -> None:
    """A million digits of two steps; the file is on disk, not in memory."""
    import torch

    from ddpm_lite import checkpoints, drawing
    from ddpm_lite.unet import UNet

    count = int(1_000_000 * scale)
    with tempfile.TemporaryDirectory() as name:
        weights, out = Path(name) / "w.safetensors", Path(name) / "x.npy"
        torch.manual_seed(0)
        checkpoints.save(weights, UNet((16, 16, 16)), {"schedule": "cosine", "T": 20})

        def draw(count: int) -> float:
            drawing.draw(
                out, str(weights), count, 2, 0, "ddim", 0.0, "posterior", None, 0.0
            )
            return largest()

        early = draw(max(1, count // 100))
        with two_layers():
            late = draw(count)
        assert out.stat().st_size >= count * 784
    print(f"{count:,} digits: {late:.0f} MB of memory, {early:.0f} for a hundredth")
    assert late < early + 50, "memory grows with the number of digits"


def steps(scale: float) -> None:
    """Many training steps; memory after the first tenth and at the end."""
    from ddpm_lite import digits
    from ddpm_lite.config import TrainConfig
    from ddpm_lite.training import fit

    def train(count: int) -> tuple[float, int]:
        """The largest memory, and the rows of the metrics file."""
        config = TrainConfig(
            steps=count,
            batch=2,
            warm_up=10,
            T=20,
            channels=(16, 16, 16),
            save_every=max(1, count // 10),
        )
        with tempfile.TemporaryDirectory() as name:
            fit(config, digits.embedded()[:100], Path(name), progress=False)
            rows = (Path(name) / "metrics.jsonl").read_text().count("\n")
        return largest(), rows

    count = int(100_000 * scale)
    early, _ = train(max(10, count // 100))
    with two_layers():
        late, rows = train(count)
    print(f"{count:,} steps: {late:.0f} MB of memory, {early:.0f} for a hundredth")
    assert late < early + 50, "memory grows with the number of steps"
    assert rows <= 2_100, "the metrics file grows with the number of steps"


def largest() -> float:
    """The largest memory that this process ever took, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def two_layers() -> Iterator[None]:
    """Every U-Net is its first and its last layer; the others are carried along."""
    from ddpm_lite.unet import UNet

    def forward(
        self: UNet, x_t: "Tensor", t: "Tensor", y: "Tensor | None" = None
    ) -> "Tensor":
        return self.leave(self.enter(x_t))

    whole = UNet.forward
    UNet.forward = forward  # type: ignore[method-assign]
    try:
        yield
    finally:
        UNet.forward = whole  # type: ignore[method-assign]


PARTS = {"files": files, "samples": samples, "steps": steps}


def main() -> None:
    """Run the named part, or all of them, each in its own process."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("part", nargs="?", choices=list(PARTS), help="default: all")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="0.01 for a quick look"
    )
    told = parser.parse_args()
    if told.part:
        PARTS[told.part](told.scale)
        return
    for part in PARTS:
        command = [sys.executable, __file__, part, "--scale", str(told.scale)]
        if subprocess.run(command, check=False).returncode:
            sys.exit(f"soak: {part} failed")


if __name__ == "__main__":
    main()
