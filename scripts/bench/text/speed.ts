/**
 * How fast notes are scrubbed on one thread, against two floors of the same run: every character read once, and the pass of six identifier patterns that a
 * simple scrubber would make. Best of several rounds, in processor time.
 */
import type { Scrubber } from '../../../gateway/core/scrub/scrubber.ts'
import type { Cover } from '../../../gateway/core/scrub/span.ts'
import type { Sample } from './corpus.ts'

const ROUNDS = 5
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
  const rows = [
    ['every character read (floor)', (text: string) => sumOf(text)],
    ['six patterns', (text: string) => SIX.reduce((left, pattern) => left.replace(pattern, '*'), text).length],
    ['scrub', (text: string) => scrubber.scrub(text, null, cover).text.length]
  ] as const
  const times = rows.map(([, run]) => fastest(() => samples.reduce((sum, { text }) => sum + run(text), 0)))
  const known = fastest(() => samples.reduce((sum, { text, known }) => sum + scrubber.scrub(text, known, cover).text.length, 0))
  const floor = times[0] ?? 1
  const told = [...rows.map(([name], at) => [name, times[at] ?? 1] as const), ['scrub, the subject known', known] as const]
  return told.map(
    ([name, ms]) =>
      `${name.padEnd(45)}${((megabytes * 1000) / ms).toFixed(1).padStart(8)} MB/s${(floor / ms).toFixed(4).padStart(10)} × floor` +
      `${((times[1] ?? 1) / ms).toFixed(2).padStart(8)} × six patterns`
  )
}

function sumOf(text: string): number {
  let sum = 0
  for (let at = 0; at < text.length; at++) sum += text.charCodeAt(at)
  return sum
}

/** Milliseconds of processor time of the fastest round: the machine may be shared. */
function fastest(run: () => number): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const began = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1000
  })
  return Math.min(...times)
}
