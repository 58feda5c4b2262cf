// Sliders without a kernel. The same text stands after every figure of a page: it defines itself once, then starts
// the figures that it finds. The state of all moved figures stands in the address: #one:stage=5,ratio=20;two:k=3
(() => {
  window.mddlSliders = window.mddlSliders || define();
  window.mddlSliders.start();

  function define() {
    const figures = new Map(); // name -> {show, state, moved}
    let writing = 0;

    function start() {
      for (const element of document.querySelectorAll("figure.mddl-explore:not([data-ready])")) {
        element.dataset.ready = "";
        figures.set(element.id, connect(element));
      }
      readAddress();
    }

    function connect(element) {
      const data = JSON.parse(element.querySelector("script[type='application/json']").textContent);
      const image = element.querySelector(".mddl-frame img");
      const line = element.querySelector(".mddl-text");
      const sliders = [...element.querySelectorAll("input[type=range]")];
      const outputs = [...element.querySelectorAll("output")];
      const figure = { element, moved: false, show, state, set };

      function show() {
        let index = 0;
        sliders.forEach((slider, i) => {
          const spoken = data.parameters[i].spoken[slider.value];
          index = index * data.parameters[i].texts.length + Number(slider.value);
          slider.setAttribute("aria-valuetext", spoken);
          outputs[i].textContent = spoken;
        });
        const tile = data.tiles[index];
        image.style.top = -Math.floor(tile / data.columns) * data.pitch[0] + "%";
        image.style.left = -(tile % data.columns) * data.pitch[1] + "%";
        image.alt = data.alts[index];
        if (line) line.textContent = data.texts[index];
      }

      function state() {
        return data.parameters
          .map(({ name, texts }, i) => encodeURIComponent(name) + "=" + encodeURIComponent(texts[sliders[i].value]))
          .join(",");
      }

      function set(values) { // true when at least one value is one of ours; others are ignored
        let known = false;
        const given = [...values.keys()];
        data.parameters.forEach(({ name, texts }, i) => {
          const index = find(texts, values.get(given[find(given, name)]));
          if (index < 0) return;
          sliders[i].value = index;
          known = true;
        });
        if (known) show();
        return known;
      }

      function moved() {
        figure.moved = true;
        show();
        writeAddress();
      }

      for (const slider of sliders) slider.addEventListener("input", moved);
      const button = element.querySelector(".mddl-play");
      if (button) makePlayable(button, sliders[sliders.length - 1], line, moved);
      return figure;
    }

    // Play walks the slider once to its end. Where less motion is wanted, the button makes one step instead.
    function makePlayable(button, slider, line, moved) {
      const calm = matchMedia("(prefers-reduced-motion: reduce)");
      let timer = 0;
      const rename = () => { button.textContent = timer ? "Pause" : calm.matches ? "Next step" : "Play"; };
      const step = () => { slider.value = Number(slider.value) + 1; moved(); };
      const atEnd = () => slider.value === slider.max;
      function pause() {
        clearInterval(timer);
        timer = 0;
        if (line) line.removeAttribute("aria-live"); // role=status reads the line again
        rename();
      }
      button.addEventListener("click", () => {
        if (timer) return pause();
        if (atEnd()) { slider.value = slider.min; moved(); } else if (calm.matches) step();
        if (calm.matches) return;
        if (line) line.setAttribute("aria-live", "off"); // twenty lines in a row are noise
        timer = setInterval(() => { step(); if (atEnd()) pause(); }, 500);
        rename();
      });
      slider.addEventListener("pointerdown", () => timer && pause());
      slider.addEventListener("keydown", () => timer && pause());
      calm.addEventListener("change", pause);
      rename();
    }

    function writeAddress() { // not at every step: browsers limit how often the address may change
      clearTimeout(writing);
      writing = setTimeout(() => {
        const parts = [...figures].filter(([, figure]) => figure.moved).map(([name, figure]) => name + ":" + figure.state());
        try { history.replaceState(history.state, "", "#" + parts.join(";")); } catch { /* a sandboxed frame */ }
      }, 150);
    }

    // The first figure that the address names; null for an ordinary anchor. Mail programs, chats and trackers change links: they
    // encode all signs, once or twice, and add parameters (&utm_source=…). Ours holds no raw &, ? or #: what follows one is theirs.
    function readAddress() {
      for (let text = location.hash.slice(1), turn = 0; turn < 4; turn++) {
        let first = null;
        for (const part of text.split(/[;&?#]/)) {
          const [, name, values] = part.trim().match(/^([\w-]+):(.*)$/s) || [];
          const figure = figures.get([...figures.keys()][find([...figures.keys()], name)]);
          if (!figure) continue;
          const pairs = values.split(",").map((pair) => (pair.includes("=") ? pair : decode(pair)).split("=").map(decode));
          if (figure.set(new Map(pairs.map(([key, ...rest]) => [key.trim(), rest.join("=").trim()])))) {
            figure.moved = true;
            first = first || figure;
          }
        }
        const plain = decode(text);
        if (first || plain === text) return first;
        text = plain;
      }
      return null;
    }

    // The place of a value: as it is, else without a sentence's end, "=3D" of a mail's source, + for a space, in another case.
    function find(known, value) {
      if (!value) return -1;
      const forms = [value, value.replace(/^3D/i, ""), value.replace(/\+/g, " ")];
      forms.push(...forms.map((form) => form.replace(/[\s.,:!…)\]}>'"’”»*_~/\\]+$/, "")));
      for (const form of forms) if (known.includes(form)) return known.indexOf(form);
      const low = forms.map((form) => form.toLowerCase());
      return known.findIndex((one) => low.includes(one.toLowerCase()));
    }

    function decode(text) { // sign by sign where the whole is no UTF-8: what is cut at its end keeps its beginning
      const one = (code) => { try { return decodeURIComponent(code); } catch { return code; } };
      return text.replace(/(%[0-9a-f]{2})+/gi, one);
    }

    function scrollToAddress() {
      const figure = readAddress();
      if (figure) figure.element.scrollIntoView({ block: "center" });
    }

    // A link to the state that the address names already changes no address: it brings the figure into view all the same.
    addEventListener("click", (event) => {
      const link = event.target.closest && event.target.closest("a[href]");
      if (link && link.hash && link.href === location.href) scrollToAddress();
    });
    addEventListener("hashchange", scrollToAddress);
    addEventListener("load", scrollToAddress);
    return { start };
  }
})();
