// `Draw digits`: the controls. Nothing is fetched before the button is pressed.
(function () {
  const SIDE = 28, GAP = 2, COLUMNS = 4, COUNT = 8, STEPS = 50;
  const { make, why_not, failure, helper } = globalThis.parts;
  const script = new URL("draw-worker.js", document.currentScript.src);
  const INSTEAD = "The pictures in the chapters were drawn by the same network when the book was built.";

  function paint(canvas, x) {
    const context = canvas.getContext("2d");
    const picture = context.createImageData(canvas.width, canvas.height);
    picture.data.fill(255);
    for (let i = 0; i < x.length; i++) {
      const digit = Math.floor(i / (SIDE * SIDE)), pixel = i % (SIDE * SIDE);
      const column = (digit % COLUMNS) * (SIDE + GAP) + GAP + (pixel % SIDE);
      const line = Math.floor(digit / COLUMNS) * (SIDE + GAP) + GAP;
      const at = 4 * ((line + Math.floor(pixel / SIDE)) * canvas.width + column);
      const paper = 127.5 * (1 - Math.min(1, Math.max(-1, x[i])));
      picture.data.fill(Math.round(paper), at, at + 3);
    }
    context.putImageData(picture, 0, 0);
  }

  function some_noise(length) {
    return Float32Array.from({ length }, () => {
      const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
      return radius * Math.cos(2 * Math.PI * Math.random());
    });
  }

  function set_up(box, index) {
    const T = Number(box.dataset.steps), bytes = Number(box.dataset.bytes);
    const classes = Number(box.dataset.classes);
    const number = (name, value, min, max) =>
      make("input", {
        type: "number", id: `draw-${name}-${index}`, inputMode: "numeric",
        value, min, max, step: 1, required: true,
      });
    const label = (text, input) =>
      make("label", { htmlFor: input.id, textContent: text });
    const button = make("button", { type: "submit", textContent: "Draw digits" });
    const another = make("button", { type: "button", textContent: "Next seed", hidden: true });
    const steps = number("steps", STEPS, 1, T);
    const seed = number("seed", 7, 0, 4294967295);
    const fresh = make("input", { type: "checkbox", id: `draw-fresh-${index}`, checked: true });
    const fields = [
      make("span", { className: "live-field" }, label("Steps", steps), steps),
      make("span", { className: "live-field" }, label("Seed", seed), seed),
    ];
    let digit = null;
    if (classes) {
      digit = make("select", { id: `draw-digit-${index}` }, make("option", { value: "", textContent: "any" }));
      for (let k = 0; k < classes; k++) digit.append(make("option", { value: k, textContent: k }));
      fields.push(make("span", { className: "live-field" }, label("Digit", digit), digit));
    }
    fields.push(
      make("span", { className: "live-field" }, fresh, label("fresh noise in each step", fresh)),
    );
    const canvas = make("canvas", {
      width: COLUMNS * (SIDE + GAP) + GAP,
      height: (COUNT / COLUMNS) * (SIDE + GAP) + GAP,
    });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Eight squares of pure noise.");
    const bar = make("progress", { max: 1, value: 0, hidden: true });
    bar.setAttribute("aria-label", "Progress");
    const status = make("p", { className: "live-status" });
    status.setAttribute("role", "status");
    const megabytes = (count) => (count / 1e6).toFixed(1);
    const form = make("form", { className: "live-form" },
      make("div", { className: "live-row" }, button, another), make("div", { className: "live-row" }, ...fields));
    form.setAttribute("aria-label", "Draw digits");
    const problem = why_not("the network", INSTEAD);
    status.textContent = problem ||
      `This is noise. The button loads the network from this site (${megabytes(bytes)} MB, once) and lets it take the noise away, in your browser.`;
    paint(canvas, some_noise(COUNT * SIDE * SIDE));
    box.replaceChildren(...(problem ? [status] : [form, canvas, bar, status]));
    box.dataset.state = problem ? "impossible" : "idle";

    const worker = helper(script, heard, (why) => rest("failed", failure("The network", INSTEAD, why)));
    let running = 0, latest = 0, before = "";
    function say(text) {
      if (text !== before) status.textContent = before = text;
    }
    function rest(state, text) {
      running = 0;
      bar.hidden = true;
      button.textContent = "Draw digits";
      box.dataset.state = state;
      say(text);
    }
    function heard(data) {
      if (data.id !== running) return;
      if (data.stopped) return rest("idle", "Stopped.");
      if (data.loaded) {
        bar.value = Math.min(1, data.loaded / data.bytes);
        say("Loading the network …");
      }
      if (data.x) {
        const asked = Number(steps.dataset.asked);
        paint(canvas, data.x);
        bar.value = 1 - data.step / asked;
        box.dataset.step = data.step;
        box.dataset.t = data.t;
        box.last = data.x;
        say(`Taking the noise away, ${asked} steps …`);
      }
      if (data.done) {
        another.hidden = false;
        canvas.setAttribute("aria-label", `Eight handwritten digits that the network drew from seed ${seed.dataset.asked}.`);
        rest("done", `Eight digits that nobody ever wrote: seed ${seed.dataset.asked}, ${steps.dataset.asked} steps, ${data.seconds.toFixed(1)} seconds in your browser.`);
      }
    }
    function start() {
      running = ++latest;
      steps.dataset.asked = steps.value;
      seed.dataset.asked = seed.value;
      const asked = digit && digit.value !== "" ? Number(digit.value) : null;
      worker.tell({
        id: running, bytes, count: COUNT, seed: Number(seed.value),
        steps: Number(steps.value), fresh: fresh.checked, label: asked,
        network: asked === null ? "samples" : "conditional",
      });
      bar.value = 0;
      bar.hidden = false;
      button.textContent = "Stop";
      box.dataset.state = "drawing";
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!running) return start();
      if (box.dataset.state === "drawing") worker.tell({ stop: true });
    });
    another.addEventListener("click", () => {
      if (running) return;
      seed.value = (Number(seed.value) + 1) % 4294967296;
      form.requestSubmit();
    });
  }

  document.querySelectorAll(".draw-digits").forEach(set_up);
})();
