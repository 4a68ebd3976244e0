/**
 * The log's public read side over HTTP: C2SP tlog-checkpoint and tlog-tiles, and proofs for those who would rather ask than compute. Refuses whatever the
 * newest signed checkpoint does not cover, and more readers at once than the database should see. Full tiles never change and say so.
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { RequestError } from '../core/errors.ts'
import { parseSize } from '../core/log/checkpoint.ts'
import { isFullTile, parseTileLevel, parseTilePath, type Tile } from '../core/log/tiles.ts'
import { type Asked, one, onlyKnown, sendBytes, sendText } from './asked.ts'
import { ThrottledError } from './outcomes.ts'

const TEXT = 'text/plain; charset=utf-8'
const BYTES = 'application/octet-stream'
const FOR_EVER = 'public, max-age=31536000, immutable'
/** A partial tile soon has a fuller one beside it. */
const SHORTLY = 'public, max-age=60'
const READERS = 64

const gzipped = promisify(gzip)

/** The log is anyone's to read, a page of another origin too: an auditor's own. */
function open(answer: (asked: Asked) => Promise<void>): (asked: Asked) => Promise<void> {
  return async (asked) => {
    asked.res.setHeader('Access-Control-Allow-Origin', '*')
    asked.res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
    await answer(asked)
  }
}

/** One reader among so many; RequestError not-found when there is nothing. */
async function read<T>(asked: Asked, work: () => Promise<T | null>): Promise<T> {
  const { underWay } = asked.house
  if (!underWay.enter('log', READERS)) throw new ThrottledError(1)
  try {
    const found = await work()
    if (found === null) throw new RequestError('not-found', 'The newest checkpoint does not cover that.')
    return found
  } finally {
    underWay.leave('log')
  }
}

export const answerCheckpoint = open(async (asked) => {
  onlyKnown(asked.query, [])
  sendText(asked.res, 200, await read(asked, () => asked.deps.log.checkpoint()), TEXT)
})

function tileOf(asked: Asked, level: number | null): Tile {
  onlyKnown(asked.query, [])
  const path = asked.params['tile']
  const tile = level === null || !Array.isArray(path) ? null : parseTilePath(level, path)
  if (tile === null) throw new RequestError('bad-request', 'A tile is <L>/<N> or <L>/<N>.p/<W>, as C2SP tlog-tiles writes them.')
  return tile
}

function keepFor(asked: Asked, tile: Tile): void {
  asked.res.setHeader('Cache-Control', isFullTile(tile) ? FOR_EVER : SHORTLY)
}

export const answerHashTile = open(async (asked) => {
  const tile = tileOf(asked, parseTileLevel(String(asked.params['level'])))
  const hashes = await read(asked, () => asked.deps.log.hashTile(tile))
  keepFor(asked, tile)
  sendBytes(asked.res, 200, hashes, BYTES)
})

/** Leaf bytes, each behind its length; gzip where the caller takes it. */
export const answerEntryTile = open(async (asked) => {
  const tile = tileOf(asked, 0)
  const bundle = await read(asked, () => asked.deps.log.entryTile(tile))
  const zipped = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(asked.req.headers['accept-encoding'] ?? ''))
  const body = zipped ? await gzipped(bundle, { level: 1 }) : bundle
  keepFor(asked, tile)
  asked.res.setHeader('Vary', 'Accept-Encoding')
  if (zipped) asked.res.setHeader('Content-Encoding', 'gzip')
  sendBytes(asked.res, 200, body, BYTES)
})

/** A size or index of the query, or null where it may be absent. RequestError bad-request. */
function sizeIn(asked: Asked, name: string): bigint | null {
  const text = one(asked.query, name)
  if (text === null) return null
  const size = parseSize(text)
  // PostgreSQL's bigint has a sign: no log of ours has an index of 2^63
  if (size === null || size >> 63n !== 0n) throw new RequestError('bad-request', 'Sizes and indices are decimal, without leading zeros.')
  return size
}

/** A leaf hash of the query: 64 hex digits, or base64 of either alphabet. */
function hashIn(asked: Asked): Buffer | null {
  const text = one(asked.query, 'hash')
  if (text === null) return null
  if (/^[0-9a-f]{64}$/.test(text)) return Buffer.from(text, 'hex')
  // a plus that a query turned into a space is put back
  const bytes = /^[A-Za-z0-9+/_ -]{43}=?$/.test(text) ? Buffer.from(text.replaceAll(' ', '+'), 'base64') : Buffer.alloc(0)
  if (bytes.length !== 32) throw new RequestError('bad-request', 'hash is a leaf hash: 64 hex digits, or base64.')
  return bytes
}

export const answerInclusion = open(async (asked) => {
  onlyKnown(asked.query, ['index', 'hash', 'size'])
  const [index, hash, size] = [sizeIn(asked, 'index'), hashIn(asked), sizeIn(asked, 'size')]
  const of = index ?? hash
  if (of === null || (index !== null && hash !== null)) throw new RequestError('bad-request', 'Name index or hash.')
  if (index !== null && size !== null && index >= size) throw new RequestError('bad-request', 'index is less than size.')
  sendText(asked.res, 200, await read(asked, () => asked.deps.log.inclusion(of, size)), TEXT)
})

export const answerConsistency = open(async (asked) => {
  onlyKnown(asked.query, ['from', 'to'])
  const [from, to] = [sizeIn(asked, 'from'), sizeIn(asked, 'to')]
  if (from === null || to === null || from > to) throw new RequestError('bad-request', 'Name from and to, from ≤ to.')
  sendText(asked.res, 200, await read(asked, () => asked.deps.log.consistency(from, to)), TEXT)
})
