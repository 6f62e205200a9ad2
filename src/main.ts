#!/usr/bin/env node
const words = process.argv.slice(2);

process.exitCode =
  words[0] === 'internal'
    ? await (await import('./internal.js')).internal(words.slice(1))
    : await (await import('./cli/run.js')).run(words);
