import { BREAK_IN, PACKET } from '../../kd/wire/packet.js';
import type { Kernel } from './kernel.js';
import type { Task } from './threads/task.js';

const API = { print: 0x3230, prompt: 0x3231 } as const;
/** The most text of one DbgPrint. */
const CHUNK = 512;

/** Sends a text to the debugger, as DbgPrint does. Without a debugger it is dropped. */
export function* sayDbgPrint(kernel: Kernel, text: string): Task<void> {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += CHUNK) {
    if (!kernel.link.debuggerPresent) return;
    const piece = bytes.subarray(at, at + CHUNK);
    const packet = Buffer.concat([ioHeader(kernel, API.print, piece.length, 0), piece]);
    yield* kernel.link.send(PACKET.debugIo, packet, kernel.personality.printSends);
  }
}

/** DbgPrint of a running kernel: it looks for a break-in afterwards. True when there was one. */
export function* print(kernel: Kernel, text: string): Task<boolean> {
  yield* sayDbgPrint(kernel, text);
  return pollBreak(kernel);
}

/** One look for a break-in: the one that is due, or one byte of the line. Any other byte is lost. */
export function pollBreak({ link, port, statistics }: Kernel): boolean {
  const asked = link.breakPending || port.take() === BREAK_IN;
  link.breakPending = false;
  if (asked) statistics.books.breaks++;
  return asked;
}

/** DbgPrompt: blocks until the debugger answers; a RESEND or RESET asks again. */
export function* prompt(kernel: Kernel, text: string, longest: number): Task<string> {
  const { link } = kernel;
  const bytes = Buffer.from(text, 'latin1').subarray(0, CHUNK);
  for (;;) {
    const question = Buffer.concat([ioHeader(kernel, API.prompt, bytes.length, longest), bytes]);
    yield* link.send(PACKET.debugIo, question, 0);
    for (;;) {
      const got = yield* link.receive(PACKET.debugIo);
      if (got === 'timeout') continue;
      if (got !== 'received') break;
      const length = Math.min(link.payload.readUInt32LE(12), longest, link.payload.length - 16);
      return link.payload.toString('latin1', 16, 16 + Math.max(0, length));
    }
  }
}

/**
 * Asks the debugger for a driver file (FILE_IO create). True when it gives a handle; no such file is the usual answer.
 * Without a debugger the kernel takes its own file after its retries.
 */
export function* requestFile(kernel: Kernel, path: string): Task<boolean> {
  const { link } = kernel;
  const name = Buffer.from(path, 'utf16le');
  const header = Buffer.alloc(64);
  header.writeUInt32LE(0x3430, 0);
  header.writeUInt32LE(0x8000_0000, 8);
  header.writeUInt32LE(0x80, 12);
  header.writeUInt32LE(1, 16);
  header.writeUInt32LE(1, 20);
  for (;;) {
    if (!link.debuggerPresent) return false;
    yield* link.send(PACKET.fileIo, Buffer.concat([header, name]), kernel.personality.printSends);
    if (!link.debuggerPresent) return false;
    for (;;) {
      const got = yield* link.receive(PACKET.fileIo);
      if (got === 'timeout') continue;
      if (got !== 'received') break;
      return link.payload.readUInt32LE(4) === 0;
    }
  }
}

function ioHeader({ wide }: Kernel, api: number, length: number, longest: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(api, 0);
  header.writeUInt16LE(wide ? 15 : 6, 4);
  header.writeUInt16LE(0, 6);
  header.writeUInt32LE(length, 8);
  header.writeUInt32LE(longest, 12);
  return header;
}
