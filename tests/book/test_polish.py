"""What the build adds to the pages and leaves out of them."""

from pathlib import Path

import numpy as np
import pytest
from docutils import nodes
from docutils.utils import new_document
from hypothesis import given
from hypothesis import strategies as st
from myst_nb.sphinx_ import HideCodeCellNode
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from sphinx.addnodes import pending_xref

import binding
import blueprint
import blueprint_svg
import bundle
import joints
import pdf
import pictures
import publish
import rooms
import styles
import symbols

CSS = """\
/* a remark */
.used, .never { color: red }
.used .never { color: red }
a:not(.never):hover { color: blue }
:is(.never, .used) em { top: 0 }
@media print { .never { top: 0 } .used { top: 1px } }
@media screen { .never { top: 0 } }
@font-face { font-family: F; src: url(f.woff2) }
"""


def test_only_rules_that_can_match_are_kept() -> None:
    left = styles.purge(CSS, {"used"})
    assert ".used{color: red}" in left
    assert "a:not(.never):hover" in left
    assert ":is(.never, .used) em" in left
    assert "@media print{.used{top: 1px}" in left
    assert "@font-face" in left
    assert ".used .never" not in left
    assert "screen" not in left
    assert "remark" not in left


def test_variables_and_animations_that_nothing_names_are_left_out() -> None:
    css = """\
:root { --a: var(--b); --b: 1px; --c: var(--d); --d: 2px; --e: url("x;}"); --f: 0 }
p { top: var(--a); animation: turn 1s !important; color: red }
@media print { p { --g: 1px; left: var(--g, 0) } }
@keyframes turn { to { rotate: 1turn } }
@keyframes fade { to { opacity: 0 } }
@page sheet { margin: 1mm }
"""
    left = styles.spare(css, 'style="height: var(--f)"')
    assert ":root{--a:var(--b);--b:1px;--f:0}" in left
    assert "p{top:var(--a);animation:turn 1s!important;color:red}" in left
    assert "@media print{p{--g:1px;left:var(--g, 0)}" in left
    assert "turn {" in left
    assert "fade" not in left
    assert "@page sheet { margin: 1mm }" in left
    assert styles.spare(left, "--f") == left


def test_pages_share_one_sheet_and_scripts_keep_their_order(tmp_path: Path) -> None:
    static = tmp_path / "_static"
    (static / "styles").mkdir(parents=True)
    (tmp_path / "book").mkdir()
    (static / "pic.png").write_bytes(b"")
    (static / "styles" / "a.css").write_text(
        "p{background:url(../pic.png);--far:0;--farther:0}.x{top:0}", "utf-8"
    )
    (static / "b.css").write_text(".own{top:var(--far)}", "utf-8")
    for name in ("one", "two", "three"):
        (static / f"{name}.js").write_text(f'"use strict";\nvar {name};', "utf-8")
    head = '<link href="{0}_static/styles/a.css?v=1" rel="stylesheet">'
    both = head + '<script src="{0}_static/one.js"></script><script>y</script>'
    both = f"<!-- Loaded before other Sphinx assets -->{both}"
    late = '<script defer src="{0}_static/two.js"></script>'
    more = '<link rel="stylesheet" href="{0}_static/b.css">'
    more += '<script src="{0}_static/three.js"></script>'
    first, second = tmp_path / "a.html", tmp_path / "book" / "b.html"
    first.write_text((both + late).format(""), "utf-8")
    second.write_text((both + more + late + "x").format("../"), "utf-8")
    bundle.bundle(tmp_path, set("x"))
    page = second.read_text("utf-8")
    assert page.count('href="../_static/book.css?v=') == 1
    assert 'src="../_static/book.js?v=' in page
    assert 'href="../_static/b.css"' in page
    assert '<script defer src="../_static/three.js">' in page
    assert "one.js" not in page
    assert "a.css" not in first.read_text("utf-8")
    css = (static / "book.css").read_text("utf-8")
    assert "url(pic.png);--far:0}" in css
    assert ".x" not in css  # a word of the page, but no class of it
    code = (static / "book.js").read_text("utf-8")
    assert code.index("var one") < code.index("var two")
    assert "use strict" not in code


