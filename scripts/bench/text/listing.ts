/** One text file a corpus, for people, of the part that rules are tuned on: every miss, and every needless change, with the characters around it; most frequent first. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Judged, Scored } from './score.ts'

const AROUND = 90
/** The listings repeat what was to be found. */
const OWNER_ONLY = { folder: 0o700, file: 0o600 } as const

/** Writes `folder`/`name`.txt and says where. */
export function writeListing(folder: string, name: string, scored: readonly Scored[]): string {
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY.folder })
  const file = join(folder, `${name}.txt`)
  const missed = scored.flatMap((one) =>
    one.judged.filter(({ strict, lawful }) => !strict && lawful === null).map((judged) => missLine(one, judged))
  )
  const needless = scored.flatMap((one) =>
    one.needless.map((finding) => needlessLine(one, finding.start, finding.end, `${finding.class} ${finding.rule}`))
  )
  const body = [name, ...section('misses', missed), ...section('taken words', wordsTaken(scored)), ...section('needless changes', needless)]
  writeFileSync(file, `${body.join('\n')}\n`, { mode: OWNER_ONLY.file })
  return file
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', `== ${title}: ${lines.length}`, ...[...lines].sort()]
}

function missLine({ sample, scrubbed }: Scored, { gold, lenient }: Judged): string {
  const [start = 0, end = 0] = gold.spans[0] ?? []
  const how = gold.spans.length === 0 ? 'not in text' : lenient ? 'in part' : 'stands'
  return `${gold.label} ${how} «${flat(gold.value)}»\n    ${marked(sample.text, scrubbed.findings, start - AROUND, end + AROUND)}`
}

function needlessLine({ sample, scrubbed }: Scored, start: number, end: number, rule: string): string {
  return `${rule} «${flat(sample.text.slice(start, end))}»\n    ${marked(sample.text, scrubbed.findings, start - AROUND, end + AROUND)}`
}

/** What needless changes took, each with how often. */
function wordsTaken(scored: readonly Scored[]): string[] {
  const counts = new Map<string, number>()
  for (const { sample, needless } of scored) {
    for (const finding of needless) {
      const key = `${finding.class} ${finding.rule} «${flat(sample.text.slice(finding.start, finding.end)).toLowerCase()}»`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([key, count]) => `${String(count).padStart(5)} ${key}`)
}

/** The characters from `from` to `to`, findings in ⟦brackets⟧ with their class. */
function marked(text: string, findings: Scored['scrubbed']['findings'], from: number, to: number): string {
  const pieces: string[] = []
  let at = Math.max(0, from)
  const until = Math.min(text.length, to)
  for (const finding of findings) {
    if (finding.end <= at || finding.start >= until) continue
    pieces.push(text.slice(at, Math.max(at, finding.start)), `⟦${finding.class}:${text.slice(finding.start, finding.end)}⟧`)
    at = finding.end
  }
  pieces.push(text.slice(at, Math.max(at, until)))
  return flat(pieces.join(''))
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
