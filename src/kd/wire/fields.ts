import { PACKET } from './packet.js';
import {
  APIS,
  CONTROL_REPORT,
  CONTROL_SET,
  type Field,
  type Fields,
  MANIPULATE_HEAD,
  OTHER_PACKETS,
  STATE_HEAD,
  STATES,
} from './trace/packet-fields.js';

/** Bytes of DBGKD_MANIPULATE_STATE64: what stands behind is data. */
const MANIPULATE_BYTES = 56;
const THREAD_HIGH = 20;
const SIGN = 0xffff_ffff;
const REPORT_AT = 192;
const EXCEPTION = 0x3030;
const CONTINUE2 = 0x313c;
const SET_AT = 20;

/** Says what is in the payloads of one line, whose target's words may be of 32 or 64 bits. */
export class FieldReader {
  /** The target's pointers have 64 bits, as its last report shows. */
  #wide = true;

  /** What is in the payload of a data packet, a line per field. Fields beyond the payload's end are left out. */
  lines(type: number, payload: Buffer): string[] {
    if (payload.length < 4) return [`${payload.length} bytes: ${payload.toString('hex')}`];
    const number = payload.readUInt32LE(0);
    const [head, [name, own]] = kindOf(type, number);
    const fields = [...head, ...own, ...this.#byWidth(type, number, payload)];
    const shown = fields.flatMap((field) => fieldText(field, payload));
    return [
      `${name} (${number.toString(16)})`,
      ...[...shown, ...leftOver(type, fields, payload)].map((text) => `  ${text}`),
    ];
  }

  /** What differs between targets of 32 and 64 bits. A thread of the first has a sign-extended address, or none. */
  #byWidth(type: number, number: number, payload: Buffer): readonly Field[] {
    if (type === PACKET.stateChange64 && payload.length >= THREAD_HIGH + 4) {
      const high = payload.readUInt32LE(THREAD_HIGH);
      if (high !== 0) this.#wide = high !== SIGN;
      if ((number & 0xfffe_ffff) === EXCEPTION) return at(REPORT_AT, CONTROL_REPORT[this.#wide ? 64 : 32]);
    }
    return type === PACKET.stateManipulate && number === CONTINUE2 ? at(SET_AT, CONTROL_SET[this.#wide ? 64 : 32]) : [];
  }
}

function at(start: number, fields: readonly Field[]): Field[] {
  return fields.map(([name, offset, form]) => [name, start + offset, form]);
}

function kindOf(type: number, number: number): readonly [readonly Field[], Fields] {
  if (type === PACKET.stateManipulate)
    return [MANIPULATE_HEAD, APIS.get(number) ?? ['unknown API', [['Data', 16, 'bytes']]]];
  if (type === PACKET.stateChange64)
    return [STATE_HEAD, STATES.get((number & 0xfffe_ffff) >>> 0) ?? ['unknown state', []]];
  return [[], OTHER_PACKETS.get(number) ?? ['unknown', [['Data', 4, 'bytes']]]];
}

function fieldText([name, offset, form]: Field, payload: Buffer): string[] {
  if (offset >= payload.length) return [];
  const rest = payload.subarray(offset);
  if (form === 'text') return [`${name} ${JSON.stringify(textOf(rest))}`];
  if (form === 'bytes') return [`${name} ${rest.length} bytes ${shortHex(rest)}`];
  if (typeof form === 'string') {
    const bytes = rest.subarray(0, Number(form.slice(1)));
    return [`${name} ${shortHex(bytes)}`];
  }
  if (rest.length < form) return [];
  const digits = Buffer.from(rest.subarray(0, form).toReversed()).toString('hex');
  return [`${name} ${digits}`];
}

/** Bytes that are no field and not 0: both ends send what their memory held there. */
function leftOver(type: number, fields: readonly Field[], payload: Buffer): string[] {
  const free = Array.from(payload, (byte, index) => index >= 4 && byte !== 0);
  for (const [, offset, form] of fields) {
    const end =
      typeof form === 'number' ? offset + form : form[0] === '*' ? offset + Number(form.slice(1)) : free.length;
    free.fill(false, offset, end);
  }
  const places = free.flatMap((isFree, index) => (isFree ? [index] : []));
  const unused = places.filter((place) => type !== PACKET.stateManipulate || place < MANIPULATE_BYTES).length;
  const behind = places.length - unused;
  return [
    ...(unused > 0 ? [`Unused ${unused} bytes that are not 0`] : []),
    ...(behind > 0
      ? [`Data ${payload.length - MANIPULATE_BYTES} bytes ${shortHex(payload.subarray(MANIPULATE_BYTES))}`]
      : []),
  ];
}

// Names of files are UTF-16, everything else is one byte a character.
function textOf(bytes: Buffer): string {
  const wide = bytes.length >= 4 && bytes[1] === 0 && bytes[3] === 0;
  return bytes.toString(wide ? 'utf16le' : 'latin1').replace(/\0+$/, '');
}

function shortHex(bytes: Buffer): string {
  const shown = bytes.toString('hex', 0, 32).replace(/(.{8})(?=.)/g, '$1 ');
  return bytes.length > 32 ? `${shown} …` : shown;
}
