/**
 * How fast notes are scrubbed on one thread, against two floors of the same run: every character read once, and the pass of six identifier patterns that a
 * simple scrubber would make. Best of several rounds, in processor time.
 */
import { scrubAttachment } from '../../../gateway/core/scrub/attachments/attachment.ts'
import { isRefusal } from '../../../gateway/core/scrub/attachments/refusal.ts'
import type { Scrubbed, Scrubber } from '../../../gateway/core/scrub/scrubber.ts'
import type { Cover } from '../../../gateway/core/scrub/span.ts'
import type { Sample } from './corpus.ts'

const ROUNDS = 12
const SIX = [
  /\b\d{3}-\d{2}-\d{4}\b/g,
  /\b\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b/g,
  /\b[\w.+-]+@[\w-]+\.[\w.]+\b/g,
  /\b\d{1,2}\/\d{1,2}\/\d{2,4}\b/g,
  /\b\d{4}-\d{2}-\d{2}\b/g,
  /\bMRN:? ?\d+\b/gi
]

export function speedLines(samples: readonly Sample[], scrubber: Scrubber, cover: Cover): string[] {
  const megabytes = samples.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) / 1e6
  const rows: readonly (readonly [name: string, run: (sample: Sample) => number])[] = [
    ['every character read (floor)', ({ text }) => sumOf(text)],
    ['six patterns', ({ text }) => SIX.reduce((left, pattern) => left.replace(pattern, '*'), text).length],
    ['scrub', ({ text }) => scrubber.scrub(text, null, cover).text.length],
    ['scrub, the subject known', ({ text, known }) => scrubber.scrub(text, known, cover).text.length]
  ]
  const times = fastest(
    rows.map(
      ([, run]) =>
        () =>
          samples.reduce((sum, sample) => sum + run(sample), 0)
    )
  )
  const [floor = 1, six = 1] = times
  return rows.map(([name], at) => {
    const ms = times[at] ?? 1
    const speed = ((megabytes * 1000) / ms).toFixed(1).padStart(8)
    return `${name.padEnd(45)}${speed} MB/s${(floor / ms).toFixed(4).padStart(10)} × floor${(six / ms).toFixed(2).padStart(8)} × six patterns`
  })
}

/** The forms an attachment may have, each made of the texts: how fast, by the text in them and by the bytes of the document. */
export function attachmentLines(samples: readonly Sample[], scrubber: Scrubber, cover: Cover): string[] {
  const text = samples.reduce((sum, sample) => sum + Buffer.byteLength(sample.text), 0) / 1e6
  const rows = FORMS.map(([name, type, wrap]) => ({
    name,
    type,
    data: samples.map((sample) => Buffer.from(wrap(sample.text)).toString('base64'))
  }))
  const scrub = (each: string): Scrubbed => scrubber.scrub(each, null, cover)
  const times = fastest(
    rows.map(
      ({ type, data }) =>
        () =>
          data.filter((one) => isRefusal(scrubAttachment(type, one, scrub))).length
    )
  )
  return rows.map(({ name, data }, at) => {
    const bytes = data.reduce((sum, one) => sum + Buffer.byteLength(one, 'base64'), 0) / 1e6
    const speed = (megabytes: number): string => ((megabytes * 1000) / (times[at] ?? 1)).toFixed(1).padStart(8)
    return `${name.padEnd(45)}${speed(text)} MB/s of text${speed(bytes)} MB/s of document`
  })
}

const escapedXml = (text: string): string => text.replace(/[<&]/g, (char) => (char === '<' ? '&lt;' : '&amp;'))
const paragraphs = (text: string, tag: string): string =>
  escapedXml(text)
    .split('\n')
    .map((line) => `<${tag}>${line}</${tag}>`)
    .join('\n')
const CDA_HEAD = '<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section><text>'
const CDA_TAIL = '</text></section></component></structuredBody></component></ClinicalDocument>'

/** Of each kind of attachment: its name, media type, and how it is made of a text. */
const FORMS: readonly (readonly [name: string, type: string, wrap: (text: string) => string])[] = [
  ['attachment, plain text', 'text/plain', (text) => text],
  ['attachment, HTML, a paragraph a line', 'text/html', (text) => `<html><body>${paragraphs(text, 'p')}</body></html>`],
  ['attachment, RTF', 'application/rtf', (text) => `{\\rtf1\\ansi ${text.replace(/[\\{}]/g, '\\$&').replaceAll('\n', '\\par\n')}}`],
  ['attachment, C-CDA, a paragraph a line', 'application/hl7-cda+xml', (text) => `${CDA_HEAD}${paragraphs(text, 'paragraph')}${CDA_TAIL}`]
]

function sumOf(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum += text.charCodeAt(at)
  return sum
}

/** Of each run, milliseconds of processor time of its fastest round; they take turns, for the machine may be shared. */
function fastest(runs: readonly (() => unknown)[]): number[] {
  const best = runs.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, run] of runs.entries()) {
      const began = process.cpuUsage()
      run()
      const { user, system } = process.cpuUsage(began)
      best[at] = Math.min(best[at] ?? 0, (user + system) / 1000)
    }
  }
  return best
}
