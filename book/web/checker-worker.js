// The prover in the reader's browser: Python (Pyodide), SymPy, and this book's package.
const here = new URL("check-equation/", import.meta.url);
const SET_UP = `
import json, os, sys
sys.path.insert(0, os.path.abspath("packages.zip"))
from ddpm_lite.proof import check
from ddpm_lite.proof.field import Budget
from ddpm_lite.proof.verdict import MARK, numbers
Budget.seconds *= 3  # this Python is slower

def told(latex):
    v = check(latex)
    return json.dumps({
        "verdict": v.verdict, "mark": MARK[v.verdict], "world": v.world,
        "rule": v.rule, "why": v.why,
        "numbers": numbers(v.counterexample) if v.counterexample else "",
    })

told
`;
let ready = null;

onmessage = async ({ data }) => {
  try {
    ready ??= boot();
    const told = await ready;
    postMessage({ stage: "checking" });
    const begun = performance.now();
    const verdict = JSON.parse(told(data.latex));
    postMessage({ ...verdict, seconds: (performance.now() - begun) / 1000 });
  } catch (error) {
    postMessage({ error: String(error?.message ?? error) });
  }
};

// Every file that Pyodide asks for is counted; the large ones come squeezed.
const plainly = self.fetch.bind(self);
const SQUEEZED = /\.(wasm|zip)$/;
let loaded = 0;
self.fetch = async (asked, ...more) => {
  const address = String(asked.url ?? asked);
  const squeezed = SQUEEZED.test(address);
  const answer = await plainly(squeezed ? address.replace(SQUEEZED, ".bin") : asked, ...more);
  if (!answer.ok) throw new Error(`${address}: the server says ${answer.status}`);
  const count = new TransformStream({
    transform(part, out) {
      postMessage({ loaded: (loaded += part.length) });
      out.enqueue(part);
    },
  });
  const counted = answer.body.pipeThrough(count);
  if (!squeezed) return new Response(counted, { headers: answer.headers });
  const type = address.endsWith(".wasm") ? "application/wasm" : "application/zip";
  return new Response(counted.pipeThrough(new DecompressionStream("gzip")), {
    headers: { "Content-Type": type },
  });
};

async function boot() {
  const begun = performance.now();
  const packages = fetch(new URL("packages.zip", here)).then((answer) => answer.arrayBuffer());
  const { loadPyodide } = await import(new URL("pyodide.mjs", here));
  const python = await loadPyodide({ indexURL: here.href });
  python.FS.writeFile("packages.zip", new Uint8Array(await packages));
  postMessage({ stage: "reading", seconds: (performance.now() - begun) / 1000 });
  const told = python.runPython(SET_UP);
  told("\\bar\\alpha_t = \\alpha_t \\bar\\alpha_{t-1}"); // the first one is slow
  postMessage({ stage: "ready", seconds: (performance.now() - begun) / 1000 });
  return told;
}
