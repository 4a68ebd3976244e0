/**
 * The security labels Microsoft's tool leaves in meta.security, saying what was done (SecurityLabels.cs). Adds one where a node was changed that way in the
 * resource or in what it contains; never takes one away, and never adds a code twice. Their codes, spelled as there (CRYTOHASH), mostly are not in HL7's list.
 */
import type { Node } from './tree.ts'

export type Done = 'redact' | 'abstract' | 'cryptoHash' | 'encrypt' | 'perturb' | 'substitute' | 'generalize'

const SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue'

interface Label {
  readonly system?: string
  readonly code: string
  readonly display: string
}

/** In the order in which they are added. A shifted date counts as perturbed, as there. */
const LABELS: ReadonlyMap<Done, Label> = new Map<Done, Label>([
  ['redact', { system: SYSTEM, code: 'REDACTED', display: 'redacted' }],
  ['abstract', { system: SYSTEM, code: 'ABSTRED', display: 'abstracted' }],
  ['cryptoHash', { system: SYSTEM, code: 'CRYTOHASH', display: 'cryptographic hash function' }],
  ['encrypt', { code: 'ENCRYPT', display: 'exact value is transformed into ciphertext' }],
  ['perturb', { code: 'PERTURBED', display: 'exact value is replaced with another exact value' }],
  ['substitute', { code: 'SUBSTITUTED', display: 'exact value is replaced with a predefined value' }],
  ['generalize', { code: 'GENERALIZED', display: 'exact value is replaced with a general value' }]
])

/** Adds the labels to the resource, which is still unpruned. */
export function addLabels(resource: Node, done: ReadonlySet<Done>): void {
  if (done.size === 0) return
  const data = resource.holder[resource.slot] as { meta?: { security?: (Partial<Label> | null)[] } } // sound: the tree was typed by the type table
  const meta = data.meta ?? {}
  const security = meta.security ?? []
  const there = new Set(security.map((coding) => coding?.code?.toUpperCase()))
  const added = [...LABELS].filter(([name, { code }]) => done.has(name) && !there.has(code)).map(([, label]) => ({ ...label }))
  if (added.length === 0) return
  meta.security = [...security, ...added]
  data.meta = meta
}
