// The live network: controls, pictures, and a worker that computes. The same text stands after every panel of a page: it
// defines itself once, then starts the panels that it finds.
(() => {
  window.mddlLive = window.mddlLive || define();
  window.mddlLive.start();

  function define() {
    const SIDE = 256;
    const arriving = new Map(); // a network's file -> its numbers, or what waits for them
    const live = { start, numbers: (file, text) => arriving.get(file).resolve(halves(text)) };
    return live;

    function start() {
      for (const element of document.querySelectorAll("figure.mddl-network:not([data-ready])")) {
        element.dataset.ready = "";
        connect(element, JSON.parse(element.querySelector("script[type='application/json']").textContent));
      }
    }

    function connect(element, data) {
      const part = (name) => element.querySelector(`[data-part="${name}"]`);
      const value = (name, otherwise) => (part(name) ? Number(part(name).value) : otherwise);
      const canvases = Object.fromEntries(["mask", "zero", "estimate", "error"].map((name) => [name, part(name)]));
      const drawing = maskDrawing(canvases.mask, SIDE, drawn);
      const source = document.querySelector("script.mddl-network-worker").textContent;
      const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
      const known = new Set(); // networks that the worker has
      let [image, ran, waiting, busy, count] = [null, null, false, false, 0];

      worker.onmessage = ({ data: answer }) => {
        busy = false;
        ran = { ...answer, image: ran.image, share: ran.share, network: ran.network };
        show();
        if (waiting) compute();
      };
      worker.onerror = (event) => say(`The network stopped: ${event.message}`);

      async function compute() {
        if (busy || !image) {
          waiting = true;
          return;
        }
        [waiting, busy] = [false, true];
        const mask = drawing.mask.slice();
        const share = shareOf(mask);
        const network = nearest(Object.keys(data.networks), 100 * share);
        try {
          const numbers = known.has(network) ? null : await fetched(data.networks[network]);
          known.add(network);
          ran = { image, share, network };
          worker.postMessage({ id: ++count, image, mask, sigma: value("noise", 0) / 1000, network, numbers });
        } catch (error) {
          busy = false;
          say(error.message);
          if (waiting) compute();
        }
      }

      function show() {
        const turns = ran.estimates.length - 1;
        const turn = Math.min(value("turn", turns), turns);
        const estimate = ran.estimates[turn];
        grey(canvases.zero, ran.zeroFilled);
        grey(canvases.estimate, estimate);
        if (canvases.error) coloured(canvases.error, estimate, ran.image, data.colours, data.error);
        const [before, after] = [ran.zeroFilled, estimate].map((x) => inDecibels(psnr(x, ran.image)));
        canvases.zero.setAttribute("aria-label", `Zero-filled image, ${before}`);
        canvases.estimate.setAttribute("aria-label", `The network's image after turn ${turn} of ${turns}, ${after}`);
        if (canvases.error) canvases.error.setAttribute("aria-label", `Its error, from 0 to ${data.error}`);
        canvases.mask.setAttribute("aria-label", `Mask with ${(100 * ran.share).toFixed(1)} % of the frequencies; draw on it`);
        const own = Math.abs(100 * ran.share - ran.network) < 1 ? "" : ", the nearest";
        say(
          `${(100 * ran.share).toFixed(1)} % measured. Zero-filled ${before}, network after turn ${turn} of ${turns} ` +
            `${after}. Network trained at ${ran.network} %${own}; ${ran.milliseconds.toFixed(0)} ms in this browser.`,
        );
        element.dataset.shown = ran.id;
      }

      function say(text) {
        part("text").textContent = text;
      }

      function drawn() {
        if (part("kind")) part("kind").value = "drawn";
        compute();
      }

      function newMask() {
        const kind = part("kind") ? part("kind").value : "radial";
        if (kind !== "drawn") drawing.set(MASKS[kind](SIDE, value("share", 20) / 100));
        compute();
      }

      nameSliders(element);
      on("share", "input", () => {
        if (part("kind") && part("kind").value === "drawn") part("kind").value = "radial";
        newMask();
      });
      on("kind", "change", newMask);
      on("noise", "input", compute);
      on("turn", "input", () => ran && ran.estimates && show());
      on("erase", "change", () => drawing.erase(part("erase").checked));
      on("clear", "click", () => {
        drawing.set(new Uint8Array(SIDE * SIDE));
        drawn();
      });
      newMask();
      choosePictures(element, data.images, SIDE, say, (values) => {
        image = values;
        compute();
      });

      function on(name, event, action) {
        if (part(name)) part(name).addEventListener(event, action);
      }
    }

    // The numbers of a network: they stand in the page, or in a file of the book, which a script element fetches (a fetch() may
    // not read a file:// page's neighbours).
    function fetched({ inline, file }) {
      if (inline) return Promise.resolve(halves(inline));
      if (!arriving.has(file)) {
        const waiting = {};
        waiting.promise = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }));
        arriving.set(file, waiting);
        const script = document.createElement("script");
        script.src = (document.documentElement.dataset.content_root || "") + file;
        script.onerror = () => {
          arriving.delete(file);
          waiting.reject(new Error(`${file} is not here: the other networks come with the built book alone.`));
        };
        document.head.append(script);
      }
      return arriving.get(file).promise;
    }
  }
})();
