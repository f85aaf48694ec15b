"""A network may be any function of the state it is asked about, and only of that."""

import pytest

from ddpm_lite.proof import check

SHORT = {
    "MEAN": r"\mathbb E_{q(x_t|x_0)}",
    "NOISED": r"(x_t - \sqrt{\bar\alpha_t} x_0)",
    "ANSWER": r"\hat x_\theta(x_t, t)",
}


def spelt(short: str) -> str:
    for word, latex in SHORT.items():
        short = short.replace(word, latex)
    return short


@pytest.mark.parametrize(
    ("short", "verdict"),
    [
        # for every network
        (r"MEAN[\|ANSWER - x_0\|^2] = MEAN[\|ANSWER\|^2] - 2 x_0^\top MEAN[ANSWER]"
         r" + \|x_0\|^2", "proved"),
        (r"MEAN[2 ANSWER] = 2 MEAN[ANSWER]", "proved"),
        # for affine networks only: a third moment sees their slope alone
        (r"MEAN[\|NOISED\|^2 NOISED^\top ANSWER] = "
         r"3 (1 - \bar\alpha_t) MEAN[NOISED^\top ANSWER]", "unknown"),
        # not for every network
        (r"MEAN[2 ANSWER] = 3 MEAN[ANSWER]", "false"),
        (r"MEAN[ANSWER] = ANSWER", "false"),
        # what is it asked?
        (r"MEAN[m_\theta] = m_\theta", "unknown"),
        (r"MEAN[f_\theta x_0] = f_\theta x_0", "unknown"),
        # a power of what is drawn does not stand still
        (r"MEAN[x_t^2 x_0] = x_t^2 x_0", "false"),
        (r"MEAN[x_t^\top x_t x_0] = x_t^\top x_t x_0", "false"),
        # a function, not a product
        (r"\Phi(z) + \Phi(-z) = 1", "unknown"),
        (r"2 \Phi(2z) = 4 \Phi(z)", "unknown"),
    ],
)  # fmt: skip
def test_statement(short, verdict):
    assert check(spelt(short)).verdict == verdict
