import type { DebuggingServer } from '../../debugging-server/server.js';
import { EXIT, type ExitCode } from '../../fault.js';
import { WAITING_TO_RECONNECT } from '../../kd-text/listings/banner.js';
import { formatHaltedTotal } from '../../kd-text/listings/halted-total.js';
import { Input } from '../console/input.js';
import type { KeyState } from '../console/keyboard.js';
import { findStanding } from '../control/attach.js';
import { KdTarget } from '../control/kd-target.js';
import type { TargetEvent } from '../control/target-event.js';
import type { Beginning } from '../net/host-channel.js';
import { ReconnectingStream } from '../stream/reconnecting-stream.js';
import { NO_SYMBOLS } from '../symbols/module-symbols.js';
import { Link } from '../wire/link.js';
import { netForm, serialForm } from '../wire/packet-form.js';
import { BootBreak } from './boot-break.js';
import { BreakRequest } from './break-request.js';
import { complete } from './complete.js';
import { printEvent, printedText } from './events.js';
import { EventFilters } from './filters.js';
import { keepHaltedFile } from './halted-file.js';
import type { KdParts } from './kd-parts.js';
import { type ReleaseResult, release } from './release.js';
import { Shell } from './shell.js';

/** Milliseconds for getting the target free when kd leaves. */
const RELEASE_MS = 60_000;

/** One run of the built-in kd: everything wired together. */
export class KdRun {
  readonly #line: ReconnectingStream;
  readonly #link: Link;
  readonly #target: KdTarget;
  readonly #breaks: BreakRequest;
  readonly #shell: Shell;
  readonly #keyboard: KeyState;
  readonly #attaching = new AbortController();
  readonly #releasing = new AbortController();
  #refused = false;
  /** The line to the target has been open. */
  #opened = false;
  /** What a signal asked for. */
  #exitCode: ExitCode = EXIT.done;
  readonly #filters = new EventFilters();
  readonly #bootBreak: BootBreak;
  readonly #input = new Input();
  #server: DebuggingServer | undefined;

