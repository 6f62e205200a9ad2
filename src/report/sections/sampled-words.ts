import type { Estimate, Sampling } from '../build/sampling.js';
import { count, number, percent, plural } from '../format.js';

/** `about 61 % (± 4) of some 41,000 allocations of 'Ddk ', from 400 of them seen in 57 bursts` */
export function sampledShare({ all, seen, bursts }: Sampling, share: Estimate, noun: string, tag: string): string {
  const of = all ? `some ${number(rounded(all.value))} ${plural(noun)}` : `the ${plural(noun)}`;
  return `about ${points(share.value)} % (± ${Math.max(1, points(share.error))}) of ${of}${tag}, from ${number(seen)} of them seen in ${count(bursts, 'burst')}`;
}

/** What must be known of bursts to read the numbers rightly. */
export function sampledRemarks({ bursts, passed, all, ranMs, stoodMs, pausedMs, drivers }: Sampling): string[] {
  const whole = ranMs + stoodMs + pausedMs;
  const stood = whole > 0 ? ` The target stood for ${percent(stoodMs, whole)} of the time.` : '';
  const others = drivers
    .slice(1, 4)
    .map(({ name, share }) => `${name} ${points(share.value)} % (± ${Math.max(1, points(share.error))})`)
    .join(', ');
  const amount = all
    ? ` As many a second as in the bursts make ${number(rounded(all.value))} (± ${number(rounded(all.error))}) in all.`
    : '';
  return [
    `Hits were collected in ${count(bursts, 'burst')}, and the target ran without a breakpoint between them.${stood} The tables count what was seen; shares of all are right within what is said behind ± in 95 of 100 such samples${others === '' ? '' : `: ${others}`}.${amount}`,
    ...(passed === 0
      ? [
          'No hit was let go before the first stack of a burst: whoever allocates first after a while is favoured, and the shares may be further off than said.',
        ]
      : []),
    ...(bursts < FEW ? ['So few bursts tell little of work that comes now and then: let it collect longer.'] : []),
  ];
}

/** Fewer are hardly a sample. */
const FEW = 10;

function points(share: number): number {
  return Math.round(Math.min(1, share) * 100);
}

/** Two digits: more would not be true. */
function rounded(value: number): number {
  if (value < 100) return Math.round(value);
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Math.round(value / unit) * unit;
}
