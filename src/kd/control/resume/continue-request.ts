import { API, type ApiRequest } from '../api.js';
import type { Architecture } from '../architecture.js';
import { quiet } from '../requests.js';
import type { Stop } from '../stop.js';

// The requests that let a target go on. When they are sent, and what of it, is in resume.ts.

/** The answer to an exception: kd's `g`, `gh`, `gn`. */
export type Handling = 'default' | 'handled' | 'not-handled';

const DBG_CONTINUE = 0x0001_0002;
const DBG_EXCEPTION_HANDLED = 0x0001_0001;
const DBG_EXCEPTION_NOT_HANDLED = 0x8001_0001;
/** CurrentSymbolStart that leaves the range of `wt` alone. */
const NO_RANGE = 1;

/** The Continue that leaves trap flag and debug registers as they are: for load-symbols stops. */
export function plainContinue(): ApiRequest {
  return quiet({ api: API.continue, fields: [[16, DBG_CONTINUE]] });
}

/** Continue2 with its control set. DR7 goes to every processor: what is not in it is disarmed. */
export function continueRequest(architecture: Architecture, status: number, trace: boolean, dr7: bigint): ApiRequest {
  const { control, bits } = architecture;
  const wide = (value: bigint): number | bigint => (bits === 32 ? Number(value) : value);
  return quiet({
    api: API.continue2,
    fields: [
      [16, status],
      [20, trace ? 1 : 0],
      [control.dr7, wide(dr7)],
      [control.symbolStart, wide(BigInt(NO_RANGE))],
      [control.symbolEnd, wide(0n)],
    ],
  });
}

/** What is said of an exception to the target. */
export function statusOf(stop: Stop, handling: Handling): number {
  if (handling === 'handled') return DBG_EXCEPTION_HANDLED;
  if (handling === 'not-handled') return DBG_EXCEPTION_NOT_HANDLED;
  return stop.reason === 'exception' ? DBG_EXCEPTION_NOT_HANDLED : DBG_CONTINUE;
}
