/// AssemblyScript, compiled with scanner.as.ts. Stacks, as a tree from the innermost frame outwards.

import { mix } from './bytes.as';
import { allocate } from './memory.as';

export const NODE_FRAME: usize = 0;
export const NODE_PARENT: usize = 4;
export const NODE_NEWEST: usize = 8; // the frame that followed last time, and how it was written
export const NODE_SPELLING: usize = 12;
export const NODE_SHAPE: usize = 16;
export const NODE_INDEX: usize = 20;
export const NODE_SLOT: usize = 24; // the hit of this batch that more of its kind are added to
export const NODE_BATCH: usize = 28;

let edges: usize = 0;
let edgeMask: u32 = 4095;
let edgeCount: u32 = 0;
let nodeCount: u32 = 0;

/// The stack without a frame, in a tree without any other.
export function plant(): usize {
  edgeMask = 4095;
  edgeCount = 0;
  nodeCount = 0;
  edges = allocate(16 * (<usize>edgeMask + 1));
  return newNode(0, 0xffffffff);
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
