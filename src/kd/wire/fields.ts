import { PACKET } from './packet.js';
import { APIS, type Field, type Fields, MANIPULATE_HEAD, OTHERS, STATE_HEAD, STATES } from './packet-fields.js';

/** What is in the payload of a data packet, a line per field. Fields beyond the payload's end are left out. */
export function fieldLines(type: number, payload: Buffer): string[] {
  if (payload.length < 4) return [`${payload.length} bytes: ${payload.toString('hex')}`];
  const number = payload.readUInt32LE(0);
  const [head, [name, fields]] = kindOf(type, number);
  const shown = [...head, ...fields].flatMap((field) => fieldText(field, payload));
  return [`${name} (${number.toString(16)})`, ...shown.map((text) => `  ${text}`)];
}

function kindOf(type: number, number: number): readonly [readonly Field[], Fields] {
  if (type === PACKET.stateManipulate)
    return [MANIPULATE_HEAD, APIS.get(number) ?? ['unknown API', [['Data', 16, 'bytes']]]];
  if (type === PACKET.stateChange64)
    return [STATE_HEAD, STATES.get((number & 0xfffe_ffff) >>> 0) ?? ['unknown state', []]];
  return [[], OTHERS.get(number) ?? ['unknown', [['Data', 4, 'bytes']]]];
}

function fieldText([name, offset, form]: Field, payload: Buffer): string[] {
  if (offset >= payload.length) return [];
  const rest = payload.subarray(offset);
  if (form === 'text') return [`${name} ${JSON.stringify(textOf(rest))}`];
  if (form === 'bytes') return [`${name} ${rest.length} bytes ${shortHex(rest)}`];
  if (rest.length < form) return [];
  const digits = Buffer.from(rest.subarray(0, form).toReversed()).toString('hex');
  return [`${name} ${digits}`];
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
