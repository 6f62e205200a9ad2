import { executeLine } from './commands/index.js';
import { buildFloodBlock, type FloodBlock, stackAndGo } from './flood.js';
import { hex16 } from './hits.js';
import { type Inbox, local, type TypedLine } from './inbox.js';
import type { Kd, Outcome, Stop } from './kd.js';
import { between, type Random } from './random.js';
import type { EventNamed, TimelineEvent } from './scenario.js';
import type { Target } from './target.js';
import { connectLines, shutdownLines } from './text-connect.js';
import { assertionLines, assertionPrompt, bugCheckLines, stopLines } from './text-stop.js';
import { Timeline } from './timeline.js';
import { Waiter } from './waiter.js';

/** What the engine needs from the process around it; none of these comes back. */
export interface Ends {
  /** kd ends by itself. */
  readonly finish: (how: string, code: number) => Promise<never>;
  /** kd dies on the spot. */
  readonly crash: (code: number) => never;
  /** kd stops answering anybody, for good. */
  readonly hang: () => never;
}

/** `waiting` for a connection, target `running`, in a `hit` that may go on by itself, `halted` at the prompt. */
export type Mode = 'waiting' | 'running' | 'hit' | 'halted';

const forever = Number.POSITIVE_INFINITY;

/** Begins the name of a user whom only the scenario knows. */
export const foreign = 'foreign:';

const defaultReboot: EventNamed<'reboot'> = {
  ...{ event: 'reboot', on: 'start', after_ms: 0, times: 1 },
  ...{ announced: true, down_ms: 2000 },
};

const defaultBugCheck: EventNamed<'bug-check'> = {
  ...{ event: 'bug-check', on: 'start', after_ms: 0, times: 1 },
  ...{ code: 0xc4, parameters: [0x62, 0, 0, 0] },
};

/** The main loop of the simulated kd: wait for the target, let it run, stop with it, do what is typed. */
export class Engine {
  readonly timeline: Timeline;
  readonly #waiter = new Waiter();
  readonly inbox: Inbox;
  mode: Mode = 'waiting';
  #online = false;
  #breakWanted = false;
  #swallow = 0;
  #resumedAt = -forever;
  #firstStop = true;
  #bugCheck: EventNamed<'bug-check'> | undefined;
  #flood: { key: string; block: FloodBlock } | undefined;
  /** What befalls the target as soon as it runs, in order. */
  readonly #happenings: TimelineEvent[] = [];

  constructor(
    private readonly kd: Kd,
    private readonly target: Target,
    private readonly random: Random,
    private readonly ends: Ends,
    makeInbox: (notify: () => void) => Inbox,
  ) {
    this.inbox = makeInbox(() => this.#waiter.notify());
    const { fired } = kd.keeper.books.carried;
    this.timeline = new Timeline(kd.scenario.timeline, fired, kd.clock, (event) => this.#apply(event));
    this.#breakWanted = kd.options.breakOnConnect || kd.options.breakOnModuleLoad;
  }

  /** Runs until kd ends. @param continued the books are those of an earlier kd on this target */
  async run(continued: boolean): Promise<never> {
    this.#meetTarget(continued);
    this.timeline.trigger('start');
    for (;;) {
      await this.#waitForTarget();
      await this.#connected();
    }
  }

  /** Somebody asks for a break-in: at once, later, or in vain, as it is with kd. */
  requestBreak(): void {
    const { kd } = this;
    if (kd.cancel) return kd.cancel.abort();
    if (this.mode === 'running') {
      const deaf = kd.clock.now() - this.#resumedAt < kd.clock.real(kd.scenario.kd.break_deaf_ms);
      if (this.#swallow > 0 || deaf) {
        this.#swallow = Math.max(0, this.#swallow - 1);
        kd.keeper.books.breaks_swallowed++;
        return kd.keeper.touch();
      }
    }
    // At a prompt or in a hit it is remembered, and fires after the next resume.
    this.#breakWanted = true;
    this.#waiter.notify();
  }

  /** True while kd reads what is typed. */
  get atPrompt(): boolean {
    return this.mode === 'halted';
  }

  #meetTarget(continued: boolean): void {
    const { books } = this.kd.keeper;
    const { state } = this.kd.scenario.target;
    if (!continued) books.target.state = state === 'off' ? 'waiting-boot' : state;
    if (!continued && state === 'halted')
      Object.assign(books.carried, { stop: 'break', stop_at: this.target.breakSite });
    if (books.target.state !== 'waiting-boot') this.#online = true;
    else if (this.timeline.hasFired('connect')) this.kd.clock.after(300, () => this.#comeOnline());
  }

  #comeOnline(): void {
    this.#online = true;
    this.#waiter.notify();
  }

  get #reachable(): boolean {
    const { scenario, options } = this.kd;
    const { baud, announces } = scenario.target;
    if (!this.#online || this.kd.link.down) return false;
    if (baud !== undefined && options.transport.kind === 'serial' && options.transport.baud !== baud) return false;
    const silent = announces === 'on-break' && this.kd.keeper.books.target.state === 'running';
    return !silent || this.#breakWanted;
  }

  async #waitForTarget(): Promise<void> {
    this.mode = 'waiting';
    while (!this.#reachable) await this.#idle(forever);
  }

  /** Waits for news, at most so many real milliseconds; a kd whose input has ended does not wait for ever. */
  async #idle(realMs: number): Promise<void> {
    const { inbox, kd } = this;
    if (inbox.ended && inbox.size === 0 && !kd.server) await this.ends.finish('stdin-eof', 0);
    await this.#waiter.wait(realMs);
  }

