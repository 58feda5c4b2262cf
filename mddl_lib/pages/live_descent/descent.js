// Learned descent, turn by turn, on N × N images: x ← x − τ [λ (x − y) + Σ_l K_lᵀ φ_l′(K_l x)], the image mirrored at its border.
//   φ_l′(t) = σ S_l(t/σ), S_l straight between its knots on [−reach, reach] and constant beyond.
const SIZE = 5; // of a filter
const MARGIN = 2;

class LearnedDescent {
  // turns: [{ filters: L × 25 numbers, values: L × knots, step, weight }, …]
  constructor({ sigma, reach, turns }, side) {
    Object.assign(this, { sigma, reach, turns, side });
    this.wideSide = side + 2 * MARGIN;
    // where the entries of the image with its margin come from
    const mirrored = Int32Array.from({ length: this.wideSide }, (_, i) => {
      const place = i - MARGIN < 0 ? MARGIN - 1 - i : i - MARGIN;
      return place >= side ? 2 * side - 1 - place : place;
    });
    this.source = Int32Array.from({ length: this.wideSide ** 2 }, (_, i) => {
      return mirrored[(i / this.wideSide) | 0] * side + mirrored[i % this.wideSide];
    });
  }

  // All estimates, the noisy image first.
  estimates(noisy) {
    const found = [noisy];
    for (const turn of this.turns) {
      const x = found[found.length - 1];
      const slope = this.slope(turn, x);
      found.push(x.map((value, i) => value - turn.step * (turn.weight * (value - noisy[i]) + slope[i])));
    }
    return found;
  }

  // Σ_l K_lᵀ φ_l′(K_l x)
  slope({ filters, values }, x) {
    const { side, wideSide, source } = this;
    const wide = Float64Array.from(source, (place) => x[place]);
    const pushed = new Float64Array(wide.length);
    const response = new Float64Array(wide.length); // of pixel (r, c) at r · wideSide + c: the taps are then shifts
    const count = filters.length / SIZE ** 2;
    const knots = values.length / count;
    const last = (side - 1) * wideSide + side;
    for (let l = 0; l < count; l++) {
      response.fill(0, 0, last);
      for (let tap = 0; tap < SIZE ** 2; tap++) {
        const weight = filters[l * SIZE ** 2 + tap];
        const shift = ((tap / SIZE) | 0) * wideSide + (tap % SIZE);
        for (let i = 0; i < last; i++) response[i] += weight * wide[i + shift];
      }
      this.influence(response, values.subarray(l * knots, (l + 1) * knots));
      for (let tap = 0; tap < SIZE ** 2; tap++) {
        const weight = filters[l * SIZE ** 2 + tap];
        const shift = ((tap / SIZE) | 0) * wideSide + (tap % SIZE);
        for (let i = 0; i < last; i++) pushed[i + shift] += weight * response[i];
      }
    }
    const slope = new Float64Array(side * side);
    for (let i = 0; i < pushed.length; i++) slope[source[i]] += pushed[i];
    return slope;
  }

  // t ← φ′(t) at the pixels, 0 in the gaps between the rows.
  influence(response, values) {
    const { side, wideSide, sigma, reach } = this;
    const step = (2 * reach) / (values.length - 1);
    for (let row = 0; row < side; row++) {
      const start = row * wideSide;
      for (let i = start; i < start + side; i++) {
        const place = Math.max(0, Math.min(values.length - 1, (response[i] / sigma + reach) / step));
        const knot = Math.min(place | 0, values.length - 2);
        response[i] = sigma * (values[knot] + (place - knot) * (values[knot + 1] - values[knot]));
      }
      response.fill(0, start + side, start + wideSide);
    }
  }
}
