// `Check`: a line of LaTeX and the prover's verdict. Nothing is fetched before.
(function () {
  const { make, why_not, failure, helper } = globalThis.parts;
  const script = new URL("checker-worker.js", document.currentScript.src);
  const INSTEAD = "On your own machine, “ddpm-lite check” does the same.";
  const EXAMPLES = [
    ["a true one", "\\sigma_q^2(t) = \\frac{(1-\\alpha_t)(1-\\bar\\alpha_{t-1})}{1-\\bar\\alpha_t}"],
    ["one bar missing", "\\sigma_q^2(t) = \\frac{(1-\\alpha_t)(1-\\alpha_{t-1})}{1-\\bar\\alpha_t}"],
    ["a bound", "\\log p(x) \\ge \\mathbb{E}_{q(z|x)}\\left[\\log \\frac{p(x,z)}{q(z|x)}\\right]"],
  ];
  const WORDS = {
    proved: "Proved: derived exactly, for every schedule.",
    holds: "Holds: checked exactly in every small world that was tried.",
    defines: "Defines: this line gives something its name.",
    false: "False: here are numbers that refute it.",
    unknown: "Not understood, so nothing is claimed.",
  };

  function set_up(box, index) {
    const bytes = Number(box.dataset.bytes);
    const text = make("textarea", {
      id: `check-${index}`, rows: 3, value: EXAMPLES[0][1], spellcheck: false,
      autocapitalize: "off", maxLength: 4000, required: true,
    });
    const label = make("label", { htmlFor: text.id, textContent: "Your equation, in LaTeX" });
    const button = make("button", { type: "submit", textContent: "Check" });
    const examples = EXAMPLES.map(([name, latex]) => {
      const one = make("button", { type: "button", className: "live-small", textContent: name });
      one.addEventListener("click", () => (text.value = latex));
      return one;
    });
    const form = make("form", { className: "live-form" }, label, text,
      make("div", { className: "live-row" }, button, make("span", { textContent: "or try" }), ...examples));
    form.setAttribute("aria-label", "Check an equation");
    const bar = make("progress", { max: bytes, value: 0, hidden: true });
    bar.setAttribute("aria-label", "Loaded");
    const status = make("div", { className: "live-status" });
    status.setAttribute("role", "status");
    const problem = why_not("the prover", INSTEAD);
    status.textContent = problem ||
      `The button loads Python and the prover from this site (${Math.ceil(bytes / 1e6)} MB, once). Your equation stays in your browser.`;
    box.replaceChildren(...(problem ? [status] : [form, bar, status]));
    box.dataset.state = problem ? "impossible" : "idle";

    const worker = helper(script, heard, (why) => rest("failed", failure("The prover", INSTEAD, why)));
    let asked = "", begun = 0;
    function rest(state, ...told) {
      box.dataset.state = state;
      button.disabled = false;
      bar.hidden = true;
      status.replaceChildren(...told);
    }
    function heard(data) {
      if (data.loaded) bar.value = Math.min(bytes, data.loaded);
      if (data.stage === "reading") status.textContent = "Python runs; it reads the prover …";
      if (data.stage === "ready") {
        box.dataset.ready = data.seconds.toFixed(1);
        bar.hidden = true;
      }
      if (data.stage === "checking") status.textContent = "Checking …";
      if (!data.verdict) return;
      const how = data.world ? ` (${data.world}: ${data.rule})` : "";
      const told = [
        make("p", { className: `live-verdict live-${data.verdict}` },
          make("span", { className: "live-mark", ariaHidden: "true", textContent: data.mark }),
          make("strong", { textContent: WORDS[data.verdict] }), how),
        make("p", {}, make("code", { textContent: asked })),
      ];
      // A repair is LaTeX behind its name.
      const [, why, meant] = data.why.match(/^(.*probably meant, with [^:]*: )(.*)$/s) ?? [0, data.why, ""];
      if (why) told.push(make("p", {}, why, ...(meant ? [make("code", { textContent: meant })] : [])));
      if (data.numbers) told.push(make("p", {}, make("code", { textContent: data.numbers })));
      box.dataset.verdict = data.verdict;
      const started = box.dataset.ready && begun ? ` Python took ${box.dataset.ready} seconds to start.` : "";
      begun = 0;
      told.push(make("p", { className: "live-small-print", textContent: `Checked in ${data.seconds.toFixed(1)} seconds, in your browser.${started}` }));
      rest("done", ...told);
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (box.dataset.state === "checking") return;
      if (!worker.runs()) {
        bar.value = 0;
        bar.hidden = false;
        status.textContent = "Loading Python and the prover …";
        begun = performance.now();
      }
      asked = text.value;
      button.disabled = true;
      box.dataset.state = "checking";
      worker.tell({ latex: asked });
    });
  }

  document.querySelectorAll(".check-equation").forEach(set_up);
})();
