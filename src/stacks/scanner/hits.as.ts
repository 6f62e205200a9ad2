/// AssemblyScript, compiled with scanner.as.ts. The stop, the open stack, and the hits that are ready to be taken.

import {
  ARGS_BYTES,
  ARGS_FRAME,
  ARGS_VALUES,
  ARGS_WIDTH,
  ARGUED_FRAMES,
  areAlike,
  argsOf,
  FRAME_ARGUED,
  HIT_ARGS,
  sizeAt,
} from './arguments.as';
import { address } from './bytes.as';
import { HITS, INPUT, LAST } from './memory.as';
import { SHAPE_ARGS, SHAPE_WIDTH } from './shapes.as';
import { NODE_BATCH, NODE_FRAME, NODE_INDEX, NODE_SLOT, plant } from './tree.as';

// A hit, as the caller finds it.
const HIT_BYTES: usize = 192;
const HIT_LIMIT: u32 = 1024;
const HIT_INDEX: usize = 0;
const HIT_NODE: usize = 4;
const HIT_STOP: usize = 8;
const HIT_SYMBOL: usize = 12;
const HIT_PROCESSOR: usize = 16;
const HIT_FLAGS: usize = 20;
const HIT_NOTE: usize = 28;
const HIT_FROM: usize = 32; // its newest text: from, to, line
const HIT_TO: usize = 40;
const HIT_LINE: usize = 48;
const HIT_COUNT: usize = 56;
const HIT_FIRST: usize = 64; // its first text: from, to, line
const HIT_SUMS: usize = 88;
/// What a line of the stop said that the pool was asked for: the caller's number, 0 for nothing.
const HIT_REQUEST: usize = 184;

/// A line without a prompt; -1 is a prompt that names no processor.
const NO_PROMPT: i32 = -2;

// What HIT_FLAGS tells, beside the number of frames that have given their arguments: a prompt came before the stack; it was
// printed again at the same stop; the lines of a stop followed it, so that the target did not go on by itself.
const PROMPTED: u32 = 1;
const AGAIN: u32 = 2;
const STOOD: u32 = 4;
const ARGUED_SHIFT: u32 = 3;

// Who asked for a stack: nobody; perhaps somebody at a prompt whose typing the log does not show; a command that the log shows.
const NOBODY: u32 = 0;
const UNSEEN: u32 = 1;
const SEEN: u32 = 2;
/// One command prints no more than this, in bytes of the log: so much has to be looked at to know whether a stack was asked for.
const ANSWER_BYTES: f64 = 65536;

// What a known line does.
export const TEXT: u32 = 1;
const STOP: u32 = 3;
const SYMBOL: u32 = 4;
const HEADER: u32 = 5;
const LEAVE: u32 = 7;
const REQUEST: u32 = 8;
const ASK: u32 = 9;

/// Bytes of the log before the start of the input.
export let base: f64 = 0;
export let lines: f64 = 0;
export let frames: f64 = 0;
export let emptyStacks: f64 = 0;
/// The hits that are ready to be taken, and all that were closed so far.
export let hits: u32 = 0;
export let closed: f64 = 0;
/// Of those that were closed, how many were printed again at the same stop.
export let repeated: f64 = 0;
/// The place of the newest hit among those that are ready.
export let newest: u32 = 0;
/// Hits are added up within stretches of the log of two to the power of this many bytes.
export let stretch: u32 = 0;
/// Whatever the caller wants to find in the record of the hit that closes next.
export let note: u32 = 0;
/// The open stack: its form, and the frames so far.
export let dialect: usize = 0;
export let node: usize = 0;
/// The number of its next frame, where frames are numbered.
export let depth: u32 = 0;
/// So many hits the open stack stands for.
export let times: u32 = 1;

// The stop that the target stands at: the caller's numbers of the line that announces it and of the place, 0 for none.
export let stop: u32 = 0;
export let symbol: u32 = 0;
let processor: i32 = -1;
let prompted: u32 = 0;
/// Stacks that were printed at this stop.
export let stacksHere: u32 = 0;
// What was asked for at this stop; a second such line belongs to a stop whose own line is lost, so that none is believed.
export let request: u32 = 0;
let requests: u32 = 0;
// A prompt came after the newest stack of the stop: who may have asked for the next, where, and what was noted until then.
let asked: u32 = NOBODY;
let askedAt: f64 = 0;
let notedThen: u32 = 0;
let stopAt: f64 = 0;
let stopLine: f64 = 0;
let fresh: bool = false;
// Where the open stack stands, and how many of its frames have given their arguments.
let startAt: f64 = 0;
let startLine: f64 = 0;
let endAt: f64 = 0;
let argued: u32 = 0;
let askedFor: u32 = NOBODY;
/// Tells the hits that are ready from those that were taken.
let batch: u32 = 1;
let root: usize = 0;

