/**
 * Other names of subjects, held against what the rows under their keys say: a name that none of them tells was laid there by another hand, and an accounting asked for
 * by it would be refused. Rows are opened, and sealed under keys that the database does not have; that they are those of the log is proved elsewhere. Passes
 * over keys without rows: they say nothing. Names no name, only whose key it leads to.
 */
import { type AliasRow, aliasesFrom, rowsOfSubjects, type SubjectKeyRow, subjectKeysById } from '../../store/subject-rows.ts'
import type { Rooms } from '../house.ts'
import { openRow } from './proven-subjects.ts'
import { subjectMac } from './subject-rows.ts'

const PAGE = 500

type Where = Readonly<Record<string, string>>

/** The names, as hex of their macs, that the rows under these keys tell: by number of the key. IntegrityError seal-broken. */
async function namesTold({ pool, ring }: Rooms, ids: readonly number[]): Promise<Map<number, Set<string>>> {
  const keys = new Map((await subjectKeysById(pool, ids)).map((key) => [key.id, key]))
  const told = new Map<number, Set<string>>()
  for (const row of await rowsOfSubjects(pool, [...keys.keys()])) {
    const key = keys.get(row.subject) as SubjectKeyRow // asked by these keys
    const { base, ids: names } = openRow(ring, key.party, key, row).subject.patient
    const macs = names.map((id) => subjectMac(ring, { party: key.party, base, type: 'Patient', id }).toString('hex'))
    told.set(row.subject, new Set([...(told.get(row.subject) ?? []), ...macs]))
  }
  return told
}

/** Each key that a name leads to which none of its rows tells. IntegrityError seal-broken. */
export async function aliasFaults(rooms: Rooms): Promise<Where[]> {
  const faults: Where[] = []
  let last: AliasRow | null = null
  for (;;) {
    const page: AliasRow[] = await aliasesFrom(rooms.pool, last, PAGE)
    const told = await namesTold(rooms, [...new Set(page.map(({ subject }) => subject))])
    for (const { mac, subject } of page)
      if (told.get(subject)?.has(mac.toString('hex')) === false)
        faults.push({ subject_alias: `to key ${subject}`, is: 'a name that its rows do not tell' })
    last = page.at(-1) ?? null
    if (last === null || page.length < PAGE) return faults
  }
}
