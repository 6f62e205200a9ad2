// Builds fixtures/images from its sources. The results are committed: run this only after a change of the sources.
// It needs clang, llc and lld-link (LLVM 14 made what is committed). Arguments: the folders to build; none, all of them.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../fixtures/images/', import.meta.url));
const source = path.join(folder, 'src');

const ARCHITECTURES = {
  x64: { triple: 'x86_64-pc-windows-msvc', define: '-D_WIN64', machine: 'x64', driverBase: '0x10000' },
  x86: { triple: 'i686-pc-windows-msvc', define: '-D_X86_', machine: 'x86', driverBase: '0x10000' },
};

/** In the order of linking: an image can import from those before it. */
const IMAGES = [
  {
    file: 'ntkrnlmp.exe',
    sources: ['ke.c', 'ps.c', 'pool.c', 'io.c', 'dbg.c', 'data.c', 'start.S', 'track.c'],
    define: '-DNTOS',
    definitions: 'nt.def',
    entry: 'KiSystemStartupThunk',
    base: '0x400000',
    time: 0x4ce7951a,
  },
  { file: 'hal.dll', sources: ['hal.c'], dll: true, time: 0x4ce7c669 },
  { file: 'kdcom.dll', sources: ['kdcom.c'], dll: true, time: 0x4a5bdfdb },
  { file: 'leakydrv.sys', sources: ['leakydrv.c'], entry: 'DriverEntry', imports: ['ntkrnlmp'], time: 0x4d2f1a01 },
  { file: 'filterdrv.sys', sources: ['filterdrv.c'], entry: 'DriverEntry', imports: ['ntkrnlmp'], time: 0x4d2f1a44 },
  {
    file: 'win32k.sys',
    sources: ['win32k.c'],
    entry: 'DriverEntry',
    imports: ['ntkrnlmp'],
    dll: true,
    time: 0x4ce7900c,
  },
  {
    file: 'videodrv.sys',
    sources: ['videodrv.c'],
    entry: 'DriverEntry',
    imports: ['ntkrnlmp', 'win32k'],
    bare: true,
    time: 0x4c1a2b3c,
  },
  { file: 'faultdrv.sys', sources: ['faultdrv.c'], entry: 'DriverEntry', imports: ['ntkrnlmp'], time: 0x4d2f1b00 },
  { file: 'ntdll.dll', sources: ['ntdll.c', 'ntdll.S'], user: true, dll: true, base: '0x180000000', time: 0x4ce7c8f9 },
];

/**
 * Kernels of other Windows for x64, in folders of their own; all other images are those of x64/. PDBs record a checksum of every
 * source, so that x64/ and x86/ stay as they are only while their sources do: other families have files of their own where they
 * differ, and `words` takes the place of what data.c defines for Windows 7.
 */
const HEAP_POOLS = {
  sources: ['ke.c', 'ps.c', 'heap.c', 'io.c', 'dbg.c', 'data.c', 'start.S', 'tags.c'],
  exports: ['ExAllocatePool2'],
  system: '10.0',
};
const KERNELS = [
  {
    folder: 'x64-2003',
    family: 2003,
    sources: ['ke.c', 'ps.c', 'pool.c', 'io.c', 'dbg.c', 'data.c', 'start.S', 'tags.c'],
    system: '5.2',
    words: { BUILD: '3790', LAB: '"3790.srv03_sp2_rtm.070216-1710"', CSD: '0x200' },
    time: 0x45d69710,
  },
  {
    ...HEAP_POOLS,
    folder: 'x64-10',
    family: 10,
    words: { BUILD: '19041', LAB: '"19041.1.amd64fre.vb_release.191206-1406"', CSD: '0' },
    time: 0x5de9e4a0,
  },
  {
    ...HEAP_POOLS,
    folder: 'x64-11',
    family: 11,
    words: { BUILD: '26100', LAB: '"26100.1.amd64fre.ge_release.240331-1435"', CSD: '0' },
    time: 0x6609b2e0,
  },
];

const CODE = [
  '-ffreestanding',
  '-fno-builtin',
  '-fno-inline',
  '-fno-optimize-sibling-calls',
  '-fno-stack-protector',
  '-funwind-tables',
  '-fno-unroll-loops',
  '-fno-vectorize',
  '-fno-slp-vectorize',
  '-mno-implicit-float',
  '-mno-sse',
  '-mno-mmx',
  '-mno-stack-arg-probe',
  '-fms-extensions',
  '-Wall',
  '-Werror',
  '-Wno-unused-function',
  '-g',
  '-gcodeview',
  '-gno-column-info',
  '-fdebug-compilation-dir=.',
];