def paragraph(text: str, *labels: str) -> nodes.paragraph:
    named = [pending_xref("", reftype="eq", reftarget=label) for label in labels]
    return nodes.paragraph("", "", nodes.Text(text), *named)


def test_an_arrow_is_a_reference_in_a_justification() -> None:
    page = new_document("page")
    page += paragraph("Somebody mentions", "eq-far")
    page += paragraph("Put together", "eq-a")
    page += nodes.math_block("", "b", label="eq-b")
    page += nodes.math_block("", "c", label="eq-c")
    page += paragraph("Why. By", "eq-d", "eq-c")
    page += nodes.title("", "New")
    page += nodes.math_block("", "e", label="eq-e")
    page += paragraph("We shall use it for", "eq-f")
    found = blueprint.justified(page)
    assert found["eq-b"] == {"eq-a", "eq-c", "eq-d"}
    assert found["eq-c"] == {"eq-a", "eq-d"}
    assert found["eq-e"] == set()


@given(st.lists(st.sets(st.integers(-3, 11)), max_size=12))
def test_arrows_of_a_chapter_lead_down(uses: list[set[int]]) -> None:
    # Negative: an equation of an earlier chapter.
    chapter = [
        blueprint.Equation(str(i), str(i), "04_x", "proved", tuple(
            str(one) for one in sorted(given) if one < i))
        for i, given in enumerate(uses)
    ]  # fmt: skip
    where = blueprint_svg.places(chapter)
    named = {one for each in chapter for one in each.uses}
    assert set(where) == {one.label for one in chapter} | named
    assert len(set(where.values())) == len(where)
    for one in chapter:
        assert all(where[source][1] < where[one.label][1] for source in one.uses)
    assert all(0 < x < blueprint_svg.WIDTH for x, _ in where.values())


@pytest.mark.parametrize(
    ("symbol", "formula", "there"),
    [
        (r"\alpha_t", r"1 - \alpha_t", True),
        (r"\alpha_t", r"\bar\alpha_t", False),
        (r"\alpha_t", r"\bar{\alpha}_t", False),
        (r"\bar\alpha_t", r"\sqrt{\bar{\alpha}_t}", True),
        ("T", r"x_T", True),
        ("T", r"A^T \text{The}", False),
        (r"\epsilon", r"\epsilon_\theta(x_t, t)", False),
        (r"\mu_q(x_t, x_0)", r"\mu_q", True),
        (r"q(x_t \mid x_0)", r"\log q(x_{t} \,|\, x_0)", True),
        (r"q(x_t \mid x_0)", r"q(x_t \mid x_{t-1})", False),
        (r"\mathbb{E}_q[\,\cdot\,]", r"\mathbb{E}_{q(z)}[f]", True),
        ("q", r"q_\phi(z)", False),
    ],
)
def test_a_symbol_is_found_as_a_whole(symbol: str, formula: str, there: bool) -> None:
    found = symbols.places(symbols.pattern(symbol), symbols.tokens(formula))
    assert found is there


def test_symbols_are_spoken_without_commands() -> None:
    assert symbols.said(r"1 - \bar\alpha_t") == "1 - ᾱ_t"
    assert symbols.said(r"\beta_t \cdots \tilde\beta_T") == "β_t ⋯ β̃_T"


def test_links_between_pages_stay_links_on_paper() -> None:
    text = (
        '<article><h1 id="a">A</h1><a href="#a"></a><a href="06.html#b"></a>'
        '<a href="ledger/06.html"></a><a href="https://x.org"></a>'
        '<img loading="lazy" src="../_images/p.webp"><details><p></p></details>'
        "</article>"
    )
    page = pdf.article(text, "book/04", {"book/04", "book/06"})
    assert '<h1 id="book-04--a">' in page
    assert 'href="#book-04--a"' in page
    assert f'href="{binding.ELSEWHERE}book-06--b"' in page
    assert f'href="{pdf.SITE.as_uri()}/book/ledger/06.html"' in page
    assert 'href="https://x.org"' in page
    assert f'src="{pdf.SITE.as_uri()}/_images/p.webp"' in page
    assert "<details open>" in page
    assert "lazy" not in page


