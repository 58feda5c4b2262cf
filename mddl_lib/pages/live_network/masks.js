// Which frequencies are measured: masks of zeros and ones on the N × N grid, row by row, the zero frequency first.

const MASKS = {
  // Straight lines through the centre at equal angles: as many as come nearest to the share; m(k) = m(−k).
  radial(side, share) {
    if (share >= 1) return new Uint8Array(side * side).fill(1);
    let [low, high] = [1, 4 * side];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (shareOf(radialLines(side, middle)) < share) low = middle + 1;
      else high = middle;
    }
    const candidates = [low - 1, low].filter((count) => count >= 1).map((count) => radialLines(side, count));
    const distance = (mask) => Math.abs(shareOf(mask) - share);
    return candidates.reduce((best, mask) => (distance(mask) < distance(best) ? mask : best));
  },

  // Whole rows: the lowest twelfth of frequencies, the others at random with a probability that falls outwards.
  Cartesian(side, share) {
    const frequency = (row) => Math.min(row, side - row);
    const rows = [...Array(side).keys()].sort((a, b) => frequency(a) - frequency(b));
    const count = Math.max(1, Math.round(share * side));
    const centre = Math.min(count, Math.max(1, Math.round(0.08 * side)));
    const weight = rows.map((row) => (1 - frequency(row) / (side / 2)) ** 2 + 1e-3);
    const kept = drawWithout(rows.length, count - centre, (i) => (i < centre ? 0 : weight[i]), 1);
    const mask = new Uint8Array(side * side);
    for (const row of [...rows.slice(0, centre), ...kept.map((i) => rows[i])]) mask.fill(1, row * side, (row + 1) * side);
    return mask;
  },

  // Points, with a probability that falls with the distance from the centre as its third power.
  random(side, share) {
    const distance = (i) => {
      const [row, column] = [(i / side) | 0, i % side];
      return Math.hypot(Math.min(row, side - row), Math.min(column, side - column));
    };
    const largest = Math.hypot(side / 2, side / 2);
    const count = Math.max(1, Math.round(share * side * side));
    const mask = new Uint8Array(side * side);
    mask[0] = 1;
    for (const i of drawWithout(side * side, count - 1, (i) => (i ? (1 - distance(i) / largest) ** 3 + 1e-6 : 0), 1)) mask[i] = 1;
    return mask;
  },
};

function radialLines(side, count) {
  const mask = new Uint8Array(side * side);
  const last = 2 * side - 1;
  for (let line = 0; line < count; line++) {
    const angle = (line * Math.PI) / count;
    for (let step = 0; step <= last; step++) {
      const radius = ((Math.SQRT2 * side) / 2) * (step / last);
      const [row, column] = [rounded(radius * Math.sin(angle)), rounded(radius * Math.cos(angle))];
      if (Math.abs(row) >= side / 2 || Math.abs(column) >= side / 2) continue;
      mask[((row + side) % side) * side + ((column + side) % side)] = 1;
      mask[((side - row) % side) * side + ((side - column) % side)] = 1;
    }
  }
  return mask;
}

// To the nearest whole number, halves to the even one.
function rounded(x) {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor & 1) : Math.round(x);
}

// `count` different indices below `size`, each drawn with its weight: those of the largest u^(1/w) (Efraimidis, Spirakis 2006).
function drawWithout(size, count, weight, seed) {
  const random = randomNumbers(seed);
  const keys = Float64Array.from({ length: size }, (_, i) => {
    const u = random();
    return weight(i) > 0 ? Math.log(u + 1e-12) / weight(i) : -Infinity;
  });
  return [...Array(size).keys()].sort((a, b) => keys[b] - keys[a]).slice(0, count);
}

function shareOf(mask) {
  return mask.reduce((sum, value) => sum + value, 0) / mask.length;
}
