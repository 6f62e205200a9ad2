/// AssemblyScript, compiled to WebAssembly at build time: the part of reading a log that is done for every byte of it.
/// It recognises lines that were met before, where they lie in the input. What a line means is never decided here:
/// whatever is new goes to the caller, who teaches it (`learn…`) by the grammar in kd-text.

import { equals, feedAfter, hash } from './bytes.as';
import { beginHits, countLine, depth, dialect, grow, isFull, node, perform, TEXT } from './hits.as';
import { allocate, HITS, INPUT, LAST, MASKS, release } from './memory.as';
import { DIALECT_SHAPES, hasShape, SHAPE_DIALECT, SHAPE_LENGTH, SHAPE_NEXT, SHAPE_NUMBERED } from './shapes.as';
import { add, clear, find, newTable, recordBytes } from './table.as';
import { NODE_NEWEST, NODE_SHAPE, NODE_SPELLING, step } from './tree.as';

export {
  base,
  close,
  closed,
  depth,
  dialect,
  emptyStacks,
  frames,
  grow,
  hits,
  leave,
  lines,
  newest,
  node,
  note,
  open,
  perform,
  repeated,
  request,
  stacksHere,
  stop,
  stretch,
  symbol,
  taken,
  times,
} from './hits.as';
export { allocated } from './memory.as';
export { learnDialect, learnShape, shapeAt } from './shapes.as';
export { step } from './tree.as';

// A spelling: a call site as the log writes it, with its line end.
const SPELLING_LENGTH: usize = 0;
const SPELLING_FRAME: usize = 4;
const SPELLING_BYTES: usize = 16;

// A line that is no frame, with its line end.
const LINE_LENGTH: usize = 0;
const LINE_ACTION: usize = 4;
const LINE_DIALECT: usize = 8;
const LINE_PROCESSOR: usize = 12;
const LINE_NEXT: usize = 16;
const LINE_NUMBER: usize = 20;
const LINE_BYTES: usize = 32;

// Why `scan` came back.
const DONE: i32 = 0;
const UNKNOWN: i32 = 1;
const FULL: i32 = 2;

let spellings: usize = 0;
let knownLines: usize = 0;
let newestLine: usize = 0;
// Where records of lines are: a room that is used anew when it is full, as a log may have any number of different lines.
const LINE_ROOM: usize = 512 * 1024;
let lineRoom: usize = 0;
let lineRoomUsed: usize = 0;
// Hashes of lines that came once: one that does not come again is not worth a record.
const SEEN: u32 = 4096;
let seen: usize = 0;

/// The first byte not read yet.
export let position: usize = INPUT;

export function inputAt(): usize {
  return INPUT;
}

export function lastFrameAt(): usize {
  return LAST;
}

export function hitsAt(): usize {
  return HITS;
}

/// Call once.
export function start(): void {
  memory.fill(MASKS, 0xff, 16);
  learnNothing();
}

/// Forgets all that was learned, and all stacks; all hits must have been taken.
export function forget(): void {
  release();
  learnNothing();
}

function learnNothing(): void {
  spellings = newTable(<u32>SPELLING_BYTES);
  knownLines = newTable(<u32>LINE_BYTES);
  lineRoom = allocate(LINE_ROOM);
  lineRoomUsed = 0;
  newestLine = 0;
  seen = allocate(4 * <usize>SEEN);
  beginHits();
}

/// The call site `[from, to)`, line end included, is this frame from now on.
export function learnSpelling(from: usize, to: usize, frame: u32): usize {
  const known = find(spellings, from, to);
  if (known) return known;
  const spelling = add(spellings, from, to, allocate(recordBytes(spellings, to - from)));
  store<u32>(spelling, frame, SPELLING_FRAME);
  return spelling;
}

/// The line `[from, to)`, line end included, does this from now on, if it has come before. At most some hundred bytes.
export function learnLine(from: usize, to: usize, action: u32, form: usize, prompt: i32, number: u32): void {
  const hashed = hash(from, to);
  const mark = seen + 4 * <usize>(hashed & (SEEN - 1));
  let line = find(knownLines, from, to);
  if (!line && load<u32>(mark) !== hashed) {
    store<u32>(mark, hashed);
    return;
  }
  if (!line) {
    line = add(knownLines, from, to, roomFor(recordBytes(knownLines, to - from)));
    store<u32>(line, action, LINE_ACTION);
    store<u32>(line, <u32>form, LINE_DIALECT);
    store<i32>(line, prompt, LINE_PROCESSOR);
    store<u32>(line, number, LINE_NUMBER);
  }
  if (newestLine) store<u32>(newestLine, <u32>line, LINE_NEXT);
  newestLine = line;
}

/// Room for one more line. When there is none left, all lines are forgotten.
function roomFor(bytes: usize): usize {
  if (lineRoomUsed + bytes > LINE_ROOM) {
    clear(knownLines);
    newestLine = 0;
    lineRoomUsed = 0;
  }
  lineRoomUsed += bytes;
  return lineRoom + lineRoomUsed - bytes;
}

/// Reads known lines up to `end`, which must follow a line end.
export function scan(end: usize): i32 {
  let at = position;
  while (at < end) {
    if (isFull()) {
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
    countLine();
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
    if (load<u32>(shape, SHAPE_DIALECT) === <u32>dialect && hasShape(at, shape) && isNext(at, shape)) {
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
    const after = site < end && isNext(at, shape) ? unexpectedFrame(at, site, shape) : 0;
    if (after) return after;
  }
  return 0;
}

function unexpectedFrame(at: usize, site: usize, shape: usize): usize {
  const to = feedAfter(site) + 1;
  const spelling = find(spellings, site, to);
  if (!spelling) return 0;
  return grown(at, step(node, load<u32>(spelling, SPELLING_FRAME)), shape, spelling);
}

/// Whether a frame has the number that is due, if it has one: at any other the caller has to look, as a header or frames are missing.
function isNext(at: usize, shape: usize): bool {
  const place = load<u32>(shape, SHAPE_NUMBERED);
  if (place === 0) return true;
  const digits = load<u16>(at + place - 1);
  return depth < 256 && (digits & 0xff) === digit(depth >> 4) && digits >> 8 === digit(depth & 15);
}

function digit(value: u32): u32 {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

function grown(at: usize, next: usize, shape: usize, spelling: usize): usize {
  store<u32>(node, <u32>next, NODE_NEWEST);
  store<u32>(node, <u32>spelling, NODE_SPELLING);
  store<u32>(node, <u32>shape, NODE_SHAPE);
  const after = at + load<u32>(shape, SHAPE_LENGTH) + load<u32>(spelling, SPELLING_LENGTH);
  countLine();
  grow(next, at, shape, after);
  return after;
}

/// The line that came last time after the newest, or any known line, if it stands at `at`; 0 if none.
function lineAt(at: usize, end: usize): usize {
  if (newestLine) {
    const next = <usize>load<u32>(newestLine, LINE_NEXT);
    if (next && equals(at, next + LINE_BYTES, load<u32>(next, LINE_LENGTH), end)) return next;
  }
  const line = find(knownLines, at, feedAfter(at) + 1);
  if (line && newestLine) store<u32>(newestLine, <u32>line, LINE_NEXT);
  return line;
}