def part(path: Path, sheets: int, places: dict[str, int], asked: str) -> Path:
    """A PDF with named places on its sheets, and one link on the first."""
    writer = PdfWriter()
    for _ in range(sheets):
        writer.add_blank_page(100, 100)
    for place, sheet in places.items():
        writer.add_named_destination(f"/{place}", sheet)
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=asked))
    writer.write(path)
    return path


def test_bound_parts_lead_to_one_another(tmp_path: Path) -> None:
    first = binding.ELSEWHERE + "b--deep"
    parts = [
        part(tmp_path / "1.pdf", 2, {"a--top": 0}, first),
        part(tmp_path / "2.pdf", 3, {"b--top": 0, "b--deep": 2}, "https://x.org"),
        part(tmp_path / "3.pdf", 1, {"c--top": 0}, binding.ELSEWHERE + "b--lost"),
    ]
    marks = [(1, "A", "a--top"), (1, "B", "b--top"), (2, "Deep", "b--deep")]
    out = tmp_path / "book.pdf"
    assert binding.bind(parts, [*marks, (1, "C", "c--top")], out, "T", "We") == 6
    book = PdfReader(out)
    a, b, (deep,), c = book.outline
    found = [(m.title, book.get_destination_page_number(m)) for m in (a, b, deep, c)]
    assert found == [("A", 0), ("B", 2), ("Deep", 4), ("C", 5)]
    links = [book.pages[k]["/Annots"][0].get_object() for k in (0, 2, 5)]
    assert [link.get("/Dest") for link in links] == ["/b--deep", None, "/b--top"]
    assert links[1]["/A"]["/URI"] == "https://x.org"
    places = book.named_destinations
    assert book.get_destination_page_number(places["/b--deep"]) == 4
    assert book.metadata.title == "T"


def test_printing_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(pdf.NotPossibleError, match="CHROMIUM"):
        pdf.browser()
    with pytest.raises(pdf.NotPossibleError, match="make book"):
        pdf.print_book(tmp_path, tmp_path, {"root": "book/index"}, {})


def test_headings_become_bookmarks_in_words() -> None:
    link = '<a class="headerlink" href="#{}" title="x">#</a>'
    formula = '<span class="katex-mathml"><math>t</math></span><i>t</i>'
    body = f"<h1>A &amp; B{link.format('p--a')}</h1><p></p>"
    body += f"<h3>At {formula}{link.format('p--t')}</h3>"
    assert pdf.headings(body) == [(1, "A & B", "p--a"), (3, "At t", "p--t")]


