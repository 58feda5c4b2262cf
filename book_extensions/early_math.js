// On pages with formulas: the text is shown once they are set, so that it does not jump; ten seconds after the rest in any case.
(() => {
  const root = document.documentElement;
  let touched = false;
  const touch = () => { touched = true; };
  for (const event of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(event, touch, { once: true, passive: true });
  root.classList.add("math-pending");
  const show = () => {
    if (!root.classList.contains("math-pending")) return;
    root.classList.remove("math-pending");
    for (const formula of document.querySelectorAll('mjx-container[display="true"]')) {
      if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0; // too wide: the arrow keys move it
    }
    if (touched || !location.hash) return; // the formulas have moved what the address points at: go there again
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { /* a malformed address points nowhere */ }
    const section = document.getElementById(name);
    const figure = section ? null : document.getElementById(name.split(":")[0]);
    if (section) section.scrollIntoView();
    else if (figure) figure.scrollIntoView({ block: "center" });
  };
  addEventListener("load", () => setTimeout(show, 10000));
  addEventListener("DOMContentLoaded", () => {
    if (window.MathJax?.startup?.promise) MathJax.startup.promise.then(show, show);
    else show();
  });
})();
