/** Nodes of a record: which are found, which are refused, and what a rule that cannot work on one does. */
import { expect } from 'chai'
import fc from 'fast-check'
import { parseExact } from '../../gateway/core/fhir/exact.ts'
import { parsePath } from '../../gateway/microsoft/expression.ts'
import { RuleFailure } from '../../gateway/microsoft/failure.ts'
import { compilePath } from '../../gateway/microsoft/library.ts'
import { prune } from '../../gateway/microsoft/prune.ts'
import { Nodes, walked } from '../../gateway/microsoft/select.ts'
import { dataOf, type Holder, NotFhir, pathOf, restoreNumbers, treeOf } from '../../gateway/microsoft/tree.ts'
import { followed } from '../support/microsoft.ts'
import { filesOf, sharedData } from '../support/shared-data.ts'

describe("Microsoft's configurations: nodes", () => {
  it('substitute with a value of another kind is a processing error (SubstituteProcessorTests)', () => {
    const record = { resourceType: 'Patient', name: [{ family: 'Demo' }], active: true }
    for (const [path, replaceWith] of [
      ['Patient.name', '2019-01-01'],
      ['Patient.name', { use: 'home', city: 'x' }],
      ['Patient.active', { a: 1 }]
    ] as const)
      expect(() => followed([{ path, method: 'substitute', replaceWith }], record)).to.throw(RuleFailure)
  })

  it('generalize of what is no primitive can never work: it stops the run; a case that fails is a processing error (GeneralizeProcessor)', () => {
    const record = { resourceType: 'Patient', name: [{ family: 'Demo' }] }
    const kindOf = (path: string, cases: object): unknown => {
      try {
        followed([{ path, method: 'generalize', cases }], record)
        return 'none'
      } catch (error) {
        return error instanceof RuleFailure ? `${error.kind} ${error.rule} ${error.path} ${error.message}` : error
      }
    }
    expect(kindOf('Patient.name', { true: '1' })).to.equal('not-applicable 1 Patient.name a rule could not be followed')
    expect(kindOf("nodesByType('HumanName').family", { '$this>=0 and $this<20': '20' })).to.match(/^processing 1 Patient.name.family/)
  })

  it('lists keep their shadows in place, and what is empty goes', () => {
    const record = {
      resourceType: 'Patient',
      name: [{ given: ['A', 'B', null], _given: [null, { id: 'g2' }, { extension: [{ url: 'http://x', valueCode: 'masked' }] }] }]
    }
    const { meta: _, ...out } = followed([{ path: "Patient.name.given.where($this='A')", method: 'redact' }], record)
    expect(out['name']).to.deep.equal([
      { given: ['B', null], _given: [{ id: 'g2' }, { extension: [{ url: 'http://x', valueCode: 'masked' }] }] }
    ])
  })

  it('a name FHIR R4 does not know, or a value of the wrong kind, is refused by place: what has no type matches no rule', () => {
    const places: readonly (readonly [object, string])[] = [
      [{ resourceType: 'Patient', ssn: '1' }, 'Patient.?'],
      [{ resourceType: 'Patient', name: [{ nick: 'x' }] }, 'Patient.name.?'],
      [{ resourceType: 'Patient', name: 'x' }, 'Patient.name'],
      [{ resourceType: 'Patient', birthDate: { a: 1 } }, 'Patient.birthDate'],
      [{ resourceType: 'Patient', contained: [{ resourceType: 'Nobody' }] }, 'Patient.contained'],
      [{ resourceType: 'Nobody' }, '?'],
      [JSON.parse('{"resourceType":"Patient","__proto__":{"x":1}}'), 'Patient.?']
    ]
    for (const [record, path] of places) {
      try {
        treeOf(record)
        expect.fail(path)
      } catch (error) {
        expect(error instanceof NotFhir ? error.path : error).to.equal(path)
      }
    }
  })

  it('what is walked here finds exactly what the FHIRPath library finds', () => {
    const record = {
      resourceType: 'Patient',
      id: 'p',
      contained: [{ resourceType: 'Organization', address: [{ city: 'C' }] }],
      name: [{ given: ['A', 'B'], period: { start: '2001' } }, { family: 'F' }],
      address: [{ city: 'D', extension: [{ url: 'http://x', valueAddress: { city: 'E' } }] }],
      contact: [{ name: { given: ['A'] }, address: { city: 'G' } }],
      deceasedDateTime: '2001-01-01',
      multipleBirthInteger: 2
    }
    const steps = fc.array(
      fc.constantFrom('name', 'given', 'address', 'city', 'contact', 'period', 'start', 'deceased', 'extension', 'value'),
      { minLength: 1, maxLength: 3 }
    )
    const head = fc.constantFrom(
      '',
      "nodesByType('Address').",
      "nodesByType('HumanName').",
      "nodesByType('string').",
      "nodesByName('name').",
      "nodesByName('value')."
    )
    fc.assert(
      fc.property(head, steps, (before, names) => {
        const text = `${before}${names.join('.')}`
        const root = treeOf(structuredClone(record))
        const [operand] = parsePath(`Patient.${text}`).operands
        expect(operand?.text).to.equal(null)
        const here = operand === undefined ? [] : walked(operand.walk, new Nodes(root)).map(pathOf)
        expect(here.sort()).to.deep.equal(compilePath(text)([root]).map(pathOf).sort())
      }),
      { numRuns: 150 }
    )
  })

  it('every R4 example: typed, what no rule touches is written as it came', function () {
    this.timeout(120_000)
    for (const { name, bytes } of filesOf(sharedData(this, 'fhir-r4-examples'), '.ndjson.gz'))
      for (const line of bytes
        .toString('utf8')
        .split('\n')
        .map((text) => text.trim())
        .filter((text) => text !== '')) {
        const root = treeOf(parseExact(line) as object) // lines of examples are objects
        restoreNumbers(root)
        prune(dataOf(root) as Holder) // a resource is an object
        expect(JSON.stringify(dataOf(root)), name).to.equal(line)
      }
  })
})
