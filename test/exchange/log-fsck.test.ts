/** fsck over real Postgres: a log that is whole passes, and any byte that is changed in any table of the log, or in the checkpoint kept beside it, is named. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { canonicalJson } from '../../gateway/core/digest.ts'
import { leafOf, saltOf } from '../../gateway/core/log/leaf.ts'
import { appendLeaves, leafHash, rangeFrom } from '../../gateway/core/log/merkle.ts'
import { type FsckReport, fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { growTo, type SealedLog, useLog } from '../support/sealed-log.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
/** On both sides of the borders of tiles and of what is read at once. */
const SIZES = [1, 2, 3, 255, 256, 257, 300]
const SIZE = 300

/** A column and how one byte of it is changed: SQL of the old value `v`, with $1 a number to choose by. */
interface Change {
  readonly table: string
  /** SQL for the row that $1 chooses, and what fsck calls it */
  readonly row: string
  readonly name: string
  readonly column: string
  readonly to: string
  /** tables that may be named: where two columns contradict each other, either may be the one that was changed */
  readonly named: readonly string[]
  /** added to what the row was called: the change is in the name itself */
  readonly shift?: number
}

const BYTE = 'set_byte(v, $1 % octet_length(v), (get_byte(v, $1 % octet_length(v)) + 1) % 256)'
const LETTER = "overlay(v placing (CASE WHEN substr(v, 1 + $1 % length(v), 1) = 'x' THEN 'y' ELSE 'x' END) from 1 + $1 % length(v) for 1)"
const entry = { table: 'log_entry', row: `index = $1 % ${SIZE}`, name: 'index::text', named: ['log_entry'] }
const body = { table: 'log_body', row: `index = $1 % ${SIZE}`, name: 'index::text', named: ['log_body'] }
const node = { table: 'log_node', row: 'index = $1 % 18 AND level = 1 + $1 % 4', name: "level || '/' || index", named: ['log_node'] }
const point = {
  table: 'checkpoint',
  row: `size = (ARRAY[${SIZES}])[1 + $1 % ${SIZES.length}]`,
  name: 'size::text',
  named: ['checkpoint']
}
const CHANGES: readonly Change[] = [
  { ...entry, column: 'entry', to: BYTE },
  { ...entry, column: 'leaf_hash', to: BYTE },
  { ...entry, column: 'kind', to: LETTER },
  { ...entry, column: 'key', to: LETTER, named: ['log_entry', 'log_body'] },
  { ...entry, column: 'at', to: "v + interval '1 microsecond'" },
  { ...entry, column: 'index', to: 'v + 1000000' },
  { ...body, column: 'statement', to: LETTER },
  { ...body, column: 'salt', to: BYTE },
  { ...body, column: 'salt', to: 'substr(v, 2)' },
  { ...body, column: 'seed', to: BYTE, named: ['log_entry', 'log_body'] },
  { ...body, column: 'at', to: "v - interval '1 microsecond'" },
  { ...body, column: 'parties', to: "v || 'demo-hospital'::text" },
  { ...body, column: 'parties', to: "'{}'::text[]" },
  { ...body, column: 'disclosure', to: "coalesce(overlay(v::text placing 'f' from 1)::uuid, gen_random_uuid())" },
  { ...body, column: 'index', to: 'v + 1000000' },
  { ...node, column: 'hash', to: BYTE },
  { ...node, column: 'index', to: 'v + 1000000' },
  { ...node, column: 'level', to: 'v + 40' },
  { ...point, column: 'root', to: BYTE },
  { ...point, column: 'note', to: LETTER },
  { ...point, column: 'size', to: 'v + 20', shift: 20 },
  { table: 'log_head', row: 'true', name: 'size::text', column: 'range', to: BYTE, named: ['log_head'] },
  { table: 'log_head', row: 'true', name: 'size::text', column: 'size', to: 'v - 1', named: ['log_head'], shift: -1 },
  { table: 'log_head', row: 'true', name: 'size::text', column: 'size', to: 'v + 1', named: ['log_entry'] }
]

