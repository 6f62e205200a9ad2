import type { StopCost, StopCosts } from '../../control/stop-costs.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

/** `.livedebug wire`: what the line has moved and suffered, how long the target has stood still, and what its stops cost. */
export const wireCommand: ShellCommand = {
  words: ['.livedebug'],
  async run({ screen, target }, _word, rest) {
    if (rest.trim() !== 'wire') throw new CommandError(`Syntax error at '${rest}'`);
    const { statistics, quality } = target.link;
    screen.lines([
      `bytes    ${statistics.bytesOut} to the target, ${statistics.bytesIn} from it`,
      `packets  ${statistics.packetsOut} to the target, ${statistics.packetsIn} from it`,
      `again    ${statistics.retransmissions} sent again, ${statistics.reissues} under the next id, ${statistics.resets} resets, ${statistics.duplicates} came twice`,
      `damaged  ${statistics.bad} packets, ${statistics.noise} bytes of noise${quality.isDegraded ? '; reads are verified' : ''}`,
      `halted   ${Math.round(target.haltedMs)} ms`,
      ...costLines(target.costs),
    ]);
  },
};

function costLines({ last, median }: StopCosts): string[] {
  if (!last) return ['stops    none is over'];
  const text = ({ bytes, packets, haltedMs }: StopCost): string =>
    `${bytes} bytes, ${packets} packets, ${Math.round(haltedMs)} ms halted`;
  return [`stops    ${median.stops}; in the middle ${text(median)}`, `last     ${text(last)}`];
}
