import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Replay } from '../../../src/kd/wire/trace/replay.js';
import { readTrace, type TraceEntry, traceWriter } from '../../../src/kd/wire/trace/trace.js';
import { explainTrace } from '../../../src/kd/wire/trace/trace-explain.js';
import { KdBench } from '../kd-bench.js';
import { KdHost } from '../kd-host.js';
import { type Scene, scenes } from './scenes.js';

// UPDATE_TRACES=1 records them anew; what has changed is then to be read in the diff.
const UPDATE = process.env.UPDATE_TRACES === '1';
const EXPLAINED = 'lost-replies-x64';

const file = (name: string): URL => new URL(`../../../fixtures/traces/${name}`, import.meta.url);

/** Plays a scene against the simulated target, and writes down what passes. */
async function record(scene: Scene): Promise<string> {
  let text = '';
  let write: ReturnType<typeof traceWriter> | undefined;
  const early: [Parameters<ReturnType<typeof traceWriter>>[0], Uint8Array][] = [];
  const kd = new KdBench({
    ...scene.target,
    trace: (way, bytes) => (write ? write(way, bytes) : early.push([way, bytes])),
  });
  write = traceWriter(
    (more) => {
      text += more;
    },
    () => kd.clock.now(),
  );
  for (const [way, bytes] of early) write(way, bytes);
  scene.spoil?.(kd);
  await scene.host(kd);
  kd.stub.stop();
  return compact(text, scene.about);
}

/** The same trace in fewer characters: a line for each entry's bytes. */
function compact(text: string, about: string): string {
  const lines: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const bytes = /^ {14}([0-9a-f ]+)$/.exec(line)?.[1]?.replaceAll(' ', '');
    if (bytes === undefined) lines.push(line.trimStart());
    else if (/^ /.test(lines.at(-1) ?? '')) lines[lines.length - 1] += bytes;
    else lines.push(` ${bytes}`);
  }
  lines.splice(1, 0, `# ${about}`);
  return `${lines.join('\n')}\n`;
}

/** A host whose target is a trace. */
class ReplayHost extends KdHost {
  readonly replay: Replay;

  constructor(trace: readonly TraceEntry[]) {
    super();
    this.replay = new Replay(trace, this.clock, (bytes) => this.link.receive(bytes));
    this.replay.start();
  }

  protected override send(bytes: Buffer): void {
    this.replay.receive(bytes);
    if (this.replay.difference) throw new Error(this.replay.difference.text);
  }
}

describe('golden traces', () => {
  it.runIf(UPDATE).each(scenes)('are recorded: $name', async (scene) => {
    const text = await record(scene);
    writeFileSync(file(`${scene.name}.txt`), text);
    if (scene.name === EXPLAINED)
      writeFileSync(file(`${EXPLAINED}.explained`), `${[...explainTrace(text)].join('\n')}\n`);
  });

  it.each(scenes)('are played again byte for byte: $name', async (scene) => {
    const host = new ReplayHost(readTrace(readFileSync(file(`${scene.name}.txt`), 'utf8')));
    await scene.host(host);
    await host.clock.advanceAsync(100);
    expect(host.replay.end()?.text).toBeUndefined();
    expect(host.replay.finished).toBe(true);
  });

  it.each(scenes)('are what the simulated target says today: $name', async (scene) => {
    const recorded = readTrace(readFileSync(file(`${scene.name}.txt`), 'utf8'));
    const today = readTrace(await record(scene));
    const words = (trace: readonly TraceEntry[]): string[] =>
      trace.map(({ direction, bytes }) => `${direction} ${bytes.toString('hex')}`);
    expect(words(today)).toEqual(words(recorded));
  });

  it('are explained field by field', () => {
    const text = readFileSync(file(`${EXPLAINED}.txt`), 'utf8');
    expect(existsSync(file(`${EXPLAINED}.explained`))).toBe(true);
    expect(`${[...explainTrace(text)].join('\n')}\n`).toBe(readFileSync(file(`${EXPLAINED}.explained`), 'utf8'));
  });
});
