/**
 * Reads a part: every line or entry of it, each with its identity and the subject it belongs to, or the reason and place of its refusal. A line
 * may be a resource or a whole Bundle. A blank line is nothing; an entry without a resource is no record.
 */
import type { Code } from '../errors.ts'
import { type EntryRead, entryName, readBundle, readEntry, type TypeOfName, typeAt } from './bundle.ts'
import type { Part } from './cut.ts'
import { identityOf, type Sender } from './identity.ts'
import { type RecordLimits, type Refused, readRecord } from './read.ts'
import type { Belonging, Identity, Resource } from './resource.ts'
import { belonging } from './subject.ts'

export interface ReadLimits extends RecordLimits {
  readonly bundleBytes: number
}

/** A record to keep. `text` is its JSON text, references written out; `resource` is the same, parsed. */
export interface KeptRecord {
  readonly line: number
  readonly identity: Identity
  readonly belonging: Exclude<Belonging, { of: 'nobody' }>
  readonly resource: Resource
  readonly text: string
}

export interface RefusedRecord {
  readonly line: number
  /** element path; entries of a Bundle on a line are counted from 0: `Bundle.entry[12]` or `Bundle.entry[12]: Patient.birthDate` */
  readonly path: string
  readonly code: Code
}

/** What is told of each record, in order. */
export interface PartReader {
  keep(record: KeptRecord): void
  refuse(record: RefusedRecord): void
}

type Bytes = Pick<Part, 'kind' | 'firstLine' | 'bytes' | 'offsets'>

/** Reads the part. `typeOfName` is needed for streamed entries; lines have their names with them. */
export function readPart(part: Bytes, limits: ReadLimits, sender: Sender, typeOfName: TypeOfName, reader: PartReader): void {
  const bytes = Buffer.from(part.bytes.buffer, part.bytes.byteOffset, part.bytes.byteLength)
  for (let i = 0; i < part.offsets.length; i += 2) {
    const start = part.offsets[i] ?? 0
    const end = part.offsets[i + 1] ?? 0
    if (end <= start) continue
    const line = part.firstLine + i / 2
    if (part.kind === 'entries') tell(readEntry(bytes, start, end, limits, sender, typeOfName), line, '', sender, reader)
    else if (typeAt(bytes, start, end, limits.depth) === 'Bundle') readBundleLine(bytes, start, end, line, limits, sender, reader)
    else tell(readLine(bytes, start, end, limits, sender), line, '', sender, reader)
  }
}

/** The names of the entries of a part: what other entries' references may stand for. */
export function namesOf(part: Bytes, limits: RecordLimits): (readonly [name: string, type: string])[] {
  const bytes = Buffer.from(part.bytes.buffer, part.bytes.byteOffset, part.bytes.byteLength)
  const names: (readonly [string, string])[] = []
  for (let i = 0; i < part.offsets.length; i += 2) {
    const name = entryName(bytes, part.offsets[i] ?? 0, part.offsets[i + 1] ?? 0, limits.depth)
    if (name !== null) names.push(name)
  }
  return names
}

function readLine(bytes: Buffer, start: number, end: number, limits: RecordLimits, sender: Sender): EntryRead {
  const read = readRecord(bytes, start, end, limits)
  return read.ok ? { ...read, identity: identityOf(read.resource, read.text, null, sender) } : read
}

function readBundleLine(
  bytes: Buffer,
  start: number,
  end: number,
  line: number,
  limits: ReadLimits,
  sender: Sender,
  reader: PartReader
): void {
  const bundle = end - start > limits.bundleBytes ? tooLong : readBundle(bytes, start, end, limits, sender)
  if (!bundle.ok) reader.refuse({ line, path: bundle.path, code: bundle.code })
  else for (const [n, entry] of bundle.entries.entries()) tell(entry, line, `Bundle.entry[${n}]`, sender, reader)
}

const tooLong: Refused = { ok: false, code: 'line-too-long', path: 'Bundle' }

function tell(read: EntryRead, line: number, within: string, sender: Sender, reader: PartReader): void {
  if (read === null) return
  if (!read.ok) {
    reader.refuse({ line, path: within === '' || read.path === '' ? within + read.path : `${within}: ${read.path}`, code: read.code })
    return
  }
  const of = belonging(read.resource, read.identity, sender.ownBases)
  if (of.of === 'nobody')
    reader.refuse({ line, path: within === '' ? read.identity.type : `${within}: ${read.identity.type}`, code: 'no-subject' })
  else reader.keep({ line, identity: read.identity, belonging: of, resource: read.resource, text: read.text })
}
