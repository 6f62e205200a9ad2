import { formatRetry, RETRIES_PER_LINE } from '../../kd-text/retry.js';
import type { SimulatorClock } from '../clock.js';

/** Prints the growing count of retries for as long as the link stays dead. */
export function retryPrinter(
  clock: SimulatorClock,
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
    for (const line of formatRetry(times)) print(line);
    clock.after(msPerLine, () => again(times + RETRIES_PER_LINE));
  };
  return () => {
    if (talking) return;
    talking = true;
    clock.after(msPerLine, () => again(RETRIES_PER_LINE));
  };
}
