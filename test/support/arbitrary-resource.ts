/**
 * An R4-aware generator: resources of any type, from the type table, filled with marks that must never leave. It reads a tape of numbers, so that
 * fast-check can shrink what it made. Every text, id, URL, code and unit is a mark (Zq12q) unless FHIR binds the element to codes.
 */

import { boundCodes } from '../../gateway/core/deidentify/vocabulary.ts'
import type { Json } from '../../gateway/core/digest.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { type ElementDef, TYPES } from '../../gateway/core/fhir/types.ts'

/** Any mark, anywhere in a text. */
export const MARK = /zq\d+q/i

const BOUND = boundCodes()
const APART: ReadonlySet<string> = new Set(['contained', 'id', 'modifierExtension', 'implicitRules'])
/** What R4's Meta has. */
const META: ReadonlySet<string> = new Set(['versionId', 'lastUpdated', 'source', 'profile', 'security', 'tag', 'extension'])
const CODINGS: readonly (readonly [string, string])[] = [
  ['http://snomed.info/sct', '38341003'],
  ['http://loinc.org', '4548-4'],
  ['http://loinc.org', '30525-0'],
  ['http://terminology.hl7.org/CodeSystem/v3-ActCode', 'IMP'],
  ['http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'],
  ['http://www.nlm.nih.gov/research/umls/rxnorm', '313782']
]

export class Maker {
  readonly #tape: readonly number[]
  #at = 0
  #marks = 0

  constructor(tape: readonly number[]) {
    this.#tape = tape
  }

  /** A resource of the type, about Patient/p1 where it names a patient. */
  resource(type: string, depth = 0): Resource {
    const made = this.#object(type, depth)
    const contained =
      depth === 0 && this.#one(5) === 0
        ? {
            contained: [this.resource(this.#pick(['Practitioner', 'Organization', 'Patient', 'Condition']), 3)]
          }
        : {}
    return { resourceType: type, id: this.mark(), ...made, ...contained }
  }

  #next(): number {
    return this.#tape[this.#at++ % this.#tape.length] ?? 0
  }

  #one(of: number): number {
    return this.#next() % of
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#one(list.length)] as T // the lists are not empty
  }

  /** A text that must not leave. */
  mark(): string {
    return `Zq${this.#marks++}q`
  }

  #object(type: string, depth: number): { [key: string]: Json } {
    const made: { [key: string]: Json } = {}
    const groups = groupsOf(type)
    for (const group of groups.values()) {
      const element = this.#pick(group)
      if (!element.required && this.#one(depth === 0 ? 2 : 3 + depth * 2) !== 0) continue
      this.#put(made, type, element, depth)
    }
    return made
  }

  #put(made: { [key: string]: Json }, owner: string, element: ElementDef, depth: number): void {
    const type = element.types[0] ?? ''
    const one = (): Json => this.#value(`${owner}.${element.name}`, type, depth + 1)
    if (depth > 5 && !element.required) return
    made[element.name] = element.list ? Array.from({ length: 1 + this.#one(2) }, one) : one()
    if (TYPES.get(type)?.kind === 'primitive' && !element.list && type !== 'id' && this.#one(6) === 0)
      made[`_${element.name}`] = {
        id: this.mark(),
        extension: [this.#extension()]
      }
  }

  #extension(): Json {
    if (this.#one(3) === 0)
      return {
        url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
        valueCode: 'unknown'
      }
    return {
      url: `http://${this.mark()}.example/ext`,
      valueString: this.mark()
    }
  }

  #value(path: string, type: string, depth: number): Json {
    const primitive = this.#primitive(path, type)
    if (primitive !== undefined) return primitive
    if (type === 'Extension') return this.#extension()
    if (type === 'Reference') return this.#reference()
    if (type === 'Coding') return this.#coding()
    if (type === 'CodeableConcept')
      return {
        coding: Array.from({ length: 1 + this.#one(2) }, () => this.#coding()),
        text: this.mark()
      }
    if (type === 'Narrative')
      return {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml">${this.mark()}</div>`
      }
    return this.#object(type, depth)
  }

  #reference(): Json {
    const target = this.#pick([
      'Patient/p1',
      `Patient/${this.mark()}`,
      `Encounter/${this.mark()}`,
      `http://${this.mark()}.example/fhir/Organization/1`,
      `#${this.mark()}`,
      `Practitioner?identifier=${this.mark()}`
    ])
    return { reference: target, display: this.mark() }
  }

  #coding(): Json {
    if (this.#one(8) === 0)
      return {
        system: `http://${this.mark()}.example`,
        code: this.mark(),
        display: this.mark()
      }
    const [system, code] = this.#pick(CODINGS)
    return {
      system,
      code: this.#one(8) === 0 ? this.mark() : code,
      display: this.mark()
    }
  }

  date(): string {
    const two = (number: number): string => String(number + 1).padStart(2, '0')
    return `${1900 + this.#one(130)}-${two(this.#one(12))}-${two(this.#one(28))}`
  }

  #primitive(path: string, type: string): Json | undefined {
    switch (type) {
      case 'boolean':
        return this.#one(2) === 0
      case 'integer':
      case 'unsignedInt':
      case 'positiveInt':
        return 1 + this.#one(120)
      case 'decimal':
        return this.#one(100_000) / 100
      case 'code':
        return this.#pick([...(BOUND.get(path) ?? [this.mark()])])
      case 'date':
        return this.date()
      case 'dateTime':
        return this.#one(2) === 0 ? this.date() : `${this.date()}T10:11:12Z`
      case 'instant':
        return `${this.date()}T10:11:12.123Z`
      case 'time':
        return '10:11:12'
      case 'base64Binary':
        return Buffer.from(this.mark().padEnd(9, '.')).toString('base64')
      case 'xhtml':
        return `<div xmlns="http://www.w3.org/1999/xhtml">${this.mark()}</div>`
      case 'uri':
      case 'url':
      case 'canonical':
        return `http://${this.mark()}.example/`
      case 'oid':
        return 'urn:oid:1.2.3'
      case 'uuid':
        return 'urn:uuid:6c5d9ca9-54d7-42f5-bfae-a7c19cd217f2'
      case 'id':
      case 'string':
      case 'markdown':
        return this.mark()
      default:
        return undefined
    }
  }
}

/** The elements of a type that may be made, those of one choice together. */
function groupsOf(type: string): ReadonlyMap<string, ElementDef[]> {
  const groups = new Map<string, ElementDef[]>()
  for (const element of TYPES.get(type)?.elements.values() ?? []) {
    if (APART.has(element.name) || (type === 'Meta' && !META.has(element.name))) continue
    const group = element.choice ?? element.name
    groups.set(group, [...(groups.get(group) ?? []), element])
  }
  return groups
}
