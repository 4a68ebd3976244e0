/**
 * REPLAY: a dataset made again from the very bytes it was made from, which the hospital presents again, and compared with what was frozen. Refuses bytes that are
 * not those, by how many, and aggregates, whose cells hang on earlier ones. Runs the release itself, in a rehearsal: nothing is written, nothing leaves. Counts are
 * held against those of the gate, through the same floor; where they differ is for the source and officers, the recipient is told yes or no.
 *
 * What it stands on: policy and profile by hash, the moment of release, each subject's crosswalk row (surrogate, shift, secret), its level in the row that the log
 * proves. A subject whose crosswalk row or key is gone is not replayed: its records are counted, and files of the types it was in are not compared. Opt-outs and
 * rosters are those of now: where they changed since, that is the difference that is found. A recogniser of others is not asked.
 */
import { createHash, type Hash } from 'node:crypto'
import { sha256Hex } from '../../core/digest.ts'
import { type Difference, differences, type Result } from '../../core/dispute/compare.ts'
import { afterAct } from '../../core/dispute/life.ts'
import { RequestError } from '../../core/errors.ts'
import type { DatasetStatement } from '../../core/log/statement.ts'
import { requireWord } from '../../core/printable.ts'
import { findCrosswalk } from '../../store/crosswalk.ts'
import { type DisclosureRow, findDisclosure } from '../../store/disclosures.ts'
import * as disputes from '../../store/disputes.ts'
import { transaction } from '../../store/pool.ts'
import { rehearse } from '../../store/rehearsal.ts'
import { listShards, type ShardRow } from '../../store/results.ts'
import type { DisclosureCounts } from '../accept/views.ts'
import { subjectsOfDataset } from '../accounting/dataset-subjects.ts'
import { crossingScope, crosswalkKey, sharedKey } from '../crosswalk.ts'
import { type EnforcedRecords, enforced } from '../policy-cache.ts'
import { type Bench, releaseGroups } from '../release/bucket.ts'
import { aboveFloor } from '../release/counts.ts'
import type { Group } from '../release/gather.ts'
import { FULL, SUPPRESSED } from '../release/levels.ts'
import type { Output } from '../release/output.ts'
import { addTallies, type BucketTallies, figuresBy, noTallies } from '../release/quality.ts'
import { ENGINE } from '../release/record.ts'
import { coarsenerOf, released } from '../release/seal-shard.ts'
import { total } from '../tallies.ts'
import { type DisputeWord, locked, tell } from './dispute.ts'
import { inputsOf, type ReadInputs, type ReplayRoom, readInputs } from './dispute-inputs.ts'
import type { Frozen } from './dispute-view.ts'

export interface Replayed {
  readonly same: boolean
  readonly differences: readonly Difference[]
  /** what nothing is claimed of */
  readonly notReplayed: { readonly subjects: number; readonly files: readonly string[] }
  readonly engine: { readonly was: string; readonly is: string; readonly nodeWas: string; readonly nodeIs: string }
}

/** Bytes of the largest subject, as in a release. */
const LARGEST = 16 * 1024 * 1024

/** Replays, keeps the result with its entry, and answers it. */
export async function replayDispute(room: ReplayRoom, id: string, files: readonly string[], word: DisputeWord): Promise<Replayed> {
  const { pool } = room.bench
  const { row, disclosure, frozen, statement } = await replayable(room, id, word)
  const order = await inputsOf(frozen, files)
  const policies = await enforced(room.bench.cache, pool, disclosure)
  if (policies.kind !== 'records')
    throw new RequestError('bad-request', 'An aggregate is not replayed: which cells are hidden hangs on earlier ones.')
  const read = await readInputs(room, disclosure, frozen, order)
  const made = await rehearse(pool, (inside) =>
    remake({ ...room.bench, pool: inside }, { disclosure, policies, statement, at: word.at }, read)
  )
  const found = differences(frozenResult(frozen, statement), made.result, made.unasked)
  const replayed: Replayed = {
    same: found.length === 0,
    differences: found,
    notReplayed: { subjects: made.unlinked, files: [...made.unasked].map((name) => name.replace(/^file /, '')).sort() },
    engine: { was: frozen.engine, is: ENGINE, nodeWas: frozen.node, nodeIs: process.version }
  }
  await keep(room, row.id, replayed, word)
  return replayed
}

