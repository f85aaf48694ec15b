"""Build the landing page and one chapter, for an author in a hurry.

    python book/_ext/onepage.py 06_posterior

Links into other chapters do not resolve here; `make book` checks everything.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TOC = """\
format: jb-book
root: book/index
parts:
  - {{caption: One page, numbered: 1, chapters: [{{file: book/{page}}}]}}
"""


def main(arguments: list[str]) -> int:
    page = Path(arguments[0]).stem if arguments else ""
    if not (ROOT / "book" / f"{page}.md").is_file():
        print("make page needs a page of the book: make page PAGE=06_posterior")
        return 2
    out = ROOT / "_build" / "page" / page
    out.mkdir(parents=True, exist_ok=True)
    (out / "_toc.yml").write_text(TOC.format(page=page), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    command += ["-n", "--all", "--toc", str(out / "_toc.yml"), "--path-output"]
    run = subprocess.run(
        [*command, str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = f"{run.stdout}\n{run.stderr}".splitlines()
    if run.returncode:
        print("\n".join(lines[-60:]))
    for line in lines:
        if f"{page}.md:" in line or "Executed" in line:
            print(line)
    print(f"_build/page/{page}/_build/html/book/{page}.html")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
