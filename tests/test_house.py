"""The house stands: arrows run one way, and the prover knows nothing of PyTorch."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import ddpm_lite

ROOT = Path(ddpm_lite.__file__).parent

# From the ground up: a room may use the rooms that stand before it, and no other.
ROOMS = [
    *("errors", "schedule", "gaussian", "progress"),
    *("config", "diffusion", "digits"),
    *("objectives", "unet", "sampling", "processes", "toys", "vae"),
    *("checkpoints", "bound", "classifier"),
    *("resume", "variance", "metrics", "training"),
    *("drawing", "evaluate", "export", "options", "cli", "__main__"),
]

# How the prover reads, from characters to the statements of a file; no room of these
# knows what mathematics means.
READING = [
    *("tree", "walking", "vocabulary", "spelling", "scanner", "lexer", "macros"),
    *("cursor", "naming", "lawnotation", "functions", "operators", "atoms", "grammar"),
    *("segments", "statements", "lines", "inline", "blocks", "documents"),
]


def imports(path: Path) -> set[str]:
    """The modules of ours that a file imports when it runs, by first name."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []  # for the type checker alone
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {n.split(".")[1] for n in names if n.startswith("ddpm_lite.")}
    return found - {"__version__"}


def test_arrows_run_one_way():
    rooms = {path.stem for path in ROOT.glob("*.py")} - {"__init__"}
    assert rooms == set(ROOMS), "a new room needs its place in ROOMS"
    for at, room in enumerate(ROOMS):
        used = imports(ROOT / f"{room}.py") - {"proof"}
        assert used <= set(ROOMS[:at]), (room, used - set(ROOMS[:at]))


def test_the_prover_and_the_engine_know_nothing_of_each_other():
    for path in (ROOT / "proof").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert imports(path) <= {"proof", "errors"}, path
        assert "import torch" not in text, path
    for path in ROOT.glob("*.py"):
        if path.stem != "cli":
            assert "proof" not in imports(path), path


def used_by(room: Path) -> set[str]:
    """The modules of the prover that one of them imports when it runs."""
    tree = ast.parse(room.read_text(encoding="utf-8"))
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []  # for the type checker alone
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            used |= {node.module} if node.module else {a.name for a in node.names}
    return used


def test_the_prover_reads_before_it_judges():
    for at, room in enumerate(READING):
        used = used_by(ROOT / "proof" / f"{room}.py")
        assert used <= set(READING[:at]), (room, used - set(READING[:at]))


def test_no_arrow_in_the_prover_leads_back():
    rooms = (ROOT / "proof").glob("[!_]*.py")
    order = TopologicalSorter({room.stem: used_by(room) for room in rooms})
    assert len(list(order.static_order())) > 100  # a circle is a CycleError


def test_what_needs_a_gpu_is_listed():
    """Every function that does something else on a GPU, and no other."""
    found = set()
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        room = ".".join(part for part in parts if part != "__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                asked = [
                    ast.unparse(n.test) for n in ast.walk(node) if isinstance(n, ast.If)
                ]
                if any("cuda" in test for test in asked):
                    found.add(f"{room}.{node.name}")
    page = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, rest = page.partition("### Lines that need a GPU")
    table = [row for row in rest.partition("\n## ")[0].splitlines() if "`" in row]
    listed = {n for row in table if row[0] == "|" for n in re.findall("`(.*?)`", row)}
    assert listed == found
