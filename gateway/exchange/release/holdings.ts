/**
 * What the recipient holds of an agreement under a profile that declares its quasi-identifiers, read from the ledger in pages: how many subjects in each
 * view, what was told of them, and what is known of those in this dataset. Decides the names of classes and views (keyed: the table tells nothing by itself), and under which
 * declaration levels can be compared: that of the same profile, and of the same elements of the Patient.
 */
import type { Traits } from '../../core/deidentify/traits.ts'
import { canonicalJson, hmac, type Json, lengthPrefixed, sha256 } from '../../core/digest.ts'
import type { Held, NameOf, Others, Person } from '../../core/risk/release/person.ts'
import type { Agreement } from '../../generated/policy.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import { type ReleasedSubject, releasedPage } from '../../store/results.ts'
import { crossingScope } from '../crosswalk.ts'
import type { Rooms } from '../house.ts'
import { type AskedAttribute, toldBy, toldOf } from './sensitive.ts'
import type { SubjectRow } from './subjects.ts'

const LEDGER_PAGE = 20_000

export interface Holding {
  /** hex of the subject's key → what is known of it */
  readonly known: ReadonlyMap<string, Held>
  /** view → subjects */
  readonly held: ReadonlyMap<string, number>
  /** those who are not in this dataset */
  readonly others: readonly Others[]
  /** of this declaration */
  readonly nodes: readonly (readonly number[])[]
}

export function declarationOf(disclosure: Pick<DisclosureRow, 'profile_hash'>, agreement: Agreement): string {
  const shown = canonicalJson((agreement.resources['Patient'] ?? []) as Json)
  return sha256(lengthPrefixed('declaration', disclosure.profile_hash, shown)).toString('hex')
}

export function nameIn(ring: KeyRing, disclosure: DisclosureRow, declaration: string): NameOf {
  const scope = crossingScope(disclosure)
  // many subjects look alike: each name is made, and kept, once
  const names = new Map<string, string>()
  return (...parts) => {
    const key = JSON.stringify(parts)
    const name = names.get(key) ?? hmac(ring.names(), 'risk', scope, declaration, ...parts).toString('hex')
    names.set(key, name)
    return name
  }
}

export function personOf({ key, traits }: SubjectRow, known: Holding['known'], attributes: readonly AskedAttribute[]): Person {
  const { came, seen, events, sensitive } = traits ?? NOTHING
  return { came, seen, events, told: toldBy(attributes, sensitive), known: known.get(key ?? '') ?? null }
}

/** Every subject under such a profile has traits; of one without them nothing could be judged. */
const NOTHING: Traits = { came: 'lacking', seen: [], events: 'none', sensitive: [] }

interface Question {
  readonly declaration: string
  readonly attributes: readonly AskedAttribute[]
  /** the keys of those in this dataset */
  readonly here: ReadonlySet<string>
}

export async function readHoldings(
  { pool }: Pick<Rooms, 'pool'>,
  disclosure: DisclosureRow,
  { declaration, attributes, here }: Question
): Promise<Holding> {
  const known = new Map<string, Held>()
  const held = new Map<string, number>()
  const others = new Map<string, Others>()
  const nodes = new Map<string, readonly number[]>()
  const agreement = crossingScope(disclosure)
  for (let after: Buffer = Buffer.alloc(0); ; ) {
    const page = await releasedPage(pool, agreement, after, LEDGER_PAGE)
    for (const row of page) {
      const one = heldOf(row, declaration, attributes)
      held.set(one.view, (held.get(one.view) ?? 0) + 1)
      if (one.node !== null) nodes.set(one.node.join(), one.node)
      const key = row.key.toString('hex')
      if (here.has(key)) known.set(key, one)
      else countIn(others, one)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < LEDGER_PAGE) return { known, held, others: [...others.values()], nodes: [...nodes.values()] }
    after = last.key
  }
}

/** So many are as good as one: memory follows the views. */
function countIn(others: Map<string, Others>, { view, told }: Held): void {
  const key = JSON.stringify([view, told])
  others.set(key, { view, told, subjects: (others.get(key)?.subjects ?? 0) + 1 })
}

/** A class of another profile or declaration is a view like any other, only that its levels say nothing here. */
function heldOf(
  { class_mac, view_mac, node, declaration, told }: ReleasedSubject,
  asked: string,
  attributes: readonly AskedAttribute[]
): Held {
  return {
    node: declaration === asked ? node : null,
    view: (view_mac ?? class_mac).toString('hex'),
    current: class_mac.toString('hex'),
    told: toldOf(attributes, told)
  }
}
