/**
 * One process of the log's benchmark: adds rows from several connections for a while, as one gateway would, and tells how many were durable. `entries`: through
 * the outbox, with a sequencer beside; `outbox`: into a bare table of the same columns; `chain`: a hash chain, row by row. Decides nothing.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { sha256 } from '../../../gateway/core/digest.ts'
import { appendAnew, type Statement } from '../../../gateway/exchange/log/log.ts'
import { startSequencer } from '../../../gateway/exchange/log/sequencer.ts'
import { createObserver } from '../../../gateway/observe/observer.ts'
import { readKeyRing } from '../../../gateway/seal/keyring.ts'
import { type Db, openPool, rows, run, transaction } from '../../../gateway/store/pool.ts'

const [mode = '', url = '', folder = '', keys = '', writers = '8'] = process.argv.slice(2)
const pool = openPool(url, Number(writers) + 2)

const POLICY = `sha256:${'a'.repeat(64)}`

function told(): Statement {
  const at = new Date().toISOString()
  return {
    v: 1,
    kind: 'file-delivered',
    at,
    dataset: randomUUID(),
    agreement: 'bench',
    policy: POLICY,
    source: 'bench-hospital',
    recipient: 'bench-insurer'
  }
}

async function addEntry(db: Db): Promise<void> {
  await appendAnew(db, told())
}

const STATEMENT = JSON.stringify(told())
const ENTRY = Buffer.alloc(170, 'x')

const BARE = `INSERT INTO bare (key, disclosure, kind, statement, seed, salt, entry, parties, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (key) DO NOTHING`

async function addBare(db: Db): Promise<void> {
  const [key, dataset, seed, salt] = [`bench:${randomUUID()}`, randomUUID(), randomBytes(32), randomBytes(32)]
  const values = [
    key,
    dataset,
    'file-delivered',
    STATEMENT,
    seed,
    salt,
    ENTRY,
    ['bench-hospital', 'bench-insurer'],
    new Date().toISOString()
  ]
  await run(db, BARE, values, 'bare')
}

async function addLink(db: Db): Promise<void> {
  const [last] = await rows<{ hash: Buffer }>(db, 'SELECT hash FROM chain_head FOR UPDATE', [], 'chain-last')
  const hash = sha256(Buffer.concat([last?.hash ?? Buffer.alloc(32), Buffer.from(STATEMENT)]))
  await run(db, 'INSERT INTO chain (statement, hash) VALUES ($1, $2)', [STATEMENT, hash], 'chain-add')
  await run(db, 'UPDATE chain_head SET hash = $1', [hash], 'chain-head')
}

const ADD: Readonly<Record<string, (db: Db) => Promise<void>>> = { entries: addEntry, outbox: addBare, chain: addLink }
const add = ADD[mode] ?? addEntry

function sequencer(): { stop(): Promise<void> } {
  if (mode !== 'entries') return { stop: async () => undefined }
  const ring = readKeyRing(new Map(JSON.parse(readFileSync(keys, 'utf8')) as [string, string][]))
  const rooms = { pool, folder, ring, observe: createObserver({ level: 'warn' }) }
  return startSequencer(rooms, 1000, (size) => process.stdout.write(`${JSON.stringify({ size: String(size), at: Date.now() })}\n`))
}

async function addFor(milliseconds: number): Promise<{ added: number; started: number; ended: number }> {
  const until = performance.now() + milliseconds
  const started = Date.now()
  let added = 0
  await Promise.all(
    Array.from({ length: Number(writers) }, async () => {
      while (performance.now() < until) {
        await transaction(pool, add)
        added += 1
      }
    })
  )
  return { added, started, ended: Date.now() }
}

const beside = sequencer()
process.stdout.write('"ready"\n')
// each line is a turn of so many milliseconds; at the end of the input nobody needs it any more
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await addFor(Number(line)))}\n`)
}
await beside.stop()
await pool.end()
