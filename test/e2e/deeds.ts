import type { TargetBooks } from '../../src/simulator/stub/statistics/target-statistics.js';
import type { Run } from './run.js';

/** What a deed sees of a session on a simulated target, and what it can lay hands on. */
export interface Scene {
  books(): TargetBooks;
  /** Fails when the session ends before. */
  until(holds: () => boolean): Promise<void>;
  signalKd(signal: NodeJS.Signals): void;
  /** Somebody else joins the session's debugging server. */
  colleague(): Run;
}

/** What somebody does while a session runs. Resolves when it is done. */
export type Deed = (scene: Scene) => Promise<void>;

const hits = (scene: Scene, count: number): Promise<void> => scene.until(() => scene.books().hits >= count);

export const kdIsKilled: Deed = async (scene) => {
  await hits(scene, 5);
  scene.signalKd('SIGKILL');
};

/** A kd that neither reads nor prints any more. */
export const kdIsStopped: Deed = async (scene) => {
  await hits(scene, 5);
  scene.signalKd('SIGSTOP');
};

/** CTRL+C in kd's window, while the target stands still to be armed. */
export const kdIsInterrupted: Deed = async (scene) => {
  await scene.until(() => scene.books().target.stop === 'break');
  scene.signalKd('SIGINT');
};

/** The target was heard, whatever became of what it said. */
export const targetSpeaks: Deed = (scene) => scene.until(() => scene.books().bytes_out > 100);

/** A colleague breaks in twice, and lets the target go on behind a command. */
export const colleagueTypes: Deed = async (scene) => {
  // The pipe is there before the line to the target.
  await scene.until(() => scene.books().target.connected);
  const colleague = scene.colleague();
  const types = async (text: string, said: RegExp): Promise<string> => {
    const before = colleague.out.length;
    colleague.child.stdin?.write(`${text}\n`);
    await scene.until(() => said.test(colleague.out.slice(before)));
    return colleague.out.slice(before);
  };
  const commands: readonly [number, string, RegExp][] = [
    [3, '.echo hello; g', /hello/],
    [6, 'bl; g', / 0 e .*MmAllocateSpecialPool/],
  ];
  for (const [count, command, answer] of commands) {
    await hits(scene, count);
    // Right behind a `g` of the session it is taken for a late one, and the target goes on, which the next hit confirms.
    while (!(await types('\x06', /kd> $/)).includes('because you pressed')) await hits(scene, scene.books().hits + 1);
    await types(command, answer);
  }
  colleague.child.stdin?.write('\x02\n');
};
