"""Bind printed parts into one PDF: bookmarks, and links that lead from part to part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    DictionaryObject,
    Fit,
    IndirectObject,
    NameObject,
    TextStringObject,
)

# The beginning of a link to a place in another part. Chromium wants a real address.
ELSEWHERE = "https://elsewhere.invalid/#"


def count(part: Path) -> int:
    """How many sheets a PDF has."""
    return len(PdfReader(part).pages)


def bind(
    parts: Sequence[Path],
    marks: Sequence[tuple[int, str, str]],
    out: Path,
    title: str,
    author: str,
) -> int:
    """Join PDFs into `out`, written to a temporary name first.

    Args:
        marks: The bookmarks: (level, words, named place).

    Returns:
        The number of sheets.
    """
    book = PdfWriter()
    for part in parts:
        book.append(part)
    places = {name.lstrip("/") for name in book.named_destinations}
    for page in book.pages:
        for link in page.get("/Annots", ()):
            join(link.get_object(), places)
    add_bookmarks(book, marks)
    book.add_metadata({"/Title": title, "/Author": author})
    book.root_object[NameObject("/Lang")] = TextStringObject("en")
    book.page_mode = "/UseOutlines"
    book.compress_identical_objects()
    fresh = out.with_suffix(".new")
    with fresh.open("wb") as file:
        book.write(file)
    fresh.replace(out)
    return len(book.pages)


def add_bookmarks(book: PdfWriter, marks: Sequence[tuple[int, str, str]]) -> None:
    """The outline: each mark below the nearest one before it of a lower level."""
    places = {
        name.lstrip("/"): place for name, place in book.named_destinations.items()
    }
    above: list[tuple[int, IndirectObject]] = []
    for level, words, name in marks:
        if name not in places:
            continue
        place = places[name]
        sheet = book.get_destination_page_number(place)
        while above and above[-1][0] >= level:
            above.pop()
        parent = above[-1][1] if above else None
        fit = Fit.xyz(left=0, top=place.top)
        one = book.add_outline_item(
            title=words, page_number=sheet, parent=parent, fit=fit, is_open=False
        )
        above.append((level, one))


def join(link: DictionaryObject, places: set[str]) -> None:
    """Let a link to another part lead to its place, or to the part's beginning."""
    action = link.get("/A", DictionaryObject()).get_object()
    address = str(action.get("/URI", ""))
    if not address.startswith(ELSEWHERE):
        return
    place = address.removeprefix(ELSEWHERE)
    for one in (place, f"{place.partition('--')[0]}--top"):
        if one in places:
            del link["/A"]
            link[NameObject("/Dest")] = NameObject(f"/{one}")
            return