async function replayable(
  { bench: { pool } }: ReplayRoom,
  id: string,
  word: DisputeWord
): Promise<{ row: disputes.DisputeRow; disclosure: DisclosureRow; frozen: Frozen; statement: DatasetStatement }> {
  requireWord(word)
  const row = await transaction(pool, (client) => locked(client, id))
  const next = afterAct(row.state, 'replay', word.at, { decideBy: row.decide_by })
  if ('refused' in next) throw new RequestError(next.refused)
  const frozen = JSON.parse(row.frozen) as Frozen // written when it was opened
  const disclosure = await findDisclosure(pool, row.disclosure)
  if (disclosure === null || frozen.statement === null)
    throw new RequestError('bad-request', 'Nothing of this dataset left: there is nothing to make again.')
  return { row, disclosure, frozen, statement: frozen.statement as unknown as DatasetStatement } // the dataset's own, as it was recorded
}

interface Made {
  readonly result: Result
  /** subjects whose crosswalk row or key is gone */
  readonly unlinked: number
  /** differences that are none: files of the types that these subjects were in */
  readonly unasked: ReadonlySet<string>
}

interface Remaking {
  readonly disclosure: DisclosureRow
  readonly policies: EnforcedRecords
  readonly statement: DatasetStatement
  readonly at: Date
}

/** The level of each subject that left, by the name its records give it; and how many have no key any more. */
async function levelsOf(bench: Bench, { disclosure, statement, at }: Remaking): Promise<{ levels: Map<string, number>; gone: number }> {
  const levels = new Map<string, number>()
  let gone = 0
  for await (const subject of subjectsOfDataset(bench, disclosure.id, statement, at)) {
    if (subject === null) gone += 1
    else levels.set(nameOf(subject.patient), subject.level)
  }
  return { levels, gone }
}

type Subject = Output['subjects'][number]

/** A dataset while it is made again. */
class Remade {
  readonly files = new Map<string, Hash>()
  readonly withheld: Record<string, number> = {}
  readonly sensitive: Record<string, number> = {}
  readonly unasked = new Set<string>()
  readonly tallies: BucketTallies = noTallies()
  readonly #levels: ReadonlyMap<string, number>
  readonly #shards: readonly ShardRow[]
  released = 0
  unlinked: number

  constructor(levels: ReadonlyMap<string, number>, shards: readonly ShardRow[], gone: number) {
    this.#levels = levels
    this.#shards = shards
    this.unlinked = gone
  }

