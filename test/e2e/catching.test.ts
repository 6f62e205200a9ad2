import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop, portable } from './harness.js';

/** How hits are caught is decided by what the target has. */
let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

const typed = (): string => laptop.books().command_log.join('\n');

describe('a kernel with neither function of special pool', () => {
  it('is watched by PoolHitTag, for so many hits, which end by themselves', async () => {
    const run = laptop.start('pool-hit-tag', '--max-hits', '8', '--sizes');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    expect(laptop.books().hits).toBe(8);
    expect(typed()).not.toMatch(/^bp /m);
    expect(typed()).toContain("j (@$t19<0n8) 'g';'ed nt!PoolHitTag 0;g'}\" bpe\ned nt!PoolHitTag 0x206b6444");
    // Announced before, said when it is done, and in the records.
    expect(run.err.indexOf('--strategy breakpoint forbids it')).toBeLessThan(run.err.indexOf('kd runs as process'));
    expect(run.err).toContain('every allocation and at every free of');
    expect(run.err.replace(/\s+/g, ' ')).toContain(
      'Armed with less than was asked for: kd lists no break of PoolHitTag',
    );
    expect(laptop.record()).toMatchObject({ catching: 'pool-hit-tag', tag_in: false, left: 'freed' });
    expect(laptop.events().at(-1)).toMatchObject({ event: 'result', catching: 'pool-hit-tag' });
  });

  portable('is let go at once where PoolHitTag is forbidden, with what to do instead', async () => {
    const run = laptop.start('pool-hit-tag', '--strategy', 'breakpoint');
    expect(await run.ended, run.err).toBe(7);
    laptop.expectFree();
    expect(typed()).not.toContain('PoolHitTag');
    expect(run.err).toContain('-PoolTag Ddk ');
    expect(run.err).toContain('wpr -start Pool -filemode');
  });

  portable('may break at an int 3 of a driver and crash: no filter of ours runs over either', async () => {
    const run = laptop.start('pool-hit-tag-int3');
    await run.sees('The target stopped: Break instruction exception - code 80000003. Resumed.');
    await run.sees('BUG CHECK 0x000000c4');
    const { hits } = laptop.books();
    await run.interrupt();
    expect(await run.ended, run.err).toBe(20);
    expect(run.err).toContain('It has crashed (bug check 0x000000c4)');
    expect(laptop.books().hits).toBe(hits);
    expect(laptop.log().match(/Fatal System Error/g)).toHaveLength(1);
  });

  it('whose session and kd are killed is freed by a rescue: the tag is put back', async () => {
    const session = laptop.start('pool-hit-tag');
    await session.sees('Collecting.');
    expect(laptop.record()).toMatchObject({ tag_in: true, plan: { strategy: 'auto' } });
    session.signal('SIGKILL');
    laptop.signalKd('SIGKILL');
    await session.ended;
    const rescue = laptop.run(['rescue', '--kd', 'sim:pool-hit-tag', '--port', 'com1', '--baud', '115200']);
    expect(await rescue.ended, rescue.err).toBe(0);
    expect(laptop.books().target).toMatchObject({ state: 'running', breakpoints: 0, pool_hit_tag: 0 });
  });

  portable('is not said to be free by a rescue whose kd cannot find PoolHitTag', async () => {
    const session = laptop.start('pool-hit-tag');
    await session.sees('Collecting.');
    session.signal('SIGKILL');
    laptop.signalKd('SIGKILL');
    await session.ended;
    const rescue = laptop.run(['rescue', '--kd', 'sim:no-way', '--port', 'com1', '--baud', '115200']);
    expect(await rescue.ended, rescue.err).toBe(20);
  });
});

portable('a kernel of the segment heap tells sizes and frees, and the report pairs them', async () => {
  const run = laptop.start('heap-frees', '--track-frees', '--max-hits', '20');
  expect(await run.ended, run.err).toBe(0);
  laptop.expectFree();
  const report = laptop.run(['report', laptop.runDirectory(), '--json']);
  expect(await report.ended, report.err).toBe(0);
  type Row = { readonly driver: string; readonly count: number; readonly outstanding: { readonly bytes: number } };
  const { stacks } = JSON.parse(report.out) as { readonly stacks: readonly Row[] };
  const of = (driver: string) => stacks.find((each) => each.driver === driver);
  // What is held for 50 ms may still be there at the end; what is never freed all is.
  expect(of('netflt')?.outstanding.bytes).toBe(0x60 * (of('netflt')?.count ?? 0));
  expect(of('mydrv')?.outstanding.bytes).toBeLessThan(0x240 * (of('mydrv')?.count ?? 0));
});

portable(
  'a kernel with a function for a breakpoint gets one, and its rescue says no more than it has seen',
  async () => {
    const session = laptop.start('fast');
    await session.sees('Collecting.');
    expect(laptop.record()).toMatchObject({ catching: 'breakpoint', tag_in: false });
    expect(typed()).not.toContain('ed nt!PoolHitTag');
    session.signal('SIGKILL');
    laptop.signalKd('SIGKILL');
    await session.ended;
    const rescue = laptop.run(['rescue', '--kd', 'sim:no-way', '--port', 'com1', '--baud', '115200']);
    expect(await rescue.ended, rescue.err).toBe(0);
  },
);

portable('a kernel with nothing of all that is let go at once', async () => {
  const run = laptop.start('no-way');
  expect(await run.ended, run.err).toBe(7);
  laptop.expectFree();
  expect(run.err).toContain('nt!MmAllocateSpecialPool, nt!ExAllocateHeapSpecialPool, nt!PoolHitTag');
});
