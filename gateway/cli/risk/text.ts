/** The report in sentences and tables, for a terminal. Decides only how numbers are written. */
import { formulasOf } from './formulas.ts'
import type { Answer, Report } from './report.ts'

export function percent(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`
  const value = share * 100
  if (value < 0.001) return '< 0.001 %'
  return `${Number(value.toPrecision(value >= 99.95 ? 5 : 3))} %`
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function decimal(value: number): string {
  return String(Number(value.toPrecision(4)))
}

export function plural(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`
}

/** A column may be called anything: what would move the terminal is shown as a mark. */
function visible(text: string): string {
  return text.replaceAll(/\p{C}/gu, '\uFFFD')
}

/** Columns under each other: the first to the left, the others to the right. */
function aligned(given: readonly (readonly string[])[]): string[] {
  const rows = given.map((row) => row.map(visible))
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ')
      .trimEnd()
  )
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${heading}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

/** How far `--missing wildcard` reaches; what holds in groups that do not overlap holds in their unions. */
export function missingReach({ missing }: Report): string[] {
  if (missing === 'class') return []
  return [
    'A missing value may be any value in the sizes of groups, in k and in the risks only. For l and t, each quasi-identifier, the estimate for the population and the search for a generalisation it is a value of its own; for k, l and t that is stricter, never looser.'
  ]
}

/** `chosen`: whether the quasi-identifiers were named by the caller or by what columns are called. */
export function textOf(report: Report, chosen: 'named' | 'guessed'): string {
  const { groups, missing } = report
  const how = missing === 'wildcard' ? ', a missing value may be any' : ''
  return [
    `${dataLine(report)}\n`,
    section(`Quasi-identifiers${chosen === 'guessed' ? ' (chosen by their names; declare them with --qi)' : ''}`, quasiLines(report)),
    section(`Groups of look-alikes${how}`, [
      `${plural(groups.groups, 'group')}, the smallest of ${count(groups.k)}, the largest of ${count(groups.largest)}, on average ${decimal(groups.average)}`,
      `alone in their group: ${plural(groups.uniques, 'row')}, ${percent(groups.rows === 0 ? 0 : groups.uniques / groups.rows)}`,
      ...missingReach(report)
    ]),
    section('Risk of re-identification', riskLines(report)),
    section('Sensitive columns, worst group', sensitiveLines(report)),
    section(
      'Asked',
      report.asked.map((answer) => answerLine(answer, report))
    ),
    searchSection(report),
    section(
      'How it is counted',
      formulasOf(report).map(({ of, text }) => `${of}: ${text}`)
    )
  ].join('')
}

function dataLine({ data }: Report): string {
  const rejected = data.rejected === 0 ? '' : `, ${plural(data.rejected, 'row')} that cannot be read (first in ${places(data)})`
  const others = data.others === 0 ? '' : `, ${plural(data.others, 'record')} of other types left out`
  const suppressed = data.suppressed === 0 ? '' : `, ${count(data.suppressed)} more came suppressed`
  const leftOut = data.leftOut === 0 ? '' : `, ${plural(data.leftOut, 'file')} of other tables left out`
  return `${plural(data.rows, 'row')} in ${plural(data.files, 'file')}${suppressed}${others}${leftOut}${rejected}`
}

function places({ firstRejected }: Report['data']): string {
  return firstRejected.map(({ file, line }) => `file ${file} line ${line}`).join(', ')
}

function quasiLines({ quasiIdentifiers }: Report): string[] {
  return aligned([
    ['', 'values', 'missing', 'risk alone', 'risk without', 'alone without'],
    ...quasiIdentifiers.map(({ name, values, missing, alone, without, uniqueWithout }) => [
      name,
      count(values),
      percent(missing),
      percent(alone),
      percent(without),
      percent(uniqueWithout)
    ])
  ])
}

function riskLines({ risk }: Report): string[] {
  const { prosecutor, journalist, marketer, population, threshold } = risk
  const row = (name: string, { max, average, atRisk }: typeof prosecutor): string[] => [
    name,
    percent(max),
    percent(average),
    percent(atRisk)
  ]
  const told = journalist === null || population === null
  return [
    ...aligned([
      ['', 'highest', 'average', `rows above ${percent(threshold)}`],
      row('prosecutor: known to be in the data', prosecutor),
      ...(told ? [] : [row(`journalist: one of ${count(population.size)} people`, journalist)]),
      ['marketer: share of rows matched right', '', percent(marketer), '']
    ]),
    told
      ? 'The population was not told: say --population N for journalist risk and population uniqueness.'
      : `alone in the population, estimated (${population.model}): ${count(population.uniques)} people, ${percent(population.share)}`
  ]
}

function sensitiveLines({ sensitive }: Report): string[] {
  if (sensitive.length === 0) return []
  return aligned([
    ['', 'distinct l', 'entropy l', 't', 'distance'],
    ...sensitive.map(({ name, distinct, entropy, t, distance }) => [name, count(distinct), decimal(entropy), decimal(t), distance])
  ])
}

export function answerLine({ measure, wanted, found, holds }: Answer, { groups, data }: Report): string {
  const told =
    groups.rows === 0 && data.rejected > 0
      ? 'not measured, for no row could be read'
      : `found ${decimal(found)}, ${holds ? 'holds' : 'does not hold'}`
  return `${measure} ${measure === 't' ? 'at most' : 'at least'} ${decimal(wanted)}: ${told}${unreadWords(groups, data)}`
}

/** What could not be read may be anything. */
function unreadWords({ rows }: Report['groups'], { rejected }: Report['data']): string {
  return rows > 0 && rejected > 0 ? ` among the rows that could be read; ${count(rejected)} could not` : ''
}

export function demandOf({ demand, limit, metric }: NonNullable<Report['search']>): string {
  const asked = [
    `k = ${demand.k}`,
    ...(demand.l === undefined ? [] : [`l = ${demand.l}`]),
    ...(demand.entropyL === undefined ? [] : [`entropy l = ${demand.entropyL}`]),
    ...(demand.t === undefined ? [] : [`t = ${demand.t}`])
  ]
  return `${asked.join(', ')}, at most ${percent(limit)} suppressed, by ${metric}`
}

function searchSection({ search }: Report): string {
  if (search === null) return ''
  const { best, nodes, checked, curve } = search
  if (checked === null)
    return section('Cheapest generalisation', [`${count(nodes)} nodes are too many to search: name fewer columns or levels`])
  const lines =
    best === null
      ? [`nothing holds, not even with all generalised (${count(nodes)} nodes)`]
      : [
          ...aligned(best.levels.map(({ name, level, of, label }) => [name, `level ${level} of ${of}`, label])),
          `costs ${decimal(best.cost)}; ${plural(best.suppressed, 'row')} suppressed (${percent(best.suppressedShare)})`,
          `then ${plural(best.groups.groups, 'group')}, the smallest of ${count(best.groups.k)}; average risk ${percent(best.averageRisk)}`,
          `the best of ${count(nodes)} nodes, ${count(checked)} looked at`
        ]
  const points = curve.map(({ k, cost, suppressedShare }) => [
    String(k),
    cost === null ? 'nothing holds' : decimal(cost),
    percent(suppressedShare)
  ])
  return (
    section(`Cheapest generalisation: ${demandOf(search)}`, lines) +
    section('Loss against k', curve.length === 0 ? [] : aligned([['k', 'cost', 'suppressed'], ...points]))
  )
}