/// No hits, and no stack: what was said of the stop stays.
export function beginHits(): void {
  root = plant();
  node = root;
  dialect = 0;
}

export function countLine(): void {
  lines += 1;
}

export function isFull(): bool {
  return hits >= HIT_LIMIT;
}

/// The open stack is longer by a frame that was read from `[at, after)`.
export function grow(next: usize, at: usize, shape: usize, after: usize): void {
  frames += 1;
  depth += 1;
  node = next;
  endAt = base + <f64>(after - INPUT);
  v128.store(LAST, v128.load(at));
  v128.store(LAST, v128.load(at, 16), 16);
  if (argued < ARGUED_FRAMES && shape && load<u32>(next, NODE_FRAME) & FRAME_ARGUED) takeArguments(at, shape);
}

/// What a line does that is no frame; it stands at `at` and is counted already.
export function perform(action: u32, at: usize, form: usize, prompt: i32, number: u32): void {
  if (action <= TEXT) return;
  const atPrompt = prompt !== NO_PROMPT;
  close(atPrompt, action === SYMBOL);
  if (action === STOP) {
    leave();
    stop = number;
    begin(at);
    return;
  }
  if (atPrompt) {
    processor = prompt;
    prompted = 1;
    asked = UNSEEN;
    notedThen = note;
  }
  if (action === SYMBOL) symbol = number;
  else if (action === HEADER) open(form, at);
  else if (action === LEAVE) leave();
  else if (action === REQUEST) ask(number, at);
  else if (action === ASK) {
    asked = SEEN;
    askedAt = base + <f64>(at - INPUT);
  }
}

/// A line of a breakpoint's own commands, which comes before the stack: after one, or after a prompt, the target has gone on.
function ask(number: u32, at: usize): void {
  if (stacksHere > 0 || asked !== NOBODY) leave();
  if (!fresh) begin(at);
  request = requests++ === 0 || stop === 0 ? number : 0;
}

/// The text of the next stack's stop begins with the line at `at`.
function begin(at: usize): void {
  stopAt = base + <f64>(at - INPUT);
  stopLine = lines;
  fresh = true;
}

/// A stack of this form begins with the line at `at`.
export function open(form: usize, at: usize): void {
  close(false, false);
  const here = base + <f64>(at - INPUT);
  if (asked === SEEN && here - askedAt > ANSWER_BYTES) asked = NOBODY;
  // A breakpoint whose commands end in `g` announces no stop: another stack that nobody asked for is another hit.
  if (stacksHere > 0 && asked === NOBODY) leave();
  askedFor = asked;
  if (asked === UNSEEN) asked = NOBODY;
  dialect = form;
  startAt = fresh ? stopAt : here;
  startLine = fresh ? stopLine : lines;
  fresh = false;
}

/// The stop is over, whatever comes next: the target runs, or is gone.
export function leave(): void {
  close(false, false);
  forget();
  note = 0;
  asked = NOBODY;
  fresh = false;
}

function forget(): void {
  stop = 0;
  symbol = 0;
  processor = -1;
  prompted = 0;
  request = 0;
  requests = 0;
  stacksHere = 0;
}

