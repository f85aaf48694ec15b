// The three things that the theme takes 80 KB of Bootstrap for: a menu that opens, the
// section that one is in, and the way back to the top. Hints are the browser's own.
(function () {
  const menus = document.querySelectorAll('[data-bs-toggle="dropdown"]');
  function show(button, open) {
    const menu = button.parentElement.querySelector(".dropdown-menu");
    for (const one of [button, menu]) one.classList.toggle("show", open);
    button.setAttribute("aria-expanded", String(open));
  }
  for (const button of menus) {
    button.addEventListener("click", () => show(button, !button.classList.contains("show")));
    button.parentElement.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !button.classList.contains("show")) return;
      show(button, false);
      button.focus();
    });
  }
  function leave(event) {
    for (const button of menus)
      if (!button.parentElement.contains(event.target)) show(button, false);
  }
  addEventListener("click", leave);
  addEventListener("focusin", leave);

  // Of the sections that reach into the upper part of the window, the last one.
  const links = [...document.querySelectorAll('.page-toc a[href^="#"]')];
  const seen = new Set();
  const watch = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes)
      isIntersecting ? seen.add(target.id) : seen.delete(target.id);
    const inside = links.filter((link) => seen.has(link.hash.slice(1))).pop();
    for (const link of links) {
      const entry = link.parentElement;
      link.classList.toggle("active", link === inside);
      entry.classList.toggle("active", entry.contains(inside));
    }
  }, { rootMargin: "0px 0px -60% 0px" });
  for (const link of links) {
    const section = document.getElementById(link.hash.slice(1));
    if (section) watch.observe(section);
  }

  const up = document.getElementById("pst-back-to-top");
  let before = 0;
  up?.addEventListener("click", () => scrollTo({ top: 0 }));
  addEventListener("scroll", () => {
    const rising = scrollY < before && scrollY > 100;
    before = scrollY;
    if (up) up.style.display = rising ? "block" : "none";
  }, { passive: true });
})();
