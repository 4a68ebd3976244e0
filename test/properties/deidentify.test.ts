import { expect } from 'chai'
import fc from 'fast-check'
import { createCoarsener } from '../../gateway/core/deidentify/coarsen.ts'
import { compileProfile } from '../../gateway/core/deidentify/compile.ts'
import { canonicalJson, type Json } from '../../gateway/core/digest.ts'
import type { Resource } from '../../gateway/core/fhir/resource.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import { MARK, Maker } from '../support/arbitrary-resource.ts'
import { releaseAll, safeHarbor } from '../support/profile.ts'

const FULL_DATE = /\d{4}-\d{2}-\d{2}/
const TYPES = Object.keys(safeHarbor().resources)
const TAPE = fc.array(fc.nat(1_000_000), { minLength: 150, maxLength: 400 })
const RUNS = { numRuns: 40 }

/** A record of the type, its Patient with it, both valid R4 as far as the generator can. */
function recordsFrom(type: string, tape: readonly number[]): Resource[] {
  const maker = new Maker(tape)
  if (type === 'Patient') return [{ ...maker.resource('Patient'), id: 'p1' }]
  const died = (tape[1] ?? 0) % 3 === 0 ? { deceasedDateTime: maker.date() } : {}
  return [
    {
      resourceType: 'Patient',
      id: 'p1',
      birthDate: maker.date(),
      name: [{ text: maker.mark() }],
      ...died
    },
    maker.resource(type)
  ]
}

/** Surrogates and names of contained resources differ from run to run by design. */
function withoutIds(value: Json): string {
  return canonicalJson(value)
    .replaceAll(/[0-9a-f]{32}/g, 'id')
    .replaceAll(/"(?:#?)c\d+"/g, '"c"')
}

/** Is nothing in it empty? */
function isFull(value: Json | undefined): boolean {
  if (value === null || value === undefined) return false
  if (typeof value !== 'object') return true
  const members = Object.values(value)
  return members.length > 0 && members.every(isFull)
}

describe('properties of de-identification', () => {
  const engine = compileProfile(safeHarbor(), null)
  const plain = compileProfile({ ...safeHarbor(), derived: [] }, null)

  for (const type of TYPES) {
    it(`${type}: no identifier and no full date of the input is in the output, nothing is empty, nothing given is changed`, () => {
      fc.assert(
        fc.property(TAPE, (tape) => {
          const records = recordsFrom(type, tape)
          const before = JSON.stringify(records)
          const { released, withheld, classes } = releaseAll(engine, records)
          expect(JSON.stringify(records)).to.equal(before)
          expect(released.length + withheld.length).to.equal(records.length)
          const text = JSON.stringify([released.map((row) => row.resource), classes])
          expect(text).not.to.match(MARK)
          expect(text).not.to.match(FULL_DATE)
          for (const { resource } of released) expect(isFull(resource)).to.equal(true)
        }),
        RUNS
      )
    })

    it(`${type}: valid R4 in is valid R4 out, at both levels`, () => {
      fc.assert(
        fc.property(TAPE, (tape) => {
          const records = recordsFrom(type, tape).filter((record) => validateResource(record))
          for (const { resource } of releaseAll(engine, records).released) {
            expect(validateResource(resource), JSON.stringify(validateResource.errors?.[0])).to.equal(true)
            const coarse: Resource = JSON.parse(createCoarsener(engine, resource.resourceType)(JSON.stringify(resource)))
            expect(validateResource(coarse), JSON.stringify(validateResource.errors?.[0])).to.equal(true)
          }
        }),
        RUNS
      )
    })

    it(`${type}: de-identified twice is de-identified once`, () => {
      fc.assert(
        fc.property(TAPE, (tape) => {
          const once = releaseAll(plain, recordsFrom(type, tape)).released.map((row) => row.resource)
          fc.pre(once.some((record) => record.resourceType === 'Patient')) // without it ages are judged anew, and more strictly
          const again = once.map((record) => (record.resourceType === 'Patient' ? { ...record, id: 'p1' } : record))
          const renamed: Resource[] = JSON.parse(JSON.stringify(again).replaceAll(`Patient/${'f'.repeat(32)}`, 'Patient/p1'))
          const twice = releaseAll(plain, renamed).released.map((row) => row.resource)
          expect(withoutIds(twice)).to.equal(withoutIds(once))
        }),
        RUNS
      )
    })
  }
})