/// Ends the open stack. Its hit is ready to be taken.
/// What a typed command printed is followed by the next prompt; what a breakpoint's commands printed is not, unless the lines
/// of a stop come in between. So `byPrompt`, and `byPlace` for those lines, tell what was asked for in a log that shows no typing.
export function close(byPrompt: bool, byPlace: bool): void {
  if (node !== root) {
    closed += times;
    frames += <f64>(times - 1) * <f64>depth;
    if (askedFor === UNSEEN && !byPrompt) {
      // Between the prompt and the header somebody typed `g`.
      forget();
      if (note === notedThen) note = 0;
    }
    const again = stacksHere > 0 && askedFor !== NOBODY && (stop !== 0 || symbol !== 0);
    if (again) repeated += 1;
    const stood = byPlace && !byPrompt;
    const at = HITS + <usize>hits * HIT_BYTES;
    const flags = (prompted ? PROMPTED : 0) | (again ? AGAIN : 0) | (stood ? STOOD : 0) | (argued << ARGUED_SHIFT);
    const single = again || note !== 0 || times !== 1;
    stacksHere++;
    if (single || !isAdded(at, flags)) {
      store<u32>(at, load<u32>(node, NODE_INDEX), HIT_INDEX);
      store<u32>(at, <u32>node, HIT_NODE);
      store<u32>(at, stop, HIT_STOP);
      store<u32>(at, symbol, HIT_SYMBOL);
      store<i32>(at, processor, HIT_PROCESSOR);
      store<u32>(at, flags, HIT_FLAGS);
      store<u32>(at, note, HIT_NOTE);
      store<u32>(at, request, HIT_REQUEST);
      store<u32>(at, times, HIT_COUNT);
      storePlace(at, HIT_FROM);
      storePlace(at, HIT_FIRST);
      for (let i: usize = 0; i < <usize>argued; i++) store<f64>(at + i * 8, <f64>sizeAt(argsOf(at, i)), HIT_SUMS);
      if (!single) {
        store<u32>(node, hits, NODE_SLOT);
        store<u32>(node, batch, NODE_BATCH);
      }
      newest = hits++;
    }
  } else if (dialect) emptyStacks += 1;
  dialect = 0;
  depth = 0;
  times = 1;
  node = root;
  argued = 0;
}

/// Adds the hit that is about to be written at `at` to one of its stack that is ready, if both differ in nothing but size and place.
function isAdded(at: usize, flags: u32): bool {
  if (load<u32>(node, NODE_BATCH) !== batch) return false;
  const slot = load<u32>(node, NODE_SLOT);
  const to = HITS + <usize>slot * HIT_BYTES;
  if (
    load<u32>(to, HIT_STOP) !== stop ||
    load<u32>(to, HIT_SYMBOL) !== symbol ||
    load<i32>(to, HIT_PROCESSOR) !== processor ||
    load<u32>(to, HIT_FLAGS) !== flags ||
    load<u32>(to, HIT_REQUEST) !== request ||
    stretchOf(load<f64>(to, HIT_FIRST)) !== stretchOf(startAt)
  )
    return false;
  for (let i: usize = 0; i < <usize>argued; i++) if (!areAlike(argsOf(at, i), argsOf(to, i))) return false;
  for (let i: usize = 0; i < <usize>argued; i++) {
    const size = <f64>sizeAt(argsOf(at, i));
    store<f64>(to + i * 8, load<f64>(to + i * 8, HIT_SUMS) + size, HIT_SUMS);
  }
  memory.copy(to + HIT_ARGS, at + HIT_ARGS, ARGS_BYTES * ARGUED_FRAMES);
  store<u32>(to, load<u32>(to, HIT_COUNT) + 1, HIT_COUNT);
  storePlace(to, HIT_FROM);
  newest = slot;
  return true;
}

function storePlace(at: usize, offset: usize): void {
  store<f64>(at + offset, startAt);
  store<f64>(at + offset, endAt, 8);
  store<f64>(at + offset, startLine, 16);
}

function stretchOf(at: f64): u64 {
  return <u64>at >> stretch;
}

/// The caller has taken all hits; what is known of the open one stays.
export function taken(): void {
  memory.copy(argsOf(HITS, 0), argsOf(HITS + <usize>hits * HIT_BYTES, 0), ARGS_BYTES * ARGUED_FRAMES);
  hits = 0;
  batch++;
}

/// The printed arguments go to where the record of the open hit will be.
function takeArguments(at: usize, shape: usize): void {
  if (load<i32>(shape, SHAPE_ARGS) < 0) return;
  const width = load<u32>(shape, SHAPE_WIDTH);
  const to = argsOf(HITS + <usize>hits * HIT_BYTES, argued);
  store<u32>(to, load<u32>(node, NODE_FRAME), ARGS_FRAME);
  store<u32>(to, width, ARGS_WIDTH);
  for (let i: usize = 0; i < 4; i++) {
    const offset = load<i32>(shape + i * 4, SHAPE_ARGS);
    store<u64>(to + i * 8, offset < 0 ? 0 : address(at + offset, width), ARGS_VALUES);
  }
  argued++;
}
