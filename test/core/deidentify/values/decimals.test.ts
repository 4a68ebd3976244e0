import { expect } from 'chai'
import { compileProfile } from '../../../../gateway/core/deidentify/compile/compile.ts'
import { decimalVerb } from '../../../../gateway/core/deidentify/values/quantities.ts'
import type { Json } from '../../../../gateway/core/digest.ts'
import { parseExact } from '../../../../gateway/core/fhir/exact.ts'
import type { Resource } from '../../../../gateway/core/fhir/resource.ts'
import { observation, profileWith, releasing } from '../../../support/rules.ts'

const UCUM = 'http://unitsofmeasure.org'
const kg = (value: number): Json => ({ value, unit: 'kg', system: UCUM, code: 'kg' })
const years = (value: number): Json => ({ value, unit: 'a', system: UCUM, code: 'a' })

describe('R4 decimal: precision is kept as text', () => {
  const release = releasing(compileProfile(profileWith({}), null))
  const writtenAs = (text: string): string => {
    const record = parseExact(JSON.stringify(observation({ valueQuantity: kg(7) })).replace('"value":7', `"value":${text}`)) as Resource
    return /"value":([^,]+),/.exec(JSON.stringify(release(record)?.['valueQuantity']))?.[1] ?? ''
  }

  for (const text of ['1.10', '0.0', '100.00', '-1.50', '7.0', '0.00100', '1e2', '1.0E-2']) {
    it(`${text} leaves as ${text}`, () => {
      expect(writtenAs(text)).to.equal(text)
    })
  }

  it('Safe Harbor (R): more than six digits are rounded, zeros at the end are digits', () => {
    expect(writtenAs('123.4560')).to.equal('123.456')
    expect(writtenAs('0.999188203000')).to.equal('0.999188')
    expect(writtenAs('28.104000000000003')).to.equal('28.104')
  })

  it('Safe Harbor (R): nothing hides in an exponent, or in a number of seven digits before the point', () => {
    for (const text of ['1e999188203', '1e-999188203', '1e0000000999', '9991882.0', '1e999']) expect(writtenAs(text)).not.to.include('999')
  })

  it('an age of 90 is one however it is written', () => {
    const record = parseExact(JSON.stringify(observation({ valueQuantity: years(7) })).replace('"value":7', '"value":95.0')) as Resource
    expect(release(record)?.['valueQuantity']).to.include({ value: 90, comparator: '>=' })
  })

  it('45 CFR 164.514(e)(2): an amount of a limited data set is exact to the cent; elsewhere it is rounded to six digits; a million is none', () => {
    const amounts = [12345.67, 12345.678, 999_999, 1_000_000, 5550123]
    expect(amounts.map(decimalVerb('limited-data-set'))).to.deep.equal([12345.67, 12345.7, 999_999, undefined, undefined])
    expect(amounts.map(decimalVerb('safe-harbor'))).to.deep.equal([12345.7, 12345.7, 999_999, undefined, undefined])
  })
})
