// Preloaded into a Node process (node --import …): says at its end, on stderr, how much memory it had at most (KiB) and the processor time it took (ms).
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write(`\nusage ${maxRSS} ${Math.round((userCPUTime + systemCPUTime) / 1000)}\n`);
});
