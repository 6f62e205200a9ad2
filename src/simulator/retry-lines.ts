import type { Clock } from './clock.js';

// kd tells about a silent target each time that it has sent a packet 64 times more.
const retriesPerLine = 64;

/** Prints the growing count of retries for as long as the link stays dead. */
export function retryPrinter(
  clock: Clock,
  msPerLine: number,
  isDown: () => boolean,
  print: (line: string) => void,
): () => void {
  let talking = false;
  const again = (times: number): void => {
    if (!isDown()) {
      talking = false;
      return;
    }
    print(`... Retry sending the same data packet for ${times} times.`);
    if (times === retriesPerLine) {
      print('The transport connection between host kernel debugger and target Windows seems lost.');
      print('please try resync with target, recycle the host debugger, or reboot the target Windows.');
    }
    clock.after(msPerLine, () => again(times + retriesPerLine));
  };
  return () => {
    if (talking) return;
    talking = true;
    clock.after(msPerLine, () => again(retriesPerLine));
  };
}
