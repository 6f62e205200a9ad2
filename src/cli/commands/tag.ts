import type { Command } from 'commander';
import { EXIT } from '../../fault.js';
import { regAdd, regLine } from '../../prepare/registry.js';
import { decodeTag, encodeTag, hexTag, kdForm, type PoolTag } from '../../prepare/tag.js';
import { JSON_HELP, printResult } from '../json-records.js';

const examples = `
Examples:
  livedebug tag encode Ddk
  livedebug tag decode 0x206b6444
  livedebug tag decode 206b6444h
  livedebug tag decode "' kdD'"       as written in a debugger: ed nt!PoolHitTag ' kdD'
`;

/** `livedebug tag encode|decode` */
export function define(program: Command): void {
  const tag = program.command('tag').description('encode or decode a pool tag').addHelpText('after', examples);
  tag
    .command('encode')
    .description('the registry value of a tag')
    .argument('<tag>', 'one to four characters, as PoolMon shows them; case matters')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples)
    .action((text: string, { json }: { json?: true }) => print(encodeTag(text), json));
  tag
    .command('decode')
    .description('the tag of a registry value, or of what a debugger shows')
    .argument(
      '<value>',
      "0x206b6444, 206b6444, 00000000`206b6444, 206b6444h, 0n543908932, decimal, bytes 44 64 6b 20, or ' kdD' with its quotes",
    )
    .option('--json', JSON_HELP)
    .addHelpText('after', examples)
    .action((text: string, { json }: { json?: true }) => print(decodeTag(text), json));
}

function print(tag: PoolTag, json: true | undefined): void {
  const kd = kdForm(tag);
  const reg = { reg: regLine(tag.value), regAdd: regAdd(tag.value) };
  if (json) {
    const dword = hexTag(tag.value);
    printResult(EXIT.done, { ...tag, dword, ...reg, kd: kd ?? null });
    return;
  }
  const rows = [
    ['tag', `"${tag.tag}"`],
    ['bytes', tag.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')],
    ['REG_DWORD', hexTag(tag.value)],
    ['decimal', String(tag.value)],
    ['.reg file', reg.reg],
    ['command', reg.regAdd],
    ...(kd ? [['in kd', kd]] : []),
  ];
  process.stdout.write(`${rows.map(([name = '', text]) => `${name.padEnd(11)}${text}`).join('\n')}\n`);
  for (const note of tag.notes) process.stderr.write(`note: ${note}\n`);
}
