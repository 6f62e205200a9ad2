// Runs in kd before its own code: each piece is a write of its own, and lies alone in the pipe where a reader is quick.
const chop = `
  if (process.argv[2] === 'kd' && !process.argv.includes('-remote')) {
    const whole = process.stdout.write.bind(process.stdout);
    let tail = Promise.resolve();
    let size = 0;
    const pass = async (bytes) => {
      for (let at = 0; at < bytes.length; at += size) {
        size = (size % 7) + 1;
        whole(bytes.subarray(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    process.stdout.write = (bytes) => {
      tail = tail.then(() => pass(Buffer.from(bytes)));
      return true;
    };
  }`;

/** The environment in which the built-in kd prints pieces of one to seven bytes. */
export const chopping = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(chop)}` };
