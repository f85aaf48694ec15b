// What scrolls inside its own box must be reachable by keyboard. Whether it scrolls is
// measured when the reader comes near it: to measure all would be to draw the whole page
// at once. Until then it is taken to scroll.
(function () {
  const boxes = ".equation-body, .table-box, div.highlight pre, .cell_output pre, .output";
  const near = new Set();
  function mark(them) {
    const wide = [...them].map((box) => box.scrollWidth > box.clientWidth + 1);
    for (const [i, box] of [...them].entries()) {
      if (wide[i]) box.tabIndex = 0;
      else if (box !== document.activeElement) box.removeAttribute("tabindex");
    }
  }
  // A table scrolls inside a box of its own, never the page.
  for (const table of document.querySelectorAll("article table")) {
    if (table.closest(".table-box")) continue;
    const box = document.createElement("div");
    box.className = "table-box";
    table.replaceWith(box);
    box.append(table);
  }
  const watch = new IntersectionObserver((changes) => {
    const come = changes.filter((one) => one.isIntersecting).map((one) => one.target);
    for (const box of come) near.add(box);
    mark(come);
  }, { rootMargin: "100% 0px" });
  for (const box of document.querySelectorAll(boxes)) {
    box.tabIndex = 0;
    watch.observe(box);
  }
  addEventListener("resize", () => mark(near));
  // A link into something folded unfolds it.
  function unfold() {
    const place = location.hash && document.getElementById(location.hash.slice(1));
    const fold = place && place.closest("details");
    if (!fold || fold.open) return;
    fold.open = true;
    place.scrollIntoView();
  }
  addEventListener("hashchange", unfold);
  unfold();
  // In the map's pictures a box is a link; the list beside them has real ones.
  addEventListener("click", function (event) {
    const box = event.target.closest("[data-to]");
    if (box) location.href = box.dataset.to;
  });
  // Escape hides a mark's words; the reader stays where they are.
  addEventListener("keydown", function (event) {
    const mark = event.key === "Escape" && document.querySelector(".proof-mark:is(:hover, :focus-visible)");
    if (!mark) return;
    mark.classList.add("proof-quiet");
    const again = () => mark.classList.remove("proof-quiet");
    for (const end of ["blur", "mouseleave"]) mark.addEventListener(end, again, { once: true });
  });
})();
