import type { Stop } from '../control/stop.js';

/** What the parts of kd's dialog share. */
export class DialogState {
  /** The stop whose prompt everybody has. */
  shown: Stop | undefined;
  /** Why kd leaves; undefined while it stays. */
  leaving: string | undefined;
}
