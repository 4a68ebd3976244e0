/** An accounting in plain words, as blocks that text and PDF lay out each in its way. Decides the words; what stands in them was settled before. */
import type { Accounting, Entry, Line } from './accounting.ts'
import { purposeWords } from './grounds.ts'

export interface Block {
  readonly style: 'title' | 'heading' | 'text' | 'item'
  readonly text: string
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

/** 2026-03-01… → March 1, 2026. Days of UTC, as everywhere in the gateway. */
function dayOf(moment: string): string {
  const at = new Date(moment)
  return `${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()}, ${at.getUTCFullYear()}`
}

/** The last day that is in it: `to` is the first moment after. */
function lastDayOf({ to }: Accounting['period']): string {
  return dayOf(new Date(Date.parse(to) - 1).toISOString())
}

const text = (words: string): Block => ({ style: 'text', text: words })
const item = (label: string, words: string): Block => ({ style: 'item', text: `${label}: ${words}` })

/** The whole document. Dates, counts and the words of policies; of the patient only the name it was asked for by. */
export function documentOf(accounting: Accounting): Block[] {
  const { source, patient, period, at, scope } = accounting
  return [
    { style: 'title', text: 'Accounting of disclosures of health information' },
    item('From', `${source.name}, ${source.address}`),
    item('About', patient.join(', ')),
    item('Period', `${dayOf(period.from)} to ${lastDayOf(period)}`),
    item('Made', dayOf(at)),
    text(
      'You have the right to know to whom your health information was disclosed in the last six years (45 CFR 164.528). The law does not ask for all of it: ' +
        'disclosures for treatment, payment and health care operations, limited data sets, and data that no longer tells who you are need not be listed.'
    ),
    ...expiredOf(accounting),
    { style: 'heading', text: 'What the law asks to be listed' },
    ...(accounting.required.length === 0 ? [text('Nothing: in this period there was no disclosure that must be listed.')] : []),
    ...accounting.required.flatMap(entryBlocks),
    ...(scope === 'all' ? voluntaryOf(accounting) : []),
    { style: 'heading', text: 'How this can be checked' },
    text(
      'Each disclosure was written into a log that cannot be changed without being noticed. The numbers behind "Proof" say where. The same accounting in JSON ' +
        'holds each proof whole; sallyport verify checks it with the public key of the log alone.'
    )
  ]
}

function expiredOf({ expired }: Accounting): Block[] {
  return expired === null
    ? []
    : [text(`Expired: whose records were disclosed in ${expired} and before is no longer known. What was kept of it has been destroyed.`)]
}

function voluntaryOf({ voluntary }: Accounting): Block[] {
  return [
    { style: 'heading', text: 'Told voluntarily: the law does not ask for this' },
    ...(voluntary.length === 0 ? [text('Nothing else is known of.')] : []),
    ...voluntary.flatMap(entryBlocks),
    text(
      'Numbers about groups of patients may have been computed with your records, too. They hold no record of anybody, so they are not listed here.'
    )
  ]
}

function entryBlocks({ first, others }: Entry, n: number): Block[] {
  const { recipient, fetched, purposeOfUse, basis, ground, incident } = first
  return [
    { style: 'heading', text: `${n + 1}. ${dayOf(first.at)}: ${recipient.name}` },
    item('To', `${recipient.name}, ${recipient.address}`),
    item('What', whatOf(first)),
    item('Purpose', `${purposeWords(purposeOfUse)} (${purposeOfUse}). Basis: ${basis}`),
    item('Rule', `${ground.says} ${ground.cite}`),
    ...(incident === null ? [] : [item('Found', `on ${dayOf(incident)}`)]),
    item('Fetched', fetched === null ? 'not by the recipient, as far as the log says' : `by the recipient, first on ${dayOf(fetched)}`),
    ...repeatedOf(others),
    item('Proof', [first, ...others].map(proofOf).join('; '))
  ]
}

function whatOf({ subject }: Line): string {
  const counts = Object.entries(subject.records).sort(([a], [b]) => (a < b ? -1 : 1))
  const total = counts.reduce((sum, [, n]) => sum + n, 0)
  return `${total} ${total === 1 ? 'record' : 'records'} (${counts.map(([type, n]) => `${n} ${type}`).join(', ')})`
}

function repeatedOf(others: readonly Line[]): Block[] {
  const last = others.at(-1)
  if (last === undefined) return []
  const times = others.length === 1 ? 'once more' : `${others.length} more times`
  return [item('Repeated', `${times}, to the same recipient for the same purpose; last on ${dayOf(last.at)}`)]
}

function proofOf({ proof, dataset }: Line): string {
  return `dataset ${dataset}, entry ${proof.index} of the log, row ${proof.position + 1} of ${proof.size}`
}

const WIDTH = 88
const INDENT = 4

/** Lines of at most `width` characters as `measure` counts them; a word longer than a line is broken. */
export function wrap(words: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words.split(/\s+/).flatMap((whole) => broken(whole, width, measure))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (measure(longer) <= width) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

function broken(word: string, width: number, measure: (text: string) => number): string[] {
  if (measure(word) <= width) return [word]
  const parts: string[] = []
  let part = ''
  for (const character of word) {
    if (measure(part + character) > width && part !== '') {
      parts.push(part)
      part = ''
    }
    part += character
  }
  return [...parts, part]
}

/** As plain text. */
export function textOf(blocks: readonly Block[]): string {
  const lines = blocks.flatMap(({ style, text: words }) => {
    const indent = style === 'item' ? INDENT : 0
    const wrapped = wrap(words, WIDTH - 2 * indent, (part) => part.length).map(
      (line, n) => `${' '.repeat(n === 0 ? indent : 2 * indent)}${line}`
    )
    if (style === 'title') return [...wrapped, '='.repeat(Math.min(WIDTH, words.length))]
    return style === 'item' ? wrapped : ['', ...wrapped]
  })
  return `${lines.join('\n')}\n`
}