// The compiler's own call of its back end records where the compiler lies; llc records nothing.
function compile(name, image, architecture, objects) {
  const { triple, define } = ARCHITECTURES[architecture];
  const stem = `${image.file}-${name}`;
  const from = image.words ? withWords(image.words, objects) : source;
  if (name.endsWith('.S')) {
    const file = name.replace('.S', `-${architecture}.S`);
    run('clang', [`--target=${triple}`, ...familyOf(image), '-c', file, '-o', path.join(objects, `${stem}.obj`)], from);
    return `${stem}.obj`;
  }
  const frames = image.bare ? '-fomit-frame-pointer' : '-fno-omit-frame-pointer';
  const flags = [
    ...CODE,
    // Windows' x86 kernel begins its functions with mov edi, edi, which clang emits for old processors. LLVM 14 fails to patch x64 functions.
    ...(architecture === 'x86' ? [frames, '-fms-hotpatch', '-march=pentium3'] : ['-fomit-frame-pointer']),
    // -O2 keeps values in ebp where -O1 would reload them, which is what the frameless driver is there for.
    image.bare ? '-O2' : '-O1',
    define,
    ...(image.define ? [image.define] : []),
    ...familyOf(image),
  ];
  run(
    'clang',
    [`--target=${triple}`, ...flags, '-emit-llvm', '-c', name, '-o', path.join(objects, `${stem}.bc`)],
    from,
  );
  run('llc', [image.bare ? '-O2' : '-O1', '-filetype=obj', `${stem}.bc`, '-o', `${stem}.obj`], objects);
  return `${stem}.obj`;
}

/** A copy of the sources in which data.c defines other words: the first of each is that of x64. */
function withWords(words, objects) {
  const copy = path.join(objects, 'src');
  cpSync(source, copy, { recursive: true });
  const file = path.join(copy, 'data.c');
  let text = readFileSync(file, 'utf8');
  for (const [name, value] of Object.entries(words))
    text = text.replace(new RegExp(`(#define ${name}) .*`), `$1 ${value}`);
  writeFileSync(file, text);
  return copy;
}

function familyOf({ family }) {
  return family === undefined ? [] : [`-DFAMILY=${family}`];
}

function link(image, objectFiles, architecture, objects) {
  const { machine, driverBase } = ARCHITECTURES[architecture];
  const stem = path.parse(image.file).name;
  if (image.definitions) copyFileSync(path.join(source, image.definitions), path.join(objects, image.definitions));
  const user = image.base === '0x180000000' && architecture === 'x86' ? '0x7c800000' : image.base;
  run(
    'lld-link',
    [
      `/machine:${machine}`,
      image.user ? '/subsystem:console' : '/driver',
      ...(image.user ? [] : ['/subsystem:native']),
      ...(image.dll ? ['/dll'] : []),
      image.entry ? `/entry:${decorated(image.entry, architecture)}` : '/noentry',
      '/nodefaultlib',
      '/debug',
      '/incremental:no',
      // The assembly has no handler tables, and nothing here handles exceptions.
      '/safeseh:no',
      '/opt:noref,noicf',
      '/section:INIT,ERD',
      `/osversion:${image.system ?? '6.1'}`,
      `/timestamp:${image.time}`,
      `/base:${user ?? driverBase}`,
      '/pdbaltpath:%_PDB%',
      '/pdbsourcepath:.',
      `/pdb:${stem}.pdb`,
      `/out:${image.file}`,
      ...(image.definitions ? [`/def:${image.definitions}`] : []),
      ...(image.exports ?? []).map((name) => `/export:${name}`),
      ...(image.imports ?? []).map((name) => `${name}.lib`),
      ...objectFiles,
    ],
    objects,
  );
  const target = path.join(folder, image.folder ?? architecture);
  mkdirSync(target, { recursive: true });
  for (const file of [image.file, `${stem}.pdb`]) copyFileSync(path.join(objects, file), path.join(target, file));
  sign(path.join(target, image.file));
  // lld marks images as programs of this host, which they are not.
  chmodSync(path.join(target, image.file), 0o644);
}

// lld leaves the header's checksum 0. It is the 16-bit one's-complement sum of the file, plus its length.
function sign(file) {
  const bytes = readFileSync(file);
  const field = bytes.readUInt32LE(0x3c) + 24 + 64;
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    sum += bytes.readUInt16LE(at);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  bytes.writeUInt32LE(sum + bytes.length, field);
  writeFileSync(file, bytes);
}

function decorated(entry, architecture) {
  return architecture === 'x86' && entry === 'DriverEntry' ? 'DriverEntry@8' : entry;
}

function run(program, args, cwd = source) {
  execFileSync(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}

const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.includes(name);
for (const architecture of Object.keys(ARCHITECTURES).filter(isWanted)) build(architecture, IMAGES);
for (const kernel of KERNELS.filter((each) => isWanted(each.folder))) build('x64', [{ ...IMAGES[0], ...kernel }]);

function build(architecture, images) {
  const objects = mkdtempSync(path.join(os.tmpdir(), 'images-'));
  try {
    for (const image of images) {
      const files = image.sources.map((name) => compile(name, image, architecture, objects));
      link(image, files, architecture, objects);
    }
  } finally {
    rmSync(objects, { recursive: true, force: true });
  }
}
