// The discrete Fourier transform of real N × N images, N a power of two, on the half grid that suffices for them.
//   forward: X(k) = Σ_p x(p) exp(−2πi k·p/N), not normalised; inverse: its inverse, the factor 1/N² included.
// The half grid is stored column by column: entry c·N + r is frequency (r, c), c = 0 … N/2, so columns lie together.
class Fourier {
  constructor(side) {
    if (!(side >= 4) || side & (side - 1)) throw new RangeError(`side is ${side}: expected a power of two, 4 or more`);
    this.side = side;
    this.half = side / 2 + 1;
    this.cos = Float64Array.from({ length: side / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / side));
    this.sin = Float64Array.from({ length: side / 2 }, (_, k) => Math.sin((2 * Math.PI * k) / side));
    const bits = Math.log2(side);
    this.swap = Int32Array.from({ length: side }, (_, i) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((i >> bit) & 1) << (bits - 1 - bit);
      return reversed;
    });
    [this.re, this.im] = [new Float64Array(side), new Float64Array(side)];
  }

  // In place on the scratch row, which is filled in bit-reversed order; sign −1 forward, +1 backward.
  butterflies(sign) {
    const { side, re, im, cos, sin } = this;
    for (let start = 0; start < side; start += 2) {
      const [a, b, c, d] = [re[start], im[start], re[start + 1], im[start + 1]];
      re[start] = a + c;
      im[start] = b + d;
      re[start + 1] = a - c;
      im[start + 1] = b - d;
    }
    for (let length = 2; length < side; length *= 2) {
      const stride = side / (2 * length);
      for (let k = 0; k < length; k++) {
        const c = cos[k * stride];
        const s = sign * sin[k * stride];
        for (let i = k; i < side; i += 2 * length) {
          const j = i + length;
          const u = re[j] * c - im[j] * s;
          const v = re[j] * s + im[j] * c;
          re[j] = re[i] - u;
          im[j] = im[i] - v;
          re[i] += u;
          im[i] += v;
        }
      }
    }
  }

  forward(image, outRe, outIm) {
    const { side, half, re, im, swap } = this;
    // two real rows a, b make one complex row a + ib: A(k) = (Z(k) + Z̄(−k))/2, B(k) = (Z(k) − Z̄(−k))/2i
    for (let row = 0; row < side; row += 2) {
      const first = row * side;
      const second = first + side;
      for (let i = 0; i < side; i++) {
        re[swap[i]] = image[first + i];
        im[swap[i]] = image[second + i];
      }
      this.butterflies(-1);
      for (let k = 0; k < half; k++) {
        const m = (side - k) & (side - 1);
        const place = k * side + row;
        outRe[place] = (re[k] + re[m]) / 2;
        outIm[place] = (im[k] - im[m]) / 2;
        outRe[place + 1] = (im[k] + im[m]) / 2;
        outIm[place + 1] = (re[m] - re[k]) / 2;
      }
    }
    this.columns(outRe, outIm, -1, 1);
  }

  // Changes its input.
  inverse(inRe, inIm, image) {
    const { side, half, re, im, swap } = this;
    this.columns(inRe, inIm, 1, 1 / (side * side));
    for (let row = 0; row < side; row += 2) {
      for (let k = 0; k < half; k++) {
        const place = k * side + row;
        const [a, b, c, d] = [inRe[place], inIm[place], inRe[place + 1], inIm[place + 1]];
        re[swap[k]] = a - d;
        im[swap[k]] = b + c;
        if (k > 0 && k < half - 1) {
          re[swap[side - k]] = a + d;
          im[swap[side - k]] = c - b;
        }
      }
      this.butterflies(1);
      image.set(re, row * side);
      image.set(im, (row + 1) * side);
    }
  }

  columns(outRe, outIm, sign, scale) {
    const { side, half, re, im, swap } = this;
    for (let column = 0; column < half; column++) {
      const start = column * side;
      for (let i = 0; i < side; i++) {
        re[swap[i]] = outRe[start + i];
        im[swap[i]] = outIm[start + i];
      }
      this.butterflies(sign);
      for (let i = 0; i < side; i++) {
        outRe[start + i] = scale * re[i];
        outIm[start + i] = scale * im[i];
      }
    }
  }
}
