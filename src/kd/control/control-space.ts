import type { LineQuality } from '../wire/line-quality.js';
import { API } from './api.js';
import type { Architecture } from './architecture.js';
import { ask, type Wire } from './requests.js';

// Special registers (CR3, DR7, descriptor tables) through KD's control space. General registers are in contexts.ts.

/** Reads a part of KSPECIAL_REGISTERS of a processor; shorter where the target gives less. */
export async function readSpecial(
  wire: Wire,
  architecture: Architecture,
  quality: LineQuality,
  processor: number,
  offset: number,
  bytes: number,
): Promise<Buffer> {
  const { special } = architecture;
  // On x64 the address is a selector and only the whole can be asked for; on x86 it is an offset.
  const whole = architecture.bits === 64;
  const count = whole ? offset + bytes : bytes;
  const read = await quality.readVerified(async () => {
    const answer = await ask(wire, {
      api: API.readControlSpace,
      processor,
      fields: [
        [16, whole ? special.address : special.address + BigInt(offset)],
        [24, count],
      ],
    });
    return answer.data.subarray(0, Math.min(answer.u32(28), count));
  });
  return whole ? read.subarray(offset) : read;
}

/** Times that they are written on a bad line before that is given up. */
const ATTEMPTS = 5;

/**
 * Writes a part of KSPECIAL_REGISTERS of a processor. On a line that has just shown errors it is read back: on x64 the control
 * registers travel with it.
 * @throws Error when the target refuses
 */
export async function writeSpecial(
  wire: Wire,
  architecture: Architecture,
  quality: LineQuality,
  processor: number,
  offset: number,
  bytes: Buffer,
): Promise<void> {
  const { special } = architecture;
  const whole = architecture.bits === 64;
  const head = whole ? await readSpecial(wire, architecture, quality, processor, 0, offset) : Buffer.alloc(0);
  const data = Buffer.concat([head, bytes]);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const answer = await ask(wire, {
      api: API.writeControlSpace,
      processor,
      data,
      fields: [
        [16, whole ? special.address : special.address + BigInt(offset)],
        [24, data.length],
      ],
    });
    if (!answer.ok || answer.u32(28) < data.length)
      throw new Error(`The target refuses its debug registers (status 0x${answer.status.toString(16)}).`);
    if (!quality.isDegraded) return;
    const from = whole ? 0 : offset;
    if ((await readSpecial(wire, architecture, quality, processor, from, data.length)).equals(data)) return;
  }
  throw new Error('The line is too bad to set a debug register: what is read back is never what was written.');
}
