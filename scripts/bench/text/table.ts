/** The tables of a corpus and part as they are printed: recall by label, both ways, and what was touched without need. */
import { type Row, rowsOf, type Scored, totalsOf } from './score.ts'

const HEAD = ['label', 'gold', 'lenient', 'strict', 'may stand', 'lenient, all', 'strict, all']

export function recallTable(scored: readonly Scored[]): string[] {
  const rows = rowsOf(scored)
  return [HEAD, ...rows.map(cells)].map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(32) : cell.padStart(13))).join(''))
}

function cells(row: Row): string[] {
  const owed = row.gold - row.lawful
  return [
    row.label,
    String(owed),
    share(row.lenientOwed, owed),
    share(row.strictOwed, owed),
    String(row.lawful),
    share(row.lenient, row.gold),
    share(row.strict, row.gold)
  ]
}

export function totalsLines(scored: readonly Scored[]): string[] {
  const totals = totalsOf(scored)
  const labelled = scored.some(({ sample }) => sample.gold !== null)
  const lines = [
    [
      labelled ? 'identifier-free texts touched' : 'texts touched',
      share(totals.freeTouched, totals.free),
      `${totals.freeTouched} of ${totals.free}`
    ],
    ['words taken without need', share(totals.damaged, totals.words), `${totals.damaged} of ${totals.words}`]
  ]
  if (totals.holding > 0) {
    lines.unshift(
      ['texts with identifiers, none standing', share(totals.clean, totals.holding), `${totals.clean} of ${totals.holding}`],
      ['… and all masked wholly', share(totals.cleanStrict, totals.holding), `${totals.cleanStrict} of ${totals.holding}`]
    )
  }
  return lines.map(([says = '', part = '', count = '']) => `${says.padEnd(45)}${part.padStart(13)}  ${count}`)
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(2)} %`
}
