/** A small sealed dataset in a temporary folder, made with the gateway's own parts: a log of one statement among others, its manifest and shards. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { sha256 } from '../../gateway/core/digest.ts'
import { leafOf } from '../../gateway/core/log/leaf.ts'
import { appendLeaves, leafHash, rangeFrom, rootOf } from '../../gateway/core/log/merkle.ts'
import { inclusionPlan, nodeKey, proofFrom } from '../../gateway/core/log/proofs.ts'
import { receiptText } from '../../gateway/core/log/receipt.ts'
import type { DatasetStatement, SealedForm, ShardRow } from '../../gateway/core/log/statement.ts'
import { cmsSealer } from '../../gateway/seal/cms.ts'
import { generateKeyRing, generatePartyKeys, type PartyKeys, type PartyKeyType, publicPart } from '../../gateway/seal/generate.ts'
import { type KeyRing, readKeyRing } from '../../gateway/seal/keyring.ts'
import { newKey } from '../../gateway/seal/local.ts'
import { buildManifest, type Pins, pinsOf } from '../../gateway/seal/manifest.ts'
import { signCheckpoint } from '../../gateway/seal/receipt.ts'
import { passing, ShardSealer, type Stage, shardSealer } from '../../gateway/seal/shard.ts'
import { wrapForRecipient } from '../../gateway/seal/wrap.ts'

export interface SealedDataset {
  readonly folder: string
  readonly shards: string
  readonly manifest: string
  readonly pins: Pins
  readonly ring: KeyRing
  readonly party: PartyKeys
  readonly statement: DatasetStatement
  readonly salt: Buffer
  readonly receipt: string
  readonly keys: readonly string[]
  readonly lines: ReadonlyMap<string, string>
}

const HASH = `sha256:${'0'.repeat(64)}`

/** The data dictionary of such a dataset. */
export const DICTIONARY = '{"types":[]}'

export function statementOf(sealedForm: SealedForm, shards: readonly ShardRow[]): DatasetStatement {
  const released = shards.reduce((sum, shard) => sum + shard.records, 0)
  return {
    v: 1,
    kind: 'dataset-released',
    at: '2026-03-01T12:00:00Z',
    dataset: 'd-1',
    agreement: { id: 'demo', version: 1, hash: HASH },
    profile: { name: 'safe-harbor', version: 1, hash: HASH },
    source: 'demo-hospital',
    recipient: 'demo-insurer',
    purposeOfUse: 'HOPERAT',
    mode: 'safe-harbor',
    certificate: null,
    submissions: ['s-1'],
    releasedThrough: '2026-03-01T12:00:00Z',
    sealedForm,
    counts: { received: released, released, held: 0, withheld: {}, rejected: {}, byType: {} },
    subjects: { released: 3, generalized: 0, suppressed: 0, smallestGroup: 3, k: 3 },
    dictionary: `sha256:${sha256(DICTIONARY).toString('hex')}`,
    shards,
    engine: 'sallyport/0.1.0'
  }
}

/** Two shards of Patient, one of Encounter and one of no Condition at all, sealed in the form asked for. */
export async function sealedDataset(sealedForm: SealedForm, keyType: PartyKeyType = 'ec'): Promise<SealedDataset> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  const shards = join(folder, 'shards')
  mkdirSync(shards)
  const ring = readKeyRing(generateKeyRing('demo.example/log'))
  const party = generatePartyKeys(keyType, 'demo')
  const recipient = publicPart(party.encryption)
  const dataKey = newKey()
  const rows: ShardRow[] = []
  const lines = new Map<string, string>()
  for (const [type, part, records] of [
    ['Patient', 0, 400],
    ['Patient', 1, 3],
    ['Encounter', 0, 50],
    ['Condition', 0, 0]
  ] as const) {
    const name = `${type}.${part}.ndjson.gz${sealedForm === 'transport-only' ? '' : `.${sealedForm}`}`
    const text = Array.from({ length: records }, () => `{"resourceType":"${type}","id":"${randomBytes(64).toString('hex')}"}\n`).join('')
    const stage: Stage =
      sealedForm === 'c2sp' ? shardSealer(dataKey, 'd-1', { name, type }) : sealedForm === 'cms' ? cmsSealer(recipient) : passing()
    const sealer = new ShardSealer(stage)
    const halves = records === 0 ? [] : [text.slice(0, text.length / 2), text.slice(text.length / 2)]
    const pieces = halves.map((half) => sealer.push(gzipSync(half)))
    const { last, measure } = sealer.end()
    writeFileSync(join(shards, name), Buffer.concat([...pieces, last]))
    rows.push({ name, type, records, ...measure })
    lines.set(`${type}.ndjson`, (lines.get(`${type}.ndjson`) ?? '') + text)
  }
  const statement = statementOf(sealedForm, rows)
  const salt = randomBytes(32)
  const receipt = receiptFor(ring, leafOf(statement, salt))
  const keys = sealedForm === 'c2sp' ? [await wrapForRecipient(dataKey, recipient, 'd-1')] : []
  const manifest = await buildManifest(ring.manifest, { statement, salt, receipt, keys })
  return { folder, shards, manifest, pins: pinsOf(ring), ring, party, statement, salt, receipt, keys, lines }
}

/** The receipt of an entry at index 5 of a log of 11. */
export function receiptFor(ring: KeyRing, entry: Buffer): string {
  const leaves = Array.from({ length: 11 }, (_, at) => leafHash(at === 5 ? entry : Buffer.from(`entry ${at}`)))
  const { range, nodes } = appendLeaves(rangeFrom(0n, []), leaves)
  const hashes = new Map(nodes.map((node) => [nodeKey(node), node.hash]))
  const proof = proofFrom(inclusionPlan(5n, 11n), (node) => hashes.get(nodeKey(node)) as Buffer)
  return receiptText({ index: 5n, proof, checkpoint: signCheckpoint(ring.log.current, 11n, rootOf(range)) })
}
