"""Samples per second: our DDIM against diffusers' DDIM, interleaved in one run.

python benchmarks/sampling_speed.py [--threads 1] [--rounds 5] [--steps 10] …

Both walk the same number of steps on the same schedule with as many channels, each
through its own network, scheduler and loop; a chain of K steps costs K such steps.
"""

import argparse
import json
import statistics

import torch
from networks import contenders
from timing import interleaved, large_pages, ratio

from ddpm_lite.sampling import ddim
from ddpm_lite.schedule import linear


def main() -> None:
    """Time, print the rates and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    pages = large_pages()
    torch.set_num_threads(told.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    ours, matched, peer = contenders(["ours", "ours-matched", "diffusers"])
    matched.net.predicts = "epsilon"  # type: ignore[assignment]

    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler(clip_sample=True)
    scheduler.set_timesteps(told.steps)
    generator = torch.Generator(device)

    def draw_ours(net: torch.nn.Module) -> torch.Tensor:
        return ddim(net, linear(), told.count, generator, told.steps)  # type: ignore[arg-type]

    @torch.no_grad()
    def draw_peer() -> torch.Tensor:
        shape = (told.count, 1, 28, 28)
        x = torch.randn(shape, generator=generator, device=device)
        for t in scheduler.timesteps:
            epsilon = peer.net(x, t).sample
            x = scheduler.step(epsilon, t, x).prev_sample
        return x

    for one in (ours, matched, peer):
        one.net.to(device).eval()
    work = {
        "ours": lambda: draw_ours(ours.net),
        "ours-matched": lambda: draw_ours(matched.net),
        "diffusers": draw_peer,
    }
    found = interleaved(work, told.rounds, 0.0, told.clock)
    evaluations = told.count * told.steps
    outcome = {
        "torch": torch.__version__,
        "device": str(device),
        "threads": told.threads,
        "clock": told.clock,
        "large_pages": pages,
        "rounds": told.rounds,
        "ms_per_image_and_step": {
            name: 1000 * statistics.median(s) / evaluations for name, s in found.items()
        },
        "ratios": {
            f"{name} / diffusers": dict(
                zip(
                    ("speed", "lowest", "highest"),
                    ratio(found["diffusers"], found[name]),
                    strict=True,
                )
            )
            for name in ("ours", "ours-matched")
        },
    }
    if told.json:
        print(json.dumps(outcome, indent=1))
        return
    print(
        f"DDIM, {told.count} images at a time, {device}, {told.threads} thread(s), "
        f"torch {torch.__version__}, {told.clock} clock, median of "
        f"{told.rounds} rounds\n"
    )
    for name, value in outcome["ms_per_image_and_step"].items():
        print(
            f"{name:14} {value:7.3f} ms per image and step, "
            f"{1000 / value / 50:6.2f} images/s at 50 steps"
        )
    for name, row in outcome["ratios"].items():
        spread = f"[{row['lowest']:.2f}…{row['highest']:.2f}]"
        print(f"{name:26} {row['speed']:5.2f}×  {spread}")


if __name__ == "__main__":
    main()
