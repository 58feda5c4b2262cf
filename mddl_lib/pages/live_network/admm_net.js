// Deep ADMM-Net: the trained network of the chapter, stage by stage, on real images of N × N pixels.
//   C: c_l = D_l x    Z: z_l = S_l(c_l + β_l)    M: β_l += η_l (c_l − z_l)
//   X: x = (AᴴA + Σ ρ_l H_lᵀH_l)⁻¹ [Aᴴy + Σ ρ_l H_lᵀ (z_l − β_l)], one pair of transforms (Proposition 2 of the talk)
const X_LAYER = FILTERS + FILTERS * FILTERS; // penalties, and coefficients of the filters in the DCT basis
const STAGE = FILTERS + FILTERS * FILTERS + FILTERS * KNOTS + X_LAYER; // rates, filters, values at the knots, layer X

class ADMMNet {
  // numbers: the network's, in the order in which torch holds them: the first layer X, then stage after stage.
  constructor(numbers, fourier) {
    const stages = (numbers.length - X_LAYER) / STAGE;
    if (!Number.isInteger(stages) || stages < 1) throw new RangeError(`${numbers.length} numbers are no ADMM-Net`);
    this.fourier = fourier;
    this.turns = stages;
    this.start = this.layerX(numbers.subarray(0, X_LAYER));
    this.stages = Array.from({ length: stages }, (_, k) => {
      const own = numbers.subarray(X_LAYER + k * STAGE, X_LAYER + (k + 1) * STAGE);
      const knots = FILTERS + FILTERS * FILTERS;
      return {
        rates: own.slice(0, FILTERS),
        filters: filtersOf(own.subarray(FILTERS, knots)),
        lines: linesOf(own.subarray(knots, knots + FILTERS * KNOTS)),
        layerX: this.layerX(own.subarray(knots + FILTERS * KNOTS)),
      };
    });
  }

  layerX(numbers) {
    const penalties = numbers.slice(0, FILTERS);
    const filters = filtersOf(numbers.subarray(FILTERS));
    return { filters, penalties, spectrum: powerSpectrum(filters, penalties, this.fourier.side) };
  }

  // All estimates, the start and one a turn, from the measured image Aᴴy and the half grid of (m(k) + m(−k))/2.
  estimates(zeroFilled, gram) {
    const side = this.fourier.side;
    const multipliers = Array.from({ length: FILTERS }, () => new Float64Array(side * side));
    const work = { gram, zeroFilled, wide: new Float64Array((side + 2) * (side + 2)), grids: halfGrids(this.fourier) };
    let x = this.solve(this.start, zeroFilled.slice(), work);
    const found = [x];
    for (const stage of this.stages) {
      const right = zeroFilled.slice();
      const padded = wrapped(x, side, new Float64Array((side + 2) * (side + 2)));
      for (let l = 0; l < FILTERS; l++) this.channel(stage, l, padded, multipliers[l], right, work);
      x = this.solve(stage.layerX, right, work);
      found.push(x);
    }
    return found;
  }

