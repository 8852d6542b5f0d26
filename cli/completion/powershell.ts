import { type Flag, spellings } from '../flags.ts';
import type { Grammar } from './grammar.ts';

/** Where nothing is offered PowerShell offers files by itself. */
export function powershellScript({ flags, commands }: Grammar): string {
  const table = commands.map(
    ({ name, summary, arguments: taken, flags }) => `    ${quoted(name)} = @{
      Summary = ${quoted(summary)}
      Places = @(${taken.map(({ words = [] }) => `,${array(words)}`).join('; ')})
      Flags = ${flagTable(flags, '      ')}
    }`,
  );
  return `# lab3 for PowerShell: lab3 completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName lab3, lab3.cmd, lab3.ps1 -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = [ordered]@{
${table.join('\n')}
  }
  $flags = ${flagTable(flags, '  ')}
  $command = ''
  $flag = ''
  $place = 0
  $before = $commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition }
  foreach ($element in $before) {
    $word = $element.ToString()
    if ($flag) { $flag = '' }
    elseif ($word.StartsWith('-')) { if ($flags[$word].Value) { $flag = $word } }
    elseif (-not $command) {
      $command = $word
      if (-not $commands.Contains($command)) { return }
      $flags = $commands[$command].Flags
    }
    else { $place++ }
  }
  $start = ''
  $typed = "$wordToComplete"
  if ($typed -match '^(--[^=]+)=(.*)$') { $flag = $Matches[1]; $start = "$flag="; $typed = $Matches[2] }
  $offers = [ordered]@{}
  if ($flag) {
    if ($flags[$flag].List -and $typed -match '^(.*,)([^,]*)$') { $start += $Matches[1]; $typed = $Matches[2] }
    foreach ($word in $flags[$flag].Words) { $offers[$word] = $word }
  }
  elseif ($typed.StartsWith('-')) { foreach ($name in $flags.Keys) { $offers[$name] = $flags[$name].Summary } }
  elseif (-not $command) { foreach ($name in $commands.Keys) { $offers[$name] = $commands[$name].Summary } }
  else { foreach ($word in $commands[$command].Places[$place]) { $offers[$word] = $word } }
  $offers.GetEnumerator() | Where-Object { $_.Key.StartsWith($typed) } | ForEach-Object {
    $text = $start + $_.Key
    [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $_.Value)
  }
}
`;
}

function flagTable(flags: readonly Flag[], indent: string): string {
  const rows = flags.flatMap((flag) =>
    spellings(flag).map((name) => {
      const { placeholder, words, list, summary } = flag;
      const value = placeholder === undefined ? '' : '; Value = $true';
      const offered = words === undefined ? '' : `; Words = ${array(words)}`;
      return `${indent}  ${quoted(name)} = @{ Summary = ${quoted(summary)}${value}${offered}${list ? '; List = $true' : ''} }\n`;
    }),
  );
  return `[ordered]@{\n${rows.join('')}${indent}}`;
}

const array = (words: readonly string[]): string => `@(${words.map(quoted).join(', ')})`;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
