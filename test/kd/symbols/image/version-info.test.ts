import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteSource } from '../../../../src/kd/symbols/bytes.js';
import { readImageHeaders } from '../../../../src/kd/symbols/image/image.js';
import { readVersionInfo, type VersionInfo } from '../../../../src/kd/symbols/image/version-info.js';

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
const wide = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');

/** A block of a version resource: Microsoft's documentation of VS_VERSIONINFO. */
function block(key: string, type: 0 | 1, value: Buffer, children: readonly Buffer[] = []): Buffer {
  const head = Buffer.alloc(6);
  const named = padded(Buffer.concat([head, wide(key)]));
  const inner = children.length === 0 ? [value] : [padded(value), ...children.map(padded)];
  const whole = Buffer.concat([named, ...inner]);
  whole.writeUInt16LE(whole.length, 0);
  whole.writeUInt16LE(type === 1 ? value.length / 2 : value.length, 2);
  whole.writeUInt16LE(type, 4);
  return whole;
}

function versionResource(numbers: readonly number[], strings: Readonly<Record<string, string>>): Buffer {
  const fixed = Buffer.alloc(52);
  fixed.writeUInt32LE(0xfeef04bd, 0);
  for (const [i, at] of [10, 8, 14, 12].entries()) fixed.writeUInt16LE(numbers[i] ?? 0, at);
  const table = block(
    '040904B0',
    1,
    Buffer.alloc(0),
    Object.entries(strings).map(([key, text]) => block(key, 1, wide(text))),
  );
  return block('VS_VERSION_INFO', 0, fixed, [
    block('VarFileInfo', 1, Buffer.alloc(0), [block('Translation', 0, Buffer.from([9, 4, 0xb0, 4]))]),
    block('StringFileInfo', 1, Buffer.alloc(0), [table]),
  ]);
}

const RVA = 0x1000;
const PLACE = 0x200;

/** A PE image with nothing but a resource section, of one icon and one version. */
function image(version: Buffer): Buffer {
  const folder = (entries: readonly (readonly [number, number])[]): Buffer => {
    const bytes = Buffer.alloc(16 + entries.length * 8);
    bytes.writeUInt16LE(entries.length, 14);
    for (const [i, [id, at]] of entries.entries()) {
      bytes.writeUInt32LE(id, 16 + i * 8);
      bytes.writeUInt32LE(at, 20 + i * 8);
    }
    return bytes;
  };
  // Root at 0 (32 bytes), then names (24), languages (24), and where the data are (16).
  const down = 0x8000_0000;
  const leaf = Buffer.alloc(16);
  leaf.writeUInt32LE(RVA + 96, 0);
  leaf.writeUInt32LE(version.length, 4);
  const icon = 80;
  const root = folder([
    [3, icon],
    [16, down + 32],
  ]);
  const section = Buffer.concat([root, folder([[1, down + 56]]), folder([[0x409, 80]]), leaf, version]);
  const head = Buffer.alloc(PLACE);
  head.write('MZ', 0, 'latin1');
  head.writeUInt32LE(0x40, 0x3c);
  head.write('PE', 0x40, 'latin1');
  head.writeUInt16LE(0x8664, 0x44);
  head.writeUInt16LE(1, 0x46);
  head.writeUInt16LE(112 + 16 * 8, 0x54);
  const optional = 0x58;
  head.writeUInt16LE(0x20b, optional);
  head.writeUInt32LE(0x10000, optional + 56);
  head.writeUInt32LE(16, optional + 108);
  head.writeUInt32LE(RVA, optional + 112 + 2 * 8);
  head.writeUInt32LE(section.length, optional + 112 + 2 * 8 + 4);
  const header = optional + 112 + 16 * 8;
  head.write('.rsrc', header, 'latin1');
  head.writeUInt32LE(section.length, header + 8);
  head.writeUInt32LE(RVA, header + 12);
  head.writeUInt32LE(section.length, header + 16);
  head.writeUInt32LE(PLACE, header + 20);
  return Buffer.concat([head, section]);
}

async function versionIn(bytes: Buffer): Promise<VersionInfo | undefined> {
  const { read } = byteSource(bytes);
  const headers = await readImageHeaders(read);
  return headers && readVersionInfo(read, headers);
}

describe('the version resource of an image', () => {
  it('tells the version, the company and the description', async () => {
    const strings = { CompanyName: 'Example Corporation', FileDescription: 'Port driver', FileVersion: '5.2 (lab)' };
    expect(await versionIn(image(versionResource([5, 2, 3790, 1830], strings)))).toEqual({
      version: '5.2.3790.1830',
      company: 'Example Corporation',
      description: 'Port driver',
    });
  });

  it('tells what there is', async () => {
    const there = await versionIn(image(versionResource([1, 0, 0, 0], {})));
    expect(there).toEqual({ version: '1.0.0.0', company: '', description: '' });
    const { read } = byteSource(image(Buffer.alloc(0)));
    const headers = await readImageHeaders(read);
    expect(headers && (await readVersionInfo(read, { ...headers, directories: [] }))).toBeUndefined();
  });

  it('is nothing, and no error, where it is damaged', async () => {
    const whole = image(versionResource([5, 2, 3790, 1], { CompanyName: 'Example', FileDescription: 'Driver' }));
    const damage = fc.array(
      fc.record({ at: fc.integer({ min: PLACE, max: whole.length - 1 }), to: fc.integer({ min: 0, max: 255 }) }),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: PLACE, max: whole.length }), async (bytes, length) => {
        const copy = Buffer.from(whole.subarray(0, length));
        for (const { at, to } of bytes) if (at < copy.length) copy[at] = to;
        const found = await versionIn(copy);
        if (found) expect(Object.values(found).every((text) => typeof text === 'string')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