  // Layers C, Z, M of one filter; then its part of the right-hand side, ρ_l H_lᵀ (z_l − β_l).
  channel(stage, l, padded, multiplier, right, { wide }) {
    const side = this.fourier.side;
    const wideSide = side + 2;
    const [f0, f1, f2, f3, f4, f5, f6, f7, f8] = stage.filters.subarray(9 * l, 9 * l + 9);
    const { intercepts, slopes } = stage.lines;
    const rate = stage.rates[l];
    const table = l * (KNOTS + 1);
    for (let row = 0; row < side; row++) {
      const above = row * wideSide;
      const here = above + wideSide;
      const below = here + wideSide;
      for (let column = 0; column < side; column++) {
        // a convolution: filter entry q meets pixel p − q
        const response =
          f8 * padded[above + column] + f7 * padded[above + column + 1] + f6 * padded[above + column + 2] +
          f5 * padded[here + column] + f4 * padded[here + column + 1] + f3 * padded[here + column + 2] +
          f2 * padded[below + column] + f1 * padded[below + column + 1] + f0 * padded[below + column + 2];
        const place = row * side + column;
        const shifted = response + multiplier[place];
        const knot = (shifted + 1) * ((KNOTS - 1) / 2) + 1; // which straight line, 0 … KNOTS
        const line = table + (knot <= 0 ? 0 : knot >= KNOTS ? KNOTS : knot | 0);
        const split = intercepts[line] + slopes[line] * shifted;
        const changed = multiplier[place] + rate * (response - split);
        multiplier[place] = changed;
        wide[here + column + 1] = split - changed;
      }
    }
    wrapBorder(wide, side);
    const penalty = stage.layerX.penalties[l];
    const h = stage.layerX.filters.subarray(9 * l, 9 * l + 9);
    const [h0, h1, h2, h3, h4, h5, h6, h7, h8] = Array.from(h, (value) => penalty * value);
    for (let row = 0; row < side; row++) {
      const above = row * wideSide;
      const here = above + wideSide;
      const below = here + wideSide;
      for (let column = 0; column < side; column++) {
        // its adjoint: filter entry q meets pixel p + q
        right[row * side + column] +=
          h0 * wide[above + column] + h1 * wide[above + column + 1] + h2 * wide[above + column + 2] +
          h3 * wide[here + column] + h4 * wide[here + column + 1] + h5 * wide[here + column + 2] +
          h6 * wide[below + column] + h7 * wide[below + column + 1] + h8 * wide[below + column + 2];
      }
    }
  }

  // x = F⁻¹ [F b / (m̄ + Σ ρ_l |ĥ_l|²)]; a denominator of zero becomes 1e-6, as in the library.
  solve(layer, right, { gram, grids: [re, im] }) {
    this.fourier.forward(right, re, im);
    const { spectrum } = layer;
    for (let k = 0; k < re.length; k++) {
      const factor = 1 / (gram[k] + spectrum[k] || 1e-6);
      re[k] *= factor;
      im[k] *= factor;
    }
    const image = new Float64Array(right.length);
    this.fourier.inverse(re, im, image);
    return image;
  }
}

function halfGrids(fourier) {
  return [0, 1].map(() => new Float64Array(fourier.side * fourier.half));
}

// What a scanner would give, put back: Aᴴy for y = m ∘ (F x + noise), and the half grid of (m(k) + m(−k))/2.
// sigma: deviation of the noise, of real and imaginary part each, F unitary: so loud it is in the image too.
function measure(image, mask, sigma, fourier, seed = 1) {
  const { side, half } = fourier;
  const gram = new Float64Array(side * half);
  const [re, im] = halfGrids(fourier);
  fourier.forward(image, re, im);
  const normal = gaussianNumbers(seed);
  const noise = sigma > 0 ? Float64Array.from({ length: 2 * side * side }, () => sigma * side * normal()) : null;
  for (let c = 0; c < half; c++) {
    for (let r = 0; r < side; r++) {
      const k = r * side + c;
      const mirror = ((side - r) % side) * side + ((side - c) % side);
      const place = c * side + r;
      gram[place] = (mask[k] + mask[mirror]) / 2;
      re[place] *= gram[place];
      im[place] *= gram[place];
      if (noise) {
        // the real part of the image is the Hermitian part of its coefficients: (n(k) + n̄(−k))/2, each where measured
        re[place] += (mask[k] * noise[2 * k] + mask[mirror] * noise[2 * mirror]) / 2;
        im[place] += (mask[k] * noise[2 * k + 1] - mask[mirror] * noise[2 * mirror + 1]) / 2;
      }
    }
  }
  const zeroFilled = new Float64Array(side * side);
  fourier.inverse(re, im, zeroFilled);
  return { zeroFilled, gram };
}
