/**
 * Reads a part: every line or entry of it, each with its identity and the subject it belongs to, or the reason and place of its refusal. A line
 * may be a resource, or a whole Bundle or Parameters of them. A blank line is nothing; an entry without a resource is no record.
 */
import type { Code } from '../errors.ts'
import { type Around, type RecordRead, readEntry, readWrapper, wrapperAt } from './bundle.ts'
import type { Part } from './cut.ts'
import { entryName } from './entry-name.ts'
import { identityOf, type Sender } from './identity.ts'
import { type RecordLimits, readRecord, refuse } from './read.ts'
import type { Belonging, Identity, Resource } from './resource.ts'
import { belonging } from './subject.ts'
import type { TypeOfName } from './written-out.ts'

export interface ReadLimits extends RecordLimits {
  readonly bundleBytes: number
}

/** A record to keep. `text` is its JSON text, references written out; `resource` is the same, parsed. */
export interface KeptRecord {
  readonly line: number
  /** where it stands in what wraps it, `Bundle.entry[12]`; empty where nothing does */
  readonly within: string
  readonly identity: Identity
  readonly belonging: Exclude<Belonging, { of: 'nobody' }>
  readonly resource: Resource
  readonly text: string
}

export interface RefusedRecord {
  readonly line: number
  /** element path; behind where it stands in what wraps it, counted from 0: `Bundle.entry[12]` or `Bundle.entry[12]: Patient.birthDate` */
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
    const tellThis = (read: RecordRead, at: string): void => tell(read, line, at, sender, reader)
    if (part.kind === 'entries') readEntry(bytes, start, end, { limits, sender, typeOfName, base: '', depth: 1 }, '', tellThis)
    else readLine(bytes, start, end, limits, sender, tellThis)
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

function readLine(
  bytes: Buffer,
  start: number,
  end: number,
  limits: ReadLimits,
  sender: Sender,
  tellThis: (read: RecordRead, at: string) => void
): void {
  const wrapper = wrapperAt(bytes, start, end, limits)
  if (wrapper === null) {
    const read = readRecord(bytes, start, end, limits)
    tellThis(read.ok ? { ...read, identity: identityOf(read.resource, read.text, null, sender) } : read, '')
  } else if (end - start > limits.bundleBytes) tellThis(refuse('line-too-long', wrapper.type), '')
  else readWrapper(bytes, wrapper, { limits, sender, typeOfName: nobody, base: '', depth: 0 } satisfies Around, '', tellThis)
}

/** Outside a Bundle no name stands for anything. */
const nobody: TypeOfName = () => undefined

function tell(read: RecordRead, line: number, within: string, sender: Sender, reader: PartReader): void {
  if (!read.ok) {
    reader.refuse({ line, path: within === '' || read.path === '' ? within + read.path : `${within}: ${read.path}`, code: read.code })
    return
  }
  const of = belonging(read.resource, read.identity, sender.ownBases)
  if (of.of === 'nobody')
    reader.refuse({ line, path: within === '' ? read.identity.type : `${within}: ${read.identity.type}`, code: 'no-subject' })
  else reader.keep({ line, within, identity: read.identity, belonging: of, resource: read.resource, text: read.text })
}
