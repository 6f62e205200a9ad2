import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const TELL = "process.on('exit',()=>process.stderr.write(process.moduleLoadList.join()))";

it('livedebug report loads nothing that starts programs: it would take longer to load than a short log to read', () => {
  const preload = `data:text/javascript,${encodeURIComponent(TELL)}`;
  const log = path.join(root, 'fixtures/logs/server2003-x86-kb.log');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', preload, path.join(root, 'dist/main.js'), 'report', log],
    { encoding: 'utf8' },
  );
  expect(status).toBe(0);
  expect(stderr).toContain('NativeModule fs');
  // execa's own; commander loads child_process itself.
  expect(stderr.split(',')).not.toContain('NativeModule v8');
});
