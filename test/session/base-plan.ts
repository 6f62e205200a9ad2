import { defaultLadder } from '../../src/debugger/break-in.js';
import { BREAKPOINT_CANDIDATES, DEFAULT_COMMAND_STRING, type Plan } from '../../src/session/core/plan.js';

/** A session as an operator starts it by default, on a host where every way to break in can be tried. */
export const BASE: Plan = {
  goal: 'collect',
  strategy: 'breakpoint',
  tag: { text: 'Ddk ', value: 0x206b6444 },
  candidates: BREAKPOINT_CANDIDATES,
  commandString: DEFAULT_COMMAND_STRING,
  breakMode: { when: 'connected' },
  ladder: defaultLadder('linux', true),
  breakWaitMs: 5000,
  haltLimitMs: 30_000,
  onStop: 'resume',
  listenMs: 300,
  confirmMs: 300,
  lastHitMs: 0,
  lateBreakMs: 1300,
  breaksAtHits: true,
  vouches: false,
  modules: { reload: true, bytes: 57_800, ms: 0 },
  joined: false,
};
