// What the layers of an ADMM-Net are made of: filters, their spectra, straight lines between knots, borders that wrap round.
const FILTERS = 8;
const KNOTS = 101;

// The eight DCT filters of 3 × 3 that are not constant, in the authors' order; rounded as the library keeps them.
const DCT = (() => {
  const d = [0, 1, 2].map((i) =>
    [0, 1, 2].map((n) => Math.sqrt((i ? 2 : 1) / 3) * Math.cos((Math.PI * (2 * n + 1) * i) / 6)),
  );
  const filters = [];
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      if (i + j) filters.push(Array.from({ length: 9 }, (_, place) => Math.fround(d[i][place % 3] * d[j][(place / 3) | 0])));
    }
  }
  return filters;
})();

function filtersOf(coefficients) {
  const filters = new Float64Array(9 * FILTERS);
  for (let l = 0; l < FILTERS; l++) {
    for (let m = 0; m < FILTERS; m++) {
      for (let place = 0; place < 9; place++) filters[9 * l + place] += coefficients[FILTERS * l + m] * DCT[m][place];
    }
  }
  return filters;
}

// Σ_l ρ_l |ĥ_l|² on the half grid: the transform of Σ_l ρ_l h_l ⋆ h_l, which has 5 × 5 entries and is even.
function powerSpectrum(filters, penalties, side) {
  const lags = new Float64Array(25);
  for (let l = 0; l < FILTERS; l++) {
    for (let a = 0; a < 9; a++) {
      for (let b = 0; b < 9; b++) {
        const lag = 5 * (((b / 3) | 0) - ((a / 3) | 0) + 2) + (b % 3) - (a % 3) + 2;
        lags[lag] += penalties[l] * filters[9 * l + a] * filters[9 * l + b];
      }
    }
  }
  const cos = Float64Array.from({ length: side }, (_, k) => Math.cos((2 * Math.PI * k) / side));
  const spectrum = new Float64Array(side * (side / 2 + 1));
  for (let c = 0; c <= side / 2; c++) {
    for (let r = 0; r < side; r++) {
      let sum = lags[12];
      for (let lag = 13; lag < 25; lag++) {
        const [down, across] = [((lag / 5) | 0) - 2, (lag % 5) - 2];
        sum += 2 * lags[lag] * cos[(down * r + across * c + 4 * side) % side];
      }
      spectrum[c * side + r] = sum;
    }
  }
  return spectrum;
}

// The straight lines between the knots of every shrinkage, and slope 1 outside [−1, 1].
function linesOf(values) {
  const intercepts = new Float64Array(FILTERS * (KNOTS + 1));
  const slopes = new Float64Array(FILTERS * (KNOTS + 1));
  const step = 2 / (KNOTS - 1);
  for (let l = 0; l < FILTERS; l++) {
    for (let line = 0; line <= KNOTS; line++) {
      const knot = Math.max(line - 1, 0); // the line passes through this one
      const value = values[l * KNOTS + knot];
      const inner = line > 0 && line < KNOTS;
      const slope = inner ? (values[l * KNOTS + knot + 1] - value) / step : 1;
      slopes[l * (KNOTS + 1) + line] = slope;
      intercepts[l * (KNOTS + 1) + line] = value - slope * (-1 + step * knot);
    }
  }
  return { intercepts, slopes };
}

// The image with a border of one pixel from the other side.
function wrapped(image, side, wide) {
  for (let row = 0; row < side; row++) {
    wide.set(image.subarray(row * side, (row + 1) * side), (row + 1) * (side + 2) + 1);
  }
  wrapBorder(wide, side);
  return wide;
}

function wrapBorder(wide, side) {
  const wideSide = side + 2;
  for (let row = 1; row <= side; row++) {
    wide[row * wideSide] = wide[row * wideSide + side];
    wide[row * wideSide + side + 1] = wide[row * wideSide + 1];
  }
  wide.copyWithin(0, side * wideSide, (side + 1) * wideSide);
  wide.copyWithin((side + 1) * wideSide, wideSide, 2 * wideSide);
}
