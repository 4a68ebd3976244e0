/**
 * What each mode of release asks of an agreement, beside what every agreement must have: a row for each condition, with the rule of law it comes
 * from. Refuses an agreement that is of one mode in name and of another in what it says.
 */
import type { Agreement } from '../../generated/policy.ts'
import { canRead, READ } from '../aggregate/faults.ts'
import type { Fault } from '../errors.ts'
import { certificateOf } from './certificate.ts'
import { type HashedProfile, type Policies, profileOf } from './policies.ts'
import { LIMITED_DATA_SET_PURPOSES } from './purposes.ts'
import { isFinerThanYear, isShorter } from './window.ts'

type Mode = Agreement['mode']

/** An agreement, and the profile it names if there is one. */
interface Read {
  readonly agreement: Agreement
  readonly profile: HashedProfile['profile'] | null
}

interface Row {
  /** the modes it is asked of */
  readonly of: readonly Mode[]
  readonly path: string
  readonly broken: (read: Read) => boolean
  readonly message: string
}

const ALL: readonly Mode[] = ['safe-harbor', 'limited-data-set', 'expert-determination', 'aggregate-only']

function allBut(mode: Mode): readonly Mode[] {
  return ALL.filter((other) => other !== mode)
}

/** Cells of 1 to 10 people are not published: CMS, Cell Size Suppression Policy. */
const LEAST_CELL = 11

const ROWS: readonly Row[] = [
  {
    of: ALL,
    path: '/mode',
    broken: ({ agreement, profile }) => profile !== null && profile.mode !== agreement.mode,
    message:
      'is not the mode of the profile: each mode is another rule of 45 CFR 164.514, and the profile must follow the one that is named'
  },
  {
    of: ['safe-harbor'],
    path: '/noActualKnowledge',
    broken: ({ agreement }) => agreement.noActualKnowledge === null,
    message: 'must be attested for Safe Harbor by the source (by, date, text, version): 45 CFR 164.514(b)(2)(ii)'
  },
  {
    of: ['safe-harbor'],
    path: '/noActualKnowledge/version',
    broken: ({ agreement: { noActualKnowledge, version } }) => noActualKnowledge !== null && noActualKnowledge.version !== version,
    message: "must be the agreement's own version: what was attested of another version says nothing of this one (45 CFR 164.514(b)(2)(ii))"
  },
  {
    of: allBut('safe-harbor'),
    path: '/noActualKnowledge',
    broken: ({ agreement }) => agreement.noActualKnowledge !== null,
    message: 'must be null: it is a condition of Safe Harbor only (45 CFR 164.514(b)(2)(ii))'
  },
  {
    of: ['safe-harbor'],
    path: '/releaseWindow/every',
    broken: ({ agreement: { releaseWindow } }) => releaseWindow.attestation === null && isFinerThanYear(releaseWindow.every),
    message:
      'Safe Harbor shows only the year, so a release more often than P1Y needs an attestation (by, date, text), or write P1Y: 45 CFR 164.514(b)(2)(i)(C)'
  },
  {
    of: ['limited-data-set'],
    path: '/purposeOfUse',
    broken: ({ agreement }) => !LIMITED_DATA_SET_PURPOSES.has(agreement.purposeOfUse),
    message: `a limited data set is for research, public health or health care operations only (45 CFR 164.514(e)(3)(i)): ${[...LIMITED_DATA_SET_PURPOSES.keys()].join(', ')}`
  },
  {
    of: ['limited-data-set'],
    path: '/dataUseAgreement',
    broken: ({ agreement }) => agreement.dataUseAgreement === null,
    message: 'must be on record for a limited data set, with every term of 45 CFR 164.514(e)(4)(ii)'
  },
  {
    of: allBut('limited-data-set'),
    path: '/dataUseAgreement',
    broken: ({ agreement }) => agreement.dataUseAgreement !== null,
    message: 'must be null: it is a condition of a limited data set only (45 CFR 164.514(e)(4))'
  },
  {
    of: ['limited-data-set'],
    path: '/dataUseAgreement/expires',
    broken: ({ agreement: { dataUseAgreement: use } }) => use !== null && use.expires <= use.date,
    message: 'must be later than date: expires is the first day no longer in force'
  },
  {
    of: ['expert-determination'],
    path: '/k',
    broken: ({ agreement, profile }) => profile !== null && agreement.k < (certificateOf(profile)?.threshold.k ?? 0),
    message:
      "is below the threshold of the expert's certificate: the risk was found very small for groups of that size (45 CFR 164.514(b)(1)(i))"
  },
  {
    of: ['expert-determination'],
    path: '/releaseWindow/every',
    broken: ({ agreement, profile }) => {
      const certificate = profile === null ? null : certificateOf(profile)
      return certificate !== null && isShorter(agreement.releaseWindow.every, certificate.every)
    },
    message:
      "is less than `every` of the expert's certificate: what is new in a release happened after the one before, and the risk was found very small for releases that far apart (45 CFR 164.514(b)(1))"
  },
  {
    of: ['aggregate-only'],
    path: '/k',
    broken: ({ agreement }) => agreement.k < LEAST_CELL,
    message: `must be ${LEAST_CELL} or more: cells of 1 to 10 people are not published (CMS, Cell Size Suppression Policy)`
  },
  {
    of: ['aggregate-only'],
    path: '/resources',
    broken: ({ agreement }) => !canRead(agreement),
    message: `must name what the indicators read, for nothing else is read (45 CFR 164.502(b)): ${READ.join(', ')}`
  }
]

/** What ends with a day (a certificate, a data use agreement) is no fault: decide.ts denies from that day on, and every other agreement goes on. */
export function modeFaults(agreement: Agreement, { profiles }: Pick<Policies, 'profiles'>): Fault[] {
  const read: Read = { agreement, profile: profileOf({ profiles }, agreement)?.profile ?? null }
  const rows = ROWS.filter((row) => row.of.includes(agreement.mode) && row.broken(read))
  return rows.map(({ path, message }) => ({ path, message }))
}
