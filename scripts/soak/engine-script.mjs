// One random script for two kds at once: begins and ends at a prompt with the target standing, and with nothing set.
const THREADS = ['worker', 'batch', 'ioctl', 'deep', 'open', 'buffers', 'gui'];
const PLACES = [
  'nt!MmAllocateSpecialPool',
  'nt!MmFreeSpecialPool',
  'nt!ExAllocatePoolWithTag',
  'leakydrv!LeakyAllocate',
];
/** Without a string: the engine would carry out what is behind its first semicolon. */
const NOWHERE = 'bp nt!NoSuchThing';
/** What a breakpoint does: stops, prints and goes on, prints and stops. */
const STRINGS = [
  '',
  ' ";kb;g"',
  ' "kb 2;gc"',
  ' "kb 2"',
  ' ".echo here;g"',
  ' "k 3;g"',
  " \";kb 1;r $t19=@$t19+1;j (@$t19<3) 'g';'bd *;g'\"",
];
const QUESTIONS = [
  'k',
  'kb',
  'kn',
  'kb 1',
  'kb 3',
  'kn 2',
  'bl',
  'lm',
  'r',
  'r $t19',
  'vertarget',
  '.reload',
  'x nt!MmAllocateSpecialPool',
  'x nt!NoSuchThing',
  'u nt!KeBugCheckEx L3',
  'u nt!IofCallDriver',
  'u nt!MmFreeSpecialPool L3',
  'u',
  '.lastevent',
  'nosuchcommand',
  'dd nt!PoolHitTag L2',
  'db nt!KeBugCheckEx L10',
  'db nt!MmFreeSpecialPool L10',
  '.echo some words',
  '.printf "%x\\n", 0n255',
  '? 0n16',
];
const STEPS = ['t', 'p', 't', 'p', 'gu'];

/**
 * Plays a script.
 * @param both does a step with both kds, and says whether the target stands behind it
 * @param random numbers from 0 to 1
 * @returns how many commands were typed
 */
export async function playRandom(both, random) {
  const one = (list) => list[Math.floor(random() * list.length)];
  const times = (most) => Math.floor(random() * (most + 1));
  let typed = 0;
  const type = (line) => {
    typed++;
    return both({ type: line });
  };
  const ask = async (most) => {
    for (let left = times(most); left > 0; left--) await type(one(QUESTIONS));
  };
  await type('r $t19=0');
  for (let rounds = 1 + times(1); rounds > 0; rounds--) {
    await ask(4);
    for (let left = times(3); left > 0; left--)
      await type(random() < 0.1 ? NOWHERE : `bp ${one(PLACES)}${one(STRINGS)}`);
    if (random() < 0.5) await type(one(['bc *', 'bc 0', 'bc 1', 'bd 0', 'bd 1', 'bd *', 'be 0', 'be 2', 'be *']));
    if (random() < 0.5) await type('bl');
    let stands = await type('g');
    for (let wakes = 1 + times(3); wakes > 0; wakes--) {
      if (!stands) stands = await both({ wake: one(THREADS), times: 1 });
      // A thread that has begun its work comes to the next breakpoint by itself.
      for (let most = 8; stands && most > 0; most--) {
        await ask(3);
        for (let steps = times(2); stands && steps > 0; steps--) stands = await type(one(STEPS));
        if (stands && most < 3) await type('bc *');
        if (stands) stands = await type('g');
      }
    }
    if (!stands) await both({ press: true });
  }
  await ask(3);
  await type('bc *');
  // Of breakpoints that are set the two think otherwise behind a boot: the engine sets them again.
  if (random() < 0.1) {
    await type('g');
    await both({ reboot: one(['announced', 'unannounced']) });
    await both({ press: true });
    await ask(3);
    await type('.reload');
  }
  return typed;
}
