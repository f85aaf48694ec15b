"""Training images per second: ours against the peers, interleaved in one run.

python benchmarks/training_speed.py [--threads 1] [--rounds 5] [--budget 2] …

One step is the same for all: forward, mean squared error on ε, backward, optimiser,
on a batch that already lies in memory.
"""

import argparse
import json
import statistics

import torch
import torch.nn.functional as F
from networks import NAMES, Contender, contenders
from timing import convolution, flops, interleaved, large_pages, ratio


def step_of(one: Contender, batch: int, device: torch.device) -> object:
    """A function that makes one training step of one network."""
    one.net.to(device).train()
    g = torch.Generator(device).manual_seed(0)
    x = torch.randn(batch, 1, 28, 28, generator=g, device=device)
    epsilon = torch.randn(x.shape, generator=g, device=device)
    t = torch.randint(1, 1000, (batch,), generator=g, device=device)

    def step() -> None:
        one.optimizer.zero_grad(set_to_none=True)
        F.mse_loss(one.call(x, t), epsilon).backward()
        one.optimizer.step()

    return step


def main() -> None:
    """Time, print a table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", nargs="+", default=NAMES, choices=NAMES)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--budget", type=float, default=2.0, help="s per network, round"
    )
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    pages = large_pages()
    torch.set_num_threads(told.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    every = contenders(told.networks)
    work = {one.name: step_of(one, told.batch, device) for one in every}
    cost = {name: flops(step) / told.batch for name, step in work.items()}
    size = {one.name: sum(p.numel() for p in one.net.parameters()) for one in every}
    work["convolution"], peak_flops = convolution(told.batch, device)
    found = interleaved(work, told.rounds, told.budget, told.clock)
    peak = peak_flops / min(found["convolution"]) / 1e9

    rows = {}
    for name in told.networks:
        rate = told.batch / statistics.median(found[name])
        speed = rate * cost[name] / 1e9
        best = told.batch / min(found[name]) * cost[name] / 1e9
        rows[name] = {
            "parameters": size[name],
            "mflop_per_image": cost[name] / 1e6,
            "images_per_second": rate,
            "gflop_per_second": speed,
            "share_of_peak": speed / peak,
            "share_of_peak_best_round": best / peak,
        }
    ratios = {}
    for mine in [n for n in told.networks if n.startswith("ours")]:
        for peer in [n for n in told.networks if not n.startswith("ours")]:
            middle, low, high = ratio(found[peer], found[mine])
            ratios[f"{mine} / {peer}"] = {
                "speed": middle,
                "lowest": low,
                "highest": high,
                "per_flop": middle * cost[mine] / cost[peer],
                "parameters": size[mine] / size[peer],
            }
    outcome = {
        "torch": torch.__version__,
        "device": str(device),
        "threads": told.threads,
        "clock": told.clock,
        "large_pages": pages,
        "rounds": told.rounds,
        "batch": told.batch,
        "convolution_peak_gflops": peak,
        "networks": rows,
        "ratios": ratios,
    }
    print(json.dumps(outcome, indent=1) if told.json else page(outcome))


def page(found: dict) -> str:
    """The outcome as two small tables."""
    lines = [
        f"training, batch {found['batch']}, {found['device']}, {found['threads']} "
        f"thread(s), torch {found['torch']}, {found['clock']} clock, median of "
        f"{found['rounds']} rounds, {'large' if found['large_pages'] else 'small'} "
        f"memory pages; convolution peak "
        f"{found['convolution_peak_gflops']:.0f} GFLOP/s",
        "",
        "network                        params  MFLOP/img   img/s  GFLOP/s  of peak",
    ]
    for name, row in found["networks"].items():
        lines.append(
            f"{name:28} {row['parameters'] / 1e6:6.3f}M {row['mflop_per_image']:10.0f} "
            f"{row['images_per_second']:7.1f} {row['gflop_per_second']:8.1f} "
            f"{row['share_of_peak']:7.0%}"
        )
    lines += ["", "ratio of speeds                                   median  [lowest"]
    lines[-1] += "…highest]  per FLOP  parameters"
    for name, row in found["ratios"].items():
        spread = f"[{row['lowest']:.2f}…{row['highest']:.2f}]"
        lines.append(
            f"{name:48} {row['speed']:6.2f}×  {spread:13} {row['per_flop']:7.2f}× "
            f"{row['parameters']:9.2f}×"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
