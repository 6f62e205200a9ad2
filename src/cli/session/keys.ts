import { EXIT, type ExitCode } from '../../fault.js';

/** What keys do to a session. */
export interface KeyedSession {
  breakIn(): void;
  release(reason: string, exitCode: ExitCode): void;
  isArmed(): boolean;
  /** Shows what is known so far. */
  snapshot(): void;
}

/** A second press means the same for so long. */
const CONFIRM_MS = 5000;

const KEYS = `Keys:
  ?       this list
  s       a report of what is known so far
  b       break in (twice while the target is armed: it is halted, and armed again)
  q       release the target and end (twice while it is armed)
  Enter   break in, to arm
  Ctrl+C  release the target and end; once more: leave at once, whatever state the target is in
  Ctrl+Z  stop this program for a while; the target goes on`;

const VIEWER_KEYS = `Keys:
  ?       this list
  q       leave; the session goes on (so does Ctrl+C)
  b       break in (twice while the target is armed: it is halted, and armed again)
  stop    and Enter: release the target and end the session`;

/** What may disturb an armed target wants a second press. */
class SecondPress {
  #pressed: { readonly key: string; readonly at: number } | undefined;

  constructor(
    private readonly isArmed: () => boolean,
    private readonly say: (line: string) => void,
    private readonly now: () => number,
  ) {}

  /** Any other key between the two takes the first one back. */
  meant(key: string, what: string | undefined): boolean {
    const again = this.#pressed?.key === key && this.now() - this.#pressed.at < CONFIRM_MS;
    this.#pressed = undefined;
    if (what === undefined || again || !this.isArmed()) return true;
    this.#pressed = { key, at: this.now() };
    this.say(`The target is armed. Press ${key} once more to ${what}.`);
    return false;
  }
}

const BREAKING = 'break in, which stops it';
const now = (): number => performance.now();

/** The keys of a live session. */
export class SessionKeys {
  readonly #second: SecondPress;

  constructor(
    private readonly session: KeyedSession,
    private readonly say: (line: string) => void,
    clock = now,
  ) {
    this.#second = new SecondPress(() => session.isArmed(), say, clock);
  }

  press(key: string): void {
    const asks = { b: BREAKING, q: 'release it and end' }[key];
    if (!this.#second.meant(key, asks)) return;
    if (key === '?') this.say(KEYS);
    if (key === 's') this.session.snapshot();
    if (key === 'b' || key === 'enter') this.session.breakIn();
    if (key === 'q') this.session.release('released by the operator', EXIT.done);
  }
}

/** The keys of a viewer, who leaves the session alone. */
export class ViewerKeys {
  readonly #second: SecondPress;

  constructor(
    private readonly viewer: Pick<KeyedSession, 'breakIn' | 'isArmed'> & { leave(): void },
    private readonly say: (line: string) => void,
    clock = now,
  ) {
    this.#second = new SecondPress(() => viewer.isArmed(), say, clock);
  }

  press(key: string): void {
    if (!this.#second.meant(key, key === 'b' ? BREAKING : undefined)) return;
    if (key === '?') this.say(VIEWER_KEYS);
    if (key === 'b') this.viewer.breakIn();
    if (key === 'q') this.viewer.leave();
  }
}
