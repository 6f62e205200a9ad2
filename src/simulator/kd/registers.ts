import type { SimulatedStop } from './kd.js';

/** The registers of the first four arguments on x64. */
const ARGUMENTS = ['rcx', 'rdx', 'r8', 'r9'];

/** What a register holds at a stop; undefined for a name that is none, or one that this kd does not tell apart. */
export function registerOf(stop: SimulatedStop | undefined, name: string, bits: 32 | 64): bigint | undefined {
  const register = name.toLowerCase();
  if (!stop) return undefined;
  const own = stop.registers?.[register];
  if (own !== undefined) return own;
  const argument = bits === 64 ? ARGUMENTS.indexOf(register) : -1;
  if (argument >= 0) return wordOf(stop.frames[0]?.args?.[argument]);
  if (/^(?:[re]ip|\$ip)$/.test(register)) return stop.address;
  return /^(?:[re](?:sp|bp)|\$csp)$/.test(register) ? wordOf(stop.frames[0]?.child) : undefined;
}

/** A word on the stack at a function's first instruction: its return address, then, on x86, its arguments. */
export function wordOnStack(stop: SimulatedStop | undefined, address: bigint, bits: 32 | 64): bigint | undefined {
  const frame = stop?.frames[0];
  if (!frame) return undefined;
  const place = (address - wordOf(frame.child)) / BigInt(bits / 8);
  if (place === 0n) return wordOf(frame.ret);
  return bits === 32 && place > 0n ? wordOf(frame.args?.[Number(place) - 1]) : undefined;
}

function wordOf(digits: string | undefined): bigint {
  return BigInt(`0x${digits ?? '0'}`);
}
