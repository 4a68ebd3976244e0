/**
 * Rows in bulk by COPY … TO STDOUT in PostgreSQL's binary form: the driver makes no object and no text of a row, which costs more than hashing it. Decides how
 * the bytes are taken apart; what the fields mean the caller knows. Refuses bytes that are not of that form.
 */
import type { Connection, Pool, Submittable } from 'pg'
import { IntegrityError } from '../core/errors.ts'
import { databaseFault } from './pool.ts'

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
/** signature, flags, length of the extension */
const HEADER_BYTES = 19

interface Settled {
  resolve(): void
  reject(error: unknown): void
}

/** A query of the driver's own protocol: it hands over what arrives until the server is ready again. */
class CopyQuery implements Submittable {
  readonly #text: string
  readonly #take: (row: CopiedRow) => void
  readonly #settled: Settled
  /** bytes of the header that are still to come */
  #header = HEADER_BYTES
  #fault: unknown = null

  constructor(text: string, take: (row: CopiedRow) => void, settled: Settled) {
    this.#text = text
    this.#take = take
    this.#settled = settled
  }

  submit(connection: Connection): void {
    connection.query(this.#text)
  }

  /** The server sends a message for each row, the header before the first, −1 for a count of fields behind the last. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const row = new CopiedRow(this.#header > 0 ? this.#behindHeader(chunk) : chunk)
    if (this.#fault !== null || row.ended) return
    try {
      this.#take(row)
    } catch (error) {
      this.#fault = error // the rest is read over: the connection stays good
    }
  }

  #behindHeader(chunk: Buffer): Buffer {
    if (!chunk.subarray(0, SIGNATURE.length).equals(SIGNATURE)) this.#fault = new IntegrityError('internal', { copy: 'not in binary form' })
    this.#header = 0
    return chunk.subarray(HEADER_BYTES)
  }

  handleError(error: unknown): void {
    this.#settled.reject(error)
  }

  handleReadyForQuery(): void {
    if (this.#fault === null) this.#settled.resolve()
    else this.#settled.reject(this.#fault)
  }

  handleCommandComplete(): void {
    // the server is ready next
  }
}

/** Hands `take` the rows of a statement as they come. The statement holds no parameters: only numbers of ours may stand in it. */
export async function copyOut(pool: Pool, select: string, take: (row: CopiedRow) => void): Promise<void> {
  let broken: Error | undefined
  const client = await pool.connect().catch((error: unknown) => {
    throw databaseFault(error)
  })
  const cut = (): void => undefined // the query that is under way rejects too
  client.on('error', cut)
  try {
    await new Promise<void>((resolve, reject) => {
      client.query(new CopyQuery(`COPY (${select}) TO STDOUT (FORMAT binary)`, take, { resolve, reject }))
    })
  } catch (error) {
    broken = error instanceof Error ? error : new Error('a copy failed')
    throw databaseFault(error)
  } finally {
    client.off('error', cut)
    client.release(broken)
  }
}

/** Fields one after the other. Bytes are views of the driver's buffer, which it uses again: good until `take` returns. */
export class CopiedRow {
  readonly #bytes: Buffer
  #at = 2

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get ended(): boolean {
    return this.#bytes.length < 2 || this.#bytes.readInt16BE(0) < 0
  }

  field(): Buffer | null {
    const length = this.#bytes.readInt32BE(this.#at)
    this.#at += 4
    if (length < 0) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  bytes(): Buffer {
    return this.field() ?? Buffer.alloc(0)
  }

  /** '' for null. */
  text(): string {
    const length = Math.max(0, this.#bytes.readInt32BE(this.#at))
    this.#at += 4 + length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  /** An int8 as a number, exact below 2^53; NaN for null. */
  number(): number {
    const length = this.#bytes.readInt32BE(this.#at)
    this.#at += 4 + Math.max(0, length)
    return length < 0 ? Number.NaN : this.#bytes.readInt32BE(this.#at - 8) * 2 ** 32 + this.#bytes.readUInt32BE(this.#at - 4)
  }

  /** An int8 that is not null. */
  bigint(): bigint {
    this.#at += 12
    return this.#bytes.readBigInt64BE(this.#at - 8)
  }
}
