import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress } from '../../src/kd-text/address.js';
import { formatConnectedTo, parseConnectedTo } from '../../src/kd-text/listings/banner.js';
import { formatBreakpointRow, parseBreakpointRow } from '../../src/kd-text/listings/breakpoints.js';
import { formatHaltedTotal, HALTED_TOTAL } from '../../src/kd-text/listings/halted-total.js';
import {
  formatSymbolRow,
  formatUnresolved,
  parseSymbolRow,
  parseUnresolved,
} from '../../src/kd-text/listings/symbols.js';
import { formatPrompt, splitPrompts } from '../../src/kd-text/prompt.js';

const hexDigits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const address64 = hexDigits(16);
const address32 = hexDigits(8).map((digits) => `00000000${digits}`);
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/);
const symbol = fc.tuple(name, name).map(([module, name]) => `${module}!${name}`);

describe('kd’s tables: what is printed is what is read', () => {
  it('how long the target stood still', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 9), (ms) => {
        expect(HALTED_TOTAL.exec(formatHaltedTotal(ms))?.[1]).toBe(String(ms));
      }),
    );
    expect(HALTED_TOTAL.test('The target stood still for ever.')).toBe(false);
  });

  it('addresses', () => {
    fc.assert(
      fc.property(address64, (address) => {
        expect(parseAddress(formatAddress(address, 64))).toBe(address);
      }),
    );
    expect(parseAddress('0x8281300')).toBe('0000000008281300');
    expect(parseAddress('nt!Foo')).toBeUndefined();
  });

  it('rows of bl, old and new, resolved and deferred', () => {
    const row = fc.record({
      id: fc.nat(31),
      enabled: fc.boolean(),
      resolved: fc.boolean(),
      wide: fc.boolean(),
      links: fc.boolean(),
      symbol,
      command: fc.option(fc.constantFrom(';kb;g', 'kb;g', '', '.echo hit; g', '.printf "a\\n";g'), { nil: undefined }),
      once: fc.option(fc.constant(true as const), { nil: undefined }),
    });
    fc.assert(
      fc.property(row, address64, address32, ({ wide, links, command, once, ...rest }, far, near) => {
        const address = wide ? far : near;
        const given = {
          ...rest,
          ...(rest.resolved && { address }),
          ...(command !== undefined && { command }),
          ...(once && { once }),
        };
        expect(parseBreakpointRow(formatBreakpointRow(given, wide ? 64 : 32, links))).toEqual(given);
      }),
    );
  });

  it('rows of bl, byte for byte as the engine of 2026 prints them', () => {
    const at = { id: 0, enabled: true, resolved: true, address: 'fffff80002a0f206' };
    const symbol = 'nt!MmAllocateSpecialPool';
    expect(formatBreakpointRow({ ...at, symbol, command: ';kb;g' }, 64)).toBe(
      ' 0 e fffff800`02a0f206     0001 (0001) nt!MmAllocateSpecialPool ";kb;g"',
    );
    expect(formatBreakpointRow({ ...at, symbol, command: '.printf "%p",@rcx;g', enabled: false }, 64)).toBe(
      ' 0 d fffff800`02a0f206     0001 (0001) nt!MmAllocateSpecialPool ".printf \\"%p\\",@rcx;g"',
    );
    expect(
      formatBreakpointRow({ id: 0, enabled: true, resolved: false, symbol: 'leakydrv!X', command: ';kb;g' }, 64),
    ).toBe(' 0 eu                      0001 (0001) (leakydrv!X ) ";kb;g"');
    expect(formatBreakpointRow({ ...at, id: 2, symbol: 'nt!Ex+0x33', command: 'r rsp,rax;g', once: true }, 64)).toBe(
      ' 2 e fffff800`02a0f206     /1 0001 (0001) nt!Ex+0x33 "r rsp,rax;g"',
    );
    expect(formatBreakpointRow({ ...at, address: '00000000808014c0', symbol }, 32)).toBe(
      ' 0 e 808014c0     0001 (0001) nt!MmAllocateSpecialPool',
    );
  });

  it('rows of bl as kd has printed them', () => {
    expect(parseBreakpointRow(' 0 e 80599128     0001 (0001) nt!NtSecureConnectPort  ')).toMatchObject({
      id: 0,
      enabled: true,
      symbol: 'nt!NtSecureConnectPort',
    });
    expect(
      parseBreakpointRow('     3 e Disable Clear  819ed600     0001 (0001) nt!NtDeviceIoControlFile'),
    ).toMatchObject({ id: 3, resolved: true, symbol: 'nt!NtDeviceIoControlFile' });
    expect(parseBreakpointRow('Breakpoint 0 hit')).toBeUndefined();
  });

  it('rows of x, and what is not resolved', () => {
    fc.assert(
      fc.property(address64, symbol, fc.constantFrom('function' as const, 'data' as const), (address, symbol, kind) => {
        expect(parseSymbolRow(formatSymbolRow({ address, symbol }, 64, kind))).toEqual({ address, symbol });
        expect(parseUnresolved(formatUnresolved(symbol))).toBe(symbol);
      }),
    );
  });

  it('prompts and connect lines', () => {
    expect(splitPrompts(`${formatPrompt(3)}${formatPrompt(undefined)}rest`)).toEqual({
      prompts: [{ kind: 'kd', processor: 3 }, { kind: 'kd' }],
      rest: 'rest',
    });
    const target = { name: 'Windows 10', build: 19041, architecture: 'ARM 64-bit (AArch64)', pointer64: true };
    expect(parseConnectedTo(formatConnectedTo(target))).toEqual(target);
    expect(parseConnectedTo(formatConnectedTo(target, 'Thu Feb  6 13:33:54.647 2025 (UTC + 8:00)'))).toEqual(target);
  });
});
