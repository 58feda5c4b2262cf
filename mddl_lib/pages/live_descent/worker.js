// The network at work, away from the page: noise is added, then taken away turn by turn.
const networks = new Map(); // noise levels -> LearnedDescent; each is built once

onmessage = ({ data: job }) => {
  if (job.described) networks.set(job.level, new LearnedDescent(job.described, Math.sqrt(job.image.length)));
  const random = gaussianNumbers(1);
  const noisy = job.image.map((value) => value + job.sigma * random());
  const start = performance.now();
  const estimates = networks.get(job.level).estimates(noisy);
  postMessage({ id: job.id, estimates, milliseconds: performance.now() - start });
};
