import type { ConsoleEvent } from '../../src/kd-text/events.js';
import { takeQuoted } from '../../src/kd-text/split-commands.js';
import type { Plan } from '../../src/session/core/plan.js';
import { type Effect, INITIAL, type SessionEvent, type SessionState } from '../../src/session/core/state.js';
import { step } from '../../src/session/core/step.js';

type Body = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at'> : never) : never;

/** Faults and actions of others that a run may contain. */
export type Incident =
  | 'hit'
  | 'reboot'
  | 'reboot-unannounced'
  /** Modules that are loaded again are all that kd tells. */
  | 'reboot-silent'
  | 'foreign-break'
  | 'foreign-go'
  | 'int3'
  | 'assertion'
  | 'bug-check'
  | 'kd-crash'
  /** It ends with exit code 0, as one does that was told to. */
  | 'kd-ends'
  /** It refuses the next commands, in words that are no empty list. */
  | 'no-process'
  /** A press of somebody's that is still on its way meets the next hit, before its header. */
  | 'cut-next-hit'
  | 'link-loss'
  | 'line-gone'
  | 'lose-next-break'
  | 'fail-next-break'
  /** It ends and says that the target may stand still. */
  | 'kd-warns'
  /** Its next `bc *` clears nothing. */
  | 'keep-breakpoints'
  /** The next command takes a while, unless it is interrupted: kd fetches symbols, say. */
  | 'busy'
  /** A colleague types `bc *` and `g`. */
  | 'foreign-clear'
  | 'kd-stops'
  | 'operator-break'
  | 'operator-release'
  | 'operator-leave';

interface Step {
  at: number;
  run: () => void;
}

const MODULES = ['nt', 'kdcom', 'leakydrv'];
const SWALLOW_MS = 50;
/** So long a stack is printed, and so long a line has to be silent until a break-in is sent. */
const PRINTS_MS = 20;
const SILENCE_MS = 4000;
const BUSY_MS = 60_000;

/**
 * A kd and its target as far as the state machine can tell them, on a clock of its own: breaks may be swallowed or
 * come late, commands wait while the target runs, a reboot takes breakpoints along, a dead kd leaves what it left.
 */
export class ModelKd {
  now = 0;
  state: SessionState = INITIAL;
  finished: { exitCode: number; reason: string } | undefined;
  /** What really is so, whatever the session believes. */
  target: 'off' | 'running' | 'halted' | 'crashed' = 'off';
  /** Command strings by their place, as `bl` shows them. */
  readonly set = new Map<string, string>();
  /** What is in PoolHitTag. */
  tag = 0;
  /** kd shows question marks for it, as of a target that was reset, or with symbols of another kernel. */
  tagUnreadable = false;
  /** What kd says of the kernel's pool functions: rows of `x`, and what `uf` lists. */
  listing: readonly string[] = [];
  /** What kd does at a break instruction. */
  filter: string | undefined;
  kdAlive = false;
  readonly breaks: { at: number; told: boolean; sinceGo: number }[] = [];
  readonly trace: string[] = [];
  /** What the session has told, as text. */
  readonly told: string[] = [];
  /** Every line that the session has typed. */
  readonly typed: string[] = [];

  #queue: Step[] = [];
  #timers = new Map<string, Step>();
  #input: string[] = [];
  /** When each `g` of these was typed. */
  #goesTyped: number[] = [];
  /** When the session was told of a bug check last. */
  #crashTold = 1e9;
  #pendingBreak = false;
  #loseNextBreak = false;
  #linkDown = false;
  #unheard = false;
  #lastGo = -1e9;
  #sendFails = false;
  #ourGo = -1e9;
  #refusals = 0;
  /** It has said that no target stands: then the session does not know that one does. */
  #refused = false;
  #cutsNext = false;
  #keepsNext = false;
  #busyUntil = -1e9;
  #nextTakesLong = false;
  /** How often a target that stood at a bug check was let go by us. */
  crashResumes = 0;
  /** Hits since the counter of a burst was set to 0; its last one takes out what was set. */
  #counted = 0;
  #disabled = false;
  #promptSaid = false;
  #printsUntil = -1e9;
  #heardAt = -1e9;

  /** @param announces kd says `Breakpoint 0 hit`, and hears a break-in at once; Microsoft's prints stacks alone, and hears late */
  constructor(
    readonly plan: Plan,
    private readonly bootMs: number,
    private readonly symbolKnown = true,
    private readonly announces = true,
    /** A break-in that was sent to a target that stood still stops it so long after the next resume. */
    private readonly lateMs = 60,
    private readonly tagKnown = false,
  ) {}

