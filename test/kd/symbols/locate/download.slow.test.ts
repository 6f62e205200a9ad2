import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { locatePdb } from '../../../../src/kd/symbols/locate/locate.js';
import { type LocateOptions, ServerMemory } from '../../../../src/kd/symbols/locate/locate-options.js';
import { parseSymbolPath } from '../../../../src/kd/symbols/locate/symbol-path.js';
import { GUID_TEXT, writePdb } from '../pdb-writer.js';
import { type Answer, type StoreServer, serving, storeServer } from '../store-server.js';

let root: string;
let servers: StoreServer[];
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'symbol cache '));
  servers = [];
});
afterEach(async () => {
  for (const each of servers) await each.close();
  rmSync(root, { recursive: true, force: true });
});

const REFERENCE = { name: 'ab c.pdb', guid: GUID_TEXT, age: 1 };
const REMOTE = `/ab c.pdb/${GUID_TEXT}1`;
const PLAIN = `${REMOTE}/ab c.pdb`;
const PDB = writePdb({
  symbols: Array.from({ length: 8000 }, (_, index) => ({ name: `N${index}`, section: 1, offset: index })),
});
const target = () => path.join(root, 'cache', 'ab c.pdb', `${GUID_TEXT}1`, 'ab c.pdb');
const beside = () => readdirSync(path.dirname(target())).sort();

async function start(answer: Answer): Promise<StoreServer> {
  const server = await storeServer(answer);
  servers.push(server);
  return server;
}
const locate = (url: string, options: LocateOptions = {}) =>
  locatePdb(REFERENCE, parseSymbolPath(`srv*${path.join(root, 'cache')}*${url}`), options);
const lastWhy = (found: Awaited<ReturnType<typeof locate>>) => found.tried.at(-1)?.what;
const QUICK = { timeouts: { connect: 300, idle: 300 } };

it('downloads into the cache once, through a redirection, and tells of it', async () => {
  const files = await start(serving({ '/blob': PDB }));
  const server = await start((_request, response) => {
    response.writeHead(302, { location: `${files.url}/blob` }).end('elsewhere');
  });
  const told: [number, number | undefined, string][] = [];
  const found = await locate(`${server.url}/`, { progress: (...each) => told.push(each) });
  expect(found).toMatchObject({ file: target(), kept: true });
  expect(readFileSync(target())).toEqual(PDB);
  expect(beside()).toEqual(['ab c.pdb']);
  expect(told.at(-1)).toEqual([PDB.length, PDB.length, 'ab c.pdb']);
  expect(server.asked).toEqual([{ path: PLAIN, range: undefined, encoding: 'identity' }]);
  expect((await locate(server.url)).file).toBe(target());
  expect(server.asked).toHaveLength(1);
});

it('asks nobody when it is offline', async () => {
  const server = await start(serving({ [PLAIN]: PDB }));
  expect(lastWhy(await locate(server.url, { offline: true }))).toMatch(/not asked/);
  expect(server.asked).toEqual([]);
});

it('says what is not there, and leaves no trace', async () => {
  const server = await start(serving({}));
  expect(lastWhy(await locate(server.url))).toBe('not there (404)');
  expect(server.asked.map((each) => each.path)).toEqual([
    PLAIN,
    '/index2.txt',
    `${REMOTE}/ab c.pd_`,
    `${REMOTE}/file.ptr`,
  ]);
  expect(readdirSync(path.join(root, 'cache'))).toEqual([]);
});

it.each([
  ['only compressed', { [`${REMOTE}/ab c.pd_`]: PDB }, /only compressed \(ab c\.pd_\)/],
  ['a message', { [`${REMOTE}/file.ptr`]: Buffer.from('MSG:ask Ann') }, /says: ask Ann/],
  [
    'a pointer',
    { [`${REMOTE}/file.ptr`]: Buffer.from('PATH:\\\\far\\x.pdb') },
    /names \\\\far\\x\.pdb: put that folder/,
  ],
  ['another file', { [PLAIN]: Buffer.from('<html>sign in</html>') }, /what came is not the right one: it is not a PDB/],
])('says that there is %s', async (_what, files, message) => {
  const server = await start(serving(files));
  expect(lastWhy(await locate(server.url))).toMatch(message);
});

it('knows stores of two tiers', async () => {
  const server = await start(serving({ '/index2.txt': Buffer.from('x'), [`/ab${PLAIN}`]: PDB }));
  const memory = new ServerMemory();
  expect((await locate(server.url, { servers: memory })).file).toBe(target());
  rmSync(target());
  await locate(server.url, { servers: memory });
  expect(server.asked.map((each) => each.path)).toEqual([PLAIN, '/index2.txt', `/ab${PLAIN}`, `/ab${PLAIN}`]);
});

