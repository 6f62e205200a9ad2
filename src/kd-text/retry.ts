/** kd tells about a silent target each time that it has sent a packet so many times more. */
export const RETRIES_PER_LINE = 64;

/** What kd prints about a packet that it has sent so many times without an answer. */
export function formatRetry(times: number): string[] {
  const line = `... Retry sending the same data packet for ${times} times.`;
  if (times !== RETRIES_PER_LINE) return [line];
  return [
    line,
    'The transport connection between host kernel debugger and target Windows seems lost.',
    'please try resync with target, recycle the host debugger, or reboot the target Windows.',
  ];
}
