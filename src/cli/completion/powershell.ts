import { type CommandGrammar, everyCommand, type OptionGrammar } from './grammar.js';
import type { CompletionPlace } from './places.js';

/** A completion script for Windows PowerShell 5.1 and PowerShell 7, with descriptions as tool tips. */
export function powershellScript(grammar: CommandGrammar): string {
  const commands = [...everyCommand(grammar)];
  return `# PowerShell completion of livedebug; "livedebug completion powershell --help" says how to install it
Register-ArgumentCompleter -Native -CommandName livedebug, livedebug.cmd, livedebug.ps1 -ScriptBlock {
  param($typed, $ast, $cursor)

  # Of every command: what comes below it, its options, and its arguments.
  $commands = @{
${commands.map((each) => `    ${quoted(each.path)} = ${commandTable(each)}`).join('\n')}
  }

  function Result([string]$text, [string]$kind, [string]$tip) {
    if (-not $tip) { $tip = $text }
    [System.Management.Automation.CompletionResult]::new($text, $text, $kind, $tip)
  }

  function Offer($place, [string]$typed, [string]$before) {
    foreach ($word in $place.Words) {
      if ($word.StartsWith($typed)) { Result "$before$word" 'ParameterValue' '' }
    }
    if ($place['List']) {
      foreach ($line in (& livedebug completion list $place['List'] 2>$null)) {
        $word, $tip = $line -split "\`t", 2
        if ($word -and $word.StartsWith($typed)) { Result "$before$word" 'ParameterValue' $tip }
      }
    }
    if ($place.Files -eq 'none') { return }
    $plain = $typed.Trim([char]39, [char]34)
    foreach ($found in [System.Management.Automation.CompletionCompleters]::CompleteFilename($plain)) {
      if ($place.Files -eq 'directories' -and $found.ResultType -ne 'ProviderContainer') { continue }
      # CompleteFilename has put quotes around a path with blanks.
      [System.Management.Automation.CompletionResult]::new("$before$($found.CompletionText)", $found.ListItemText, $found.ResultType, $found.ToolTip)
    }
  }

  # What stands whole before the cursor; a word that the cursor is in is none of it.
  $words = @($ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } |
    ForEach-Object { "$($_.Extent.Text)" })
  $path = ''
  $operands = 0
  $option = $null
  $passed = $false
  foreach ($word in $words) {
    if ($option -and -not ($option.Many -and $word -like '-?*')) {
      if (-not $option.Many) { $option = $null }
      continue
    }
    $option = $null
    if ($passed) { $operands++ }
    elseif ($word -eq '--') { $passed = $true }
    elseif ($word -like '-?*') {
      $option = $commands[$path].Options | Where-Object { $_['Place'] -and $_.Names -ccontains $word } | Select-Object -First 1
    }
    elseif ($operands -eq 0 -and $commands[$path].Below.Contains($word)) { $path = $commands[$path].Below[$word].Path }
    else { $operands++; $passed = $commands[$path].PassThrough }
  }

  $command = $commands[$path]
  if ($option -and -not ($option.Many -and $typed -like '-*')) { Offer $option.Place $typed '' }
  elseif (-not $passed -and $typed -match '^(--[^=]+)=(.*)$') {
    $name, $value = $Matches[1], $Matches[2]
    $option = $command.Options | Where-Object { $_['Place'] -and $_.Names -ccontains $name } | Select-Object -First 1
    if ($option) { Offer $option.Place $value "$name=" }
  }
  elseif (-not $passed -and $typed -like '-*') {
    foreach ($each in $command.Options) {
      foreach ($name in $each.Names) { if ($name.StartsWith($typed)) { Result $name 'ParameterName' $each.Tip } }
    }
  }
  elseif (-not $passed -and $operands -eq 0 -and $command.Below.Count -gt 0) {
    foreach ($name in $command.Below.Keys) {
      if ($name.StartsWith($typed)) { Result $name 'Command' $command.Below[$name].Tip }
    }
  }
  elseif ($command.Operands.Count -gt 0) {
    $last = $command.Operands[-1]
    if ($operands -lt $command.Operands.Count) { Offer $command.Operands[$operands] $typed '' }
    elseif ($last.Many) { Offer $last $typed '' }
  }
}
`;
}

function commandTable({ commands, options, operands, passThrough }: CommandGrammar): string {
  const below = commands.flatMap(({ names, path, summary }) =>
    names.map((name) => `${quoted(name)} = @{ Path = ${quoted(path)}; Tip = ${quoted(summary)} }`),
  );
  return `@{
      Below = [ordered]@{ ${below.join('; ')} }
      Options = @(
${options.map((option) => `        ${optionTable(option)}`).join('\n')}
      )
      Operands = @(${operands.map(({ place, many }) => placeTable(place, many)).join(', ')})
      PassThrough = $${passThrough}
    }`;
}

function optionTable({ names, summary, value }: OptionGrammar): string {
  const place =
    value && !value.optional ? `; Place = ${placeTable(value.place, value.many)}; Many = $${value.many}` : '';
  return `@{ Names = @(${names.map(quoted).join(', ')}); Tip = ${quoted(summary)}${place} }`;
}

function placeTable({ words, files, list }: CompletionPlace, many: boolean): string {
  const asked = list ? `; List = ${quoted(list)}` : '';
  return `@{ Words = @(${words.map(quoted).join(', ')}); Files = ${quoted(files)}${asked}; Many = $${many} }`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
