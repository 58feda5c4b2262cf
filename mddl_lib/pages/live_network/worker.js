// The network at work, away from the page: it answers a measurement with every turn's estimate.
const fourier = new Fourier(256);
const networks = new Map(); // the networks' names -> ADMMNet; each is built once

onmessage = ({ data: job }) => {
  if (job.numbers) networks.set(job.network, new ADMMNet(job.numbers, fourier));
  const { zeroFilled, gram } = measure(job.image, job.mask, job.sigma, fourier);
  const start = performance.now();
  const estimates = networks.get(job.network).estimates(zeroFilled, gram);
  const milliseconds = performance.now() - start;
  postMessage({ id: job.id, zeroFilled, estimates, milliseconds });
};
