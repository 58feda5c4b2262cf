// Sparse codes by layers, one signal at a time. All methods of the chapter are one of two kinds of network:
//   coupled:   x ← soft_p(z + γ_k Wᵀ (y − D z), θ_k)    ISTA and FISTA (W = D, γ = 1/L), LISTA-CP, LISTA-CPSS, ALISTA
//   recurrent: x ← soft(W y + S z, θ_k)                  LISTA, LFISTA
//   z = x + μ_k (x − x'), x' the layer before's; without momentum z = x
// Matrices are lists of numbers, row by row: D is (m, n).
class Pursuit {
  constructor({ kind, weight, recurrent, thresholds, steps, momenta, kept }, dictionary, rows, columns) {
    Object.assign(this, { kind, recurrent, thresholds, steps, momenta, kept, dictionary, rows, columns });
    this.weight = weight || dictionary;
    if (this.weight.length !== rows * columns) throw new RangeError(`${this.weight.length} numbers are no weight of ${rows} × ${columns}`);
  }

  // All estimates, zero first.
  estimates(y) {
    let x = new Float64Array(this.columns);
    let before = x;
    const found = [x];
    for (let k = 0; k < this.thresholds.length; k++) {
      const momentum = this.momenta ? this.momenta[k] : 0;
      const z = x.map((value, i) => value + momentum * (value - before[i]));
      const inner = this.kind === "coupled" ? this.corrected(z, y, k) : this.mixed(z, y);
      before = x;
      x = shrink(inner, this.thresholds[k], this.kept ? this.kept[k] : 0);
      found.push(x);
    }
    return found;
  }

  corrected(x, y, k) {
    const { dictionary, weight, rows, columns } = this;
    const inner = x.slice();
    for (let row = 0; row < rows; row++) {
      let residual = y[row];
      for (let i = 0; i < columns; i++) residual -= dictionary[row * columns + i] * x[i];
      for (let i = 0; i < columns; i++) inner[i] += this.steps[k] * residual * weight[row * columns + i];
    }
    return inner;
  }

  mixed(z, y) {
    const { weight, recurrent, rows, columns } = this;
    return z.map((_, i) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += weight[i * rows + row] * y[row];
      for (let j = 0; j < columns; j++) sum += recurrent[i * columns + j] * z[j];
      return sum;
    });
  }
}

// Soft shrinkage that leaves the `kept` largest entries as they are.
function shrink(values, threshold, kept) {
  const bound = kept ? [...values].map(Math.abs).sort((a, b) => b - a)[kept - 1] : Infinity;
  return values.map((v) => (Math.abs(v) >= bound ? v : Math.sign(v) * Math.max(Math.abs(v) - threshold, 0)));
}

// D x + noise.
function signalOf(code, dictionary, rows, noise) {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = noise[row];
    for (let i = 0; i < code.length; i++) sum += dictionary[row * code.length + i] * code[i];
    return sum;
  });
}

function errorInDecibels(estimate, code) {
  let [error, power] = [0, 0];
  for (let i = 0; i < code.length; i++) {
    error += (estimate[i] - code[i]) ** 2;
    power += code[i] ** 2;
  }
  return power ? 10 * Math.log10(error / power) : NaN;
}
