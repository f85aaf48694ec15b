"""Files of many kinds, and the mathematics in each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from .blocks import Block, blocks

SUFFIXES = {".md", ".ipynb", ".tex", ".txt"}
MAX_BYTES = 50_000_000


class BadInput(ValueError):
    """A file that cannot be read; the message is one sentence."""


def read(path: Path) -> list[Block]:
    """The blocks of a file in document order; BadInput when it cannot be read."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadInput(f"{path}: {size} bytes (the limit is {MAX_BYTES})")
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise BadInput(f"{path}: {reason.lower()}") from error
    if b"\0" in raw[:4096]:
        raise BadInput(f"{path}: this is not a text file")
    text = decode(raw)
    if path.suffix == ".ipynb":
        return notebook(text, path)
    return blocks(text, path.suffix == ".md")


def decode(raw: bytes) -> str:
    """UTF-8 (with or without a mark), else Latin-1, which always succeeds."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def notebook(text: str, path: Path) -> list[Block]:
    """The Markdown cells of a notebook, one after the other."""
    try:
        cells = json.loads(text)["cells"]
        sources = [
            "".join(c["source"])
            for c in cells
            if c.get("cell_type") == "markdown" and c.get("source") is not None
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{path}: this is not a notebook") from error
    out: list[Block] = []
    offset = 0
    for source in sources:
        for b in blocks(source, True):
            out.append(replace(b, line=b.line + offset))
        offset += max(1, len(source.split("\n")) - source.endswith("\n"))
    return out


def files(paths: list[Path]) -> list[Path]:
    """The files to read: folders searched, notebooks with a Markdown twin skipped."""
    out: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p
                for p in path.rglob("*")
                if p.suffix in SUFFIXES
                and p.is_file()
                and not any(map(_hidden, p.relative_to(path).parts))
            )
            out += [p for p in inside if not _twin(p)]
        elif path.exists():
            out.append(path)
        else:
            raise BadInput(f"{path}: there is no such file or folder")
    return out


def _hidden(part: str) -> bool:
    """A folder that holds no documents of one's own."""
    return part.startswith((".", "_build")) or part == "node_modules"


def _twin(path: Path) -> bool:
    return path.suffix == ".ipynb" and path.with_suffix(".md").exists()
