/// AssemblyScript, compiled to WebAssembly at build time: the part of reading a log that is done for every byte of it.
/// It recognises lines that were met before, where they lie in the input, sixteen bytes at a time. What a line means is
/// never decided here: whatever is new goes to the caller, who teaches it (`learn…`) by the grammar in kd-text.

// Where things are. Addresses of records serve as their numbers; 0 is none.
const MASKS: usize = 1024; // sixteen bytes of ones, sixteen of zeros
const HITS: usize = 4096;
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
// Arguments of up to two frames: the frame's number, the digits of an address, four values.
const HIT_ARGS: usize = 104;
const ARGS_FRAME: usize = 0;
const ARGS_WIDTH: usize = 4;
const ARGS_VALUES: usize = 8;
const ARGS_BYTES: usize = 40;
const ARGUED_FRAMES: u32 = 2;
// What the number of a frame tells besides: it has arguments to look at, and which are size and tag (3 for none).
const FRAME_ARGUED: u32 = 1;
const FRAME_SIZED: u32 = 2;
const LARGEST: u64 = 0x7fffffff;
const INPUT: usize = 1024 * 1024;
const HEAP: usize = INPUT + 1024 * 1024;

// A spelling: a call site as the log writes it, with its line end. Bytes follow the record, zeros after them.
const SPELLING_LENGTH: usize = 0;
const SPELLING_FRAME: usize = 4;
const SPELLING_HASH: usize = 8;
const SPELLING_BYTES: usize = 16;

// A line that is no frame, with its line end.
const LINE_LENGTH: usize = 0;
const LINE_ACTION: usize = 4;
const LINE_DIALECT: usize = 8;
const LINE_PROCESSOR: usize = 12;
const LINE_NEXT: usize = 16;
const LINE_HASH: usize = 20;
const LINE_NUMBER: usize = 24;
const LINE_BYTES: usize = 32;

// A shape: what stands before a call site. Three times sixteen bytes a step: literal, where it counts, where a digit must be.
const SHAPE_LENGTH: usize = 0;
const SHAPE_DIALECT: usize = 4;
const SHAPE_NUMBERED: usize = 8;
const SHAPE_WIDTH: usize = 12;
const SHAPE_NEXT: usize = 16;
const SHAPE_ARGS: usize = 20; // four offsets, -1 where there is none
const SHAPE_STEPS: usize = 48;

// A dialect: a form of stack listing; it leads to the shapes met in it.
const DIALECT_SHAPES: usize = 0;

// A stack, as the path from the innermost frame outwards.
const NODE_FRAME: usize = 0;
const NODE_PARENT: usize = 4;
const NODE_NEWEST: usize = 8; // the frame that followed last time, and how it was written
const NODE_SPELLING: usize = 12;
const NODE_SHAPE: usize = 16;
const NODE_INDEX: usize = 20;
const NODE_SLOT: usize = 24; // the hit of this batch that more of its kind are added to
const NODE_BATCH: usize = 28;

/// A line without a prompt; -1 is a prompt that names no processor.
const NO_PROMPT: i32 = -2;

// What a known line does.
const SKIP: u32 = 0;
const TEXT: u32 = 1;
const CLOSE: u32 = 2;
const STOP: u32 = 3;
const SYMBOL: u32 = 4;
const HEADER: u32 = 5;
const PROMPT: u32 = 6;
const LEAVE: u32 = 7;

// Why `scan` came back.
const DONE: i32 = 0;
const UNKNOWN: i32 = 1;
const FULL: i32 = 2;

const FEED: u8 = 0x0a;

let heap: usize = HEAP;
let root: usize = 0;
let nodeCount: u32 = 0;
let lineCount: u32 = 0;
let newestLine: usize = 0;

let spellings: usize = 0;
let spellingMask: u32 = 0;
let spellingCount: u32 = 0;
let lineTable: usize = 0;
let lineMask: u32 = 0;
let edges: usize = 0;
let edgeMask: u32 = 0;
let edgeCount: u32 = 0;

