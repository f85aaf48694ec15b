// What the scripts of things that move share; part of the one script of every page.
globalThis.parts = {
  // An element with its properties and what is inside it.
  make(tag, traits, ...inside) {
    const made = Object.assign(document.createElement(tag), traits);
    made.append(...inside);
    return made;
  },

  // Why something that needs WebAssembly cannot run here; empty if it can.
  why_not(what, instead) {
    if (typeof WebAssembly !== "object" || typeof Worker !== "function")
      return `Your browser has no WebAssembly, which runs ${what} here. ${instead}`;
    if (typeof DecompressionStream !== "function")
      return `Your browser is too old to unpack ${what}. ${instead}`;
    if (location.protocol === "file:")
      return `A page opened from a file may not load ${what}. Run “make serve” and open the address that it prints.`;
    return "";
  },

  // What went wrong, in words.
  failure(what, instead, why) {
    return /wasm|WebAssembly|unsafe-eval/i.test(why)
      ? `Your browser, or this server, does not let WebAssembly run here. ${instead} (${why})`
      : `${what} could not be run: ${why}. You may try again.`;
  },

  // A worker that starts when it is first told something, and afresh after a failure.
  helper(script, heard, failed) {
    let worker = null;
    const stop = (why) => {
      worker?.terminate();
      worker = null;
      failed(why);
    };
    return {
      runs: () => worker !== null,
      tell(what) {
        if (!worker) {
          worker = new Worker(script, { type: "module" });
          worker.onmessage = ({ data }) => (data.error ? stop(data.error) : heard(data));
          worker.onerror = (event) => stop(event.message || "its script did not load");
        }
        worker.postMessage(what);
      },
    };
  },
};
