/**
 * What was told of a subject's sensitive attributes, as the ledger keeps it: a name for each attribute that was asked, in just the words of its
 * declaration, and one for each value, all keyed: the table tells nothing by itself. Decides that of an attribute declared otherwise before nothing is known.
 */
import type { SensitiveAttribute } from '../../core/deidentify/profile/profile.ts'
import { canonicalJson, hmac, type Json } from '../../core/digest.ts'
import type { Told } from '../../core/risk/release/person.ts'
import type { KeyRing } from '../../seal/keyring.ts'
import { crossingScope } from '../crosswalk.ts'

const BYTES = 16

/** Names in hex. */
export interface AskedAttribute {
  readonly name: string
  readonly asked: string
  readonly values: ReadonlyMap<string, string>
}

export function attributesIn(
  ring: KeyRing,
  disclosure: Parameters<typeof crossingScope>[0],
  declared: readonly SensitiveAttribute[] = []
): AskedAttribute[] {
  const scope = crossingScope(disclosure)
  const nameOf = (...parts: string[]): string =>
    hmac(ring.names(), 'told', scope, ...parts)
      .subarray(0, BYTES)
      .toString('hex')
  return declared.map(({ name, from, values }) => {
    const words = canonicalJson({ name, from, values } as unknown as Json) // plain lists and texts
    return { name, asked: nameOf(words), values: new Map(Object.keys(values).map((value) => [value, nameOf(words, value)])) }
  })
}

/** `values`: per attribute those that the records tell. */
export function toldBy(attributes: readonly AskedAttribute[], values: readonly (readonly string[])[]): Told {
  return attributes.map((attribute, index) => (values[index] ?? []).flatMap((value) => attribute.values.get(value) ?? []).sort())
}

export function toldOf(attributes: readonly AskedAttribute[], names: readonly Buffer[] | null): Told {
  const kept = new Set(names?.map((name) => name.toString('hex')))
  return attributes.map(({ asked, values }) => (kept.has(asked) ? [...values.values()].filter((name) => kept.has(name)).sort() : null))
}

/** null: none is declared. */
export function namesOf(attributes: readonly AskedAttribute[], told: Told): Buffer[] | null {
  if (attributes.length === 0) return null
  const names = attributes.flatMap(({ asked }, index) => {
    const values = told[index] ?? null
    return values === null ? [] : [asked, ...values]
  })
  return names.map((name) => Buffer.from(name, 'hex'))
}
