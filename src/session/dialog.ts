import { randomBytes } from 'node:crypto';
import { marker } from '../kd-text/marker.js';
import type { Purpose } from './core/state.js';

// Pairs questions to kd with their answers. It does not know what an answer means.

const MOST_LINES = 10_000;
const MOST_CHARACTERS = 8_000_000;

interface Question {
  readonly id: number;
  readonly purpose: Purpose;
  readonly marker: string;
  readonly lines: string[];
}

/**
 * Questions to kd and their answers. Every question ends with the `.echo` of a word that is used once, on a line of its
 * own: some commands swallow the rest of their line. All that kd prints until the word comes back is the answer.
 */
export class Dialog {
  readonly #nonce = randomBytes(4).toString('hex');
  readonly #open: Question[] = [];
  /** Of the lines that answer the first question. */
  #characters = 0;

  /** @returns the lines to type. What lets the target go comes behind the word: when it comes back, kd has come to that. */
  ask(id: number, purpose: Purpose, lines: readonly string[]): string[] {
    const word = marker(this.#nonce, id);
    this.#open.push({ id, purpose, marker: word, lines: [] });
    return purpose === 'go' ? [`.echo ${word};${lines.join(';')}`] : [...lines, `.echo ${word}`];
  }

  get waiting(): boolean {
    return this.#open.length > 0;
  }

  /** kd takes its input in order: what it prints answers the first question that is open. */
  collect(line: string): void {
    const lines = this.#open[0]?.lines;
    lines?.push(line);
    this.#characters += line.length;
    // A question may stay open while hits are printed for days; what answers it comes last.
    if (!lines || (lines.length <= MOST_LINES && this.#characters <= MOST_CHARACTERS)) return;
    lines.splice(0, lines.length >> 1);
    this.#characters = lines.reduce((sum, { length }) => sum + length, 0);
  }

  /** @returns the question that a marker answers; undefined for the markers of other clients */
  answered(word: string): { id: number; purpose: Purpose; lines: readonly string[] } | undefined {
    const at = this.#open.findIndex((question) => question.marker === word);
    const question = this.#open[at];
    if (!question) return undefined;
    // Whatever was asked before and is still open was lost with a connection: what came since is this one's answer.
    const lines = this.#open.splice(0, at + 1).flatMap((each) => each.lines);
    this.#characters = 0;
    return { ...question, lines };
  }

  /** kd is gone: nothing will be answered. */
  reset(): void {
    this.#open.length = 0;
    this.#characters = 0;
  }

  /** Whether a line is one that a session types for itself. */
  static isOwn(line: string): boolean {
    return /^\.echo LIVEDEBUG-/.test(line);
  }
}