  async #connected(): Promise<void> {
    const { kd } = this;
    const { books } = kd.keeper;
    const wanted = this.#breakWanted || kd.initialBreak > 0;
    this.#firstStop = true;
    await kd.spend('connect');
    for (const line of connectLines(kd, wanted)) kd.console.line(line);
    if (books.target.state === 'waiting-boot') {
      for (const line of kd.scenario.target.boot_text) kd.console.line(line);
      kd.keeper.resumed();
    }
    this.#breakWanted = wanted;
    this.mode = 'running';
    this.target.resumed();
    this.timeline.trigger('connected');
    kd.keeper.save();
    await kd.console.drained();
    let next = books.target.state === 'halted' ? await this.#foundHalted() : await this.#run();
    while (next !== 'reset') {
      if ((await this.#atPrompt(next)) === 'reset') return;
      next = await this.#run();
    }
  }

  /** The target stood still before this kd came: it says so again. */
  async #foundHalted(): Promise<Stop | 'reset'> {
    const { books } = this.kd.keeper;
    const { stop, stop_at } = books.carried;
    this.#breakWanted = false;
    const reason = stop === 'break' ? 'int3' : stop === 'hit' || stop === null ? 'orphan' : stop;
    const found = this.target.stopAt(reason, stop_at ?? this.target.breakSite);
    if (books.target.dead) return this.#showBugCheck({ ...defaultBugCheck });
    await this.#halt(found);
    return found;
  }

  /** Lets the target run until it stops in front of a prompt or is reset. */
  async #run(): Promise<Stop | 'reset'> {
    for (;;) {
      this.mode = 'running';
      const happening = this.#happenings.shift();
      if (happening) {
        const stopped = await this.#happen(happening);
        if (stopped) return stopped;
      } else if (this.#breakWanted) {
        const stopped = await this.#breakIn();
        if (stopped) return stopped;
      } else if (this.target.untilHit() > 0) {
        await this.#idle(this.target.untilHit());
      } else {
        const stopped = (await this.#floods()) ? undefined : await this.#hit();
        if (stopped) return stopped;
      }
    }
  }

