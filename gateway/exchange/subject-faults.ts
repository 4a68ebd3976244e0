/**
 * Every row of every dataset's subjects, held against the log: what `sallyport accounting check` lists, and what a verification of the log ends with. Decides
 * nothing; a dataset of which what its entry said has expired is passed over.
 */
import { codeOf, IntegrityError } from '../core/errors.ts'
import { datasetsWithSubjects } from '../store/accounting.ts'
import { subjectsOfDataset } from './dataset-subjects.ts'
import type { Rooms } from './house.ts'
import { provenEntries } from './proven-subjects.ts'

/** Rows between two breaths, about 20 ms. */
const BREATH = 500

/** A dataset whose rows are not what the log says: where, never what. */
export interface SubjectFault {
  readonly dataset: string
  readonly code: string
  readonly where: Readonly<Record<string, string>>
}

/** Looks at every row and tile of every dataset; the first fault of each. `breathe` is waited for now and then. */
export async function* subjectFaults(rooms: Rooms, breathe?: () => Promise<void>): AsyncGenerator<SubjectFault> {
  for (const dataset of await datasetsWithSubjects(rooms.pool)) {
    try {
      const told = (await provenEntries(rooms, [dataset])).get(dataset)?.statement?.told
      if (told === undefined) continue // expired
      let proved = 0
      for await (const _ of subjectsOfDataset(rooms, dataset, told)) if (++proved % BREATH === 0) await breathe?.()
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error
      yield { dataset, code: codeOf(error), where: error.evidence }
    }
  }
}