/// The first byte not read yet.
export let position: usize = INPUT;
/// Bytes of the log before the start of the input.
export let base: f64 = 0;
export let lines: f64 = 0;
export let frames: f64 = 0;
export let emptyStacks: f64 = 0;
/// The hits that are ready to be taken.
export let hits: u32 = 0;
/// Hits closed so far.
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
let stopAt: f64 = 0;
let stopLine: f64 = 0;
let fresh: bool = false;
// The open stack, and the arguments of its first frame that is a pool function.
let startAt: f64 = 0;
let startLine: f64 = 0;
let endAt: f64 = 0;
let argued: u32 = 0;
/// Tells the hits that are ready from those that were taken.
let batch: u32 = 1;

export function inputAt(): usize {
  return INPUT;
}

export function hitsAt(): usize {
  return HITS;
}

/// Call once.
export function start(): void {
  memory.fill(MASKS, 0xff, 16);
  spellingMask = lineMask = 1023;
  spellings = allocate(8 * 1024);
  lineTable = allocate(8 * 1024);
  edgeMask = 4095;
  edges = allocate(16 * 4096);
  root = newNode(0, 0xffffffff);
  node = root;
}

/// Zeroed memory, aligned to sixteen bytes.
export function allocate(bytes: usize): usize {
  const at = heap;
  heap = (heap + bytes + 15) & ~(<usize>15);
  const pages = <i32>((heap + 0xffff) >>> 16) - memory.size();
  // Half of what there is at least, so that growing stays rare; one page more lets a read pass the end.
  if (pages > 0 && memory.grow(max(pages + 1, memory.size() >> 2)) < 0) unreachable();
  return at;
}

export function learnDialect(): usize {
  return allocate(16);
}

/// A shape of `length` bytes; the caller fills in steps, arguments and flags.
export function learnShape(form: usize, length: u32): usize {
  const at = allocate(SHAPE_STEPS + 48 * <usize>((length + 15) >> 4));
  store<u32>(at, length, SHAPE_LENGTH);
  store<u32>(at, <u32>form, SHAPE_DIALECT);
  store<u32>(at, load<u32>(form, DIALECT_SHAPES), SHAPE_NEXT);
  store<u32>(form, <u32>at, DIALECT_SHAPES);
  return at;
}

/// The shape of the line at `at`, if it is known; 0 if not.
export function shapeAt(form: usize, at: usize): usize {
  let shape = <usize>load<u32>(form, DIALECT_SHAPES);
  while (shape && !hasShape(at, shape)) shape = <usize>load<u32>(shape, SHAPE_NEXT);
  return shape;
}

/// The call site `[from, to)`, line end included, is this frame from now on.
export function learnSpelling(from: usize, to: usize, frame: u32): usize {
  const hashed = hash(from, to);
  const known = findSpelling(from, to, hashed);
  if (known) return known;
  const at = copy(from, to, SPELLING_BYTES);
  store<u32>(at, frame, SPELLING_FRAME);
  store<u32>(at, hashed, SPELLING_HASH);
  if (++spellingCount * 2 > spellingMask) growSpellings();
  insert(spellings, spellingMask, hashed, at);
  return at;
}

/// The line `[from, to)`, line end included, does this from now on.
export function learnLine(from: usize, to: usize, action: u32, form: usize, prompt: i32, number: u32): usize {
  const at = copy(from, to, LINE_BYTES);
  const hashed = hash(from, to);
  store<u32>(at, action, LINE_ACTION);
  store<u32>(at, <u32>form, LINE_DIALECT);
  store<i32>(at, prompt, LINE_PROCESSOR);
  store<u32>(at, hashed, LINE_HASH);
  store<u32>(at, number, LINE_NUMBER);
  if (++lineCount * 2 > lineMask) growLines();
  insert(lineTable, lineMask, hashed, at);
  return at;
}

/// Reads known lines up to `end`, which must follow a line end.
export function scan(end: usize): i32 {
  let at = position;
  while (at < end) {
    if (hits >= HIT_LIMIT) {
      position = at;
      return FULL;
    }
    if (dialect) {
      const next = frameAt(at, end);
      if (next) {
        at = next;
        continue;
      }
    }
    const line = lineAt(at, end);
    const action = line ? load<u32>(line, LINE_ACTION) : TEXT;
    if (!line || (action === TEXT && dialect)) {
      position = at;
      return UNKNOWN;
    }
    lines += 1;
    newestLine = line;
    perform(action, at, load<u32>(line, LINE_DIALECT), load<i32>(line, LINE_PROCESSOR), load<u32>(line, LINE_NUMBER));
    at += load<u32>(line, LINE_LENGTH);
  }
  position = at;
  return DONE;
}

