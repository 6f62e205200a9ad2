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
import { HITS, INPUT } from './memory.as';
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
const HIT_NTH: usize = 24;
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

// What a known line does.
export const TEXT: u32 = 1;
const STOP: u32 = 3;
const SYMBOL: u32 = 4;
const HEADER: u32 = 5;
const LEAVE: u32 = 7;
const REQUEST: u32 = 8;

/// Bytes of the log before the start of the input.
export let base: f64 = 0;
export let lines: f64 = 0;
export let frames: f64 = 0;
export let emptyStacks: f64 = 0;
/// The hits that are ready to be taken, and all that were closed so far.
export let hits: u32 = 0;
export let closed: f64 = 0;
/// The place of the newest hit among those that are ready.
export let newest: u32 = 0;
/// Hits are added up within stretches of the log of two to the power of this many bytes.
export let stretch: u32 = 0;
/// Whatever the caller wants to find in the record of the hit that closes next.
export let note: u32 = 0;
/// The open stack: its form, and the frames so far.
export let dialect: usize = 0;
export let node: usize = 0;

// The stop that the target stands at: the caller's numbers of the line that announces it and of the place, 0 for none.
let stop: u32 = 0;
export let symbol: u32 = 0;
let processor: i32 = -1;
let prompted: u32 = 0;
/// Stacks that were printed at this stop.
export let stacksHere: u32 = 0;
// What was asked for at this stop; a second such line belongs to a stop whose own line is lost, so that none is believed.
let request: u32 = 0;
let requests: u32 = 0;
let stopAt: f64 = 0;
let stopLine: f64 = 0;
let fresh: bool = false;
// Where the open stack stands, and how many of its frames have given their arguments.
let startAt: f64 = 0;
let startLine: f64 = 0;
let endAt: f64 = 0;
let argued: u32 = 0;
/// Tells the hits that are ready from those that were taken.
let batch: u32 = 1;
let root: usize = 0;

/// Call once.
export function beginHits(): void {
  root = plant();
  node = root;
}

export function countLine(): void {
  lines += 1;
}

/// The open stack has a frame.
export function hasFrames(): bool {
  return node !== root;
}

export function isFull(): bool {
  return hits >= HIT_LIMIT;
}

/// The open stack is longer by a frame that was read from `[at, after)`.
export function grow(next: usize, at: usize, shape: usize, after: usize): void {
  frames += 1;
  node = next;
  endAt = base + <f64>(after - INPUT);
  if (argued < ARGUED_FRAMES && shape && load<u32>(next, NODE_FRAME) & FRAME_ARGUED) takeArguments(at, shape);
}

/// What a line does that is no frame; it stands at `at` and is counted already.
export function perform(action: u32, at: usize, form: usize, prompt: i32, number: u32): void {
  if (action <= TEXT) return;
  close();
  if (action === STOP) {
    leave();
    stop = number;
    stopAt = base + <f64>(at - INPUT);
    stopLine = lines;
    fresh = true;
    return;
  }
  if (prompt !== NO_PROMPT) {
    processor = prompt;
    prompted = 1;
  }
  if (action === SYMBOL) symbol = number;
  else if (action === HEADER) open(form, at);
  else if (action === LEAVE) leave();
  else if (action === REQUEST && stop !== 0) request = requests++ === 0 ? number : 0;
}

/// A stack of this form begins with the line at `at`.
export function open(form: usize, at: usize): void {
  close();
  dialect = form;
  startAt = fresh ? stopAt : base + <f64>(at - INPUT);
  startLine = fresh ? stopLine : lines;
  fresh = false;
}

/// The stop is over, whatever comes next: the target runs, or is gone.
export function leave(): void {
  close();
  stop = 0;
  symbol = 0;
  processor = -1;
  prompted = 0;
  note = 0;
  request = 0;
  requests = 0;
  stacksHere = 0;
  fresh = false;
}

/// Ends the open stack. Its hit is ready to be taken.
export function close(): void {
  if (node !== root) {
    closed += 1;
    const at = HITS + <usize>hits * HIT_BYTES;
    const flags = prompted | (argued << 1);
    const single = stacksHere > 0 || note !== 0;
    stacksHere++;
    if (single || !isAdded(at, flags)) {
      store<u32>(at, load<u32>(node, NODE_INDEX), HIT_INDEX);
      store<u32>(at, <u32>node, HIT_NODE);
      store<u32>(at, stop, HIT_STOP);
      store<u32>(at, symbol, HIT_SYMBOL);
      store<i32>(at, processor, HIT_PROCESSOR);
      store<u32>(at, flags, HIT_FLAGS);
      store<u32>(at, stacksHere - 1, HIT_NTH);
      store<u32>(at, note, HIT_NOTE);
      store<u32>(at, request, HIT_REQUEST);
      store<u32>(at, 1, HIT_COUNT);
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
