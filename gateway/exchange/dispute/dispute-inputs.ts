/**
 * What a hospital presents again for a replay: the files, held against the digests that were frozen, and read as the door read them. Refuses other bytes, fewer or
 * more of them, and more than is held in memory at once.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { inputFault } from '../../core/dispute/compare.ts'
import { RequestError } from '../../core/errors.ts'
import { createCutter, type Part } from '../../core/fhir/cut.ts'
import { isExact } from '../../core/fhir/exact.ts'
import { namesOf as entryNames, type ReadLimits, readPart } from '../../core/fhir/part.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import { readBody } from '../accept/body.ts'
import { bucketOf, type Frame } from '../frames.ts'
import type { Bench } from '../release/bucket.ts'
import { addFrame, type Group, type Sent } from '../release/gather.ts'
import type { Frozen } from './dispute-view.ts'

export interface ReplayLimits extends ReadLimits {
  readonly expansion: number
  readonly uploadBytes: number
}

/** What a replay stands on, beside the files. */
export interface ReplayRoom {
  readonly bench: Bench
  readonly limits: ReplayLimits
}

/** Bytes of records held at once: all of a dataset. */
const MOST_BYTES = 512 * 1024 * 1024
const DAY_MS = 86_400_000

/** The files in the order they were sent. RequestError hash-mismatch when they are not those, all of them. */
export async function inputsOf({ inputs }: Frozen, files: readonly string[]): Promise<string[]> {
  const digests = new Map<string, string[]>()
  for (const file of files) {
    const digest = await digestOf(file)
    digests.set(digest, [...(digests.get(digest) ?? []), file])
  }
  const fault = inputFault(
    inputs,
    [...digests].flatMap(([digest, same]) => same.map(() => digest))
  )
  if (fault !== null)
    throw new RequestError(
      'hash-mismatch',
      'Present every file as it was sent, byte for byte, each once: dispute show lists their SHA-256.'
    )
  return inputs.map(({ sha256 }) => digests.get(sha256)?.shift() ?? '')
}

async function digestOf(path: string): Promise<string> {
  const digest = createHash('sha256')
  for await (const chunk of createReadStream(path)) digest.update(chunk as Buffer) // without an encoding it gives nothing else
  return digest.digest('hex')
}

export interface ReadInputs {
  readonly buckets: ReadonlyMap<number, ReadonlyMap<string, Group>>
  readonly received: number
  readonly rejected: Readonly<Record<string, number>>
  /** by submission */
  readonly atDoor: ReadonlyMap<string, { received: number; rejected: number }>
}

class Reader {
  readonly buckets = new Map<number, Map<string, Group>>()
  readonly rejected: Record<string, number> = {}
  readonly atDoor = new Map<string, { received: number; rejected: number }>()
  received = 0
  #bytes = 0

  take(party: string, from: Sent, bucket: number, frame: Frame): void {
    this.#bytes += frame.text.length
    if (this.#bytes > MOST_BYTES) throw new RequestError('too-large')
    let groups = this.buckets.get(bucket)
    if (groups === undefined) {
      groups = new Map()
      this.buckets.set(bucket, groups)
    }
    addFrame(groups, party, from, frame)
    this.count(from, 1)
  }

  refuse(from: Sent, code: string): void {
    this.rejected[code] = (this.rejected[code] ?? 0) + 1
    this.count(from, 1)
    const door = this.atDoor.get(from.submission)
    if (door !== undefined) door.rejected += 1
  }

  private count(from: Sent, n: number): void {
    this.received += n
    const door = this.atDoor.get(from.submission) ?? { received: 0, rejected: 0 }
    door.received += n
    this.atDoor.set(from.submission, door)
  }
}

export async function readInputs(
  room: ReplayRoom,
  { source: party }: DisclosureRow,
  { inputs }: Frozen,
  files: readonly string[]
): Promise<ReadInputs> {
  const reader = new Reader()
  for (const [n, { submission, arrived }] of inputs.entries())
    await readInput(room, reader, { party, from: { submission, arrived: Math.floor(arrived / DAY_MS) } }, files[n] ?? '')
  return reader
}

/** One upload, as the door reads it: entries of a large Bundle wait until all its names are known. */
async function readInput(
  { bench, limits }: ReplayRoom,
  reader: Reader,
  { party, from }: { readonly party: string; readonly from: Sent },
  file: string
): Promise<void> {
  const sender = { party, ownBases: bench.parties.get(party)?.fhirBases ?? [] }
  const body = await readBody(createReadStream(file), { gzip: false }, limits)
  const cutter = createCutter(limits)
  const aside: Part[] = []
  const read = (part: Part, names: ReadonlyMap<string, string>): void =>
    readPart(part, limits, sender, (name) => names.get(name), {
      keep: ({ identity, belonging, text }) => {
        const subject = belonging.of === 'subject' ? { base: belonging.subject.base, id: belonging.subject.id } : null
        const { base, type, id } = identity
        reader.take(party, from, bucketOf(identity, belonging), {
          subject,
          base,
          type,
          id,
          text: Buffer.from(text, 'utf8'),
          exact: isExact(text)
        })
      },
      refuse: ({ code }) => reader.refuse(from, code)
    })
  const take = (part: Part): void => {
    for (const { code } of part.rejects) reader.refuse(from, code)
    if (part.kind === 'entries') aside.push(part)
    else if (part.offsets.length > 0) read(part, new Map())
  }
  for await (const chunk of body.chunks) for (const part of cutter.push(chunk)) take(part)
  for (const part of cutter.end()) take(part)
  const names = new Map(aside.flatMap((part) => entryNames(part, limits)))
  for (const part of aside) read(part, names)
}
