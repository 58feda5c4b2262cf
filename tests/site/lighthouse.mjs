// node lighthouse.mjs MODULE PORT ADDRESS… : the accessibility score of each page, in a browser that already runs.
const [module, port, ...addresses] = process.argv.slice(2);
const { default: lighthouse } = await import(module);
const results = [];
for (const address of addresses) {
  const { lhr } = await lighthouse(address, {
    port: Number(port), output: "json", logLevel: "error", onlyCategories: ["accessibility"],
    formFactor: "desktop", screenEmulation: { disabled: true },
    // "simulate" slows nothing down here: no speed is measured, and it is the one method without five-second waits.
    throttlingMethod: "simulate", pauseAfterLoadMs: 0, networkQuietThresholdMs: 0, cpuQuietThresholdMs: 0,
    skipAudits: ["full-page-screenshot"], disableFullPageScreenshot: true,
  });
  const category = lhr.categories.accessibility;
  const counted = new Set(category.auditRefs.filter((ref) => ref.weight > 0).map((ref) => ref.id));
  const failures = Object.values(lhr.audits)
    .filter((audit) => counted.has(audit.id) && audit.score !== null && audit.score < 1)
    .map((audit) => `${audit.id}: ${(audit.details?.items || []).map((item) => item.node?.snippet).join(" ").slice(0, 600)}`);
  results.push({ score: category.score, failures, error: lhr.runtimeError?.message || "" });
}
console.log(JSON.stringify(results));
process.exit(0);
