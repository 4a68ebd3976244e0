/** A small log with its key, made with the gateway's own parts, that can be asked for checkpoints, proofs, receipts and exports of any size. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { canonicalJson, type Json } from '../../gateway/core/digest.ts'
import { leafOf, type StatementBase } from '../../gateway/core/log/leaf.ts'
import { appendLeaves, type CompactRange, leafHash, rangeFrom, rangeNodes, rootOf } from '../../gateway/core/log/merkle.ts'
import { consistencyPlan, inclusionPlan, nodeKey, type ProofPlan, proofFrom } from '../../gateway/core/log/proofs.ts'
import { receiptText } from '../../gateway/core/log/receipt.ts'
import { type LogKey, logKey } from '../../gateway/seal/keyring.ts'
import { signCheckpoint } from '../../gateway/seal/receipt.ts'
import { VERIFY } from '../../gateway/seal/verify/export.ts'

interface Logged {
  readonly statement: StatementBase & { readonly [member: string]: Json }
  readonly salt: Buffer
  readonly leaf: Buffer
}

export interface ExportOptions {
  readonly first?: number
  readonly size?: number
  /** sizes at which a checkpoint stands, beside the last */
  readonly checkpoints?: readonly number[]
  readonly bodies?: string
  readonly body?: (index: number) => 'expired' | 'withheld' | null
  readonly at?: string
}

export class TestLog {
  readonly key: LogKey
  readonly #entries: Logged[]
  #range: CompactRange = rangeFrom(0n, [])
  readonly #hashes = new Map<string, Buffer>()

  constructor(key: LogKey = newLogKey('demo.example/log'), entries: readonly Logged[] = []) {
    this.key = key
    this.#entries = []
    for (const entry of entries) this.#add(entry)
  }

  /** Another history of the same key: the first `shared` entries of this one. */
  fork(shared: number): TestLog {
    return new TestLog(this.key, this.#entries.slice(0, shared))
  }

  grow(entries: number, note = 'entry'): this {
    for (let n = 0; n < entries; n++) {
      const at = `2026-03-01T12:00:${String(this.size % 60).padStart(2, '0')}Z`
      const statement = { v: 1, kind: 'submission-received', at, note: `${note} ${this.size}` } as const
      this.append(statement, randomBytes(32))
    }
    return this
  }

  append(statement: Logged['statement'], salt: Buffer): this {
    this.#add({ statement, salt, leaf: leafOf(statement, salt) })
    return this
  }

  get size(): number {
    return this.#entries.length
  }

  leaf(index: number): Buffer {
    return this.#at(index).leaf
  }

  root(size = this.size): Buffer {
    return rootOf(this.#rangeOf(size))
  }

  checkpoint(size = this.size): string {
    return signCheckpoint(this.key, BigInt(size), this.root(size))
  }

  inclusion(index: number, size = this.size): Buffer[] {
    return this.#proof(inclusionPlan(BigInt(index), BigInt(size)))
  }

  consistency(from: number, to = this.size): Buffer[] {
    return this.#proof(consistencyPlan(BigInt(from), BigInt(to)))
  }

  receipt(index: number, size = this.size): string {
    return receiptText({ index: BigInt(index), proof: this.inclusion(index, size), checkpoint: this.checkpoint(size) })
  }

  /** A receipt that brings its entry along. */
  wholeReceipt(index: number, size = this.size): string {
    const proof = this.inclusion(index, size)
    return receiptText({ index: BigInt(index), entry: this.leaf(index), proof, checkpoint: this.checkpoint(size) })
  }

  entryLine(index: number, body: 'expired' | 'withheld' | null = null): string {
    const { statement, salt, leaf } = this.#at(index)
    const said = body ?? { statement: canonicalJson(statement), salt: salt.toString('base64') }
    return JSON.stringify({ index: String(index), entry: leaf.toString('base64'), body: said })
  }

  exported(options: ExportOptions = {}): string {
    const { first = 0, size = this.size, bodies = 'all', at = '2026-03-02T00:00:00Z' } = options
    const head = {
      export: 'sallyport-log-export@v1',
      origin: this.key.origin,
      key: this.key.vkey,
      first: String(first),
      size: String(size),
      before: this.#rangeOf(first).hashes.map((hash) => hash.toString('base64')),
      bodies,
      at,
      verify: VERIFY
    }
    const lines = [JSON.stringify(head)]
    for (let index = first; index < size; index++) {
      lines.push(this.entryLine(index, options.body?.(index) ?? (bodies === 'none' ? 'withheld' : null)))
      if (options.checkpoints?.includes(index + 1) === true) lines.push(JSON.stringify({ checkpoint: this.checkpoint(index + 1) }))
    }
    lines.push(JSON.stringify({ checkpoint: this.checkpoint(size) }))
    return `${lines.join('\n')}\n`
  }

  #add(entry: Logged): void {
    this.#entries.push(entry)
    const { range, nodes } = appendLeaves(this.#range, [leafHash(entry.leaf)])
    this.#range = range
    for (const node of nodes) this.#hashes.set(nodeKey(node), node.hash)
  }

  #at(index: number): Logged {
    const entry = this.#entries[index]
    if (entry === undefined) throw new RangeError('there is no such entry')
    return entry
  }

  #proof(plan: ProofPlan): Buffer[] {
    return proofFrom(plan, (node) => this.#hashes.get(nodeKey(node)) as Buffer) // every node of the plan was made by appending
  }

  #rangeOf(size: number): CompactRange {
    return rangeFrom(BigInt(size), this.#proof(rangeNodes(BigInt(size)).map((node) => [node])))
  }
}

/** A fresh key that signs for a log of this name. */
export function newLogKey(origin: string): LogKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  return logKey({ ...privateKey.export({ format: 'jwk' }), origin })
}
