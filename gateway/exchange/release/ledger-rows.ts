/**
 * What the ledger keeps of a subject once its records are released: its class at its level; or, where the profile declares quasi-identifiers, all that the
 * recipient then knows of it. Decides who needs no new row: whoever shows nothing new.
 */
import { heldAfter } from '../../core/risk/release/person.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import type { ReleasedSubject } from '../../store/results.ts'
import { crossingScope } from '../crosswalk.ts'
import type { Rooms } from '../house.ts'
import { policyDocuments } from '../policy-documents.ts'
import { declarationOf, nameIn, personOf, readHoldings } from './holdings.ts'
import { classMac } from './ledger.ts'
import { attributesIn, namesOf } from './sensitive.ts'
import type { SubjectRow } from './subjects.ts'

/** null: the row that is there stays. */
export type RowOf = (subject: SubjectRow, level: number) => ReleasedSubject | null

/** `here`: the keys of the released. Call it when the gate's judgement is known to hold. */
export async function ledgerRows(house: Rooms, disclosure: DisclosureRow, here: ReadonlySet<string>): Promise<RowOf> {
  const { agreement, profile } = await policyDocuments(house.pool, disclosure)
  if (!('risk' in profile) || profile.risk === undefined) return (subject, level) => classRow(house, disclosure, subject, level)
  const declaration = declarationOf(disclosure, agreement)
  const nameOf = nameIn(house.ring, disclosure, declaration)
  const attributes = attributesIn(house.ring, disclosure, profile.risk.sensitive)
  const { known } = await readHoldings(house, disclosure, { declaration, attributes, here })
  const { node } = disclosure.gate as unknown as { node: readonly number[] } // written by the gate step only
  return (subject) => {
    const person = personOf(subject, known, attributes)
    const held = heldAfter(person, node, nameOf)
    if (held === null || held.node === null || held === person.known) return null
    return {
      key: Buffer.from(subject.key ?? '', 'hex'),
      level: held.node.every((each) => each === 0) ? 0 : 1,
      class_mac: Buffer.from(held.current, 'hex'),
      declaration,
      node: held.node,
      view_mac: Buffer.from(held.view, 'hex'),
      told: namesOf(attributes, held.told)
    }
  }
}

function classRow({ ring }: Rooms, disclosure: DisclosureRow, { key, classes }: SubjectRow, level: number): ReleasedSubject | null {
  if (classes === null) return null
  const name = classMac(ring, crossingScope(disclosure), level, classes[level] ?? '')
  return { key: Buffer.from(key ?? '', 'hex'), level, class_mac: name, declaration: null, node: null, view_mac: null, told: null }
}
