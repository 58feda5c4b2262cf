// A mask as a picture, the zero frequency in the middle, and drawing on it: by pointer, or by arrow keys and Space.
function maskDrawing(canvas, side, changed) {
  const context = canvas.getContext("2d");
  const half = side / 2;
  const radius = 2; // of the brush, in frequencies
  let mask = new Uint8Array(side * side);
  let erasing = false;
  let cursor = null; // [row, column] in the picture, while it is moved by keys
  [canvas.width, canvas.height] = [side, side];

  const place = (row, column) => ((row + half) % side) * side + ((column + half) % side);

  function show() {
    const pixels = context.createImageData(side, side);
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const at = 4 * (row * side + column);
        const marked = cursor && Math.max(Math.abs(cursor[0] - row), Math.abs(cursor[1] - column)) === radius + 2;
        const level = mask[place(row, column)] ? 255 : 0;
        pixels.data.set(marked ? [230, 120, 20, 255] : [level, level, level, 255], at);
      }
    }
    context.putImageData(pixels, 0, 0);
  }

  function paint([row, column]) {
    for (let down = -radius; down <= radius; down++) {
      for (let across = -radius; across <= radius; across++) {
        const [r, c] = [row + down, column + across];
        if (down * down + across * across > radius * radius + 1 || Math.min(r, c) < 0 || Math.max(r, c) >= side) continue;
        mask[place(r, c)] = erasing ? 0 : 1;
      }
    }
    mask[0] = 1; // without the zero frequency nobody knows the image's mean
    show();
  }

  const under = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      Math.floor(((event.clientY - box.top) / box.height) * side),
      Math.floor(((event.clientX - box.left) / box.width) * side),
    ];
  };
  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    cursor = null;
    last = under(event);
    paint(last);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = under(event);
    const steps = Math.max(1, Math.abs(next[0] - last[0]), Math.abs(next[1] - last[1]));
    for (let step = 1; step <= steps; step++) {
      paint([0, 1].map((axis) => Math.round(last[axis] + ((next[axis] - last[axis]) * step) / steps)));
    }
    last = next;
    changed();
  });
  const end = () => {
    if (last) changed();
    last = null;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key in moves) {
      cursor = cursor || [half, half];
      const step = event.shiftKey ? 16 : 4;
      cursor = cursor.map((at, axis) => Math.min(side - 1, Math.max(0, at + step * moves[event.key][axis])));
      show();
    } else if (event.key === " " || event.key === "Enter") {
      cursor = cursor || [half, half];
      paint(cursor);
      changed();
    } else return;
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    cursor = null;
    show();
  });

  return {
    get mask() {
      return mask;
    },
    set(values) {
      mask = values.slice();
      mask[0] = 1;
      show();
    },
    erase(on) {
      erasing = on;
    },
  };
}
