/** Streams as an MSF 7 file. @param streams undefined for one that is not there */
export function writeMsf(streams: readonly (Buffer | undefined)[], blockSize = 512): Buffer {
  const blocks: Buffer[] = [Buffer.alloc(blockSize), Buffer.alloc(blockSize), Buffer.alloc(blockSize)];
  const put = (bytes: Buffer) => {
    const numbers: number[] = [];
    // Backwards, so that no stream lies in one piece.
    for (let at = Math.ceil(bytes.length / blockSize) - 1; at >= 0; at--) {
      const block = Buffer.alloc(blockSize);
      bytes.copy(block, 0, at * blockSize, (at + 1) * blockSize);
      numbers.unshift(blocks.push(block) - 1);
    }
    return numbers;
  };
  const placed = streams.map((each) => put(each ?? Buffer.alloc(0)));
  const directory = words(streams.length, ...streams.map((each) => each?.length ?? 0xffffffff), ...placed.flat());
  const map = put(words(...put(directory)))[0] as number;
  const head = blocks[0] as Buffer;
  head.write('Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0', 'latin1');
  words(blockSize, 1, blocks.length, directory.length, 0, map).copy(head, 0x20);
  return Buffer.concat(blocks);
}

export function words(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

export function halves(...values: number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}
