// Learned descent, live: noise on a picture, and what every turn leaves of it. The text defines itself once, then starts the
// panels that it finds.
(() => {
  window.mddlDescent = window.mddlDescent || define();
  window.mddlDescent.start();

  function define() {
    const SIDE = 256;
    return { start };

    function start() {
      for (const element of document.querySelectorAll("figure.mddl-descent:not([data-ready])")) {
        element.dataset.ready = "";
        connect(element, JSON.parse(element.querySelector("script[type='application/json']").textContent));
      }
    }

    function connect(element, data) {
      const part = (name) => element.querySelector(`[data-part="${name}"]`);
      const source = document.querySelector("script.mddl-descent-worker").textContent;
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
      const known = new Set(); // levels whose networks the worker has
      let [image, ran, waiting, busy, count] = [null, null, false, false, 0];

      worker.onmessage = ({ data: answer }) => {
        busy = false;
        ran = { ...ran, ...answer };
        show();
        if (waiting) compute();
      };
      worker.onerror = (event) => say(`The network stopped: ${event.message}`);

      function compute() {
        if (busy || !image) {
          waiting = true;
          return;
        }
        [waiting, busy] = [false, true];
        const noise = Number(part("noise").value);
        const level = nearest(Object.keys(data.networks), noise);
        const described = known.has(level) ? null : unpacked(data.networks[level]);
        known.add(level);
        ran = { image, noise, level };
        worker.postMessage({ id: ++count, image, sigma: noise / 255, level, described });
      }

      function show() {
        const turns = ran.estimates.length - 1;
        const turn = Math.min(Number(part("turn").value), turns);
        const [noisy, estimate] = [ran.estimates[0], ran.estimates[turn]];
        grey(part("noisy"), noisy);
        grey(part("estimate"), estimate);
        coloured(part("error"), estimate, ran.image, data.colours, data.error);
        const [before, after] = [noisy, estimate].map((x) => inDecibels(psnr(x, ran.image)));
        part("noisy").setAttribute("aria-label", `The image with noise of ${ran.noise}, ${before}`);
        part("estimate").setAttribute("aria-label", `After turn ${turn} of ${turns}, ${after}`);
        part("error").setAttribute("aria-label", `Its error, from 0 to ${data.error}`);
        say(
          `Noise ${ran.noise}: ${before}; after turn ${turn} of ${turns} ${after}. Network trained at ${ran.level}` +
            `${Number(ran.level) === ran.noise ? "" : ", the nearest"}; ${ran.milliseconds.toFixed(0)} ms in this browser.`,
        );
        element.dataset.shown = ran.id;
      }

      function say(text) {
        part("text").textContent = text;
      }

      nameSliders(element);
      part("noise").addEventListener("input", compute);
      part("turn").addEventListener("input", () => ran && ran.estimates && show());
      choosePictures(element, data.images, SIDE, say, (values) => {
        image = values;
        compute();
      });
    }

    function unpacked(described) {
      const turns = described.turns.map((turn) => ({ ...turn, filters: halves(turn.filters), values: halves(turn.values) }));
      return { ...described, turns };
    }
  }
})();
