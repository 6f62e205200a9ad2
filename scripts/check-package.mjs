// Installs the packed program into an empty folder, as `npm i -g livedebug` would, and runs the main job from there.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug package '));
const windows = process.platform === 'win32';
const npm = (args, cwd) =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', shell: windows, stdio: ['ignore', 'pipe', 'inherit'] });

const WANTED = [
  /^dist\/[\w./-]+\.js$/,
  /^dist\/report\/page\/page\.css$/,
  /^dist\/stacks\/(scanner\/scanner\.wasm|(?:pool-functions|wrappers)\.json)$/,
  /^fixtures\/images\/(README\.md|x(64(-\w+)?|86)\/[\w-]+\.(exe|sys|dll|pdb))$/,
  /^fixtures\/(scenarios|targets)\/[\w-]+\.(toml|md)$/,
  // A laptop at a customer's site has no network: the pages that the README and errors name come along.
  /^docs\/(decisions\/)?[\w-]+\.(md|png|txt)$/,
  /^(README\.md|CHANGELOG\.md|CONTRIBUTING\.md|SECURITY\.md|LICENSE|package\.json)$/,
];

function pack() {
  const [packed] = JSON.parse(
    npm(
      [
        'pack',
        '--json',
        '--ignore-scripts',
        '--loglevel=error',
        '--pack-destination',
        windows ? `"${folder}"` : folder,
      ],
      root,
    ),
  );
  const files = packed.files.map((file) => file.path);
  const foreign = files.filter((file) => !WANTED.some((wanted) => wanted.test(file)));
  assert.deepEqual(foreign, [], 'the package holds files that nobody needs');
  for (const needed of [
    'dist/main.js',
    'dist/cli/internal.js',
    'dist/report/page/page.css',
    'dist/report/page/page.js',
    'dist/stacks/scanner/scanner.wasm',
    'dist/stacks/pool-functions.json',
    'dist/stacks/wrappers.json',
    'fixtures/scenarios/demo.toml',
    'fixtures/images/x64/ntkrnlmp.exe',
    'fixtures/images/x64-11/ntkrnlmp.pdb',
    'fixtures/images/x86/ntkrnlmp.pdb',
    'docs/safety.md',
    'docs/errors.md',
    'docs/report.png',
    'LICENSE',
  ])
    assert.ok(files.includes(needed), `${needed} is missing in the package`);
  return { tarball: packed.filename, count: files.length, bytes: packed.size };
}

function run(...words) {
  const main = path.join(folder, 'node_modules', 'livedebug', 'dist', 'main.js');
  const env = { ...process.env, LIVEDEBUG_HOME: path.join(folder, 'home'), LIVEDEBUG_PIPE_DIR: path.join(folder, 'p') };
  return spawnSync(process.execPath, [main, ...words], { cwd: folder, env, encoding: 'utf8', timeout: 120_000 });
}

function sizeOf(place) {
  if (!statSync(place).isDirectory()) return statSync(place).size;
  return readdirSync(place).reduce((sum, name) => sum + sizeOf(path.join(place, name)), 0);
}

function mainJob(label) {
  const { status, stdout, stderr } = run('rehearse', '--hits', '10', '--out', path.join(folder, label));
  assert.equal(status, 0, `rehearse from the package (${label}) ended with ${status}:\n${stderr}`);
  assert.match(stdout + stderr, /mydrv/);
}

try {
  const { tarball, count, bytes } = pack();
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}\n');
  npm(
    [
      'install',
      '--ignore-scripts',
      '--omit=dev',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `./${tarball}`,
    ],
    folder,
  );
  const size = (sizeOf(path.join(folder, 'node_modules')) / 1e6).toFixed(1);
  mainJob('whole');
  for (const name of ['serialport', '@serialport', 'koffi', '@koromix'])
    rmSync(path.join(folder, 'node_modules', name), { recursive: true, force: true });
  mainJob('without native packages');
  const ports = run('ports');
  // Linux has its device files to look at; elsewhere nobody knows the ports.
  assert.equal(ports.status, process.platform === 'linux' ? 0 : 3, `ports without serialport: ${ports.stderr}`);
  assert.match(ports.stdout + ports.stderr, /serialport/);
  process.stdout.write(
    `package: ${count} files, ${(bytes / 1e3).toFixed(0)} kB packed, ${size} MB installed; the main job runs from it, with and without native packages\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
