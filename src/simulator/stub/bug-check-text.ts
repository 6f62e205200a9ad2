import type { Kernel } from './kernel.js';

/** How the books name a bug check: its code and its four parameters. */
export function bugCheckText(kernel: Kernel, code: number, parameters: readonly bigint[]): string {
  return `0x${code.toString(16)} (${bugCheckParameters(kernel, parameters)})`;
}

/** Its four parameters, as the kernel prints them. */
export function bugCheckParameters({ wide }: Kernel, parameters: readonly bigint[]): string {
  const all = [...parameters, 0n, 0n, 0n, 0n].slice(0, 4);
  return all
    .map(
      (value) =>
        `0x${value
          .toString(16)
          .toUpperCase()
          .padStart(wide ? 16 : 8, '0')}`,
    )
    .join(',');
}