/// The end of the known frame at `at`, by which the open stack has grown; 0 if there is none.
function frameAt(at: usize, end: usize): usize {
  const next = <usize>load<u32>(node, NODE_NEWEST);
  if (next) {
    const shape = <usize>load<u32>(node, NODE_SHAPE);
    if (load<u32>(shape, SHAPE_DIALECT) === <u32>dialect && hasShape(at, shape) && !beginsAnew(at, shape)) {
      const site = at + load<u32>(shape, SHAPE_LENGTH);
      const spelling = <usize>load<u32>(node, NODE_SPELLING);
      if (equals(site, spelling + SPELLING_BYTES, load<u32>(spelling, SPELLING_LENGTH), end))
        return grown(at, next, shape, spelling);
      return site < end ? unexpectedFrame(at, site, shape) : 0;
    }
  }
  for (let shape = <usize>load<u32>(dialect, DIALECT_SHAPES); shape; shape = <usize>load<u32>(shape, SHAPE_NEXT)) {
    if (!hasShape(at, shape)) continue;
    const site = at + load<u32>(shape, SHAPE_LENGTH);
    const after = site < end && !beginsAnew(at, shape) ? unexpectedFrame(at, site, shape) : 0;
    if (after) return after;
  }
  return 0;
}

function unexpectedFrame(at: usize, site: usize, shape: usize): usize {
  const to = feedAfter(site) + 1;
  const spelling = findSpelling(site, to, hash(site, to));
  if (!spelling) return 0;
  return grown(at, step(node, load<u32>(spelling, SPELLING_FRAME)), shape, spelling);
}

/// Number 0 within a stack: a header was lost, and the caller has to look.
function beginsAnew(at: usize, shape: usize): bool {
  return (
    node !== root && load<u32>(shape, SHAPE_NUMBERED) !== 0 && load<u16>(at) === 0x3030 && load<u8>(at + 2) === 0x20
  );
}

function grown(at: usize, next: usize, shape: usize, spelling: usize): usize {
  store<u32>(node, <u32>next, NODE_NEWEST);
  store<u32>(node, <u32>spelling, NODE_SPELLING);
  store<u32>(node, <u32>shape, NODE_SHAPE);
  const after = at + load<u32>(shape, SHAPE_LENGTH) + load<u32>(spelling, SPELLING_LENGTH);
  lines += 1;
  grow(next, at, shape, after);
  return after;
}

/// The open stack is longer by a frame that was read from `[at, after)`.
export function grow(next: usize, at: usize, shape: usize, after: usize): void {
  frames += 1;
  node = next;
  endAt = base + <f64>(after - INPUT);
  if (argued < ARGUED_FRAMES && shape && load<u32>(next, NODE_FRAME) & FRAME_ARGUED) takeArguments(at, shape);
}

/// The stack that goes from `from` one frame outwards.
export function step(from: usize, frame: u32): usize {
  let slot = mix(<u32>from, frame) & edgeMask;
  while (true) {
    const entry = edges + ((<usize>slot) << 4);
    const child = <usize>load<u32>(entry, 8);
    if (!child) break;
    if (load<u32>(entry) === <u32>from && load<u32>(entry, 4) === frame) return child;
    slot = (slot + 1) & edgeMask;
  }
  const child = newNode(from, frame);
  if (++edgeCount * 2 > edgeMask) growEdges();
  insertEdge(<u32>from, frame, <u32>child);
  return child;
}

