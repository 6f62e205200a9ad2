/** What is left of an epilogue from some instruction on. */
export interface Epilogue {
  /** Bytes added to RSP first, or where LEA puts it: the frame register and what is added. */
  readonly add: number;
  readonly frame: number | undefined;
  /** Numbers of the registers popped then, in order. */
  readonly pops: readonly number[];
  /** Ends with a jump by that distance from the instruction read first, which is an epilogue only if it leaves the function. */
  readonly jump: number | undefined;
}

/** Bytes of the longest epilogue: an ADD with 32 bits, eight POPs of two bytes, a RET with 16 bits. */
export const EPILOGUE_BYTES = 28;
const RSP = 4;

/**
 * Recognises the end of a function, as the x64 conventions allow it: `add rsp` or `lea rsp`, pops, then a return or a jump.
 * @param frameRegister of the function; 0 for none
 */
export function parseEpilogue(code: Buffer, frameRegister: number): Epilogue | undefined {
  let at = 0;
  let add = 0;
  let frame: number | undefined;
  const byte = (ahead = 0) => code[at + ahead] ?? -1;
  if (byte() === 0x48 && byte(1) === 0x83 && byte(2) === 0xc4 && code.length >= at + 4) {
    add = code.readInt8(at + 3);
    at += 4;
  } else if (byte() === 0x48 && byte(1) === 0x81 && byte(2) === 0xc4 && code.length >= at + 7) {
    add = code.readInt32LE(at + 3);
    at += 7;
  } else if (isLea(byte(), byte(1), byte(2), frameRegister)) {
    const short = byte(2) >> 6 === 1;
    if (code.length < at + (short ? 4 : 7)) return undefined;
    frame = frameRegister;
    add = short ? code.readInt8(at + 3) : code.readInt32LE(at + 3);
    at += short ? 4 : 7;
  }
  const pops: number[] = [];
  for (;;) {
    const high = byte() === 0x41;
    const opcode = byte(high ? 1 : 0);
    if (opcode < 0x58 || opcode > 0x5f || (!high && opcode === 0x58 + RSP)) break;
    pops.push(opcode - 0x58 + (high ? 8 : 0));
    at += high ? 2 : 1;
  }
  const jump = ending(code, at);
  return jump === false ? undefined : { add, frame, pops, jump };
}

/** `lea rsp, [frame register + n]`: RSP cannot be one, and R12 would need a SIB byte. */
function isLea(rex: number, opcode: number, modrm: number, frameRegister: number): boolean {
  if (frameRegister === 0 || (frameRegister & 7) === RSP || opcode !== 0x8d) return false;
  const mode = modrm >> 6;
  return (
    rex === (frameRegister > 7 ? 0x49 : 0x48) &&
    (mode === 1 || mode === 2) &&
    (modrm & 0x3f) === 0x20 + (frameRegister & 7)
  );
}

/** False for anything but a return or a jump; undefined where control leaves the function for sure. */
function ending(code: Buffer, from: number): number | undefined | false {
  let at = from;
  // `rep ret` and `bnd ret`.
  if (code[at] === 0xf3 || code[at] === 0xf2) at++;
  const [first, second, third] = code.subarray(at, at + 3);
  if (first === 0xc3 || first === 0xc2) return undefined;
  if (first === 0xeb && second !== undefined) return at + 2 + code.readInt8(at + 1);
  if (first === 0xe9 && code.length >= at + 5) return at + 5 + code.readInt32LE(at + 1);
  if (first === 0xff && second === 0x25) return undefined;
  // With a REX prefix an indirect jump ends an epilogue; without one it may be a switch.
  const rex = first === 0x48 || first === 0x49;
  if (rex && second === 0xff && (third === 0x25 || ((third ?? 0) & 0xf8) === 0xe0)) return undefined;
  return false;
}
