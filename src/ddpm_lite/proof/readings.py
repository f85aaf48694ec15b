"""One conventional way to read what the notation leaves open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """One conventional way to read what the notation leaves open."""

    vector: bool = True
    noise: str = "free"  # free | merged | kernel
    variance: str = "free"  # of p_theta: free | posterior | beta
    positive: bool = False  # free letters under a root or logarithm are positive
    affine: bool = False  # what a network answers at a state that is drawn
    matrix: bool = False  # beside a trace, |v| is the determinant of v I

    @property
    def words(self) -> str:
        out = [] if self.vector else ["D = 1"]
        if self.noise == "merged":
            out.append("ε is the noise of q(x_t|x_0)")
        if self.noise == "kernel":
            out.append("ε_t is the noise of q(x_t|x_{t-1})")
        if self.variance != "free":
            name = "σ_q²(t)" if self.variance == "posterior" else "β_t"
            out.append(f"p_θ has variance {name}")
        return "; ".join(out)
