/**
 * Every row of every dataset's subjects, and every row of the tables an accounting looks into, held against the log: what `sallyport accounting check` lists, and
 * what a verification of the log ends with. Decides nothing; a dataset of which what its entry said has expired is passed over.
 */
import { codeOf, IntegrityError } from '../../core/errors.ts'
import { datasetsWithSubjects } from '../../store/accounting.ts'
import { alteredPolicies, missingPolicies } from '../../store/policies.ts'
import type { Rooms } from '../house.ts'
import { appendAnew } from '../log/log.ts'
import { subjectsOfDataset } from './dataset-subjects.ts'
import { provenEntries } from './proven-subjects.ts'
import { incidentsTold, suspensionsTold } from './registers.ts'
import { shreddedTold } from './shred.ts'
import { aliasFaults } from './subject-names.ts'

/** Rows between two breaths, about 20 ms. */
const BREATH = 500

/** What is not as the log says: where, never what. `dataset` is '' where it is of none. */
export interface SubjectFault {
  readonly dataset: string
  readonly code: string
  readonly where: Readonly<Record<string, string>>
}

export interface SubjectsLook {
  readonly now: Date
  /** waited for now and then */
  readonly breathe?: () => Promise<void>
  /** told of each dataset whose rows were opened, and how many those were */
  readonly opened?: (rows: number) => void
}

/** Looks at every row and tile of every dataset, the first fault of each; then at other names, incidents, suspensions, destroyed keys and policies. */
export async function* subjectFaults(rooms: Rooms, look: SubjectsLook): AsyncGenerator<SubjectFault> {
  for (const dataset of await datasetsWithSubjects(rooms.pool)) yield* faultIn(dataset, () => lookAtDataset(rooms, dataset, look))
  const registers = [
    async () => (await aliasFaults(rooms)).map((where) => ({ dataset: '', where, code: 'proof-invalid' })),
    async () => (await incidentsTold(rooms)).faults.map((fault) => ({ ...fault, code: 'proof-invalid' })),
    async () => (await suspensionsTold(rooms)).faults.map(({ dataset, where }) => ({ dataset, where, code: 'proof-invalid' })),
    async () => (await shreddedTold(rooms, look.now)).faults.map(({ where }) => ({ dataset: '', where, code: 'key-missing' })),
    async () => (await alteredPolicies(rooms.pool)).map((policy) => ({ dataset: '', where: { policy }, code: 'policy-altered' })),
    async () => (await missingPolicies(rooms.pool)).map((policy) => ({ dataset: '', where: { policy }, code: 'policy-missing' }))
  ]
  for (const register of registers) yield* faultIn('', register)
}

/** What a look names, or the fault that ended it. */
async function* faultIn(dataset: string, look: () => Promise<readonly SubjectFault[]>): AsyncGenerator<SubjectFault> {
  try {
    yield* await look()
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error
    yield { dataset, code: codeOf(error), where: error.evidence }
  }
}

async function lookAtDataset(rooms: Rooms, dataset: string, { now, breathe, opened }: SubjectsLook): Promise<readonly SubjectFault[]> {
  const told = (await provenEntries(rooms, [dataset])).get(dataset)?.statement?.told
  if (told === undefined) return [] // expired
  let proved = 0
  try {
    for await (const _ of subjectsOfDataset(rooms, dataset, told, now)) if (++proved % BREATH === 0) await breathe?.()
  } finally {
    opened?.(proved)
  }
  return []
}

/** All faults, for an officer; that every row was opened, by whose hands and what was found is an entry, committed before it is told. */
export async function checkSubjects(
  rooms: Rooms,
  { account, at }: { readonly account: string; readonly at: Date }
): Promise<SubjectFault[]> {
  const faults: SubjectFault[] = []
  const opened = { datasets: 0, rows: 0 }
  const count = (rows: number): void => {
    opened.datasets += 1
    opened.rows += rows
  }
  for await (const fault of subjectFaults(rooms, { now: at, opened: count })) faults.push(fault)
  const [first] = faults
  const found = { ...opened, faults: faults.length, ...(first === undefined ? {} : { fault: faultText(first) }) }
  const told = { v: 1, kind: 'accounting-checked', at: at.toISOString(), account, ...found } as const
  await appendAnew(rooms.pool, told)
  return faults
}

/** A fault in a few words: code and place. */
export function faultText({ dataset, code, where }: SubjectFault): string {
  const place = Object.entries(where).filter(([name]) => name !== 'dataset')
  const words = [...(dataset === '' ? [] : [`dataset ${dataset}`]), ...place.map(([name, value]) => `${name} ${value}`)]
  return `[${code}] ${words.join(', ')}`
}