function newNode(parent: usize, frame: u32): usize {
  const at = allocate(32);
  store<u32>(at, frame, NODE_FRAME);
  store<u32>(at, <u32>parent, NODE_PARENT);
  store<u32>(at, nodeCount++, NODE_INDEX);
  return at;
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

function argsOf(hit: usize, nth: usize): usize {
  return hit + HIT_ARGS + nth * ARGS_BYTES;
}

/// Arguments of the same frame under one tag, with sizes that may be added up, or without.
function areAlike(a: usize, b: usize): bool {
  const frame = load<u32>(a, ARGS_FRAME);
  if (load<u64>(a) !== load<u64>(b) || (frame & FRAME_SIZED) === 0) return false;
  const tag: usize = (frame >> 4) & 3;
  if (tag !== 3 && load<u64>(a + tag * 8, ARGS_VALUES) !== load<u64>(b + tag * 8, ARGS_VALUES)) return false;
  return (sizeAt(a) === 0) === (sizeAt(b) === 0);
}

/// The size among printed arguments; 0 where it cannot be one.
function sizeAt(args: usize): u64 {
  const place: usize = (load<u32>(args, ARGS_FRAME) >> 2) & 3;
  const size = load<u64>(args + place * 8, ARGS_VALUES);
  return size > LARGEST ? 0 : size;
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

/// Eight digits, or twice eight with or without kd's backtick between.
function address(at: usize, width: u32): u64 {
  return width === 8 ? digits(at) : (digits(at) << 32) | digits(at + width - 8);
}

function digits(at: usize): u64 {
  const text = load<u64>(at);
  let values = (text & 0x0f0f0f0f0f0f0f0f) + ((text >> 6) & 0x0101010101010101) * 9;
  // The first digit is the lowest byte: pairs, then pairs of pairs, go to the top of their room.
  values = ((values << 4) | (values >> 8)) & 0x00ff00ff00ff00ff;
  values = ((values << 8) | (values >> 16)) & 0x0000ffff0000ffff;
  return ((values << 16) | (values >> 32)) & 0xffffffff;
}

/// The line that came last time after the newest, or any known line, if it stands at `at`; 0 if none.
function lineAt(at: usize, end: usize): usize {
  if (newestLine) {
    const next = <usize>load<u32>(newestLine, LINE_NEXT);
    if (next && equals(at, next + LINE_BYTES, load<u32>(next, LINE_LENGTH), end)) return next;
  }
  const to = feedAfter(at) + 1;
  const hashed = hash(at, to);
  let slot = hashed & lineMask;
  while (true) {
    const entry = lineTable + ((<usize>slot) << 3);
    const line = <usize>load<u32>(entry, 4);
    if (!line) return 0;
    if (load<u32>(entry) === hashed && isAt(at, to, line + LINE_BYTES, load<u32>(line, LINE_LENGTH))) {
      if (newestLine) store<u32>(newestLine, <u32>line, LINE_NEXT);
      return line;
    }
    slot = (slot + 1) & lineMask;
  }
}

/// The line `[from, to)`, if it is known; 0 if not.
export function findLine(at: usize, end: usize): usize {
  return lineAt(at, end);
}

/// The line at hand, known or just learned, is the one that comes after the line before it.
export function follow(line: usize): void {
  if (newestLine) store<u32>(newestLine, <u32>line, LINE_NEXT);
  newestLine = line;
}

/// Forgets the lines: there are too many different ones for their table.
export function forgetLines(): void {
  memory.fill(lineTable, 0, (<usize>lineMask + 1) << 3);
  lineCount = 0;
  newestLine = 0;
}

function findSpelling(from: usize, to: usize, hashed: u32): usize {
  let slot = hashed & spellingMask;
  while (true) {
    const entry = spellings + ((<usize>slot) << 3);
    const at = <usize>load<u32>(entry, 4);
    if (!at) return 0;
    if (load<u32>(entry) === hashed && isAt(from, to, at + SPELLING_BYTES, load<u32>(at, SPELLING_LENGTH))) return at;
    slot = (slot + 1) & spellingMask;
  }
}

/// Whether what stands before a call site has this shape.
function hasShape(at: usize, shape: usize): bool {
  const length = load<u32>(shape, SHAPE_LENGTH);
  let step = shape + SHAPE_STEPS;
  let wrong = i64x2.splat(0);
  for (let i: u32 = 0; i < length; i += 16) {
    const text = v128.load(at + i);
    const literal = v128.and(v128.xor(text, v128.load(step)), v128.load(step, 16));
    // Signed comparisons take one instruction: the digits are moved to the lowest numbers there are.
    const number = i8x16.lt_s(i8x16.add(text, i8x16.splat(0x50)), i8x16.splat(-128 + 10));
    const letter = i8x16.lt_s(i8x16.add(text, i8x16.splat(0x1f)), i8x16.splat(-128 + 6));
    wrong = v128.or(wrong, v128.or(literal, v128.andnot(v128.load(step, 32), v128.or(number, letter))));
    step += 48;
  }
  return !v128.any_true(wrong);
}

/// Whether the `length` bytes at `known` stand at `at`, before `end`. Zeros follow them.
function equals(at: usize, known: usize, length: u32, end: usize): bool {
  return at + length <= end && same(at, known, length);
}

function isAt(from: usize, to: usize, known: usize, length: u32): bool {
  return to - from === <usize>length && same(from, known, length);
}

function same(at: usize, known: usize, length: u32): bool {
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) if (v128.any_true(v128.xor(v128.load(at + i), v128.load(known + i)))) return false;
  const rest = v128.xor(v128.load(at + i), v128.load(known + i));
  return !v128.any_true(v128.and(rest, v128.load(MASKS + 16 - (length & 15))));
}

/// Where the next line feed is; there must be one.
function feedAfter(from: usize): usize {
  let at = from;
  let found = feeds(at);
  while (!found) found = feeds((at += 16));
  return at + ctz(found);
}

function feeds(at: usize): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(FEED)));
}