def test_figures_become_lighter_and_nobody_sees_it(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(128, 60, (28, 28)).clip(0, 255)
    pixels = noise.astype(np.uint8).repeat(8, 0).repeat(8, 1)
    pixels[:8], pixels[-8:] = 0, 255
    picture = Image.fromarray(pixels).convert("RGB")
    picture.save(tmp_path / "a.png")
    page = tmp_path / "page.html"
    text = '<img alt="x" src="a.png"><img alt="y" src="https://x.org/a.png">'
    shown = pictures.shrink(text, page)
    first, second = shown.split("><")
    assert 'width="224" height="224" loading="lazy"' in first
    assert 'src="a.webp"' in first
    assert second == 'img alt="y" src="https://x.org/a.png">'
    with Image.open(tmp_path / "a.webp") as light:
        kept = np.asarray(light.convert("L")).astype(int)
    assert abs(kept - pixels).max() <= 4
    assert (kept[:8] == 0).all()  # paper and ink stay what they are
    assert (kept[-8:] == 255).all()
    whole = tmp_path / "whole.webp"
    picture.save(whole, lossless=True)
    assert (tmp_path / "a.webp").stat().st_size < 0.8 * whole.stat().st_size
    assert pictures.shrink(shown, page) == shown


def test_a_formula_keeps_the_signs_that_touch_it() -> None:
    plain = "", nodes.math("", "x"), " of y"
    kept = "so (", nodes.math("", "x"), "). Now"
    link = nodes.reference("", "", nodes.math("", "z"), refuri="#z")
    parts = *kept, *plain, link, ", true. ", nodes.math("", r"\square")
    page = new_document("page")
    page += nodes.paragraph()
    page[0] += [nodes.Text(one) if isinstance(one, str) else one for one in parts]
    before = page.astext()
    joints.join(None, page, "page")  # type: ignore[arg-type]
    assert page.astext() == before.replace(". \\", ".\u00a0\\")
    found = [one for one in page.findall(nodes.inline) if "kept" in one["classes"]]
    assert [one.astext() for one in found] == ["(x).", "z,", "true.\u00a0\\square"]
    assert link.parent is found[1]


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ((nodes.math("", "a"), nodes.Text(". ")), "a.\u00a0\\square"),
        ((nodes.math("", "a"), nodes.Text(" ")), "a\u00a0\\square"),
        ((nodes.Text("so"), nodes.Text(". ")), ".\u00a0\\square"),
        ((nodes.emphasis("", "so it is"), nodes.Text(". ")), ".\u00a0\\square"),
    ],
)
def test_the_end_of_a_proof_takes_along_what_it_ends(
    before: tuple[nodes.Node, ...], kept: str
) -> None:
    page = new_document("page")
    page += nodes.paragraph("", "", *before, nodes.math("", r"\square"))
    words = page.astext()
    joints.join(None, page, "page")  # type: ignore[arg-type]
    assert page.astext() == words.replace(" \\", "\u00a0\\")
    assert page[0][-1].astext() == kept
    assert "kept" in page[0][-1]["classes"]


def test_a_long_name_in_code_breaks_between_its_parts() -> None:
    names = ["test_no_a_bit", "--resume-it", "schedule.beta[t]", "x_0==1.5,", "&lt;"]
    words = " ".join(f'<span class="pre">{one}</span>' for one in names)
    body = f'<code class="docutils literal">{words}</code>'
    context = {"body": f"{body} test_outside <code>a_long.name</code>"}
    joints.part(None, "", "", context)  # type: ignore[arg-type]
    expected = body.replace("test_no_a_bit", "test_<wbr>no_<wbr>a_<wbr>bit")
    expected = expected.replace("schedule.beta", "schedule.<wbr>beta")
    end = " test_outside <code>a_long.<wbr>name</code>"
    assert context["body"] == expected + end


def test_a_section_is_as_high_as_what_it_shows() -> None:
    section = nodes.section("", nodes.title("", "T"), ids=["t"])
    heights = []
    for part in (
        nodes.paragraph("", "word " * 100),
        nodes.math_block("", "a \\\\ b"),
        nodes.literal_block("", "one\ntwo\n"),
        nodes.image(alt="a"),
        nodes.admonition("", nodes.title("", "A"), nodes.paragraph("", "word")),
    ):
        section += part
        heights.append([rooms.height(section, s) for s in (rooms.PHONE, rooms.DESK)])
    assert (np.diff(heights, axis=0) > 0).all()
    assert heights[0][0] > 1.5 * heights[0][1]  # the same words on shorter lines
    inside = section.children[1:]
    unfolds = nodes.container("", *inside, classes=["dropdown"])
    for folded in (unfolds, HideCodeCellNode("", *inside)):
        assert rooms.height(folded, rooms.DESK) == rooms.FOLD < heights[0][1]


def test_site_map_lists_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    for name in ("index", "search", "404", "book/index", "book/04_forward"):
        (tmp_path / f"{name}.html").write_text("", encoding="utf-8")
    text = publish.site_map(tmp_path, "https://o.github.io/n/")
    assert text.count("<loc>") == 2
    assert "<loc>https://o.github.io/n/book/04_forward.html</loc>" in text
