import { API, type ApiRequest } from '../api.js';
import { ask, type Wire } from '../requests.js';
import { plainContinue } from './continue-request.js';

// Lets a target of an unsupported processor continue. Nothing is read from such a target or set in it.

const ARM64 = 0xaa64;
/** Where Pc stands in the CONTEXT of ARM64, and how long its break instruction is. Source: CONTEXT of 64-bit ARM. */
const ARM64_PC = 0x108;
const ARM64_INSTRUCTION = 4n;

/**
 * How a target goes on that this kd cannot debug. It was stopped to be recognised, and it stands at a break instruction
 * that it would run into again.
 * @returns the request that lets it go
 */
export async function continueUnsupported(wire: Wire, machine: number): Promise<ApiRequest> {
  if (machine === ARM64) await skipBreak(wire);
  return plainContinue();
}

async function skipBreak(wire: Wire): Promise<void> {
  const got = await ask(wire, {
    api: API.getContextEx,
    fields: [
      [16, ARM64_PC],
      [20, 8],
    ],
  });
  if (!got.ok || got.data.length < 8) return;
  const data = Buffer.alloc(8);
  data.writeBigUInt64LE(got.data.readBigUInt64LE(0) + ARM64_INSTRUCTION);
  await ask(wire, {
    api: API.setContextEx,
    data,
    fields: [
      [16, ARM64_PC],
      [20, 8],
      [24, ARM64_PC + 8],
    ],
  });
}
