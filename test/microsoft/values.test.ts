/** The methods value by value, against the expected values Microsoft publishes in the unit and functional tests of its tool (typed here as facts). */
import { createDecipheriv } from 'node:crypto'
import { expect } from 'chai'
import { daysOf, shifted, yearOf } from '../../gateway/microsoft/dates.ts'
import { transformReference } from '../../gateway/microsoft/reference.ts'
import { followed, labelsOf, type TheirRule } from '../support/microsoft.ts'

const AT = '2026-01-31'

/** One value of Patient.address.city (or the like) under one rule. */
function city(value: string, rule: Omit<TheirRule, 'path'>, parameters: object = {}): unknown {
  const record = { resourceType: 'Patient', address: [{ city: value }] }
  const out = followed([{ path: 'Patient.address.city', method: '', ...rule }], record, { parameters }) as { address?: { city: string }[] }
  return out.address?.[0]?.city
}

describe("Microsoft's methods: values", () => {
  it('dateShift: scope and key give a shift of -50 to 50 days (DateTimeUtility; DateTimeUtilityTests, key "dummy", patient-basic-target, key "123")', () => {
    expect(daysOf('', 'dummy')).to.equal(-21)
    expect(daysOf('example', '123')).to.equal(41)
    const all = Array.from({ length: 500 }, (_, number) => daysOf(`patient-${number}`, 'key'))
    expect(Math.min(...all)).to.be.at.least(-50)
    expect(Math.max(...all)).to.be.at.most(50)
  })

  for (const [from, to] of [
    ['2015-02-07', '2015-01-17'],
    ['2015-02-07T13:28:17-05:00', '2015-01-17T00:00:00-05:00'],
    ['2015-02-07T13:28:17+05:00', '2015-01-17T00:00:00+05:00'],
    ['2015-02-07T13:28:17Z', '2015-01-17T00:00:00Z'],
    ['2015-02-07T13:28:17.12345-05:00', '2015-01-17T00:00:00.00000-05:00']
  ] as const)
    it(`dateShift: ${from} by -21 days is ${to}: time of day to zeroes, zone and form kept (DateTimeUtilityTests)`, () => {
      expect(shifted(from, -21, AT)).to.equal(to)
    })

  it('dateShift: a date without a day, or one that shows an age over 89 at the moment given, is redacted (DateTimeUtilityTests)', () => {
    expect([shifted('2015-02', -21, AT), shifted('1925-02-07', -21, AT)]).to.deep.equal([null, null])
    expect(shifted('1936-02-01', 1, AT)).to.equal('1936-02-02')
    expect(shifted('1936-01-31', 1, AT)).to.equal(null)
    expect(['2015', '2015-02', '2015-02-07T13:28:17-05:00', '1925-02-07'].map((date) => yearOf(date, AT))).to.deep.equal([
      '2015',
      '2015',
      '2015',
      null
    ])
  })

  for (const [input, hash] of [
    ['abc', '8f16771f9f8851b26f4d460fa17de93e2711c7e51337cb8a608a0f81e1c1b6ae'],
    ['&*^%$@()=-,/', '33f6f7d6b3602bf5354dcb4b8d988982602349355f50f86798d8ce1ffd61521b'],
    ['ÆŊŋßſ♫∅', '1a94823f0a0f00a4b1ca771c3446dc5e17958f4dae3588ace2bca8a843eb63d9'],
    ['patienttestcity1', 'c4321653de997f3029d2efa38dd4baa6c9c2f6bd67b8a52be789f157f8b286ce']
  ] as const)
    it(`cryptoHash of ${input} under the key 123 (CryptoHashUtilityTests, AnonymizationVisitorTests)`, () => {
      expect(city(input, { method: 'CRYPTOHASH' }, { cryptoHashKey: '123' })).to.equal(hash)
    })

  for (const [reference, expected] of [
    ['#p1', '#@ID'],
    ['Patient/034AB16', 'Patient/@ID'],
    ['http://fhir.hl7.org/svc/StructureDefinition/c8973a22-2b5b-4e76-9c66-00639c99e61b', 'http://fhir.hl7.org/svc/StructureDefinition/@ID'],
    ['http://example.org/fhir/Observation/apo89654/_history/2', 'http://example.org/fhir/Observation/@ID/_history/2'],
    ['urn:uuid:C757873D-EC9A-4326-A141-556F43239520', 'urn:uuid:@ID'],
    ['urn:oid:1.2.3.4.5', 'urn:oid:@ID'],
    ['034AB16', '@ID'],
    ['Patient/AbcŴΉЙ', '@ID'],
    ['http://fhir.hl7.org/svc/StructureDefinitionTest/c8973a22-2b5b-4e76-9c66-00639c99e61b', '@ID'],
    ['ftp://fhir.hl7.org/svc/StructureDefinition/c8973a22-2b5b-4e76-9c66-00639c99e61b', '@ID'],
    ['wwurn:uuid:c757873d-ec9a-4326-a141-556f43239520', '@ID'],
    ['urn:oid:1.2.3=4.5', '@ID']
  ] as const)
    it(`a reference is hashed in its id part only: ${reference} (ReferenceUtilityTests)`, () => {
      expect(transformReference(reference, () => '@ID')).to.equal(expected)
    })

  it('a hostile reference of a megabyte takes no longer than its length', () => {
    const started = performance.now()
    transformReference(`http://${'a'.repeat(1_000_000)}`, () => '@ID')
    transformReference(`http://${'a/'.repeat(500_000)}`, () => '@ID')
    expect(performance.now() - started).to.be.below(2000)
  })

  for (const [zip, expected] of [
    ['98052', '98000'],
    ['10104', '10100'],
    ['20301', '00000'],
    ['55602', '00000'],
    ['98028-1830', '98000-0000'],
    ['20301-1830', '00000-0000']
  ] as const)
    it(`a ZIP code partly redacted: ${zip} is ${expected}, where 203 and 556 are restricted (PostalCodeUtilityTests)`, () => {
      const parameters = { enablePartialZipCodesForRedact: true, restrictedZipCodeTabulationAreas: ['203', '556'] }
      const out = followed(
        [{ path: "nodesByType('Address')", method: 'redact' }],
        { resourceType: 'Patient', address: [{ postalCode: zip }] },
        { parameters }
      )
      expect(out['address']).to.deep.equal([{ postalCode: expected }])
      expect(labelsOf(out)).to.deep.equal(['ABSTRED'])
    })

  it('ages partly redacted: over 89 goes, 57 stays, and what stands beside them goes (DateTimeUtilityTests)', () => {
    const ages = (value: number): unknown => {
      const record = { resourceType: 'Condition', subject: {}, onsetAge: { value, unit: 'a' } }
      return followed([{ path: "nodesByType('Age')", method: 'redact' }], record, { parameters: { enablePartialAgesForRedact: true } })[
        'onsetAge'
      ]
    }
    expect([ages(92), ages(57), ages(89.5)]).to.deep.equal([undefined, { value: 57 }, undefined])
  })

  it('encrypt: AES-CBC under the key of the file, a fresh IV in front, base64 (EncryptUtility)', () => {
    const key = '704ab12c8e3e46d4bea600ef62a6bec7'
    const opened = (text: string): string => {
      const bytes = Buffer.from(text, 'base64')
      const decipher = createDecipheriv('aes-256-cbc', key, bytes.subarray(0, 16))
      return decipher.update(bytes.subarray(16), undefined, 'utf8') + decipher.final('utf8')
    }
    // ciphertext of their EncryptUtilityTests, so that what is opened here is what they make
    expect(opened('qpxGp6T9DP7wB0EYPQwOYVrScQ/pq3c0D+JQ+hjnfkY=')).to.equal('abc')
    const [first, second] = [
      city('ͶΆΈ', { method: 'encrypt' }, { encryptKey: key }),
      city('ͶΆΈ', { method: 'encrypt' }, { encryptKey: key })
    ].map(String)
    expect([opened(first ?? ''), opened(second ?? '')]).to.deep.equal(['ͶΆΈ', 'ͶΆΈ'])
    expect(first).not.to.equal(second)
  })

  it('without a key, hashes are of a key made for the run: the same within it, and no other run can make them', () => {
    expect(city('abc', { method: 'cryptoHash' }))
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.to.equal(city('abc', { method: 'cryptoHash' }))
  })

  it('perturb: within half the span to each side, rounded; integers to whole numbers; other parts of a quantity stay (PerturbProcessor)', () => {
    const record = {
      resourceType: 'Observation',
      status: 'final',
      code: {},
      referenceRange: [{ low: { value: 10, unit: 'kg' }, high: { value: 100 } }]
    }
    const rules: TheirRule[] = [
      { path: 'Observation.referenceRange.low', method: 'perturb', span: '4', roundTo: 1 },
      { path: 'Observation.referenceRange.high.value', method: 'perturb', span: 0.2, rangeType: 'Proportional' },
      { path: 'Observation.referenceRange', method: 'redact' }
    ]
    for (let run = 0; run < 20; run++) {
      const out = followed(rules, record)
      const [range] = out['referenceRange'] as [{ low: { value: number; unit: string }; high: { value: number } }]
      expect(range.low.value).to.be.within(8, 12)
      expect(Number(range.low.value.toFixed(1))).to.equal(range.low.value)
      expect(range.low.unit).to.equal('kg')
      expect(range.high.value).to.be.within(90, 110)
      expect(labelsOf(out)).to.deep.equal(['PERTURBED'])
    }
  })

  const generalized = (record: object, path: string, cases: object, otherValues?: string): unknown => {
    const out = followed([{ path, method: 'generalize', cases, ...(otherValues === undefined ? {} : { otherValues }) }], record)
    return path
      .split('.')
      .slice(1)
      .reduce<unknown>((at, name) => (at as { [key: string]: unknown } | undefined)?.[name], out)
  }
  const birth = (birthDate: string): object => ({ resourceType: 'Patient', birthDate })
  const RANGES = { '$this >= @1990-01-01 and $this < @2000-01-01': '@1990', '$this = @2010': '@2010-01-01', '$this ~ @2020': '@2020-01-01' }

  for (const [from, to] of [
    ['1990-01-01', '1990'],
    ['2000-01-01', undefined],
    ['1990', '1990'],
    ['2000', '1990'],
    ['2010', '2010-01-01'],
    ['2010-01-02', '2010-01-01'],
    ['2020', '2020-01-01'],
    ['2020-05-20', undefined]
  ] as const)
    it(`generalize a date by ranges: ${from} becomes ${to ?? 'nothing'}; a condition that comes to nothing holds (GeneralizeProcessorTests)`, () => {
      expect(generalized(birth(from), 'Patient.birthDate', RANGES)).to.equal(to)
    })

  it('generalize numbers, codes and texts: the first case that holds, then otherValues (GeneralizeProcessorTests)', () => {
    const count = (multipleBirthInteger: number): object => ({ resourceType: 'Patient', multipleBirthInteger })
    const tens = { '$this>=-20 and $this<80': '($this div 10 -1)*10' }
    const value = (record: object, cases: object, otherValues?: string): unknown =>
      followed(
        [{ path: 'Patient.multipleBirth', method: 'generalize', cases, ...(otherValues === undefined ? {} : { otherValues }) }],
        record
      )['multipleBirthInteger']
    expect([5, 20, 43, 78].map((number) => value(count(number), tens))).to.deep.equal([-10, 10, 30, 60])
    expect([value(count(110), tens), value(count(110), tens, 'Keep')]).to.deep.equal([undefined, 110])
    const languages = { "$this in ('en-AU' | 'en-CA')": "'en'", "('es-AR' | 'es-ES') contains $this": "'es'" }
    const spoken = (language: string): object => ({ resourceType: 'Patient', language })
    expect(['en-AU', 'es-ES', 'en-CI'].map((code) => generalized(spoken(code), 'Patient.language', languages))).to.deep.equal([
      'en',
      'es',
      undefined
    ])
    expect(city('1230005', { method: 'generalize', cases: { "$this.startsWith('123')": "$this.substring(0,3)+'****'" } })).to.equal(
      '123****'
    )
  })

  it('generalize by replaceMatches with a .NET replacement, as their documentation has it', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: .NET writes a named group so
    const replacement = '${year}-${month}'
    const cases = {
      true: `$this.toString().replaceMatches('(?<year>\\\\d{2,4})-(?<month>\\\\d{1,2})-(?<day>\\\\d{1,2})\\\\b','${replacement}')`
    }
    expect(['1990-11-01', '1990', '1990-11'].map((date) => generalized(birth(date), 'Patient.birthDate', cases))).to.deep.equal([
      '1990-11',
      '1990',
      '1990-11'
    ])
  })
})
