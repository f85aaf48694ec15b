// Compile the modules that the prover imports, with the Python that will run them.
//
//     node compile_packages.mjs PYODIDE PACKAGES.zip PROVER.zip OUT.zip
//
// In the browser they are then read instead of compiled, which is most of the start.
import fs from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, packages, prover, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: `${folder}/` });
for (const [name, file] of [["packages", packages], ["prover", prover]])
  python.FS.writeFile(`/tmp/${name}.zip`, fs.readFileSync(file));
python.runPython(`
import importlib.util, marshal, sys, zipfile

HOME = "/tmp/packages.zip/"
sys.path[:0] = ["/tmp/prover.zip", "/tmp/packages.zip"]
from ddpm_lite.proof import check

for latex in (
    r"\\bar\\alpha_t = \\alpha_t \\bar\\alpha_{t-1}",
    r"D_{KL}(q(x) \\| p(x)) \\ge 0",
    r"\\mathbb{E}_{q(x_t|x_0)}[x_t] = \\sqrt{\\bar\\alpha_t} x_0",
):
    assert check(latex), latex
files = [str(getattr(m, "__file__", "")) for m in sys.modules.values()]
used = {f.removeprefix(HOME) for f in files if f.startswith(HOME)}
# A header that says: made from a source that nobody needs to look for.
header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
with zipfile.ZipFile("/tmp/packages.zip") as old, zipfile.ZipFile("/tmp/out.zip", "w") as new:
    for name in old.namelist():
        data = old.read(name)
        if name in used:
            code = compile(data, name, "exec", dont_inherit=True, optimize=2)
            name, data = name + "c", header + marshal.dumps(code)
        new.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
`);
fs.writeFileSync(out, python.FS.readFile("/tmp/out.zip"));
