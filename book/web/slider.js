// The forward process under the reader's finger: a range picks a frame of a picture.
(function () {
  const { make } = globalThis.parts;
  const folder = new URL("forward-slider/", document.currentScript.src);

  function set_up(box, index) {
    const T = Number(box.dataset.steps), every = Number(box.dataset.every);
    const alpha_bar = box.dataset.alphaBar.split(" ").map(Number);
    const frame = make("div", { className: "live-frame" });
    frame.setAttribute("role", "img");
    frame.style.backgroundImage = `url("${new URL("sprite.webp", folder)}")`;
    const range = make("input", {
      type: "range", id: `slider-${index}`, min: 0, max: T, step: every, value: 0,
    });
    const label = make("label", { htmlFor: range.id, textContent: "noisy steps t" });
    const told = make("p", { className: "live-told" });
    const ends = make("div", { className: "live-ends" },
      make("span", { textContent: "0" }), label, make("span", { textContent: String(T) }));

    function show() {
      const t = Number(range.value), k = t / every;
      const picture = Math.sqrt(alpha_bar[k]).toFixed(2);
      const noise = Math.sqrt(1 - alpha_bar[k]).toFixed(2);
      frame.style.backgroundPositionY = `${(100 * k) / (alpha_bar.length - 1)}%`;
      frame.setAttribute("aria-label", `Four handwritten digits after ${t} noisy steps.`);
      told.textContent = `t = ${t}:  ${picture} × picture + ${noise} × noise`;
      range.setAttribute("aria-valuetext", `t = ${t}: ${picture} times the picture plus ${noise} times the noise`);
      box.dataset.t = t;
    }
    range.addEventListener("input", show);
    range.value = 200;
    show();
    box.querySelector(".live-still").replaceWith(frame, range, ends, told);
  }

  document.querySelectorAll(".forward-slider").forEach(set_up);
})();
