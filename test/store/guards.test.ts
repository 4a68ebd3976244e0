/** The guards of the log survive what an operator does with a database: a backup that is restored has them as the migrations made them. */
import { expect } from 'chai'
import { Client } from 'pg'
import { readGuards } from '../../gateway/store/guards.ts'
import { openPool } from '../../gateway/store/pool.ts'
import { useDatabase } from '../support/postgres.ts'

interface Defined {
  readonly name: string
  readonly drop: string
  readonly make: string
}

/** As pg_dump writes them out, each with what takes the present one away. A function is replaced. */
const DEFINED = `
  SELECT 'trigger ' || c.relname || '.' || g.tgname AS name, format('DROP TRIGGER %I ON public.%I', g.tgname, c.relname) AS drop,
    pg_get_triggerdef(g.oid) AS make FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid WHERE NOT g.tgisinternal
  UNION ALL SELECT 'function ' || p.proname, '', pg_get_functiondef(p.oid) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'view ' || c.relname, format('DROP VIEW public.%I', c.relname), format('CREATE VIEW public.%I AS %s', c.relname, pg_get_viewdef(c.oid))
    FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace`

describe('store/guards', () => {
  const database = useDatabase()

  it('each trigger, function and view that is made again from its own definition, as pg_restore does, keeps its digest', async () => {
    const pool = openPool(database().url, 1)
    const restoring = new Client({ connectionString: database().url })
    await restoring.connect()
    try {
      const before = await readGuards(pool)
      await restoring.query("SET search_path = ''; SET check_function_bodies = false")
      const { rows } = await restoring.query<Defined>(DEFINED)
      expect(rows.map(({ name }) => name)).to.include.members([...before.keys()].filter((name) => !name.startsWith('setting ')))
      for (const { drop, make } of rows) await restoring.query(`${drop};${make}`)
      expect(Object.fromEntries(await readGuards(pool))).to.deep.equal(Object.fromEntries(before))
    } finally {
      await restoring.end()
      await pool.end()
    }
  })
})