  levelOf({ source }: Subject): number {
    return source === undefined ? FULL : (this.#levels.get(nameOf(source)) ?? SUPPRESSED)
  }

  /** `known`: the crosswalk keys that have their row. */
  count(subject: Subject, known: ReadonlySet<string>): void {
    const lines = total(Object.fromEntries(subject.lines))
    if (this.levelOf(subject) === SUPPRESSED) this.withhold('too-few-like-them', lines)
    else this.released += lines
    if (subject.key === null || known.has(subject.key)) return
    this.unlinked += 1
    for (const { type, name } of this.#shards) if (subject.lines.has(type)) this.unasked.add(`file ${name}`)
  }

  withhold(code: string, n: number): void {
    if (n > 0) this.withheld[code] = (this.withheld[code] ?? 0) + n
  }

  /** The gzip member of a bucket's lines of a type, into the file it stood in. */
  add(type: string, bucket: number, member: Buffer): void {
    if (member.length === 0) return
    const shard = this.#shards.find((one) => one.type === type && one.first_bucket <= bucket && bucket <= one.last_bucket)
    const name = shard?.name ?? `${type} in no file`
    this.files.set(name, (this.files.get(name) ?? createHash('sha256')).update(member))
  }
}

function nameOf({ base, ids }: { readonly base: string; readonly ids: readonly string[] }): string {
  return `${base}\n${ids[0] ?? ''}`
}

async function remake(bench: Bench, remaking: Remaking, read: ReadInputs): Promise<Made> {
  const { disclosure, policies } = remaking
  const { levels, gone } = await levelsOf(bench, remaking)
  const made = new Remade(levels, await listShards(bench.pool, disclosure.id), gone)
  for (const [bucket, groups] of [...read.buckets].sort(([a], [b]) => a - b)) {
    const known = await linked(bench, disclosure, [...groups.values()])
    const output = await releaseGroups(bench, disclosure, policies, {
      groups: [...groups.values()],
      largest: LARGEST,
      now: remaking.at.toISOString()
    })
    addTallies(made.tallies, output.quality.tallies, policies.agreement)
    for (const [code, n] of Object.entries(output.withheld)) made.withhold(code, n)
    for (const [codes, n] of Object.entries(output.sensitive)) made.sensitive[codes] = (made.sensitive[codes] ?? 0) + n
    for (const subject of output.subjects) made.count(subject, known)
    for (const [type, { text }] of output.lines) {
      const lines = output.subjects.flatMap((one) => Array.from({ length: one.lines.get(type) ?? 0 }, () => made.levelOf(one)))
      const coarsen = coarsenerOf(policies, disclosure.gate, type)
      made.add(type, bucket, released(bench.spare, coarsen, text.bytes, Uint8Array.from(lines)).member)
      bench.spare.give(text)
    }
  }
  // what is cut again has no figures of its own
  const quality = disclosure.recut_of === null ? figuresBy(made.tallies, read.atDoor, policies.agreement) : []
  const result = {
    received: read.received,
    released: made.released,
    rejected: read.rejected,
    withheld: aboveFloor(made.withheld, made.sensitive),
    files: Object.fromEntries([...made.files].map(([name, hash]) => [name, hash.digest('hex')])),
    quality: Object.fromEntries(quality.map(({ submission, figures }) => [submission, figures]))
  }
  return { result, unlinked: made.unlinked, unasked: made.unasked }
}

/** Hex of the crosswalk keys of these groups that have their row. */
async function linked(bench: Bench, disclosure: DisclosureRow, groups: readonly Group[]): Promise<Set<string>> {
  const scope = crossingScope(disclosure)
  const keys = groups.map(({ subject }) => (subject === null ? sharedKey(bench.ring, scope) : crosswalkKey(bench.ring, scope, subject)))
  return new Set((await findCrosswalk(bench.pool, scope, keys)).map(({ key }) => key.toString('hex')))
}

/** Counts as the gate wrote them: the statement's say less of who said no. */
function frozenResult({ counts, quality }: Frozen, { shards }: DatasetStatement): Result {
  const { received, released: left, rejected, withheld } = counts as unknown as DisclosureCounts // of a dataset that was recorded
  const files = Object.fromEntries(shards.map(({ name, plainSha256 }) => [name, plainSha256]))
  return { received, released: left, rejected, withheld, files, quality: quality as Readonly<Record<string, unknown>> } // figures, by submission
}

async function keep({ bench: { pool } }: ReplayRoom, id: string, replayed: Replayed, word: DisputeWord): Promise<void> {
  await transaction(pool, async (client) => {
    const row = await locked(client, id)
    const next = afterAct(row.state, 'replay', word.at, { decideBy: row.decide_by })
    if ('refused' in next) throw new RequestError(next.refused)
    await disputes.keepReplay(client, id, replayed)
    await tell(client, row, word, {
      kind: 'dispute-replayed',
      told: { same: replayed.same ? 'yes' : 'no' },
      toOfficers: {
        differences: replayed.differences.map(({ what }) => what),
        notReplayed: replayed.notReplayed.subjects,
        engine: replayed.engine.is,
        result: `sha256:${sha256Hex(JSON.stringify(replayed))}`
      }
    })
  })
}
