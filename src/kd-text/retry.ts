/** kd tells about a silent target each time that it has sent a packet so many times more. */
export const RETRIES_PER_LINE = 64;

const RETRY_WORDS = '... Retry sending';
const TIMES = /^ the same data packet for (\d+) times/;

/** Reads the first line of what `formatRetry` prints: how many times, undefined where the line ends before. Undefined for any other. */
export function parseRetry(line: string): { readonly times: number | undefined } | undefined {
  if (!line.startsWith(RETRY_WORDS)) return undefined;
  const times = TIMES.exec(line.slice(RETRY_WORDS.length))?.[1];
  return { times: times === undefined ? undefined : Number(times) };
}

/** What kd prints about a packet that it has sent so many times without an answer. */
export function formatRetry(times: number): string[] {
  const line = `${RETRY_WORDS} the same data packet for ${times} times.`;
  if (times !== RETRIES_PER_LINE) return [line];
  return [
    line,
    'The transport connection between host kernel debugger and target Windows seems lost.',
    'please try resync with target, recycle the host debugger, or reboot the target Windows.',
  ];
}
