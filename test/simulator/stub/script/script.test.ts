import { describe, expect, it } from 'vitest';
import { loadScript, parseScript, scriptNames } from '../../../../src/simulator/stub/script/script-load.js';
import { optionsOf } from '../../../../src/simulator/stub/script/script-options.js';
import { runScript } from '../../../../src/simulator/stub/script/script-run.js';
import { Bench } from '../host-end.js';

function scripted(timeline: string, stub = {}): Bench {
  const script = parseScript(`about = "a test"\n${timeline}`, 'test.toml');
  const bench = new Bench({ stub: { ...optionsOf(script), ids: { target: 0x80800000, host: 0x80800000 }, ...stub } });
  runScript(bench.stub, script.timeline, bench.clock);
  return bench;
}

describe('a target script', () => {
  it.each(scriptNames())('%s is built in, and good', (name) => {
    expect(loadScript(name).about).not.toBe('');
  });

  it('says what is wrong with it', () => {
    const wrong = '[[timeline]]\nevent = "explode"\n[target]\nfifo = 1';
    expect(() => parseScript(`about = "x"\n${wrong}`, 'x.toml')).toThrow(
      /x\.toml is not valid:[\s\S]*timeline\[0\]\.event[\s\S]*/,
    );
    expect(() => parseScript('about = ', 'x.toml')).toThrow(/line 1/);
    expect(() => loadScript('nothing')).toThrow(expect.objectContaining({ code: 'script-unknown', exitCode: 2 }));
    expect(() => loadScript('./nothing.toml')).toThrow(expect.objectContaining({ code: 'script-unreadable' }));
  });

  it('prints again and again', () => {
    const bench = scripted('[[timeline]]\nevent = "print"\ntext = "x\\n"\nafter_ms = 100\nevery_ms = 50\ntimes = 4');
    bench.clock.advance(1000);
    expect(bench.texts).toEqual(['x\n', 'x\n', 'x\n', 'x\n']);
    expect(bench.log.filter(({ what }) => what.kind === 'data')[0]?.at).toBeGreaterThanOrEqual(100);
  });

  it('counts hits', () => {
    const timeline = '[[timeline]]\nevent = "bug-check"\ncode = 0xe2\nafter_hits = 2';
    const bench = scripted(timeline, { orphans: { hardware: ['nt!MmAllocateSpecialPool'] } });
    const wake = { event: 'wake', thread: 'worker', times: 1 } as const;
    for (let count = 0; count < 2; count++) {
      expect(bench.stub.books.bug_checks).toEqual([]);
      bench.stub.happen({ ...wake });
      bench.clock.advance(100);
      // Step over it, and arm it again.
      for (const dr7 of [0x400, 0x401]) {
        bench.send(0x313c, (header) => {
          header.writeUInt32LE(0x10002, 16);
          header.writeUInt32LE(dr7 === 0x400 ? 1 : 0, 20);
          header.writeUInt32LE(dr7, 24);
        });
        bench.clock.advance(50);
      }
    }
    bench.clock.advance(100);
    expect(bench.stub.books.hits).toBe(2);
    expect(bench.stub.books.bug_checks.length).toBe(1);
  });

  it('takes the cable out when the target is armed, and puts it in again', () => {
    const bench = scripted('[[timeline]]\nevent = "cable-out"\non = "armed"\nafter_ms = 10\ndown_ms = 500');
    bench.breakIn();
    bench.go();
    bench.clock.advance(100);
    expect(bench.stub.books.target.unreachable).toBe(false);
    bench.breakIn();
    bench.breakpoint(bench.machine.routine);
    bench.go();
    bench.clock.advance(100);
    expect(bench.stub.books.target.unreachable).toBe(true);
    bench.clock.advance(500);
    expect(bench.stub.books.target.unreachable).toBe(false);
  });

  it('switches on, restarts, wakes, asks and kills', () => {
    const timeline = [
      ['power-on', 100],
      ['reboot', 3000],
      ['die', 20_000],
    ].map(([event, at]) => `[[timeline]]\nevent = "${event}"\nafter_ms = ${at}\n`);
    const bench = scripted(`${timeline.join('')}[[timeline]]\nevent = "reboot"\nannounced = false\nafter_ms = 9000`, {
      state: 'off',
    });
    bench.acknowledges = false;
    bench.clock.advance(2999);
    expect(bench.stub.books.boots).toBe(1);
    bench.clock.advance(3000);
    expect(bench.stub.books.boots).toBe(2);
    bench.clock.advance(6000);
    expect(bench.stub.books.boots).toBe(3);
    bench.clock.advance(10_000);
    expect(bench.stub.books.target.state).toBe('dead');
    const asking = scripted(
      '[[timeline]]\nevent = "prompt"\n[[timeline]]\nevent = "wake"\nthread = "worker"\ncount = 3\non = "connected"',
    );
    asking.clock.advance(100);
    expect(asking.stub.books.target.stop).toBe('prompt');
    const waking = scripted('[[timeline]]\nevent = "wake"\nthread = "worker"\ncount = 3');
    waking.clock.advance(500);
    expect(waking.machine.completed.get('worker')).toBe(3);
  });

  it('describes the target itself', () => {
    const script = parseScript(
      [
        'about = "x"',
        '[target]\nfifo_bytes = 16\nmissing_apis = [0x315f]\norphans = { raw = ["nt!X"] }',
        '[boot]\ndriver_ms = 7',
        '[wakes]\nworker = 2.5',
        '[faults]\nreply_delay_ms = 9\n[faults.to_host]\nlose = 0.5',
      ].join('\n'),
      'x.toml',
    );
    const options = optionsOf(script);
    expect(options).toMatchObject({ fifoBytes: 16, wakes: { worker: 2.5 }, boot: { driverMs: 7 } });
    expect(options.missingApis?.has(0x315f)).toBe(true);
    expect(options.orphans).toEqual({ raw: ['nt!X'] });
    expect(options.faults).toMatchObject({ replyDelayMs: 9, toHost: { lose: 0.5 }, toTarget: { lose: 0 } });
    expect(Object.keys(options)).not.toContain('ids');
  });

  it('takes back what has not happened when it ends', () => {
    const bench = new Bench();
    const script = parseScript('about = "x"\n[[timeline]]\nevent = "die"\nafter_ms = 100', 'x.toml');
    const end = runScript(bench.stub, script.timeline, bench.clock);
    end();
    bench.clock.advance(1000);
    expect(bench.stub.books.target.state).toBe('running');
  });
});

describe('threads', () => {
  it('are woken at their rate', () => {
    const bench = new Bench({ stub: { wakes: { worker: 20 } } });
    bench.clock.advance(20_000);
    const done = bench.machine.completed.get('worker') ?? 0;
    expect(done).toBeGreaterThan(350);
    expect(done).toBeLessThan(450);
  });

  it('do not make up for a time that the target stood still', () => {
    const bench = new Bench({ stub: { wakes: { worker: 20 } } });
    bench.breakIn();
    const before = bench.machine.tagAllocations;
    bench.clock.advance(100_000);
    expect(bench.machine.tagAllocations).toBe(before);
    bench.go();
    bench.clock.advance(100);
    expect(bench.machine.tagAllocations - before).toBeLessThan(50);
  });
});
