import { addressAt } from '../kernel.js';
import { done, failed, type Handler, partly, silent, unimplemented } from '../request.js';
import { NT_STATUS } from '../state-change.js';

export const writeBreakPoint: Handler = (kernel, { header }) => {
  const address = addressAt(kernel, header, 16);
  const { handle, owed } = kernel.table.add(address);
  header.writeUInt32LE(handle, 24);
  if (handle === 0) return failed;
  if (!owed || !kernel.personality.printsBeforeReply) return done();
  const shown = address.toString(16).padStart(kernel.wide ? 16 : 8, '0');
  const print = `Failed to set breakpoint at address 0x${shown}, adding deferred breakpoint.\n`;
  return { kind: 'reply', status: NT_STATUS.success, print };
};

export const restoreBreakPoint: Handler = (kernel, { header }) => partly(kernel.table.remove(header.readUInt32LE(16)));

/** Many at once. A kernel without it takes the request for a Continue after all. */
export const writeBreakPointEx: Handler = (kernel, { header, data }) => {
  const continueStatus = header.readUInt32LE(20);
  if (!kernel.personality.breakpointEx) return { kind: 'resume', handled: true };
  let all = true;
  const count = Math.min(header.readUInt32LE(16), data.length >> 4, 32);
  for (let index = 0; index < count; index++) {
    const handle = data.readUInt32LE(16 * index + 8);
    if (handle !== 0) all = kernel.table.remove(handle) && all;
  }
  for (let index = 0; index < count; index++) {
    const address = addressAt(kernel, data, 16 * index);
    if (address === 0n) continue;
    const { handle } = kernel.table.add(address);
    data.writeUInt32LE(handle, 16 * index + 8);
    all &&= handle !== 0;
  }
  if (continueStatus < 0x8000_0000 && continueStatus !== 0) return { kind: 'resume', handled: true };
  return partly(all, data.subarray(0, 16 * count));
};

export const restoreBreakPointEx: Handler = (kernel, { header, data }) => {
  if (!kernel.personality.breakpointEx) return unimplemented(kernel, 'Extended Breakpoint support is unimplemented!\n');
  let all = true;
  const count = Math.min(header.readUInt32LE(16), data.length >> 2, 32);
  for (let index = 0; index < count; index++) all = kernel.table.remove(data.readUInt32LE(4 * index)) && all;
  return partly(all);
};

const noInternal = 'Internal Breakpoint support is unimplemented!\n';
const noSpecialCalls = 'Special Call support is unimplemented!\n';

export const setInternalBreakPoint: Handler = (kernel) =>
  kernel.personality.internalBreakpoints ? silent : unimplemented(kernel, noInternal);

/** Flags of an internal breakpoint that is not there: 2, invalid. */
export const getInternalBreakPoint: Handler = (kernel, { header }) => {
  if (!kernel.personality.internalBreakpoints) return unimplemented(kernel, noInternal);
  header.fill(0, 24, 48);
  header.writeUInt32LE(2, 24);
  return failed;
};

export const querySpecialCalls: Handler = (kernel, { header }) => {
  if (!kernel.personality.internalBreakpoints) return unimplemented(kernel, noSpecialCalls);
  header.writeUInt32LE(0, 16);
  return done();
};

export const changeSpecialCalls: Handler = (kernel) =>
  kernel.personality.internalBreakpoints ? silent : unimplemented(kernel, noSpecialCalls);
