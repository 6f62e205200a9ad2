/** Cuts what arrives on a stream into lines, whatever the chunks; line ends are LF or CRLF. */
export function lineCutter(onLine: (text: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      onLine(rest.subarray(0, end).toString('utf8').replace(/\r$/, ''));
      rest = rest.subarray(end + 1);
    }
    // A lone CTRL+C acts without ENTER, as from a keyboard.
    if (rest.length === 1 && rest[0] === 3) {
      rest = Buffer.alloc(0);
      onLine('\x03');
    }
  };
}
