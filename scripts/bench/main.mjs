// npm run bench [part…]: every figure is a ratio against a yardstick in the same run, and a median.
import os from 'node:os';

const parts = ['startup', 'halt', 'stream', 'hits', 'report', 'wire', 'session', 'kdnet'];
const wanted = process.argv.slice(2);
const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
process.stdout.write(
  `${os.cpus().length} cores, ${cpu}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ${os.release()}, Node ${process.version}\n`,
);
for (const part of wanted.length ? wanted : parts) {
  process.stdout.write(`\n${part}\n`);
  const { run } = await import(`./${part}.mjs`);
  await run();
}
