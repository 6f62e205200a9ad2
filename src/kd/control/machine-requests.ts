import { API, type ApiRequest } from './api.js';
import { ask, tell, type Wire } from './requests.js';

// Requests about the machine: MSRs, I/O ports, another processor. Memory and registers have files of their own.

/** Reads a model-specific register of a processor. @throws Error when the target refuses; LinkError */
export async function readMsr(wire: Wire, processor: number, msr: number): Promise<bigint> {
  const answer = await ask(wire, { api: API.readMsr, processor, fields: [[16, msr]] });
  if (!answer.ok) throw refused(`msr ${msr.toString(16)}`, answer.status);
  return BigInt(answer.u32(20)) | (BigInt(answer.u32(24)) << 32n);
}

/** Writes a model-specific register of a processor. @throws as `readMsr` */
export async function writeMsr(wire: Wire, processor: number, msr: number, value: bigint): Promise<void> {
  const low = Number(value & 0xffff_ffffn);
  const high = Number((value >> 32n) & 0xffff_ffffn);
  const fields: ApiRequest['fields'] = [
    [16, msr],
    [20, low],
    [24, high],
  ];
  const answer = await ask(wire, { api: API.writeMsr, processor, fields });
  if (!answer.ok) throw refused(`msr ${msr.toString(16)}`, answer.status);
}

/** Bytes of an access to the I/O space. */
export type IoSize = 1 | 2 | 4;

/** Reads a port of the I/O space. @throws as `readMsr` */
export async function readPort(wire: Wire, port: bigint, size: IoSize): Promise<number> {
  const fields: ApiRequest['fields'] = [
    [16, port],
    [24, size],
  ];
  const answer = await ask(wire, { api: API.readIoSpace, fields });
  if (!answer.ok) throw refused(`port ${port.toString(16)}`, answer.status);
  return answer.u32(28);
}

/** Writes a port of the I/O space. @throws as `readMsr` */
export async function writePort(wire: Wire, port: bigint, size: IoSize, value: number): Promise<void> {
  const fields: ApiRequest['fields'] = [
    [16, port],
    [24, size],
    [28, value],
  ];
  const answer = await ask(wire, { api: API.writeIoSpace, fields });
  if (!answer.ok) throw refused(`port ${port.toString(16)}`, answer.status);
}

/**
 * Hands the debugger to another processor, which then says that it stands. Targets that cannot do it reply instead, or print;
 * the registers of any processor can be had without it.
 * @throws LinkError
 */
export async function requestProcessor(wire: Wire, processor: number): Promise<void> {
  await tell(wire, { api: API.switchProcessor, processor });
}

function refused(what: string, status: number): Error {
  return new Error(`The target refuses ${what} (status 0x${status.toString(16)}).`);
}
