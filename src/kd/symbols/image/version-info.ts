import type { ReadAt } from '../bytes.js';
import { type ImageHeaders, placeOf } from './image.js';

/** What an image says of itself in its version resource. Fields are as the file's makers wrote them, or empty. */
export interface VersionInfo {
  /** Of the fixed part: `6.1.7601.17514`. */
  readonly version: string;
  readonly company: string;
  readonly description: string;
}

/** IMAGE_DIRECTORY_ENTRY_RESOURCE. */
const RESOURCES = 2;
const RT_VERSION = 16;
/** A version resource of many languages has a few KB. Bytes. */
const LARGEST = 256 * 1024;
const MOST_ENTRIES = 4096;
/** VS_FIXEDFILEINFO begins with it. */
const FIXED_SIGNATURE = 0xfeef04bd;

/**
 * Reads the version resource (VS_VERSIONINFO; Microsoft's documentation of version information) of an image file.
 * @returns undefined where it has none, or none that can be read
 */
export async function readVersionInfo(read: ReadAt, headers: ImageHeaders): Promise<VersionInfo | undefined> {
  const resources = headers.directories[RESOURCES];
  const start = resources?.rva ? placeOf(headers, resources.rva, false) : undefined;
  if (start === undefined) return undefined;
  // Three levels: type, name and language. The first of each will do but for the type.
  const types = await entriesAt(read, start);
  const names = await below(read, start, types.find(({ id }) => id === RT_VERSION)?.at);
  const languages = await below(read, start, names[0]?.at);
  const leaf = languages[0]?.at;
  if (leaf === undefined || isFolder(leaf)) return undefined;
  const entry = await read(start + leaf, 8);
  if (entry.length < 8) return undefined;
  const place = placeOf(headers, entry.readUInt32LE(0), false);
  if (place === undefined) return undefined;
  return versionOf(await read(place, Math.min(entry.readUInt32LE(4), LARGEST)));
}

interface Entry {
  readonly id: number;
  /** Bytes from the start of the resources; the highest bit is set for a folder. */
  readonly at: number;
}

const isFolder = (at: number): boolean => at >= 0x8000_0000;

async function below(read: ReadAt, start: number, at: number | undefined): Promise<readonly Entry[]> {
  return at === undefined || !isFolder(at) ? [] : entriesAt(read, start + at - 0x8000_0000);
}

async function entriesAt(read: ReadAt, at: number): Promise<readonly Entry[]> {
  const head = await read(at, 16);
  if (head.length < 16) return [];
  const count = Math.min(head.readUInt16LE(12) + head.readUInt16LE(14), MOST_ENTRIES);
  const bytes = await read(at + 16, count * 8);
  return Array.from({ length: bytes.length >>> 3 }, (_, i) => ({
    id: bytes.readUInt32LE(i * 8),
    at: bytes.readUInt32LE(i * 8 + 4),
  }));
}

function versionOf(bytes: Buffer): VersionInfo | undefined {
  const root = blockAt(bytes, 0, bytes.length);
  if (root?.key !== 'VS_VERSION_INFO') return undefined;
  const strings = new Map<string, string>();
  for (const info of root.children())
    if (info.key === 'StringFileInfo')
      for (const table of info.children())
        for (const { key, text } of table.children()) if (!strings.has(key)) strings.set(key, text());
  const { value } = root;
  const fixed = value.length >= 16 && value.readUInt32LE(0) === FIXED_SIGNATURE;
  const words = fixed ? [10, 8, 14, 12].map((at) => value.readUInt16LE(at)) : [];
  return {
    version: words.join('.') || (strings.get('FileVersion') ?? ''),
    company: strings.get('CompanyName') ?? '',
    description: strings.get('FileDescription') ?? '',
  };
}

interface Block {
  readonly key: string;
  readonly value: Buffer;
  text(): string;
  children(): Block[];
}

/** A block: its length, its value's, its type, its name in UTF-16, then value and blocks, each at a multiple of four. */
function blockAt(bytes: Buffer, at: number, limit: number): Block | undefined {
  if (at + 6 > limit) return undefined;
  const end = at + bytes.readUInt16LE(at);
  if (end > limit || end < at + 8) return undefined;
  const key = wideText(bytes.subarray(at + 6, end));
  const start = aligned(at + 6 + (key.length + 1) * 2);
  const size = bytes.readUInt16LE(at + 2) * (bytes.readUInt16LE(at + 4) === 1 ? 2 : 1);
  const value = bytes.subarray(Math.min(start, end), Math.min(start + size, end));
  return {
    key,
    value,
    text: () => wideText(value),
    children: () => blocksIn(bytes, aligned(start + size), end),
  };
}

function blocksIn(bytes: Buffer, from: number, end: number): Block[] {
  const found: Block[] = [];
  for (let at = from; at < end; ) {
    const block = blockAt(bytes, at, end);
    if (!block) break;
    found.push(block);
    at = aligned(at + bytes.readUInt16LE(at));
  }
  return found;
}

function aligned(at: number): number {
  return (at + 3) & ~3;
}

function wideText(bytes: Buffer): string {
  const text = bytes.toString('utf16le');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