describe('exchange/log-fsck: small logs', () => {
  const log = useLog()

  it('a log of no entries is whole: its root is SHA-256 of nothing (RFC 6962 §2.1)', async () => {
    const report = await fsck(log(), { now: NOW })
    expect(report).to.include({ size: 0n, checkpoints: 0, root: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', fault: null })
  })

  it('a log of one entry is whole', async () => {
    await growTo(log(), [1])
    expect(await fsck(log(), { now: NOW })).to.include({ size: 1n, verified: 1n, checkpoints: 2, fault: null })
  })
})

describe('exchange/log-fsck', function () {
  this.timeout(180_000)
  const log = useLog()

  /** As somebody who owns the tables can: triggers hold nobody back. */
  async function asOwner(rooms: SealedLog, text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = await rooms.pool.connect()
    try {
      await client.query("BEGIN; SET LOCAL session_replication_role = 'replica'")
      const { rows } = await client.query(text, [...values])
      await client.query('COMMIT')
      return rows as Record<string, unknown>[]
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
  }

  function check(rooms: SealedLog): Promise<FsckReport> {
    return fsck(rooms, { now: NOW })
  }

  before(() => growTo(log(), SIZES))
  afterEach(async () => expect((await check(log())).fault, 'the test left the log whole').to.equal(null))

  it('a log that is whole: every entry, node, root and signature follows from its leaves', async () => {
    const report = await check(log())
    const [head] = (await log().pool.query('SELECT root FROM checkpoint ORDER BY size DESC LIMIT 1')).rows as { root: Buffer }[]
    expect(report).to.deep.equal({
      size: 300n,
      verified: 300n,
      expired: 0n,
      checkpoints: SIZES.length + 1, // that of the folder, too
      root: head?.root.toString('base64'),
      fault: null,
      faults: []
    })
  })

  for (const change of CHANGES) {
    it(`any change of ${change.table}.${change.column} is found and named (${change.to.slice(0, 40)}…)`, async () => {
      const { table, row, name, column, to } = change
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 1_000_000 }), async (chosen) => {
          const rooms = log()
          const where = row.replaceAll('$1', String(chosen))
          const [before] = await asOwner(rooms, `SELECT ${name} AS name, ${column} AS was FROM ${table} WHERE ${where}`)
          if (before === undefined) return // no such node
          const changed = to.replaceAll(/\bv\b/g, column).replaceAll('$1', String(chosen))
          const [after] = await asOwner(rooms, `UPDATE ${table} SET ${column} = ${changed} WHERE ${where} RETURNING ctid`)
          try {
            const { fault } = await check(rooms)
            expect(fault, `${table} ${String(before['name'])} ${column}`).to.not.equal(null)
            expect(change.named).to.include(fault?.table)
            expect(fault?.index).to.equal(change.shift === undefined ? before['name'] : String(Number(before['name']) + change.shift))
          } finally {
            await asOwner(rooms, `UPDATE ${table} SET ${column} = $1 WHERE ctid = $2`, [before['was'], after?.['ctid']])
          }
        }),
        { numRuns: 20 }
      )
    })
  }

  for (const [table, row] of [
    ['log_entry', 'index = 299'],
    ['log_entry', 'index = 17'],
    ['log_body', 'index = 256'],
    ['log_node', 'level = 8 AND index = 0']
  ] as const) {
    it(`a row that is gone from ${table} (${row}) is named`, async () => {
      const rooms = log()
      const taken = await asOwner(rooms, `DELETE FROM ${table} WHERE ${row} RETURNING *`)
      const [gone] = taken
      try {
        const index = table === 'log_node' ? '8/0' : String(gone?.['index'])
        expect((await check(rooms)).fault).to.deep.equal({ table, index, fault: 'missing' })
      } finally {
        const columns = Object.keys(gone ?? {})
        const places = columns.map((_, at) => `$${at + 1}`)
        await asOwner(rooms, `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`, Object.values(gone ?? {}))
      }
    })
  }

  it('rows that have no place in the log are named: an entry, a body, a node, a checkpoint beyond its end', async () => {
    const rooms = log()
    const strays = [
      [
        'log_body',
        `INSERT INTO log_body (index, at, statement, salt, seed) VALUES (300, now(), '{}', '', '')`,
        'DELETE FROM log_body WHERE index = 300',
        '300'
      ],
      ['log_node', `INSERT INTO log_node VALUES (3, 37, '')`, 'DELETE FROM log_node WHERE level = 3 AND index = 37', '3/37'],
      ['log_node', `INSERT INTO log_node VALUES (1, -1, '')`, 'DELETE FROM log_node WHERE index = -1', '1/-1'],
      ['checkpoint', `INSERT INTO checkpoint VALUES (301, '', '')`, 'DELETE FROM checkpoint WHERE size = 301', '301'],
      ['checkpoint', `INSERT INTO checkpoint VALUES (0, '', '')`, 'DELETE FROM checkpoint WHERE size = 0', '0']
    ] as const
    for (const [table, add, remove, index] of strays) {
      await asOwner(rooms, add)
      expect((await check(rooms)).fault).to.deep.equal({ table, index, fault: 'stray' })
      await asOwner(rooms, remove)
    }
  })

  it('an entry rewritten with its hash, every node above it and the head is found at the first checkpoint over it', async () => {
    const rooms = log()
    const saved = await rewrite(rooms, 100)
    const report = await check(rooms)
    // what it said no longer fits: without bodies it would be the checkpoint
    expect(report.fault).to.deep.equal({ table: 'log_body', index: '100', fault: 'commitment' })
    await asOwner(rooms, 'CREATE TABLE kept_body AS SELECT * FROM log_body WHERE index = 100')
    await asOwner(rooms, "UPDATE log_body SET statement = convert_from($1, 'UTF8'), salt = $2, seed = $3 WHERE index = 100", [
      saved.statement,
      saved.salt,
      saved.seed
    ])
    expect((await check(rooms)).fault).to.deep.equal({ table: 'checkpoint', index: '255', fault: 'root' })
    // and with every checkpoint of the database gone, by the one in the folder
    await asOwner(rooms, 'CREATE TABLE kept_checkpoint AS SELECT * FROM checkpoint')
    await asOwner(rooms, 'DELETE FROM checkpoint')
    expect((await check(rooms)).fault).to.deep.equal({ table: 'kept-checkpoint', index: '300', fault: 'root' })
    await asOwner(rooms, 'INSERT INTO checkpoint SELECT * FROM kept_checkpoint')
    await asOwner(rooms, 'DELETE FROM log_body WHERE index = 100')
    await asOwner(rooms, 'INSERT INTO log_body SELECT * FROM kept_body')
    await saved.restore()
  })

  it('a kept checkpoint that was altered is named', async () => {
    const room = join(log().folder, 'checkpoints')
    const file = join(room, readdirSync(room)[0] ?? '')
    const note = readFileSync(file, 'utf8')
    for (const at of [0, 20, note.indexOf('\n\n') - 5, note.length - 10]) {
      writeFileSync(file, `${note.slice(0, at)}${note[at] === 'x' ? 'y' : 'x'}${note.slice(at + 1)}`)
      expect((await check(log())).fault?.table, String(at)).to.equal('kept-checkpoint')
    }
    writeFileSync(file, note)
  })

  /** Writes another leaf at `index` and makes every hash above it fit: what somebody would do who owns the database but not the signing key. */
  async function rewrite(
    rooms: SealedLog,
    index: number
  ): Promise<{ statement: Buffer; salt: Buffer; seed: Buffer; restore: () => Promise<void> }> {
    for (const table of ['log_entry', 'log_node', 'log_head']) await asOwner(rooms, `CREATE TABLE kept_${table} AS SELECT * FROM ${table}`)
    const statement = {
      v: 1,
      kind: 'file-delivered',
      at: '2026-03-01T10:20:30.456Z',
      dataset: '00000000-0000-4000-8000-000000000100',
      recipient: 'demo-insurer'
    }
    const seed = Buffer.alloc(32, 7)
    const salt = saltOf(seed, `test:${index}`)
    const leaf = leafOf(statement, salt)
    await asOwner(rooms, 'UPDATE log_entry SET entry = $1, leaf_hash = $2 WHERE index = $3', [leaf, leafHash(leaf), index])
    const { rows } = await rooms.pool.query('SELECT entry FROM log_entry ORDER BY index')
    const grown = appendLeaves(
      rangeFrom(0n, []),
      rows.map(({ entry: bytes }: { entry: Buffer }) => leafHash(bytes))
    )
    for (const made of grown.nodes.filter(({ level }) => level > 0))
      await asOwner(rooms, 'UPDATE log_node SET hash = $1 WHERE level = $2 AND index = $3 AND hash <> $1', [
        made.hash,
        made.level,
        String(made.index)
      ])
    await asOwner(rooms, 'UPDATE log_head SET range = $1', [Buffer.concat(grown.range.hashes)])
    return {
      statement: Buffer.from(canonicalJson(statement)),
      salt,
      seed,
      restore: async () => {
        for (const table of ['log_entry', 'log_node', 'log_head']) {
          await asOwner(rooms, `DELETE FROM ${table}`)
          await asOwner(rooms, `INSERT INTO ${table} SELECT * FROM kept_${table}`)
        }
      }
    }
  }
})
