// A mesh that turns, without a library. The same text stands after every such figure of a page: it defines itself once, then
// starts the figures that it finds. Faces are drawn from the farthest to the nearest (the painter's algorithm).
(() => {
  window.mddlMeshes = window.mddlMeshes || define();
  window.mddlMeshes();

  function define() {
    const START = { yaw: 0.5, pitch: 0.15 };
    return () => {
      for (const element of document.querySelectorAll("figure.mddl-mesh:not([data-ready])")) {
        element.dataset.ready = "";
        connect(element);
      }
    };

    function bytes(text) {
      return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    }

    function words(text) { // little end first, whatever the machine
      const view = new DataView(bytes(text).buffer);
      return Uint16Array.from({ length: view.byteLength / 2 }, (_, i) => view.getUint16(2 * i, true));
    }

    function connect(element) {
      const data = JSON.parse(element.querySelector("script[type='application/json']").textContent);
      const canvas = element.querySelector("canvas");
      const slider = element.querySelector("input[type=range]");
      const output = element.querySelector("output");
      const button = element.querySelector("button");
      const context = canvas.getContext("2d");
      const points = Float32Array.from(words(data.points), (level) => level / 32767.5 - 1);
      const faces = words(data.faces);
      const levels = bytes(data.levels);
      const count = points.length / 3;
      const triangles = faces.length / 3;
      const seen = new Float32Array(points.length); // the points, turned
      const depth = new Float32Array(triangles);
      const order = Array.from({ length: triangles }, (_, i) => i);
      const alt = canvas.getAttribute("aria-label");
      const calm = matchMedia("(prefers-reduced-motion: reduce)");
      let { yaw, pitch } = START;
      let asked = false, turning = 0;

      function draw() {
        asked = false;
        const side = Math.max(1, Math.round(canvas.clientWidth * Math.min(devicePixelRatio || 1, 2)));
        if (canvas.width !== side) canvas.width = canvas.height = side;
        const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
        for (let i = 0; i < count; i++) {
          const [x, y, z] = [points[3 * i], points[3 * i + 1], points[3 * i + 2]];
          const front = cy * z - sy * x;
          seen[3 * i] = side * (0.5 + 0.48 * (cy * x + sy * z));
          seen[3 * i + 1] = side * (0.5 - 0.48 * (cp * y - sp * front));
          seen[3 * i + 2] = sp * y + cp * front;
        }
        for (let f = 0; f < triangles; f++) {
          depth[f] = seen[3 * faces[3 * f] + 2] + seen[3 * faces[3 * f + 1] + 2] + seen[3 * faces[3 * f + 2] + 2];
        }
        order.sort((a, b) => depth[a] - depth[b]);
        context.clearRect(0, 0, side, side);
        context.lineWidth = 0.8;
        const base = Number(slider.value) * count;
        for (const f of order) paint(f, base, side);
      }

      function paint(f, base, side) {
        const [a, b, c] = [3 * faces[3 * f], 3 * faces[3 * f + 1], 3 * faces[3 * f + 2]];
        const ux = seen[b] - seen[a], uy = seen[b + 1] - seen[a + 1], vx = seen[c] - seen[a], vy = seen[c + 1] - seen[a + 1];
        const uz = (seen[b + 2] - seen[a + 2]) * 0.48 * side, vz = (seen[c + 2] - seen[a + 2]) * 0.48 * side;
        const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
        const size = Math.hypot(nx, ny, nz) || 1;
        const light = 0.62 + 0.38 * Math.abs(nz / size); // both sides of a face are lit: meshes may be open
        const level = (levels[base + a / 3] + levels[base + b / 3] + levels[base + c / 3]) / 765 * (data.colours.length - 1);
        const low = Math.floor(level), high = Math.min(low + 1, data.colours.length - 1), part = level - low;
        const colour = data.colours[low].map((value, i) => Math.round(light * (value + part * (data.colours[high][i] - value))));
        context.fillStyle = context.strokeStyle = "rgb(" + colour.join(",") + ")";
        context.beginPath();
        context.moveTo(seen[a], seen[a + 1]);
        context.lineTo(seen[b], seen[b + 1]);
        context.lineTo(seen[c], seen[c + 1]);
        context.closePath();
        context.fill();
        context.stroke(); // no gaps between neighbours
      }

      function ask() { // at most one drawing a frame
        if (!asked) { asked = true; requestAnimationFrame(draw); }
      }

      function turn(across, up) {
        yaw += across;
        pitch = Math.max(-1.5, Math.min(1.5, pitch + up));
        canvas.dataset.yaw = yaw.toFixed(3);
        canvas.dataset.pitch = pitch.toFixed(3);
        ask();
      }

      function choose() {
        const name = data.names[slider.value];
        slider.setAttribute("aria-valuetext", name);
        output.textContent = name;
        canvas.setAttribute("aria-label", alt + ": " + name);
        ask();
      }

      canvas.addEventListener("keydown", (event) => {
        const steps = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.15], ArrowDown: [0, -0.15] };
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (steps[event.key]) turn(...steps[event.key]);
        else if (event.key === "Home") turn(START.yaw - yaw, START.pitch - pitch);
        else return;
        event.preventDefault();
      });
      canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
      canvas.addEventListener("pointermove", (event) => {
        if (event.buttons) turn(event.movementX * 0.01, event.movementY * 0.01);
      });
      slider.addEventListener("input", choose);

      // Turn goes once around. Where less motion is wanted, it makes one step of a twelfth instead.
      function stop() {
        cancelAnimationFrame(turning);
        turning = 0;
        button.textContent = calm.matches ? "Turn a step" : "Turn";
      }
      button.addEventListener("click", () => {
        if (turning) return stop();
        if (calm.matches) return turn(Math.PI / 6, 0);
        let before = performance.now(), left = 2 * Math.PI;
        const step = (now) => {
          const angle = Math.min(left, (now - before) / 1000);
          before = now;
          left -= angle;
          turn(angle, 0);
          if (left > 0) turning = requestAnimationFrame(step); else stop();
        };
        turning = requestAnimationFrame(step);
        button.textContent = "Stop";
      });
      calm.addEventListener("change", stop);
      stop();
      if (window.ResizeObserver) new ResizeObserver(ask).observe(canvas);
      turn(0, 0);
      choose();
    }
  }
})();
