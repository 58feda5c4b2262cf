// A code that the reader sets, its signal, and what every method makes of it, layer by layer. The text defines itself once,
// then starts the panels that it finds.
(() => {
  window.mddlPursuit = window.mddlPursuit || define();
  window.mddlPursuit.start();

  function define() {
    const LARGEST = 3; // of an entry
    const FLOOR = -80; // of the curves, in dB
    return { start };

    function start() {
      for (const element of document.querySelectorAll("figure.mddl-pursuit:not([data-ready])")) {
        element.dataset.ready = "";
        connect(element, JSON.parse(element.querySelector("script[type='application/json']").textContent));
      }
    }

    function connect(element, data) {
      const { rows, columns } = data;
      const part = (name) => element.querySelector(`[data-part="${name}"]`);
      const dictionary = halves(data.dictionary);
      const networks = data.methods.map((method) => {
        const matrices = { weight: method.weight && halves(method.weight), recurrent: method.recurrent && halves(method.recurrent) };
        return new Pursuit({ ...method, ...matrices }, dictionary, rows, columns);
      });
      let code = Float64Array.from(data.code);
      let seed = 1;
      let cursor = null;

      function show() {
        const layer = Number(part("layer").value);
        const sigma = Number(part("noise").value) / 100;
        const random = gaussianNumbers(7);
        const noise = Float64Array.from({ length: rows }, () => sigma * random());
        const signal = signalOf(code, dictionary, rows, noise);
        const all = networks.map((network) => network.estimates(signal));
        const curves = all.map((estimates) => estimates.map((x) => errorInDecibels(x, code)));
        const chosen = part("method").selectedIndex;
        const estimate = all[chosen][layer];
        drawCode(part("code"), code, estimate, cursor);
        drawCurves(part("curves"), curves, data.methods.map((method) => method.name), layer, chosen);
        const errors = data.methods.map((method, i) => `${method.name} ${inWords(curves[i][layer])}`);
        part("text").textContent = `After layer ${layer}: ${errors.join(", ")}.`;
        const used = code.reduce((sum, v) => sum + (v !== 0), 0);
        part("code").setAttribute("aria-label", `A code with ${used} entries, and the estimate of ${data.methods[chosen].name}`);
        part("curves").setAttribute("aria-label", part("text").textContent);
      }

      function set(entry, value) {
        const rounded = Math.round(10 * Math.max(-LARGEST, Math.min(LARGEST, value))) / 10;
        code[entry] = Math.abs(rounded) < 0.15 ? 0 : rounded;
        show();
      }

      const canvas = part("code");
      let pressed = false;
      const under = (event) => {
        const box = canvas.getBoundingClientRect();
        const entry = Math.floor(((event.clientX - box.left) / box.width) * columns);
        set(Math.max(0, Math.min(columns - 1, entry)), LARGEST * (1 - (2 * (event.clientY - box.top)) / box.height));
      };
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        [pressed, cursor] = [true, null];
        under(event);
      });
      canvas.addEventListener("pointermove", (event) => pressed && under(event));
      canvas.addEventListener("pointerup", () => (pressed = false));
      canvas.addEventListener("pointercancel", () => (pressed = false));
      canvas.addEventListener("keydown", (event) => {
        const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        const along = { ArrowUp: 0.2, ArrowDown: -0.2 }[event.key];
        if (across) {
          cursor = cursor === null ? (columns >> 1) : (cursor + across + columns) % columns;
          show();
        } else if (along || event.key === "Delete" || event.key === "Backspace") {
          cursor = cursor === null ? (columns >> 1) : cursor;
          set(cursor, along ? stepped(code[cursor], along) : 0);
        } else return;
        event.preventDefault();
      });
      canvas.addEventListener("blur", () => {
        cursor = null;
        show();
      });
      part("random").addEventListener("click", () => {
        const [uniform, normal] = [randomNumbers(++seed), gaussianNumbers(seed)];
        code = Float64Array.from({ length: columns }, () => (uniform() < data.share ? Math.round(10 * normal()) / 10 : 0));
        show();
      });
      part("clear").addEventListener("click", () => {
        code.fill(0);
        show();
      });
      part("method").addEventListener("change", show);
      for (const input of element.querySelectorAll("input[type=range]")) {
        const output = element.querySelector(`output[for="${input.id}"]`);
        const named = () => {
          output.textContent = String(Number(input.value) / Number(input.dataset.scale));
          input.setAttribute("aria-valuetext", output.textContent);
          show();
        };
        input.addEventListener("input", named);
        named();
      }
    }

    // Out of the gap around zero in one step: entries below 0.15 count as zero.
    function stepped(value, step) {
      return value === 0 ? step : value + step;
    }

    function inWords(decibels) {
      return Number.isFinite(decibels) ? `${decibels.toFixed(1).replace("-", "−")} dB` : "–";
    }

    function context(canvas, height) {
      const width = canvas.clientWidth || 600;
      const scale = window.devicePixelRatio || 1;
      [canvas.width, canvas.height] = [width * scale, height * scale];
      const pen = canvas.getContext("2d");
      pen.scale(scale, scale);
      pen.clearRect(0, 0, width, height);
      pen.font = "12px sans-serif";
      return [pen, width];
    }

    function drawCode(canvas, code, estimate, cursor) {
      const height = 170;
      const [pen, width] = context(canvas, height);
      const style = getComputedStyle(canvas);
      const place = (i) => ((i + 0.5) / code.length) * width;
      const level = (value) => (height / 2) * (1 - Math.max(-LARGEST, Math.min(LARGEST, value)) / LARGEST);
      const stem = (i, value, line, colour) => {
        [pen.lineWidth, pen.strokeStyle] = [line, colour];
        pen.beginPath();
        pen.moveTo(place(i), height / 2);
        pen.lineTo(place(i), level(value));
        pen.stroke();
      };
      if (cursor !== null) {
        pen.fillStyle = "rgba(230,120,20,.3)";
        pen.fillRect((cursor / code.length) * width, 0, width / code.length, height);
      }
      [pen.lineWidth, pen.strokeStyle] = [1, style.color];
      pen.strokeRect(0, height / 2, width, 0);
      code.forEach((value, i) => value && stem(i, value, Math.max(3, width / code.length - 3), "#9a9a9a"));
      estimate.forEach((value, i) => Math.abs(value) > 1e-3 && stem(i, value, 2, style.getPropertyValue("--mddl-ink")));
    }

    function drawCurves(canvas, curves, names, layer, chosen) {
      const height = 190;
      const [pen, width] = context(canvas, height);
      const style = getComputedStyle(canvas);
      const [left, right, top, bottom] = [38, 92, 8, 22];
      const last = Math.max(...curves.map((curve) => curve.length)) - 1;
      const x = (k) => left + (k / last) * (width - left - right);
      const low = Math.max(FLOOR, Math.min(-10, ...curves.flat().filter(Number.isFinite)) - 3);
      const y = (decibels) => top + (Math.min(5, decibels) - 5) / (low - 5) * (height - top - bottom);
      pen.fillStyle = pen.strokeStyle = style.color;
      pen.lineWidth = 1;
      for (let decibels = 0; decibels > low; decibels -= 20) pen.fillText(`${decibels}`.replace("-", "−"), 8, y(decibels) + 4);
      pen.fillText("layer", left + (width - left - right) / 2 - 14, height - 5);
      pen.beginPath();
      pen.moveTo(x(layer), top);
      pen.lineTo(x(layer), height - bottom);
      pen.stroke();
      const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 4]];
      const ink = (i) => style.getPropertyValue(`--mddl-ink-${i % 5}`);
      curves.forEach((curve, i) => {
        pen.strokeStyle = ink(i);
        pen.lineWidth = i === chosen ? 3 : 1.5;
        pen.setLineDash(dashes[i % 5]);
        pen.beginPath();
        curve.forEach((decibels, k) => Number.isFinite(decibels) && pen.lineTo(x(k), y(Math.max(low, decibels))));
        pen.stroke();
        pen.setLineDash([]);
      });
      // names at the curves' ends, from the top down, none on another
      const ends = curves.map((curve, i) => [y(Math.max(low, curve[curve.length - 1] || 0)) + 4, i]).sort((a, b) => a[0] - b[0]);
      let free = top + 8;
      ends.forEach(([end, i], rank) => {
        const at = Math.min(Math.max(end, free), height - 4 - 13 * (ends.length - 1 - rank));
        pen.fillStyle = ink(i);
        pen.fillText(names[i], width - right + 6, at);
        free = at + 13;
      });
    }
  }
})();
