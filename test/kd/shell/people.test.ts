import { describe, expect, it } from 'vitest';
import { ShellBench } from './shell-bench.js';

const running = { state: 'running' } as const;

describe('what people type at the built-in kd', () => {
  it.each(['x86', 'x64'] as const)('shows one module with what its image says (%s)', async (architecture) => {
    const kd = new ShellBench({ architecture, stub: running });
    await kd.breakIn();
    const kernel = await kd.command('lmvm nt');
    expect(kernel).toMatch(/^start +end +module name\n\S+ \S+ {3}nt +\(.*\).*\n(?: {4}\S.*\n)+$/);
    expect(kernel).toMatch(
      / {4}Image name: \S+\n {4}Timestamp: +\w{3} \w{3} .* \([\dA-F]{8}\)\n {4}CheckSum: +[\dA-F]{8}\n/,
    );
    for (const same of ['lm vm nt', 'lmv m nt', 'lmvm NT']) expect(await kd.command(same)).toBe(kernel);
    expect(await kd.command('lmvm leakydrv')).toContain('Image name: leakydrv.sys');
    expect(await kd.command('lmva nt')).toBe(kernel);
    expect(await kd.command('lm m nosuch')).toMatch(/^start +end +module name\n$/);
    expect(await kd.command('lmx')).toContain('Syntax error');
    expect(await kd.leave()).toBe(0);
  });

  it('shows stacks in every form', async () => {
    const kd = new ShellBench({ architecture: 'x64', stub: running });
    await kd.breakIn();
    const plain = await kd.command('k');
    expect(await kd.command('kL')).toBe(plain);
    expect(await kd.command('kM')).toBe(plain);
    expect(await kd.command('knL')).toBe(await kd.command('kn'));
    expect(await kd.command('knf')).toMatch(/^ # {3}Memory {2}Child-SP .*\n00 {11}[\da-f]{8}`[\da-f]{8} /);
    expect(await kd.command('kcn')).toMatch(/^ # Call Site\n00 nt/);
    expect(await kd.command('kx')).toContain('Syntax error');
    expect(await kd.leave()).toBe(0);
  });

  it('passes over comments, and counts in $t0', async () => {
    const kd = new ShellBench({ architecture: 'x64', stub: running });
    await kd.breakIn();
    expect(await kd.command('* a note; .echo no')).toBe('');
    expect(await kd.command("$$ it's counted; r $t0 = 5; .echo yes")).toBe('yes\n');
    expect(await kd.command('r $t0 = @$t0 + 1; ? @$t0')).toContain('= 00000000`00000006');
    expect(await kd.command('r? $t1 = 7; r $t1')).toBe('$t1=0000000000000007\n');
    expect(await kd.command('.if (@$t0 == 6) { $$ inside; .echo six }')).toBe('six\n');
    expect(await kd.command('$$><script.txt')).toContain('give the file to kd with -cf');
    expect(await kd.leave()).toBe(0);
  });

  it('has .symfix', async () => {
    const kd = new ShellBench({ stub: running });
    await kd.breakIn();
    await kd.command('.symfix c:\\sym');
    expect(await kd.command('.sympath')).toBe('Symbol search path is: cache*c:\\sym;srv*\n');
    await kd.command('.symfix');
    expect(await kd.command('.sympath')).toBe('Symbol search path is: srv*\n');
    expect(await kd.leave()).toBe(0);
  });
});
