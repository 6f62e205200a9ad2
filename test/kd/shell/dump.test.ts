import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));

describe.each(['x86', 'x64'] as const)('dds, dqs and dps (%s)', (architecture) => {
  const wide = architecture === 'x64';
  const width = wide ? 8n : 4n;
  let cache: string;
  let kd: ShellBench;
  let page: bigint;
  const spell = (value: bigint): string => {
    const digits = value.toString(16).padStart(16, '0');
    return wide ? `${digits.slice(0, 8)}\`${digits.slice(8)}` : digits.slice(8);
  };
  const put = (offset: bigint, value: bigint): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    kd.machine.memory.write(page + offset, bytes.subarray(0, Number(width)));
  };

  beforeAll(async () => {
    cache = mkdtempSync(path.join(os.tmpdir(), 'dump '));
    kd = new ShellBench({
      architecture,
      stub: { state: 'running' },
      symbols: { path: path.join(IMAGES, architecture), cache },
    });
    await kd.breakIn();
    page = ((kd.machine.processors[0]?.get(wide ? 'rsp' : 'esp') ?? 0n) & ~0xfffn) - 0x1000n;
    kd.machine.memory.write(page, Buffer.alloc(0x1000));
    put(0n, (kd.machine.address('nt!ExAllocatePoolWithTag') ?? 0n) + 0x12n);
    put(width, 5n);
    put(2n * width, kd.machine.address('leakydrv!LeakyAllocate') ?? 0n);
    put(3n * width, page);
  });
  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  it('show a pointer on each line, with its name where it has one', async () => {
    const pointers = [
      `${spell(page)}  ${spell((kd.machine.address('nt!ExAllocatePoolWithTag') ?? 0n) + 0x12n)} nt!ExAllocatePoolWithTag+0x12`,
      `${spell(page + width)}  ${spell(5n)}`,
      `${spell(page + 2n * width)}  ${spell(kd.machine.address('leakydrv!LeakyAllocate') ?? 0n)} leakydrv!LeakyAllocate`,
      `${spell(page + 3n * width)}  ${spell(page)}`,
    ];
    const shown = `${pointers.join('\n')}\n`;
    expect(await kd.command(`dps ${page.toString(16)} L4`)).toBe(shown);
    expect(await kd.command(`${wide ? 'dqs' : 'dds'} ${page.toString(16)} L4`)).toBe(shown);
    // `d` goes on in the same way.
    expect((await kd.command('d')).split('\n')[0]).toBe(`${spell(page + 4n * width)}  ${spell(0n)}`);
    expect((await kd.command(`dps ${page.toString(16)}`)).trim().split('\n')).toHaveLength(128 / Number(width));
  });

  it('name no value that is no address, and show what is not there as kd does', async () => {
    const other = await kd.command(`${wide ? 'dds' : 'dqs'} ${page.toString(16)} L2`);
    expect(other).not.toContain('!');
    expect(other.trim().split('\n')).toHaveLength(2);
    expect(await kd.command('dps 0 L2')).toBe(
      wide
        ? '00000000`00000000  ????????`????????\n00000000`00000008  ????????`????????\n'
        : '00000000  ????????\n00000004  ????????\n',
    );
  });
});