it('goes on where a connection broke', async () => {
  const whole = serving({ [PLAIN]: PDB });
  let broken: (() => void) | undefined;
  const server = await start((request, response, file) => {
    if (request.headers.range !== undefined) return whole(request, response, file);
    response.writeHead(200, { 'content-length': PDB.length }).write(PDB.subarray(0, 5000));
    broken = () => response.destroy();
  });
  const found = await locate(server.url, { progress: (bytes) => bytes === 5000 && broken?.() });
  expect(found.file).toBe(target());
  expect(server.asked.map((each) => each.range)).toEqual([undefined, 'bytes=5000-']);
  expect(readFileSync(target())).toEqual(PDB);
});

it.each([
  ['partial', 0],
  ['1f9e.part', 3600],
])('takes up what an earlier session left: .%s', async (ending, secondsAgo) => {
  mkdirSync(path.dirname(target()), { recursive: true });
  const left = `${target()}.${ending}`;
  writeFileSync(left, PDB.subarray(0, 1000));
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(left, then, then);
  const server = await start(serving({ [PLAIN]: PDB }));
  expect((await locate(server.url)).file).toBe(target());
  expect(server.asked.map((each) => each.range)).toEqual(['bytes=1000-']);
  expect(readFileSync(target())).toEqual(PDB);
  expect(beside()).toEqual(['ab c.pdb']);
});

it('leaves a download alone that somebody else is at', async () => {
  mkdirSync(path.dirname(target()), { recursive: true });
  writeFileSync(`${target()}.1f9e.part`, PDB.subarray(0, 1000));
  const server = await start(serving({ [PLAIN]: PDB }));
  expect((await locate(server.url)).file).toBe(target());
  expect(server.asked.map((each) => each.range)).toEqual([undefined]);
  expect(beside()).toEqual(['ab c.pdb', 'ab c.pdb.1f9e.part']);
});

it('needs nothing more for what an earlier session had whole', async () => {
  mkdirSync(path.dirname(target()), { recursive: true });
  writeFileSync(`${target()}.partial`, PDB);
  const server = await start((_request, response) => {
    response.writeHead(416, { 'content-range': `bytes */${PDB.length}` }).end();
  });
  expect((await locate(server.url)).file).toBe(target());
  expect(readFileSync(target())).toEqual(PDB);
  expect(server.asked).toHaveLength(1);
});

it('fills a cache of two tiers as such', async () => {
  mkdirSync(path.join(root, 'cache'));
  writeFileSync(path.join(root, 'cache', 'index2.txt'), '');
  const server = await start(serving({ [PLAIN]: PDB }));
  const file = path.join(root, 'cache', 'ab', 'ab c.pdb', `${GUID_TEXT}1`, 'ab c.pdb');
  expect((await locate(server.url)).file).toBe(file);
  expect((await locate(server.url, { offline: true })).file).toBe(file);
});

it('begins anew when a server knows no ranges, or has less than is here', async () => {
  for (const answer of [
    ((_request, response) => response.writeHead(200, { 'content-length': PDB.length }).end(PDB)) as Answer,
    serving({ [PLAIN]: PDB }),
  ]) {
    mkdirSync(path.dirname(target()), { recursive: true });
    writeFileSync(`${target()}.partial`, Buffer.alloc(PDB.length + 10, 7));
    const server = await start(answer);
    expect((await locate(server.url)).file).toBe(target());
    expect(readFileSync(target())).toEqual(PDB);
    rmSync(target());
  }
});

it('gives up on a server that stalls, keeps what came, and does not wait for it again', async () => {
  const server = await start((_request, response) => {
    response.writeHead(200, { 'content-length': PDB.length }).write(PDB.subarray(0, 3000));
  });
  const options = { ...QUICK, servers: new ServerMemory() };
  const begun = performance.now();
  expect(lastWhy(await locate(server.url, options))).toMatch(/broke off after \d+ bytes: nothing came for 0\.3 s/);
  expect(performance.now() - begun).toBeLessThan(5000);
  expect(beside()).toEqual(['ab c.pdb.partial']);
  const asked = server.asked.length;
  expect(lastWhy(await locate(server.url, options))).toMatch(/not asked again: it broke off/);
  expect(server.asked).toHaveLength(asked);
});

it('gives up on a server that does not answer', async () => {
  const server = await start(() => {});
  expect(lastWhy(await locate(server.url, QUICK))).toBe('it did not answer for 0.3 s');
});

it('says that nobody listens', async () => {
  const server = await start(() => {});
  await server.close();
  expect(lastWhy(await locate(server.url))).toBe('it refused the connection');
});

