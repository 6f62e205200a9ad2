import type { Faults, LineFaults } from '../line/faults.js';
import type { BootOptions, PartialStubOptions } from '../stub-options.js';
import type { Script } from './script.js';

/** What a script says about the target itself, as options of the stub. */
export function optionsOf({ target, boot, wakes, faults }: Script): PartialStubOptions {
  return {
    ...given({
      fifoBytes: target.fifo_bytes,
      checkedBuild: target.checked_build,
      userBreaks: target.user_breaks,
      missingApis: target.missing_apis && new Set(target.missing_apis),
      ids: target.ids,
      orphans: target.orphans && given(target.orphans),
    }),
    boot: given({
      loaderMs: boot.loader_ms,
      kernelMs: boot.kernel_ms,
      driverMs: boot.driver_ms,
      printsPerDriver: boot.prints_per_driver,
      fileRequest: boot.file_request,
    }) as Partial<BootOptions>,
    wakes,
    faults: faultsOf(faults),
  } as PartialStubOptions;
}

function faultsOf({ to_target, to_host, stale_id, reply_delay_ms }: Script['faults']): Faults {
  return { toTarget: line(to_target), toHost: line(to_host), staleId: stale_id, replyDelayMs: reply_delay_ms };
}

function line({ late_ms, ...rest }: Script['faults']['to_target']): LineFaults {
  return { ...rest, lateMs: late_ms };
}

/** Only what is there: an absent option has its default. */
function given<T extends object>(all: T): Partial<T> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Partial<T>;
}
