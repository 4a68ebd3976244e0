/**
 * How fast sealing and opening are, one thread, against the floor of the same run: plain AES-256-GCM over the same 1 MiB pieces. Prints MB/s and
 * shares of the floor; absolute figures drift from machine to machine.
 */
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { appendLeaves, leafHash, rangeFrom } from '../../gateway/core/log/merkle.ts'
import { ChunkedOpener, ChunkedSealer } from '../../gateway/seal/chunked.ts'
import { cmsSealer } from '../../gateway/seal/cms.ts'
import { generateKeyRing, generatePartyKeys, publicPart } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { newKey } from '../../gateway/seal/local.ts'
import { openSegment, sealSegment } from '../../gateway/seal/segment.ts'
import { ShardSealer, type Stage, shardSealer } from '../../gateway/seal/shard.ts'
import { issueToken, readToken } from '../../gateway/seal/token.ts'

const MIB = 1 << 20
const PIECES = 128
const ROUNDS = 5
const SEGMENT = 8192

const piece = randomBytes(MIB)
const key = newKey()
const keyObject = createSecretKey(key)

/** The best of several rounds, taken in turn, in milliseconds: noise only ever adds. */
function best(tasks: readonly (() => void)[]): number[] {
  const times = tasks.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++) {
    tasks.forEach((task, at) => {
      const start = performance.now()
      task()
      times[at] = Math.min(times[at] ?? 0, performance.now() - start)
    })
  }
  return times
}

function plainGcm(): void {
  const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12))
  for (let at = 0; at < PIECES; at++) cipher.update(piece)
  cipher.final()
}

function through(stage: Stage): void {
  for (let at = 0; at < PIECES; at++) stage.push(piece)
  stage.end()
}

const SEALED = sealedPieces()

function sealedPieces(): Buffer[] {
  const sealer = new ChunkedSealer(key, Buffer.alloc(0))
  return [...Array.from({ length: PIECES }, () => sealer.push(piece)), sealer.end()]
}

function openChunks(): void {
  const opener = new ChunkedOpener(key, Buffer.alloc(0))
  for (const sealed of SEALED) opener.push(sealed)
  opener.end()
}

function measuredShard(): void {
  const sealer = new ShardSealer(shardSealer(key, 'd', { name: 'n', type: 't' }))
  for (let at = 0; at < PIECES; at++) sealer.push(piece)
  sealer.end()
}

function segments(): void {
  const aad = Buffer.from('place')
  for (let at = 0; at < PIECES * MIB; at += SEGMENT)
    openSegment(keyObject, aad, sealSegment(keyObject, aad, piece.subarray(at % MIB, (at % MIB) + SEGMENT)))
}

function bulk(): void {
  const recipient = publicPart(generatePartyKeys('ec', 'bench').encryption)
  const rows: readonly (readonly [string, () => void])[] = [
    ['AES-256-GCM, 1 MiB pieces (floor)', plainGcm],
    ['chunked: seal', () => through(new ChunkedSealer(key, Buffer.alloc(0)))],
    ['chunked: open', openChunks],
    ['shard: seal, both SHA-256', measuredShard],
    ['CMS: seal, in memory', () => through(cmsSealer(recipient))],
    ['segments of 8 KiB: seal and open', segments]
  ]
  const times = best(rows.map(([, task]) => task))
  const floor = times[0] ?? 1
  rows.forEach(([name], at) => {
    const time = times[at] ?? 1
    console.log(
      `${name.padEnd(38)}${((PIECES * MIB) / 1e3 / time).toFixed(0).padStart(7)} MB/s${(floor / time).toFixed(2).padStart(8)} × floor`
    )
  })
}

function appending(): void {
  const count = 100_000
  const entries = Array.from({ length: count }, (_, at) => Buffer.from(`entry ${at}, as long as leaves are: ${'x'.repeat(120)}`))
  const [time = 1] = best([() => void appendLeaves(rangeFrom(0n, []), entries.map(leafHash))])
  console.log(`${'log: hash and append'.padEnd(38)}${(count / time).toFixed(0).padStart(7)} k leaves/s`)
}

async function tokens(): Promise<void> {
  const ring = readKeyRing(generateKeyRing('bench.example/log')).token
  const [count, issuer, at] = [500, 'https://bench.example', new Date()]
  const grant = { party: 'p', role: 'insurer', scopes: ['system/*.rs'], certificate: null } as const
  const token = await issueToken(ring, issuer, grant, at, 300)
  const start = performance.now()
  for (let n = 0; n < count; n++) await readToken(ring, issuer, token, at)
  console.log(`${'tokens read'.padEnd(38)}${((count * 1000) / (performance.now() - start)).toFixed(0).padStart(7)} /s`)
}

bulk()
appending()
await tokens()