  /** Whether something is in the target that stops it. */
  get breakpoint(): boolean {
    return (this.set.size > 0 && !this.#disabled) || this.tag !== 0;
  }

  start(): void {
    if (this.plan.crashed !== undefined) this.#crashTold = 0;
    this.at(this.bootMs, () => this.#boot());
    this.#dispatch({ type: 'start' });
  }

  at(ms: number, run: () => void): void {
    this.#queue.push({ at: this.now + ms, run });
  }

  incident(kind: Incident): void {
    this.trace.push(`${Math.round(this.now)} ! ${kind}`);
    INCIDENTS[kind](this);
  }

  /** Lets time pass until the session has finished or `ms` are over. */
  run(ms: number): void {
    const end = this.now + ms;
    while (!this.finished) {
      const next = [...this.#queue, ...this.#timers.values()].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.now = Math.max(this.now, next.at);
      this.#queue = this.#queue.filter((each) => each !== next);
      for (const [name, each] of this.#timers) if (each === next) this.#timers.delete(name);
      next.run();
    }
    this.now = Math.max(this.now, end);
  }

  operator(body: Body): void {
    this.#dispatch(body);
  }

  hit(): void {
    if (this.target !== 'running' || !this.breakpoint) return;
    if (!this.kdAlive) {
      this.target = 'halted';
      return;
    }
    if (this.#linkDown) {
      // Nobody hears of it: it stands until the link is back.
      this.target = 'halted';
      this.#unheard = true;
      return;
    }
    this.#heardAt = this.now;
    const byTag = this.set.size === 0 || this.#disabled;
    // A break instruction of the pool, of which nobody has told this kd what to do.
    if (byTag && this.filter === undefined) {
      this.stop(EXCEPTION, POOL);
      return;
    }
    if (byTag) this.say(EXCEPTION);
    if (this.#cutsNext) {
      this.#cutsNext = false;
      this.#cut();
      return;
    }
    if (this.announces && !byTag) this.say({ kind: 'hit', breakpoint: 0 });
    else {
      this.#printsUntil = this.now + PRINTS_MS;
      this.say({ kind: 'stack' });
    }
    this.#dispatch({ type: 'hits', total: this.state.hits.total + 1 });
    if (this.plan.bursts && ++this.#counted >= this.plan.bursts.hits) {
      this.#disabled = true;
      if (byTag) this.tag = 0;
    }
  }

  stop(...events: ConsoleEvent[]): void {
    // Without a debugger such a stop does not happen.
    if (this.target !== 'running' || this.#linkDown || !this.kdAlive) return;
    this.target = 'halted';
    this.say(...events);
    this.#prompt();
  }

  bugCheck(): void {
    if (this.target !== 'running' || !this.kdAlive) return;
    this.target = 'crashed';
    this.say({ kind: 'bug-check', code: '0000000a' }, EXCEPTION);
    this.#prompt();
  }

  reboot(announced: boolean, silent = false): void {
    if (this.target === 'off' || (announced && this.target !== 'running')) return;
    this.target = 'off';
    this.set.clear();
    this.#disabled = false;
    this.tag = 0;
    this.#pendingBreak = false;
    this.#promptSaid = false;
    this.#busyUntil = -1e9;
    if (announced) this.say({ kind: 'shutdown' }, { kind: 'waiting-to-reconnect' });
    this.at(this.bootMs, () => this.#boot(silent));
  }

  refuse(commands: number): void {
    this.#refusals = commands;
  }

  cutNext(): void {
    this.#cutsNext = this.kdAlive;
  }

  crashKd(code = 1): void {
    if (!this.kdAlive) return;
    this.kdAlive = false;
    this.#input = [];
    this.#goesTyped = [];
    this.#promptSaid = false;
    this.#pendingBreak = false;
    this.#cutsNext = false;
    this.#nextTakesLong = false;
    this.#busyUntil = -1e9;
    this.#refusals = 0;
    this.at(1, () => this.#dispatch({ type: 'exited', code, signal: undefined }));
  }

  loseLink(): void {
    if (this.target !== 'running') return;
    this.#linkDown = true;
    this.say({ kind: 'retry', times: 64 });
    this.at(5000, () => {
      this.#linkUp();
      this.hit();
    });
  }

  /** The pipe or adapter is gone for a while: kd waits for it as it does at its start. */
  loseLine(): void {
    if (this.#linkDown || !this.kdAlive || this.target === 'off') return;
    this.#linkDown = true;
    this.say({ kind: 'waiting-to-reconnect' });
    this.at(5000, () => {
      this.say({ kind: 'opened', path: '\\\\.\\pipe\\vm' });
      this.#linkUp();
    });
  }

  #linkUp(): void {
    this.#linkDown = false;
    if (!this.#unheard || this.target !== 'halted') return;
    this.#unheard = false;
    this.target = 'running';
    this.hit();
  }

  /** The next break-in cannot even be sent. */
  failNextBreak(): void {
    this.#sendFails = true;
  }

  loseNextBreak(): void {
    this.#loseNextBreak = true;
  }

  foreignGo(): void {
    if (this.target === 'halted' && this.kdAlive && !this.#unheard) this.#go();
  }

  say(...events: ConsoleEvent[]): void {
    if (!this.kdAlive) return;
    for (const event of events) this.at(1, () => this.#dispatch({ type: 'console', event }));
  }

  #prompt(): void {
    this.at(2, () => {
      if (!this.kdAlive || this.target === 'running' || this.target === 'off') return;
      this.#promptSaid = true;
      this.#dispatch({ type: 'console', event: { kind: 'prompt', prompt: { kind: 'kd', processor: 0 } } });
      this.#read();
    });
  }

  #boot(silent = false): void {
    this.target = 'running';
    if (silent) for (const module of MODULES) this.say({ kind: 'module-loaded', module, address: '' });
    else this.say({ kind: 'established' });
    if (this.kdAlive) this.at(1, () => this.#pendingBreak && this.#deliverBreak());
  }

  #break(): void {
    if (!this.kdAlive || this.#linkDown) return;
    if (this.#loseNextBreak) {
      this.#loseNextBreak = false;
      return;
    }
    if (this.target !== 'running') this.#pendingBreak = true;
    else if (this.now < this.#printsUntil) this.#cut();
    else if (this.now - this.#lastGo >= SWALLOW_MS) this.#sendInSilence();
  }

  /** A break-in that meets a stack cuts it: the target stands at this hit, and kd says nothing of a break-in. */
  #cut(): void {
    this.stop(this.set.size === 0 ? POOL : { kind: 'place', symbol: 'nt!MmAllocateSpecialPool' });
  }

  /** Microsoft's kd sends a break-in when the line has been silent for a while. */
  #sendInSilence(): void {
    const silent = this.announces ? 0 : this.#heardAt + SILENCE_MS - this.now;
    if (silent > 0) this.at(silent, () => this.target === 'running' && this.kdAlive && this.#sendInSilence());
    else this.#deliverBreak();
  }

  #deliverBreak(): void {
    this.#pendingBreak = false;
    this.stop(EXCEPTION, { kind: 'break-box' });
  }

  #go(): void {
    this.#promptSaid = false;
    this.#refused = false;
    this.#lastGo = this.now;
    if (this.target === 'crashed') {
      this.at(20, () => {
        this.say({ kind: 'bug-check', code: '0000000a' }, EXCEPTION);
        this.#prompt();
      });
      return;
    }
    this.target = 'running';
    if (this.#pendingBreak)
      this.at(
        this.lateMs,
        () => this.target === 'running' && this.kdAlive && this.#pendingBreak && this.#deliverBreak(),
      );
  }

  // kd reads its input only at a prompt, one line after the other.
  #read(): void {
    if (this.now < this.#busyUntil) {
      this.at(this.#busyUntil - this.now, () => this.#read());
      return;
    }
    while (this.kdAlive && (this.target === 'halted' || this.target === 'crashed')) {
      const line = this.#input.shift();
      if (line === undefined) return;
      if (this.#refusals > 0 && !/^ASK /.test(line)) {
        this.#refuse(line);
        continue;
      }
      if (this.#nextTakesLong && line !== 'g' && !/^ASK /.test(line)) {
        this.#nextTakesLong = false;
        this.#busyUntil = this.now + BUSY_MS;
        this.#input.unshift(line);
        this.#read();
        return;
      }
      if (line === 'g') {
        this.#ourGo = this.now;
        // One that was typed before anybody knew of the crash cannot be taken back.
        const typed = this.#goesTyped.shift() ?? 0;
        if (this.target === 'crashed' && typed >= this.#crashTold) this.crashResumes++;
        this.#go();
      } else this.#command(line);
    }
  }

  #clear(): void {
    if (!this.#keepsNext) this.set.clear();
    this.#keepsNext = false;
  }

  keepBreakpoints(): void {
    this.#keepsNext = true;
  }

  busy(): void {
    this.#nextTakesLong = this.kdAlive;
  }

  /** Its process gets no time for a while: what was typed waits, but for the key that ends it. */
  stopKd(): void {
    this.#busyUntil = Math.max(this.#busyUntil, this.now + BUSY_MS);
  }

  foreignClear(): void {
    if (this.target !== 'halted' || !this.kdAlive) return;
    this.set.clear();
    this.say({ kind: 'client-command', who: 'LAB', text: 'bc *;g' });
    this.foreignGo();
  }

  #refuse(line: string): void {
    this.#refusals--;
    if (line === 'g') this.#goesTyped.shift();
    this.#refused = true;
    const text = line === 'g' ? "No runnable debuggees error in 'g'" : `Illegal process error in '${line}'`;
    this.#answer.push(`        ^ ${text}`);
    this.say({ kind: 'failed', text });
    this.#prompt();
  }

  #answer: string[] = [];

  #command(line: string): void {
    const [, place, text = ''] = /^bp (\S+) (".*)$/.exec(line) ?? [];
    const known = /^x (nt!Mm\w+)$/.exec(line)?.[1];
    if (place !== undefined) {
      this.set.set(place, takeQuoted(text)?.quoted ?? '');
      this.#disabled = false;
    } else if (line === 'r $t19=0') this.#counted = 0;
    else if (/^bc [*0]/.test(line)) this.#clear();
    else if (line === 'x nt!ExAllocatePoolWithTag')
      this.#answer.push(...this.listing.filter((row) => / nt!\w+ \(/.test(row)));
    else if (/;uf nt!/.test(line)) this.#answer.push(...this.listing);
    else if (/nt!PoolHitTag/.test(line)) this.#hitTag(line);
    else if (line === 'sx') {
      this.#answer.push(' bpe - Break instruction exception - break');
      if (this.filter !== undefined) this.#answer.push(`       Command: "${this.filter}"`);
    } else if (/^sxe -c /.test(line)) this.filter = takeQuoted(line.slice(7))?.quoted || undefined;
    else if (line === 'bl')
      for (const [symbol, command] of this.set)
        this.#answer.push(` 0 ${this.#disabled ? 'd' : 'e'} fffff800\`01234560     0001 (0001) ${symbol} "${command}"`);
    else if (line === 'lm')
      for (const module of MODULES)
        this.#answer.push(`fffff880\`01084000 fffff880\`0108a000   ${module}   (deferred)             `);
    else if (line === 'vertarget') this.#answer.push('Windows 7 Kernel Version 7601 MP (2 procs) Free x64');
    else if (known !== undefined && this.symbolKnown)
      this.#answer.push(`fffff800\`01234560 ${known} (<no parameter info>)`);
    else if (/^ASK /.test(line)) {
      const lines = this.#answer;
      this.#answer = [];
      if (lines.some((text) => text.includes(' error in '))) this.#refused = true;
      const [, id, purpose] = line.split(' ') as [string, string, 'probe'];
      this.at(1, () => this.kdAlive && this.#dispatch({ type: 'answer', id: Number(id), purpose, lines }));
    }
  }

  #hitTag(line: string): void {
    const value = /^ed \S+ (\S+)$/.exec(line)?.[1];
    if (!this.tagKnown) this.#answer.push(`Couldn't resolve error at '${line.slice(3)}'`);
    else if (value !== undefined) this.tag = Number(value);
    else if (/^dd /.test(line)) {
      const shown = this.tagUnreadable ? '????????' : this.tag.toString(16).padStart(8, '0');
      this.#answer.push(`fffff800\`016530ec  ${shown}`);
    }
  }

  #dispatch(body: Body): void {
    if (this.finished) return;
    const { state, effects } = step(this.state, { ...body, at: this.now } as SessionEvent, this.plan);
    this.state = state;
    if (body.type === 'console' && body.event.kind === 'bug-check') this.#crashTold = this.now;
    this.trace.push(`${Math.round(this.now)} ${JSON.stringify(body)} -> ${state.phase}/${state.target.disposition}`);
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.do) {
      case 'tell':
        this.told.push(JSON.stringify({ event: effect.event, ...effect.detail }));
        return;
      case 'spawn':
        this.kdAlive = true;
        if (this.state.kd.starts > 1) this.filter = undefined;
        this.#input = [];
        this.#goesTyped = [];
        this.at(5, () => this.#connect());
        return;
      case 'type':
        this.#type([effect.line]);
        return;
      case 'ask':
        if (effect.purpose === 'go') this.#type([`ASK ${effect.id} go`, ...effect.lines]);
        else this.#type([...effect.lines, `ASK ${effect.id} ${effect.purpose}`]);
        return;
      case 'break':
        // Somebody who is asked to press the key does it here after a while; the books of our own break-ins do not have it.
        if (effect.way === 'operator') {
          this.at(700, () => this.#break());
          return;
        }
        if (this.#sendFails) {
          this.#sendFails = false;
          this.at(20, () => this.#dispatch({ type: 'break-failed', way: effect.way, text: 'no console' }));
          return;
        }
        this.breaks.push({ at: this.now, told: this.#promptSaid && !this.#refused, sinceGo: this.now - this.#ourGo });
        this.#break();
        return;
      case 'cancel-command':
        if (this.now < this.#busyUntil) {
          this.#busyUntil = this.now;
          this.#prompt();
        } else this.#break();
        return;
      case 'timer':
        this.#timers.set(effect.name, {
          at: this.now + effect.ms,
          run: () => this.#dispatch({ type: 'timer', name: effect.name }),
        });
        return;
      case 'cancel-timer':
        this.#timers.delete(effect.name);
        return;
      case 'end-kd':
        this.crashKd();
        return;
      case 'finish':
        this.finished = { exitCode: effect.exitCode, reason: effect.reason };
        return;
    }
  }

  #connect(): void {
    this.say({ kind: 'opened', path: '\\\\.\\com1' }, { kind: 'waiting-to-reconnect' });
    if (this.target === 'halted' || this.target === 'crashed') {
      this.set.clear();
      this.say({ kind: 'established' }, EXCEPTION);
      this.#prompt();
    } else if (this.target === 'running') this.say({ kind: 'established' });
  }

  #type(lines: readonly string[]): void {
    this.typed.push(...lines);
    for (const line of lines) {
      if (line === '\x02') {
        this.kdAlive = false;
        this.at(1, () => this.#dispatch({ type: 'exited', code: 0, signal: undefined }));
        return;
      }
      this.#input.push(line);
      if (line === 'g') this.#goesTyped.push(this.now);
    }
    if (this.#promptSaid) this.at(1, () => this.#read());
  }
}

const EXCEPTION: ConsoleEvent = {
  kind: 'exception',
  code: '80000003',
  text: 'Break instruction exception - code 80000003 (first chance)',
};

/** A break instruction in the kernel's pool functions. */
const POOL: ConsoleEvent = { kind: 'place', symbol: 'nt!ExAllocatePoolWithTag+0x881' };

const INCIDENTS: Readonly<Record<Incident, (model: ModelKd) => void>> = {
  hit: (model) => model.hit(),
  reboot: (model) => model.reboot(true),
  'reboot-unannounced': (model) => model.reboot(false),
  'reboot-silent': (model) => model.reboot(false, true),
  'foreign-break': (model) => model.stop(EXCEPTION, { kind: 'break-box' }),
  'foreign-go': (model) => model.foreignGo(),
  int3: (model) => model.stop(EXCEPTION),
  assertion: (model) => model.stop({ kind: 'exception', code: 'c0000420', text: 'Assertion failure' }),
  'bug-check': (model) => model.bugCheck(),
  'kd-crash': (model) => model.crashKd(),
  'kd-ends': (model) => model.crashKd(0),
  'no-process': (model) => model.refuse(3),
  'cut-next-hit': (model) => model.cutNext(),
  'kd-warns': (model) => model.crashKd(20),
  'keep-breakpoints': (model) => model.keepBreakpoints(),
  busy: (model) => model.busy(),
  'foreign-clear': (model) => model.foreignClear(),
  'kd-stops': (model) => model.stopKd(),
  'operator-leave': (model) => model.operator({ type: 'operator', action: 'leave' }),
  'link-loss': (model) => model.loseLink(),
  'line-gone': (model) => model.loseLine(),
  'lose-next-break': (model) => model.loseNextBreak(),
  'fail-next-break': (model) => model.failNextBreak(),
  'operator-break': (model) => model.operator({ type: 'operator', action: 'break' }),
  'operator-release': (model) => model.operator({ type: 'operator', action: 'release', reason: 'test', exitCode: 130 }),
};
