// What is checked before every commit, side by side: types, lint, the arrows between the rooms, spelling.
import { execa } from 'execa';

const CHECKS = ['typecheck', 'lint', 'arrows', 'words'];

const ends = await Promise.all(
  CHECKS.map(async (check) => {
    const { failed, all } = await execa('npm', ['run', '--silent', check], { all: true, reject: false });
    process.stdout.write(failed ? `${check} FAILED\n${all}\n` : `${check} passed\n`);
    return failed;
  }),
);
process.exitCode = ends.some(Boolean) ? 1 : 0;
