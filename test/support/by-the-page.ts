/**
 * A verifier of receipts written from gateway/core/log/VERIFY.md alone: no code of the gateway, recursion where the gateway folds, Web Crypto where it has
 * node:crypto. Whether the page is enough, and whether two readers of it agree, is tested with it.
 */
import { createHash, webcrypto } from 'node:crypto'

function hash(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest()
}

export function leafByThePage(entry: Uint8Array): Buffer {
  return hash(Buffer.of(0), entry)
}

/** The root that PATH(index, D[size]) leads to (RFC 6962 §2.1.1), null when the proof has another length than the path. */
export function rootByThePage(index: bigint, size: bigint, leaf: Buffer, proof: readonly Buffer[]): Buffer | null {
  if (size === 1n) return index === 0n && proof.length === 0 ? leaf : null
  const last = proof.at(-1)
  if (index < 0n || index >= size || last?.length !== 32) return null
  let k = 1n
  while (k * 2n < size) k *= 2n
  const inside =
    index < k ? rootByThePage(index, k, leaf, proof.slice(0, -1)) : rootByThePage(index - k, size - k, leaf, proof.slice(0, -1))
  if (inside === null) return null
  return index < k ? hash(Buffer.of(1), inside, last) : hash(Buffer.of(1), last, inside)
}

function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64) throw new Error('not canonical base64')
  return bytes
}

function sizeOf(text: string): bigint {
  if (!/^(0|[1-9][0-9]*)$/.test(text) || BigInt(text) >= 2n ** 64n) throw new Error('not a size')
  return BigInt(text)
}

async function isSigned(note: string, vkey: string): Promise<boolean> {
  const [name = '', id = '', key = ''] = vkey.split('+', 2).concat(vkey.split('+').slice(2).join('+'))
  const raw = bytesOf(key).subarray(1)
  const publicKey = await webcrypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])
  const cut = note.lastIndexOf('\n\n') + 1
  const lines = note.slice(cut + 1, -1).split('\n')
  let good = 0
  for (const line of lines) {
    const [dash, who, encoded = '', ...more] = line.split(' ')
    if (dash !== '\u2014' || who === undefined || more.length > 0) throw new Error('not a signature line')
    const bytes = bytesOf(encoded)
    if (who !== name || bytes.subarray(0, 4).toString('hex') !== id) continue
    if (!(await webcrypto.subtle.verify('Ed25519', publicKey, bytes.subarray(4), Buffer.from(note.slice(0, cut))))) return false
    good++
  }
  return good > 0
}

/** Is this receipt, with the entry it brings along, proved under the key? */
export async function isProvedByThePage(receipt: string, vkey: string): Promise<boolean> {
  try {
    if ([...receipt].some((character) => character < ' ' && character !== '\n') || !receipt.endsWith('\n')) return false
    const cut = receipt.indexOf('\n\n')
    const note = receipt.slice(cut + 2)
    const [heading, extra = '', index = '', ...hashes] = receipt.slice(0, cut).split('\n')
    if (heading !== 'c2sp.org/tlog-proof@v1' || !extra.startsWith('extra ') || !index.startsWith('index ') || hashes.length > 64)
      return false
    const [origin, size = '', root = ''] = note.split('\n')
    if (!(await isSigned(note, vkey)) || origin !== vkey.split('+')[0]) return false
    const leaf = leafByThePage(bytesOf(extra.slice(6)))
    const found = rootByThePage(sizeOf(index.slice(6)), sizeOf(size), leaf, hashes.map(bytesOf))
    return found?.equals(bytesOf(root)) === true
  } catch {
    return false
  }
}