  constructor(private readonly parts: KdParts) {
    const { options, screen, line, timers, passed } = parts;
    const input = this.#input;
    const filters = this.#filters;
    this.#target = new KdTarget(
      (listener) => {
        const send = (bytes: Buffer): void => {
          passed('>', bytes);
          this.#line.write(bytes);
        };
        const form = line.packets ? netForm : serialForm;
        return new Link(send, listener, timers, { bytesPerSecond: line.bytesPerSecond, form });
      },
      (event) => this.#onEvent(event),
      timers,
      { ways: parts.ways ?? 'usual', bytesPerSecond: line.bytesPerSecond },
    );
    this.#link = this.#target.link;
    this.#line = new ReconnectingStream(
      line.open,
      line.reopens,
      {
        bytes: (chunk) => {
          passed('<', chunk);
          this.#link.receive(chunk);
        },
        up: () => this.#up(),
        down: (why, final) => this.#down(why, final),
        begun: (beginning) => this.#begun(beginning),
        alive: () => this.#link.signOfLife(),
        note: (text) => {
          screen.freshLine();
          screen.line(text);
        },
      },
      timers,
    );
    this.#breaks = new BreakRequest(this.#target, timers, (text) => screen.line(text));
    this.#bootBreak = new BootBreak(this.#target, this.#breaks, filters, () => this.#keyboard.initialBreak);
    this.#shell = new Shell({
      screen,
      input,
      target: this.#target,
      breaks: this.#breaks,
      options,
      filters,
      loadSymbols: parts.loadSymbols ?? (async () => ({ symbols: NO_SYMBOLS, image: undefined, notes: [] })),
      settings: parts.settings,
      banner: parts.banner,
      bytesPerSecond: line.bytesPerSecond,
      knownStacks: parts.knownStacks ?? false,
      shared: () => this.#server !== undefined,
    });
    this.#keyboard = parts.keys({
      typed: (text) => this.#shell.typed(text),
      interrupt: () => this.#interrupt(),
      leave: (how, code) => this.#leave(how, code),
      resync: () => this.#link.reset(),
      ended: () => this.#shell.inputEnded(),
      complete: (line) => complete(line, this.#shell.symbols),
    });
    input.putFirst(parts.commands);
  }

  async run(): Promise<ExitCode> {
    // The keys first: whoever sees that kd waits may press one.
    this.#keyboard.start();
    const { haltedFile, timers } = this.parts;
    const told = haltedFile && keepHaltedFile(haltedFile, this.#target, timers);
    const seen = this.#target.lookAfter(() => !this.#breaks.pending && !this.#shell.leaving);
    try {
      await this.#share();
      if (await this.#open()) this.parts.screen.line(WAITING_TO_RECONNECT);
      await this.#shell.run().catch((error: unknown) => this.failed(error));
      return await this.#release();
    } finally {
      if (told) told();
      seen();
      this.#keyboard.stop();
      this.#attaching.abort();
      this.#breaks.giveUp();
      // Nothing is acknowledged any more: a target whose stop was taken and not answered would stand for ever.
      this.#link.close();
      await this.#line.close();
      await this.#server?.close();
    }
  }

  /** A fault of ours, wherever it came up: the target is freed as at every other end. One is told, further ones say no more. */
  failed(error: unknown): void {
    if (this.#exitCode !== EXIT.fault) {
      this.parts.screen.freshLine();
      this.parts.screen.line(`livedebug kd: internal error: ${error instanceof Error ? error.stack : String(error)}`);
    }
    this.#exitCode = EXIT.fault;
    this.#shell.leave('fault');
  }

  /** Opens the pipe that others join by. */
  async #share(): Promise<void> {
    this.#server = await this.parts.share?.({
      typed: (text, client) => this.#shell.typed(text, client),
      // Whoever only looks on does not take back that the target is freed.
      interrupt: () => {
        if (!this.#shell.leaving) this.#interrupt();
      },
      left: (client) => this.#input.forget(client),
      announce: (text) => this.parts.screen.line(text),
      prompt: () => this.#shell.promptText,
    });
    if (!this.#server) return;
    this.parts.screen.line('Server started.  Client can connect with any of these command lines');
    this.parts.screen.lines(this.#server.lines());
  }

  /** @returns false when somebody leaves first */
  async #open(): Promise<boolean> {
    const { name, waits } = this.parts.line;
    let open = false;
    try {
      open = await this.#line.start(false);
    } catch (error) {
      if (!waits) {
        const why = this.parts.openError(error);
        this.parts.screen.lines([`Failed to open ${name}`, `Kernel debugger failed initialization, ${why}`]);
        throw error;
      }
      this.parts.screen.line(`Waiting for pipe ${name}`);
      open = await this.#line.start(true);
    }
    this.#opened = open;
    if (open) this.parts.screen.line(`Opened ${name}`);
    return open;
  }

  /** What the target tells: printed, and done what there is to be done. */
  #onEvent(event: TargetEvent): void {
    const { screen, settings, options } = this.parts;
    const filters = this.#filters;
    const initialBreak = this.#bootBreak.asked || options.breakOnConnect;
    const { processors } = this.#target;
    printEvent(event, screen, { settings, filters, initialBreak, verbose: this.#keyboard.verbose, processors });
    switch (event.kind) {
      case 'stopped':
        this.#shell.stopped(event.stop);
        break;
      case 'resumed':
        this.#breaks.resumed();
        break;
      case 'module':
        if (event.event.kind === 'load') this.#bootBreak.loaded();
        event.answer(this.#shell.moduleEvent(event.event));
        break;
      case 'shutdown':
      case 'rebooted':
        this.#bootBreak.booted();
        this.#shell.changed();
        break;
      case 'ids-restarted':
        this.#shell.changed();
        break;
      case 'printed':
        if (filters.breaksAtOutput(printedText(event.text))) this.#breaks.ask();
        break;
      case 'asked':
        event.answer(this.#shell.question());
        break;
      case 'refused':
        this.#refused = true;
        this.#shell.leave('refused');
        break;
    }
  }

  /** A stream is open: a target that stands already is found without stopping one that runs. */
  #up(): void {
    if (this.#opened) this.parts.screen.line(`Opened ${this.parts.line.name}`);
    this.#target.lineChanged();
    if (this.parts.line.packets) return;
    this.#link.restream();
    this.#find();
  }

  /** KDNET: a target is there. One that goes on where it was, with another key, is not asked anything. */
  #begun({ target, host, anew }: Beginning): void {
    const { screen } = this.parts;
    if (anew) this.#target.restarted();
    screen.freshLine();
    screen.line(`Connected to target ${target.address} on port ${target.port} on local IP ${host}.`);
    this.#link.begun(anew);
    this.#shell.changed();
    if (anew) this.#find();
  }

  #find(): void {
    const asked = (): boolean => this.#breaks.pending;
    void findStanding(this.#target, this.#attaching.signal, asked).then((stands) => {
      // On KDNET nothing of an earlier wish can have reached the target.
      const wanted = this.parts.options.breakOnConnect || (this.parts.line.packets === true && asked());
      if (!stands && wanted) this.#breaks.ask();
    });
  }

  #down(why: string, final: boolean): void {
    this.#target.lineChanged();
    this.#shell.changed();
    this.parts.screen.freshLine();
    this.parts.screen.line(`The connection to the target is gone: ${why.replace(/\.$/, '')}.`);
    if (final) this.#shell.leave('line');
    else this.parts.screen.line(WAITING_TO_RECONNECT);
  }

  #interrupt(): void {
    if (this.#shell.leaving) this.#releasing.abort();
    else this.#shell.interrupt();
  }

  #leave(how: string, code: ExitCode | undefined): void {
    if (this.#shell.leaving) this.#releasing.abort();
    if (code !== undefined) this.#exitCode = code;
    this.#shell.leave(how);
    // A line that is waited for is waited for no longer.
    if (!this.#opened) void this.#line.close();
  }

  async #release(): Promise<ExitCode> {
    // From here on the release alone asks the target to stop: a later byte would stop one that nobody watches any more.
    this.#breaks.giveUp();
    const never = this.parts.timers.after(RELEASE_MS, () => this.#releasing.abort());
    const result = await release(this.#target, this.#breaks.bytesOut, this.#releasing.signal);
    never();
    return this.#say(result);
  }

  #say({ disposition, why }: ReleaseResult): ExitCode {
    if (this.#refused && disposition !== 'unknown') return EXIT.missing;
    const { haltedMs } = this.#target;
    if (haltedMs > 0) {
      this.parts.screen.freshLine();
      this.parts.screen.line(formatHaltedTotal(haltedMs));
    }
    if (disposition !== 'unknown') return this.#exitCode;
    this.parts.screen.freshLine();
    this.parts.screen.lines([
      `THE TARGET MAY STAND STILL: ${why}.`,
      'To free it: livedebug rescue --port PORT --baud RATE, or livedebug kd, CTRL+C, bc *, g.',
    ]);
    return EXIT.maybeHalted;
  }
}
