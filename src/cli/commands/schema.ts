import type { Command } from 'commander';

const EXAMPLES = `
Examples:
  livedebug schema
  livedebug schema --markdown
`;

/** `livedebug schema`: what `--json` prints, for programs. */
export function define(program: Command): void {
  program
    .command('schema')
    .description('the JSON Schema of what --json prints, and of events.ndjson')
    .option('--markdown', 'as a page for people')
    .addHelpText('after', EXAMPLES)
    .action(async ({ markdown }: { markdown?: true }) => {
      const { recordPage, recordSchema } = await import('../record-schema.js');
      process.stdout.write(markdown ? recordPage() : `${JSON.stringify(recordSchema(), null, 2)}\n`);
    });
}