function hash(from: usize, to: usize): u32 {
  let value: u64 = 0x9e3779b97f4a7c15;
  let at = from;
  for (; at + 8 <= to; at += 8) value = rotl((value ^ load<u64>(at)) * 0xff51afd7ed558ccd, 29);
  const rest = <u64>(to - at);
  if (rest) value = (value ^ (load<u64>(at) & ((1 << (rest << 3)) - 1))) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 32)) * 0xc4ceb9fe1a85ec53;
  return <u32>(value >> 29);
}

function mix(a: u32, b: u32): u32 {
  const value = (((<u64>a) << 32) | <u64>b) * 0x9e3779b97f4a7c15;
  return <u32>(value >> 33);
}

function copy(from: usize, to: usize, head: usize): usize {
  const at = allocate(head + (to - from) + 16);
  memory.copy(at + head, from, to - from);
  store<u32>(at, <u32>(to - from));
  return at;
}

function insert(table: usize, mask: u32, hashed: u32, at: usize): void {
  let slot = hashed & mask;
  while (load<u32>(table + ((<usize>slot) << 3), 4)) slot = (slot + 1) & mask;
  const entry = table + ((<usize>slot) << 3);
  store<u32>(entry, hashed);
  store<u32>(entry, <u32>at, 4);
}

function rehashed(table: usize, mask: u32): usize {
  const larger = allocate((<usize>mask + 1) << 4);
  for (let slot: usize = 0; slot <= <usize>mask; slot++) {
    const entry = table + (slot << 3);
    const at = load<u32>(entry, 4);
    if (at) insert(larger, mask * 2 + 1, load<u32>(entry), at);
  }
  return larger;
}

function growSpellings(): void {
  spellings = rehashed(spellings, spellingMask);
  spellingMask = spellingMask * 2 + 1;
}

function growLines(): void {
  lineTable = rehashed(lineTable, lineMask);
  lineMask = lineMask * 2 + 1;
}

function insertEdge(from: u32, frame: u32, child: u32): void {
  let slot = mix(from, frame) & edgeMask;
  while (load<u32>(edges + ((<usize>slot) << 4), 8)) slot = (slot + 1) & edgeMask;
  const entry = edges + ((<usize>slot) << 4);
  store<u32>(entry, from);
  store<u32>(entry, frame, 4);
  store<u32>(entry, child, 8);
}

function growEdges(): void {
  const old = edges;
  const slots = <usize>edgeMask + 1;
  edges = allocate(slots << 5);
  edgeMask = edgeMask * 2 + 1;
  for (let slot: usize = 0; slot < slots; slot++) {
    const entry = old + (slot << 4);
    if (load<u32>(entry, 8)) insertEdge(load<u32>(entry), load<u32>(entry, 4), load<u32>(entry, 8));
  }
}
