// Compile what the prover imports, Python's own library too, with the Python that will
// run it.
//
//     node compile_packages.mjs PYODIDE SOURCES.zip OUT
//
// In the browser modules are then read instead of compiled, which is most of the start.
// OUT/packages.zip and OUT/python_stdlib.zip are not squeezed: the browser unpacks a
// whole file sooner than Python unpacks a thousand.
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, sources, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${folder}/` });
python.FS.writeFile("packages.zip", fs.readFileSync(sources));
python.FS.writeFile("python_stdlib.zip", fs.readFileSync(`${folder}/python_stdlib.zip`));
python.runPython(`
import importlib.util, marshal, os, sys, zipfile

ours = os.path.abspath("packages.zip")
library = next(place for place in sys.path if place.endswith(".zip"))
sys.path.insert(0, ours)
from ddpm_lite.proof import check

for latex in (
    r"\\bar\\alpha_t = \\alpha_t \\bar\\alpha_{t-1}",
    r"D_{KL}(q(x) \\| p(x)) \\ge 0",
    r"\\mathbb{E}_{q(x_t|x_0)}[x_t] = \\sqrt{\\bar\\alpha_t} x_0",
):
    assert check(latex), latex
files = {str(getattr(m, "__file__", "")) for m in sys.modules.values()}
# A header that says: made from a source that nobody needs to look for.
header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
# Nothing in the prover leads to these, unless it was seen above.
spared = ("sympy/physics/", "sympy/parsing/")
kept = ("sympy/physics/units/", "sympy/parsing/sympy_")

def rewrite(name, home):
    with zipfile.ZipFile(name) as old, zipfile.ZipFile(f"new-{name}", "w") as new:
        for file in old.namelist():
            data, used = old.read(file), f"{home}/{file}" in files
            if used or file.startswith("ddpm_lite/") and file.endswith(".py"):
                # SymPy's long descriptions stay behind.
                level = 2 if file.startswith(("sympy/", "mpmath/")) else 0
                code = compile(data, file, "exec", dont_inherit=True, optimize=level)
                file, data = file + "c", header + marshal.dumps(code)
            elif file.startswith(spared) and not file.startswith(kept):
                if not file.endswith("/__init__.py"):
                    continue
            new.writestr(zipfile.ZipInfo(file), data)

rewrite("packages.zip", ours)
rewrite("python_stdlib.zip", library)
`);
for (const name of ["packages.zip", "python_stdlib.zip"])
  fs.writeFileSync(`${out}/${name}`, python.FS.readFile(`new-${name}`));