it('never takes a file that ended too early for whole', async () => {
  let ended: (() => void) | undefined;
  const server = await start((_request, response) => {
    response.writeHead(200, { 'content-length': PDB.length, connection: 'close' }).write(PDB.subarray(0, 4000));
    ended = () => response.socket?.end();
  });
  const found = await locate(server.url, { ...QUICK, progress: () => ended?.() });
  expect(found.file).toBeUndefined();
  expect(lastWhy(found)).toMatch(/broke off after \d+ bytes: the connection ended early/);
  expect(beside()).toEqual(['ab c.pdb.partial']);
});

it.each([
  ['/loop', /too many redirects/],
  ['file:///etc/passwd', /which is not a server/],
])('does not follow %s', async (location, message) => {
  const server = await start((_request, response) => response.writeHead(302, { location }).end());
  expect(lastWhy(await locate(server.url))).toMatch(message);
});

it('does not follow from https to http', async () => {
  const redirect = { status: 302, headers: { location: 'http://symbols.example/x' } };
  const fetch: LocateOptions['fetch'] = async () => new Response(null, redirect);
  expect(lastWhy(await locate('https://symbols.example', { fetch }))).toMatch(/from https to http/);
});

it('says what else a server answers', async () => {
  const server = await start((_request, response) => response.writeHead(503).end());
  expect(lastWhy(await locate(server.url))).toBe('it answered 503 Service Unavailable');
});

it('says that the cache cannot be written, and takes the next', async () => {
  const server = await start(serving({ [PLAIN]: PDB }));
  writeFileSync(path.join(root, 'file'), '');
  const bad = path.join(root, 'file');
  const find = (caches: string) => locatePdb(REFERENCE, parseSymbolPath(`srv*${caches}*${server.url}`));
  const failed = await find(bad);
  expect(failed.file).toBeUndefined();
  expect(failed.tried.at(-1)).toMatchObject({
    where: `the cache ${bad}`,
    what: expect.stringContaining('cannot be written'),
  });
  expect(server.asked).toEqual([]);
  expect(await find(`${path.join(root, 'cache')}*${bad}`)).toMatchObject({ file: target(), kept: true });
});

it('puts files into the default cache when the path names none', async () => {
  const server = await start(serving({ [PLAIN]: PDB }));
  const find = (options: LocateOptions) => locatePdb(REFERENCE, parseSymbolPath(`srv*${server.url}`), options);
  expect(lastWhy(await find({}))).toMatch(/no cache to put it into/);
  expect((await find({ defaultCache: path.join(root, 'cache') })).file).toBe(target());
});

it('downloads the same file twice at once, and both have it', async () => {
  const server = await start(serving({ [PLAIN]: PDB }));
  const found = await Promise.all(Array.from({ length: 4 }, () => locate(server.url)));
  expect(found.map((each) => each.file)).toEqual(Array.from({ length: 4 }, target));
  expect(readFileSync(target())).toEqual(PDB);
  expect(beside()).toEqual(['ab c.pdb']);
});

it('ends when it is told to, and the next one goes on from there', async () => {
  const whole = serving({ [PLAIN]: PDB });
  const stop = new AbortController();
  const server = await start((request, response, file) => {
    if (request.headers.range !== undefined) return whole(request, response, file);
    response.writeHead(200, { 'content-length': PDB.length }).write(PDB.subarray(0, 2000));
  });
  const stopped = locate(server.url, { signal: stop.signal, progress: () => stop.abort(new Error('enough')) });
  await expect(stopped).rejects.toThrow('enough');
  expect(beside()).toEqual(['ab c.pdb.partial']);
  expect((await locate(server.url)).file).toBe(target());
  expect(server.asked.at(-1)?.range).toBe('bytes=2000-');
});

it.each([
  ['is no PDB', Buffer.alloc(65_536), 'it is not a PDB'],
  ['begins like a PDB', PDB, `it is longer than ${PDB.length} bytes`],
])('ends a server that sends without end what %s', async (_what, first, why) => {
  let sent = 0;
  const server = await start((_request, response) => {
    response.writeHead(200);
    const more = (): void => {
      const piece = sent === 0 ? first : Buffer.alloc(65_536);
      sent += piece.length;
      response.write(piece, (error) => error ?? more());
    };
    more();
  });
  expect(lastWhy(await locate(server.url, QUICK))).toBe(`what came is not the right one: ${why}`);
  expect(sent).toBeLessThan(20_000_000);
  expect(readdirSync(path.join(root, 'cache'))).toEqual([]);
});

it('ends a compressed answer that unpacks without end', async () => {
  const bomb = gzipSync(Buffer.alloc(100_000_000));
  const server = await start((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb);
  });
  expect(lastWhy(await locate(server.url, QUICK))).toBe('what came is not the right one: it is not a PDB');
  expect(readdirSync(path.join(root, 'cache'))).toEqual([]);
});
