/** One thread of threads.ts: the frames of whole subjects in, the lines that leave out, both as transferred bytes. */
import { readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { compileProfile } from '../../gateway/core/deidentify/compile/compile.ts'
import { releaseLines, type SourceText } from '../../gateway/core/deidentify/subject.ts'
import { parseExact } from '../../gateway/core/fhir/exact.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { framesOf } from '../../gateway/exchange/frames.ts'
import { GrowingBytes } from '../../gateway/exchange/growing.ts'
import { identityOf, subjectFor } from './subjects.ts'

const PROFILE = new URL('../../policies/profiles/safe-harbor/profile.json', import.meta.url)
const engine = compileProfile(JSON.parse(readFileSync(PROFILE, 'utf8')), null)

function groupsOf(frames: Buffer): Map<string, SourceText[]> {
  const groups = new Map<string, SourceText[]>()
  for (const { subject, type, id, text, exact } of framesOf(frames)) {
    const group = groups.get(subject?.id ?? '') ?? []
    groups.set(subject?.id ?? '', group)
    const line = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
    const parse = exact ? parseExact : JSON.parse
    group.push({ identity: identityOf(type, id), read: () => parse(line.toString('utf8')) as Resource }) // made by JSON.stringify
  }
  return groups
}

parentPort?.on('message', (frames: Uint8Array<ArrayBuffer>) => {
  const out = new GrowingBytes(frames.length)
  for (const [patient, records] of groupsOf(Buffer.from(frames.buffer)))
    for (const { line } of releaseLines(engine, { ...subjectFor(patient), records }).released) out.text(`${line}\n`)
  const lines = new Uint8Array(out.bytes)
  parentPort?.postMessage(lines, [lines.buffer])
})
