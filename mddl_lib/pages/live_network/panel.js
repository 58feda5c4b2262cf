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
      for (const element of document.querySelectorAll("figure.mddl-live:not([data-ready])")) {
        element.dataset.ready = "";
        connect(element, JSON.parse(element.querySelector("script[type='application/json']").textContent));
      }
    }

    function connect(element, data) {
      const part = (name) => element.querySelector(`[data-part="${name}"]`);
      const value = (name, otherwise) => (part(name) ? Number(part(name).value) : otherwise);
      const canvases = Object.fromEntries(["mask", "zero", "estimate", "error"].map((name) => [name, part(name)]));
      const drawing = maskDrawing(canvases.mask, SIDE, drawn);
      const source = document.querySelector("script.mddl-live-worker").textContent;
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
        }
      }

      function show() {
        const turns = ran.estimates.length - 1;
        const turn = Math.min(value("turn", turns), turns);
        const estimate = ran.estimates[turn];
        grey(canvases.zero, ran.zeroFilled);
        grey(canvases.estimate, estimate);
        if (canvases.error) coloured(canvases.error, estimate, ran.image, data.colours, data.error);
        const [before, after] = [ran.zeroFilled, estimate].map((x) => psnr(x, ran.image).toFixed(1));
        canvases.zero.setAttribute("aria-label", `Zero-filled image, ${before} dB`);
        canvases.estimate.setAttribute("aria-label", `The network's image after turn ${turn} of ${turns}, ${after} dB`);
        if (canvases.error) canvases.error.setAttribute("aria-label", `Its error, from 0 to ${data.error}`);
        canvases.mask.setAttribute("aria-label", `Mask with ${(100 * ran.share).toFixed(1)} % of the frequencies; draw on it`);
        const own = Math.abs(100 * ran.share - ran.network) < 1 ? "" : ", the nearest";
        say(
          `${(100 * ran.share).toFixed(1)} % measured. Zero-filled ${before} dB, network after turn ${turn} of ${turns} ` +
            `${after} dB. Network trained at ${ran.network} %${own}; ${ran.milliseconds.toFixed(0)} ms in this browser.`,
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

      async function take(file) {
        try {
          image = await ownPicture(file, SIDE);
          if (part("image")) part("image").selectedIndex = part("image").options.length - 1;
          compute();
        } catch (error) {
          say(error.message);
        }
      }

      async function choose() {
        const index = part("image") ? part("image").selectedIndex : 0;
        if (index >= data.images.length) return part("file").click();
        const picture = new Image();
        picture.src = data.images[index];
        await picture.decode();
        image = greyLevels(picture, picture.width, picture.height, SIDE);
        compute();
      }

      for (const input of element.querySelectorAll("input[type=range]")) {
        const output = element.querySelector(`output[for="${input.id}"]`);
        const name = () => {
          output.textContent = input.dataset.text.replace("#", Number(input.value) / Number(input.dataset.scale));
          input.setAttribute("aria-valuetext", output.textContent);
        };
        input.addEventListener("input", name);
        name();
      }
      on("share", "input", () => {
        if (part("kind") && part("kind").value === "drawn") part("kind").value = "radial";
        newMask();
      });
      on("kind", "change", newMask);
      on("noise", "input", compute);
      on("turn", "input", () => ran && ran.estimates && show());
      on("image", "change", choose);
      on("file", "change", () => part("file").files.length && take(part("file").files[0]));
      on("erase", "change", () => drawing.erase(part("erase").checked));
      on("clear", "click", () => {
        drawing.set(new Uint8Array(SIDE * SIDE));
        drawn();
      });
      element.addEventListener("dragover", (event) => event.preventDefault());
      element.addEventListener("drop", (event) => {
        event.preventDefault();
        if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
        else say("What was dropped is no file: expected a picture from a folder.");
      });
      newMask();
      choose();

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

    function nearest(percents, percent) {
      return percents.reduce((best, one) => (Math.abs(one - percent) < Math.abs(best - percent) ? one : best));
    }

    function psnr(estimate, truth) {
      let sum = 0;
      for (let i = 0; i < truth.length; i++) sum += (estimate[i] - truth[i]) ** 2;
      return 10 * Math.log10(truth.length / sum);
    }

    function grey(canvas, values) {
      paint(canvas, (pixels, at, i) => {
        pixels[at] = pixels[at + 1] = pixels[at + 2] = 255 * values[i];
      });
    }

    function coloured(canvas, estimate, truth, colours, top) {
      paint(canvas, (pixels, at, i) => {
        const level = Math.min(1, Math.abs(estimate[i] - truth[i]) / top) * (colours.length - 1);
        const colour = colours[Math.round(level)];
        for (let channel = 0; channel < 3; channel++) pixels[at + channel] = colour[channel];
      });
    }

    function paint(canvas, set) {
      [canvas.width, canvas.height] = [SIDE, SIDE];
      const context = canvas.getContext("2d");
      const picture = context.createImageData(SIDE, SIDE);
      for (let i = 0; i < SIDE * SIDE; i++) {
        set(picture.data, 4 * i, i);
        picture.data[4 * i + 3] = 255;
      }
      context.putImageData(picture, 0, 0);
    }
  }
})();
