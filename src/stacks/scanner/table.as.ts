/// AssemblyScript, compiled with scanner.as.ts. Byte strings known by where their record is.
///
/// A record begins with the length of its string; the bytes stand behind a head, and zeros behind them.

import { hash, isAt } from './bytes.as';
import { allocate } from './memory.as';

const SMALLEST: u32 = 1024;
const SLOT_BYTES: usize = 8; // hash, record
const TABLE_SLOTS: usize = 0;
const TABLE_MASK: usize = 4;
const TABLE_COUNT: usize = 8;
const TABLE_HEAD: usize = 12;

/// An empty table of records whose head has so many bytes.
export function newTable(head: u32): usize {
  const table = allocate(16);
  store<u32>(table, <u32>allocate(<usize>SMALLEST * SLOT_BYTES), TABLE_SLOTS);
  store<u32>(table, SMALLEST - 1, TABLE_MASK);
  store<u32>(table, head, TABLE_HEAD);
  return table;
}

/// The record of the bytes `[from, to)`, or 0.
export function find(table: usize, from: usize, to: usize): usize {
  const hashed = hash(from, to);
  const slots = <usize>load<u32>(table, TABLE_SLOTS);
  const mask = load<u32>(table, TABLE_MASK);
  const head = <usize>load<u32>(table, TABLE_HEAD);
  let slot = hashed & mask;
  while (true) {
    const entry = slots + <usize>slot * SLOT_BYTES;
    const record = <usize>load<u32>(entry, 4);
    if (!record) return 0;
    if (load<u32>(entry) === hashed && isAt(from, to, record + head, load<u32>(record))) return record;
    slot = (slot + 1) & mask;
  }
}

/// Bytes of the record of so long a string.
export function recordBytes(table: usize, length: usize): usize {
  return (<usize>load<u32>(table, TABLE_HEAD) + length + 31) & ~(<usize>15);
}

/// A new record at `record` of bytes that are not in the table; the caller fills in its head behind the length.
export function add(table: usize, from: usize, to: usize, record: usize): usize {
  const head = <usize>load<u32>(table, TABLE_HEAD);
  memory.fill(record, 0, recordBytes(table, to - from));
  store<u32>(record, <u32>(to - from));
  memory.copy(record + head, from, to - from);
  const count = load<u32>(table, TABLE_COUNT) + 1;
  store<u32>(table, count, TABLE_COUNT);
  if (count * 2 > load<u32>(table, TABLE_MASK)) grow(table);
  insert(<usize>load<u32>(table, TABLE_SLOTS), load<u32>(table, TABLE_MASK), hash(from, to), record);
  return record;
}

/// Forgets all records.
export function clear(table: usize): void {
  memory.fill(<usize>load<u32>(table, TABLE_SLOTS), 0, (<usize>load<u32>(table, TABLE_MASK) + 1) * SLOT_BYTES);
  store<u32>(table, 0, TABLE_COUNT);
}

function insert(slots: usize, mask: u32, hashed: u32, record: usize): void {
  let slot = hashed & mask;
  while (load<u32>(slots + <usize>slot * SLOT_BYTES, 4)) slot = (slot + 1) & mask;
  store<u32>(slots + <usize>slot * SLOT_BYTES, hashed);
  store<u32>(slots + <usize>slot * SLOT_BYTES, <u32>record, 4);
}

function grow(table: usize): void {
  const slots = <usize>load<u32>(table, TABLE_SLOTS);
  const mask = load<u32>(table, TABLE_MASK);
  const larger = mask * 2 + 1;
  const fresh = allocate((<usize>larger + 1) * SLOT_BYTES);
  for (let slot: usize = 0; slot <= <usize>mask; slot++) {
    const entry = slots + slot * SLOT_BYTES;
    const record = load<u32>(entry, 4);
    if (record) insert(fresh, larger, load<u32>(entry), record);
  }
  store<u32>(table, <u32>fresh, TABLE_SLOTS);
  store<u32>(table, larger, TABLE_MASK);
}