  async #breakIn(): Promise<Stop | undefined> {
    await this.kd.link.up();
    this.#breakWanted = false;
    const stop = this.target.stopAt('break', this.target.breakSite);
    this.kd.keeper.books.breaks++;
    await this.#halt(stop);
    this.timeline.trigger('break');
    return stop;
  }

  async #hit(): Promise<Stop | undefined> {
    const { kd } = this;
    const { stop, hit } = this.target.nextHit();
    const { planted } = kd.keeper.books.carried;
    const filter = stop.breakpoint ? undefined : kd.filters.get('bpe');
    this.mode = 'hit';
    kd.keeper.hits(1, [[hit.driver, 1]]);
    this.timeline.hits(1);
    if (stop.reason === 'orphan') kd.keeper.planted(planted);
    await this.#halt(stop);
    const command = stop.breakpoint ? stop.breakpoint.command : filter?.command;
    const skip = filter !== undefined && filter.mode !== 'e';
    const outcome = skip ? 'go' : command === undefined ? 'done' : await executeLine(kd, command, local);
    await kd.console.drained();
    if (outcome !== 'go') return stop;
    await this.#resume();
    return undefined;
  }

  /** Writes hits by the block while nothing else wants attention; false when this hit needs the long way. */
  async #floods(): Promise<boolean> {
    const { kd, target } = this;
    const breakpoint = kd.breakpoints.find((bp) => bp.enabled && bp.address === target.trap);
    const word = stackAndGo(breakpoint?.command);
    const free = kd.scenario.link.cost === 'none' && kd.scenario.hits.per_second === 'max';
    if (!breakpoint || word === undefined || !free) return false;
    const key = `${breakpoint.id} ${breakpoint.symbol} ${word}`;
    if (this.#flood?.key !== key) this.#flood = { key, block: buildFloodBlock(kd, target.hits, breakpoint, word) };
    const { block } = this.#flood;
    while (target.left > 0 && !this.#breakWanted && this.#happenings.length === 0) {
      const count = Math.min(block.count, target.left, this.timeline.hitsUntilNext());
      kd.console.printBytes(block.bytes(count));
      kd.keeper.hits(count, block.drivers(count));
      this.timeline.hits(count);
      await kd.console.drained();
      await new Promise((resolve) => setImmediate(resolve));
    }
    kd.keeper.save();
    return true;
  }

  /** The target stands still from here on; kd finds out why, and says so. */
  async #halt(stop: Stop): Promise<void> {
    const { kd } = this;
    if (this.mode !== 'hit') this.mode = 'halted';
    kd.stop = stop;
    kd.processor = between(this.random, 0, kd.scenario.target.processors - 1);
    kd.keeper.halted(stop.reason, stop.site);
    if (stop.reason !== 'hit' && stop.reason !== 'pool-hit') kd.keeper.save();
    await kd.spend(
      this.#firstStop ? 'first_stop' : stop.reason === 'hit' || stop.reason === 'pool-hit' ? 'hit' : 'stop',
    );
    // The first time that a kd stops a target it clears what an earlier one left there.
    if (this.#firstStop) kd.keeper.planted(kd.armedAddresses().map(hex16));
    this.#firstStop = false;
    kd.console.print(`${stopLines(kd, stop).join('\n')}\n`);
    await kd.console.drained();
  }

  async #resume(): Promise<void> {
    const { kd } = this;
    await kd.spend('resume');
    kd.stop = undefined;
    kd.keeper.planted(kd.armedAddresses().map(hex16));
    kd.keeper.resumed();
    // A hit that goes on by itself deafens nobody: only a resume that somebody typed does.
    if (this.mode === 'halted') this.#resumedAt = kd.clock.now();
    this.mode = 'running';
    this.target.resumed();
    this.timeline.trigger('resume');
    if (kd.keeper.armed) this.timeline.trigger('armed');
  }

  async #atPrompt(stop: Stop): Promise<'resumed' | 'reset'> {
    const { kd } = this;
    this.mode = 'halted';
    kd.stop = stop;
    kd.keeper.prompted();
    this.timeline.trigger('halted');
    kd.console.print(kd.prompt);
    let overdue = kd.scenario.kd.answer_limit_ms ?? forever;
    for (;;) {
      await kd.console.drained();
      const reset = this.#happenings[0];
      if (reset?.event === 'reboot' && !reset.announced) {
        this.#happenings.shift();
        return this.#reset(reset);
      }
      const line = this.inbox.take();
      if (!line) {
        await this.#idle(kd.clock.real(overdue));
        if (overdue < forever && !kd.keeper.answered && this.inbox.size === 0) overdue = this.#unanswered();
        continue;
      }
      const outcome = await this.#execute(line);
      if (outcome === 'go' && !(await this.#bugChecksAgain())) {
        await this.#resume();
        return 'resumed';
      }
      if (outcome === 'reboot') return this.#reset({ ...defaultReboot });
      if (outcome === 'quit') await this.ends.finish('q', 0);
      if (outcome === 'quit-detached') {
        await this.#resume();
        await this.ends.finish('qd', 0);
      }
      if (!line.from.startsWith(foreign)) kd.console.print(kd.prompt, outcome === 'go' ? {} : { only: line.from });
    }
  }

  #unanswered(): number {
    const { keeper, scenario } = this.kd;
    const text = `the target stood still for ${scenario.kd.answer_limit_ms} ms, and no command was typed`;
    keeper.violation({ kind: 'unanswered', text, at_ms: keeper.atMs() });
    return forever;
  }

  async #execute(line: TypedLine): Promise<Outcome> {
    const { kd } = this;
    kd.keeper.command(line.text);
    if (line.from === local) kd.console.logCommand(line.text);
    else kd.console.print(`[${this.#labelOf(line.from)}] ${line.text}\n`, { except: line.from });
    const outcome = await executeLine(kd, line.text, line.from);
    await kd.console.drained();
    return outcome;
  }

  #labelOf(from: string): string {
    return from.startsWith(foreign) ? `${from.slice(foreign.length)} (npipe)` : from;
  }

  /** A bug check cannot be resumed from: it only stops again. */
  async #bugChecksAgain(): Promise<boolean> {
    if (!this.kd.keeper.books.target.dead) return false;
    await this.kd.spend('resume');
    await this.kd.spend('stop');
    this.kd.console.print(`${bugCheckLines(this.kd, this.#bugCheck ?? defaultBugCheck).join('\n')}\n`);
    return true;
  }

  async #happen(event: TimelineEvent): Promise<Stop | 'reset' | undefined> {
    const { kd } = this;
    if (event.event === 'reboot') return this.#reset(event);
    if (event.event === 'bug-check') return this.#showBugCheck(event);
    if (event.event === 'print') {
      kd.console.line(event.text);
      return undefined;
    }
    if (event.event === 'assertion' && event.style === 'prompt') return this.#ask(event);
    const reason = event.event === 'assertion' ? 'assertion' : 'int3';
    const stop = this.target.stopAt(reason, event.event === 'int3' ? event.symbol : 'mydrv!DispatchRead+0x9c');
    await this.#halt(stop);
    return stop;
  }

  async #showBugCheck(event: EventNamed<'bug-check'>): Promise<Stop> {
    const { kd } = this;
    this.mode = 'halted';
    this.#bugCheck = event;
    kd.keeper.books.target.dead = true;
    const stop = this.target.stopAt('bug-check', this.target.breakSite);
    kd.stop = stop;
    kd.keeper.halted('bug-check', stop.site);
    kd.keeper.planted(kd.armedAddresses().map(hex16));
    await kd.spend('stop');
    kd.console.print(`${bugCheckLines(kd, event).join('\n')}\n${stopLines(kd, stop).slice(-2).join('\n')}\n`);
    return stop;
  }

  /** A failed assertion of a checked build waits for one letter instead of stopping at the prompt. */
  async #ask(event: EventNamed<'assertion'>): Promise<Stop | undefined> {
    const { kd } = this;
    const stop = this.target.stopAt('int3', 'nt!RtlAssert+0x1e');
    this.mode = 'halted';
    kd.keeper.halted('assertion', stop.site);
    kd.keeper.prompted();
    kd.console.print(`${assertionLines(event).join('\n')}\n${assertionPrompt}`);
    for (;;) {
      await kd.console.drained();
      const line = this.inbox.take();
      if (!line) {
        await this.#idle(forever);
        continue;
      }
      kd.keeper.command(line.text);
      kd.console.logCommand(line.text);
      const letter = line.text.trim().charAt(0).toLowerCase();
      if (/[ipt]/.test(letter)) {
        kd.keeper.resumed();
        return undefined;
      }
      if (/[bo]/.test(letter)) {
        await this.#halt(stop);
        return stop;
      }
      kd.console.print(assertionPrompt);
    }
  }

  #reset(event: EventNamed<'reboot'>): 'reset' {
    const { kd } = this;
    if (event.announced) for (const line of shutdownLines()) kd.console.line(line);
    kd.keeper.resumed('waiting-boot');
    kd.forgetTarget();
    this.#happenings.length = 0;
    this.#breakWanted = false;
    this.#online = false;
    kd.keeper.save();
    kd.clock.after(event.down_ms, () => this.#comeOnline());
    return 'reset';
  }

  #apply(event: TimelineEvent): void {
    if (event.event === 'connect') this.#online = true;
    else if (event.event === 'kd-crash') this.ends.crash(event.code);
    else if (event.event === 'kd-hang') this.ends.hang();
    else if (event.event === 'swallow-breaks') this.#swallow += event.count;
    else if (event.event === 'break') this.requestBreak();
    else if (event.event === 'link-loss') this.#loseLink(event.down_ms);
    else if (event.event === 'command') {
      this.inbox.put({ text: event.text, from: `${foreign}${event.user}` });
      if (event.breaks) this.requestBreak();
    } else this.#happenings.push(event);
    this.#waiter.notify();
  }

  #loseLink(downMs: number | undefined): void {
    const { books } = this.kd.keeper;
    this.kd.link.set(true);
    books.target.unreachable = true;
    if (downMs === undefined) return;
    this.kd.clock.after(downMs, () => {
      books.target.unreachable = false;
      this.kd.link.set(false);
      this.#waiter.notify();
    });
  }
}
