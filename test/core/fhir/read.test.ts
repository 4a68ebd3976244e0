/** Hostile and broken records, each refused by its line with a stable code and a known path. */
import { expect } from 'chai'
import { CONDITION, PATIENT, readAll } from './reading.ts'

/** The body is a good line, the bad one, a good line: only line 2 may be refused. */
function refusalOf(line: string | Uint8Array): string {
  const body = Buffer.concat([Buffer.from(`${PATIENT}\n`), Buffer.from(line), Buffer.from(`\n${CONDITION}\n`)])
  const { kept, refused } = readAll(body)
  expect(kept.map((record) => record.line)).to.deep.equal([1, 3])
  expect(refused).to.have.length(1)
  return refused[0] ?? ''
}

describe('a bad record is refused by itself and the rest goes on', () => {
  const cases: readonly (readonly [rule: string, line: string | Uint8Array, refusal: string])[] = [
    ['a line that is not JSON', '{"resourceType":"Patient",', '2 not-json'],
    ['a line that is a JSON array', '[1]', '2 not-json'],
    ['a line that is a JSON text', '"Patient"', '2 not-json'],
    ['a line of garbage', 'MSH|^~\\&|', '2 not-json'],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"resourceType":"Patient","id":"'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]),
      '2 not-utf8'
    ],
    [
      'an overlong UTF-8 slash',
      Buffer.concat([Buffer.from('{"resourceType":"Patient","id":"'), Buffer.of(0xc0, 0xaf), Buffer.from('"}')]),
      '2 not-utf8'
    ],
    ['nested 10,000 arrays deep', `{"resourceType":"Patient","name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, '2 too-deep'],
    ['extensions nested 10,000 deep', `{"resourceType":"Patient",${'"extension":[{'.repeat(10_000)}${'}]'.repeat(10_000)}}`, '2 too-deep'],
    ['10,000 brackets never closed', `{"resourceType":"Patient","name":${'['.repeat(10_000)}`, '2 too-deep'],
    ['a key named twice', '{"resourceType":"Patient","id":"a","id":"b"}', '2 duplicate-key'],
    ['a key named twice deep inside', '{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}', '2 duplicate-key'],
    ['a key named twice, once with an escape', '{"resourceType":"Patient","id":"a","\\u0069d":"b"}', '2 not-fhir ?'],
    ['a __proto__ key', '{"resourceType":"Patient","__proto__":{"id":"x"}}', '2 not-fhir Patient.?'],
    ['a __proto__ key deep inside', '{"resourceType":"Patient","name":[{"__proto__":{"family":"x"}}]}', '2 not-fhir Patient.name.?'],
    ['a constructor key', '{"resourceType":"Patient","constructor":{"prototype":{}}}', '2 not-fhir Patient.?'],
    ['a resourceType that FHIR does not have', '{"resourceType":"Pateint","id":"p"}', '2 unknown-resource-type'],
    ['a resourceType named like an inherited member', '{"resourceType":"constructor"}', '2 unknown-resource-type'],
    ['a resourceType of R4B', '{"resourceType":"SubscriptionStatus"}', '2 unknown-resource-type'],
    ['a datatype as resourceType', '{"resourceType":"HumanName"}', '2 unknown-resource-type'],
    ['no resourceType', '{"id":"p"}', '2 unknown-resource-type'],
    ['an element FHIR does not have', '{"resourceType":"Patient","nickname":"Bob"}', '2 not-fhir Patient.?'],
    ['an element of the wrong type', '{"resourceType":"Patient","name":[{"given":[7]}]}', '2 not-fhir Patient.name.given'],
    ['a date that is none', '{"resourceType":"Patient","birthDate":"02/01/1950"}', '2 not-fhir Patient.birthDate'],
    ['a code outside a required binding', '{"resourceType":"Patient","gender":"F"}', '2 not-fhir Patient.gender'],
    ['an integer with a fraction', '{"resourceType":"Patient","multipleBirthInteger":1.5}', '2 not-fhir Patient.multipleBirthInteger'],
    [
      'a number beyond what a double holds',
      '{"resourceType":"Observation","status":"final","code":{},"valueQuantity":{"value":1e999}}',
      '2 not-fhir Observation.valueQuantity.value'
    ],
    ['a missing required element', '{"resourceType":"Observation","id":"o","status":"final"}', '2 not-fhir Observation.code'],
    ['a control character in a string', '{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}', '2 not-fhir Patient.name.family'],
    [
      'an unknown modifierExtension',
      '{"resourceType":"Patient","modifierExtension":[{"url":"urn:x","valueBoolean":true}]}',
      '2 unknown-modifier Patient.modifierExtension'
    ],
    [
      'an unknown modifierExtension deep inside',
      '{"resourceType":"Patient","contact":[{"modifierExtension":[{"url":"urn:x"}]}]}',
      '2 unknown-modifier Patient.contact.modifierExtension'
    ],
    [
      'a modifierExtension in a contained resource',
      '{"resourceType":"Condition","subject":{"reference":"Patient/p1"},"contained":[{"resourceType":"Patient","modifierExtension":[{"url":"urn:x"}]}]}',
      '2 unknown-modifier Patient.modifierExtension'
    ],
    ['implicitRules', '{"resourceType":"Patient","implicitRules":"urn:x"}', '2 implicit-rules Patient.implicitRules'],
    [
      'implicitRules in a contained resource',
      '{"resourceType":"Condition","subject":{"reference":"Patient/p1"},"contained":[{"resourceType":"Patient","implicitRules":"urn:x"}]}',
      '2 implicit-rules Patient.implicitRules'
    ],
    [
      'a Bundle contained in a record',
      '{"resourceType":"Condition","subject":{"reference":"Patient/p1"},"contained":[{"resourceType":"Bundle","type":"batch"}]}',
      '2 nested-bundle Condition.contained'
    ],
    [
      'a record of a patient named by a query, whom no opt-out would find',
      '{"resourceType":"Condition","id":"c","subject":{"reference":"Patient?identifier=urn:mrn|1"}}',
      '2 no-subject Condition'
    ],
    ['a record of nobody', '{"resourceType":"Condition","id":"c","subject":{"display":"someone"}}', '2 no-subject Condition'],
    ['a record of a group', '{"resourceType":"Condition","id":"c","subject":{"reference":"Group/g"}}', '2 no-subject Condition'],
    [
      'a record of a contained patient',
      '{"resourceType":"Condition","id":"c","subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"}]}',
      '2 no-subject Condition'
    ],
    [
      'a record of two patients',
      '{"resourceType":"Appointment","status":"booked","participant":[{"status":"accepted","actor":{"reference":"Patient/a"}},{"status":"accepted","actor":{"reference":"Patient/b"}}]}',
      '2 no-subject Appointment'
    ],
    ['a type that is about no patient and not shared', '{"resourceType":"Parameters"}', '2 no-subject Parameters']
  ]
  for (const [rule, line, refusal] of cases) it(rule, () => expect(refusalOf(line)).to.equal(refusal))

  it('a line of 20 MiB is skipped in bounded memory', () => {
    expect(refusalOf(`{"resourceType":"Patient","id":"${'x'.repeat(20 * 1024 * 1024)}"}`)).to.equal('2 line-too-long')
  })

  it('a record of 11 MiB is refused though its line may be read', () => {
    expect(refusalOf(`{"resourceType":"Patient","id":"${'x'.repeat(11 * 1024 * 1024)}"}`)).to.equal('2 line-too-long')
  })

  it('no path ever repeats a word of the sender', () => {
    const { refused } = readAll(
      '{"resourceType":"Patient","John Smith":1,"name":[{"Smith":2}]}\n{"resourceType":"Patient","contained":[{"resourceType":"Person","SSN":"1"}]}'
    )
    expect(refused.join(' ')).not.to.match(/Smith|John|SSN/)
  })

  it('base64 that would backtrack for ever in HL7’s own pattern is decided in no time', () => {
    const line = `{"resourceType":"Patient","extension":[{"url":"urn:x","valueBase64Binary":"${'A'.repeat(200_000)}!"}]}`
    const began = performance.now()
    expect(refusalOf(line)).to.equal('2 not-fhir Patient.extension.valueBase64Binary')
    expect(performance.now() - began).to.be.below(2000)
  })
})

describe('what FHIR allows is kept', () => {
  it('null in a list of primitives beside its extension (R4 2.6.2.3)', () => {
    const line =
      '{"resourceType":"Patient","id":"p","name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"urn:x","valueString":"y"}]}]}]}'
    expect(readAll(line).refused).to.deep.equal([])
  })

  it('a no-break space in a string, as HL7’s pattern means it in Java', () => {
    expect(readAll('{"resourceType":"Patient","id":"p","name":[{"family":"van\u00a0Dyk"}]}').refused).to.deep.equal([])
  })

  it('the text of a record is kept byte for byte', () => {
    const line = '{ "resourceType":"Patient", "id":"p","multipleBirthInteger":2, "name":[{"family":"Ünïcödé \\u00fc"}] }'
    expect(readAll(line).kept[0]?.text).to.equal(line)
  })

  it('a record without an id is known by its content', () => {
    const { kept } = readAll(
      '{"resourceType":"Patient","birthDate":"1950"}\n{"resourceType":"Patient","birthDate":"1951"}\n{"resourceType":"Patient","birthDate":"1950"}'
    )
    const ids = kept.map((record) => record.identity.id)
    expect(ids[0]).to.match(/^#[0-9a-f]{32}$/)
    expect(ids[0]).to.equal(ids[2]).and.not.to.equal(ids[1])
  })
})
