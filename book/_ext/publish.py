"""What a published site has beside its pages: 404, site map, the picture of its links.

The last two speak of full addresses, so they are there only where the address is known.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx

CARD = "_static/card.png"
CARD_ALT = "Diffusion, Derived: noise becomes a digit, and each equation has its mark"
# Pages that are tools, not reading.
NO_READING = ("search.html", "genindex.html", "prf-prf.html", "404.html", "index.html")

NOT_FOUND = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="description" content="There is no page at this address.">
<title>No such page · {title}</title>
<link rel="icon" href="{root}_static/favicon.svg" type="image/svg+xml">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.125rem/1.6 system-ui, sans-serif; max-width: 34rem;
  margin: 15vh auto; padding: 0 1.25rem; }}
li {{ margin: .5rem 0; }}
</style>
</head>
<body>
<main>
<h1>Nothing but noise here</h1>
<p>There is no page at this address. These are real:</p>
<ul>
<li><a href="{root}{home}">{title}, from the beginning</a></li>
<li><a href="{root}book/notation.html">Notation</a></li>
<li><a href="{root}search.html">Search the book</a></li>
</ul>
</main>
</body>
</html>
"""


def add_card(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """The picture that a link to the page shows where it is posted."""
    address = app.config.html_baseurl
    if doctree is None or not address:
        return
    alt = html.escape(CARD_ALT)
    context["metatags"] = context.get("metatags", "") + (
        f'<meta property="og:image" content="{address}{CARD}" />\n'
        '<meta property="og:image:width" content="1200" />\n'
        '<meta property="og:image:height" content="630" />\n'
        f'<meta property="og:image:alt" content="{alt}" />\n'
        '<meta name="twitter:card" content="summary_large_image" />\n'
    )


def draw_card(path: Path, title: str) -> None:
    """1200 × 630: a real digit on its way out of the noise, and one marked equation."""
    import matplotlib.pyplot as plt
    import torch

    from ddpm_lite import digits, schedule
    from ddpm_lite.diffusion import q_marginal

    steps = schedule.cosine(T=1000)
    image = digits.to_unit(digits.embedded().images[[2600]])
    generator = torch.Generator().manual_seed(3)
    figure = plt.figure(figsize=(12, 6.3), dpi=100, facecolor="#0c2416")
    for at, t in enumerate((900, 650, 400, 200, 1)):
        shown = q_marginal(steps, image, torch.tensor([t])).sample(generator)[0, 0]
        axes = figure.add_axes((0.06 + 0.18 * at, 0.52, 0.16, 0.16 * 12 / 6.3))
        axes.imshow(shown.clamp(-1, 1), cmap="gray", vmin=-1, vmax=1)
        axes.axis("off")
    equation = (
        r"$q(x_{t-1}\,|\,x_t, x_0) ="
        r"\mathcal{N}(x_{t-1};\, \mu_q(x_t, x_0),\, \sigma_q^2(t)\, I)$"
    )
    words = {"color": "white", "ha": "left", "va": "center"}
    promise = "Every equation judged by machine, as it is printed"
    figure.text(0.06, 0.38, title, size=46, weight="bold", **words)
    figure.text(0.06, 0.25, promise, size=25, **words)
    figure.text(0.06, 0.12, equation, size=26, color="#bbf7d0", va="center")
    figure.text(0.92, 0.12, "✓", size=40, color="#86efac", ha="center", va="center")
    figure.savefig(path, facecolor=figure.get_facecolor())
    plt.close(figure)


def site_map(root: Path, address: str) -> str:
    """Every page there is to read, with its full address."""
    pages = sorted(
        page.relative_to(root).as_posix()
        for page in root.rglob("*.html")
        if "_static" not in page.parts and page.name not in NO_READING
    )
    pages += ["book/index.html"] if (root / "book" / "index.html").is_file() else []
    urls = "".join(
        f"<url><loc>{html.escape(address + one)}</loc></url>\n" for one in pages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    )


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write them once the pages are there."""
    if exception or app.builder.format != "html":
        return
    root, address = Path(app.outdir), app.config.html_baseurl
    # The host shows 404.html for any address, so its links begin at the site's root.
    path = urlsplit(address or "").path.rstrip("/") + "/"
    page = NOT_FOUND.format(
        title=html.escape(app.config.project),
        root=path,
        home=f"{app.config.root_doc}.html",
    )
    (root / "404.html").write_text(page, encoding="utf-8")
    if address:
        (root / "sitemap.xml").write_text(site_map(root, address), encoding="utf-8")
        draw_card(root / CARD, app.config.project)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", add_card, priority=910)
    app.connect("build-finished", finish)
