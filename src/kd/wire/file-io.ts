/** FILE_IO and CONTROL_REQUEST packets: both block the target until they are answered. Source: `DBGKD_FILE_IO`, `DBGKD_CONTROL_REQUEST`. */

const FILE_IO_BYTES = 64;
const CREATE_FILE = 0x3430;
/** STATUS_NO_SUCH_FILE, which kd answers when no file is mapped: the target then takes its own. */
const NO_SUCH_FILE = 0xc000_000f;

/** The answer that refuses a file request. @param payload of 64 bytes at least */
export function encodeFileRefusal(payload: Buffer): Buffer {
  const answer = Buffer.from(payload.subarray(0, FILE_IO_BYTES));
  answer.writeUInt32LE(NO_SUCH_FILE, 4);
  return answer;
}

/** The name of the file that a target asks for; undefined when it asks for something else. */
export function requestedFile(payload: Buffer): string | undefined {
  if (payload.length < FILE_IO_BYTES || payload.readUInt32LE(0) !== CREATE_FILE) return undefined;
  return payload.toString('utf16le', FILE_IO_BYTES).replace(/\0.*$/s, '');
}

/** The answer to a request for hardware breakpoints: none to give, none to take back. @param payload of 12 bytes at least */
export function encodeControlRefusal(payload: Buffer): Buffer {
  const answer = Buffer.from(payload.subarray(0, 12));
  answer.writeUInt32LE(0, 8);
  return answer;
}
