/** Configurations that are refused, and that are not: the documented samples, and hostile ones. */
import { expect } from 'chai'
import { readDocument } from '../../gateway/microsoft/document.ts'
import { readTheirs } from '../support/microsoft.ts'

function faultsOf(document: object): string[] {
  const read = readTheirs(document)
  return 'faults' in read ? read.faults.map(({ path, message }) => `${path}: ${message}`) : []
}

const rule = (more: object): object => ({ fhirPathRules: [{ path: 'Patient.active', method: 'keep', ...more }] })

describe("Microsoft's configurations: reading", () => {
  it('the samples of their documentation are read, with its misprint and its empty keys (FHIR-anonymization.md)', () => {
    const sample = {
      fhirVersion: 'R4',
      processingError: 'raise',
      fhirPathRules: [
        { path: "nodesByType('Address').country | nodesByType('Address').state", method: 'keep' },
        { path: "nodesByType('date') | nodesByType('dateTime') | nodesByType('instant')", method: 'dateshift' },
        { path: "nodesByType('ContactPoint').where(use='home')", method: 'redact' },
        { path: 'Condition.onset | Condition.abatement as Age', method: 'perturb', span: 6, rangeType: 'fixed', roundTo: 0 },
        {
          path: "(nodesByType('Observation').value as Quantity).value",
          method: 'perturb',
          span: 0.2,
          rangeType: 'proportional',
          roundTo: 0
        },
        { path: 'Resource.id', method: 'cryptoHash' },
        { path: "nodesByType('Address').city", method: 'encrypt' },
        { path: "nodesByType('Address')", method: 'substitute', replaceWith: { use: 'home', period: { start: '2000-01-01' } } },
        {
          path: "nodesByType('Observation').ofType(Quantity).value",
          method: 'generalize',
          cases: { '$this>=0 and $this<20': '20' },
          otherValues: 'redact'
        },
        { path: 'Device.where(id.exists()).id', method: 'keep' },
        { path: 'nodesByName("telecom").value', method: 'redact' }
      ],
      parameters: { dateShiftKey: '', cryptoHashKey: '', encryptKey: '', enablePartialAgesForRedact: true }
    }
    expect(faultsOf(sample)).to.deep.equal([])
  })

  it('every fault is listed at once: keys, version, methods, settings, paths, parameters', () => {
    const faults = faultsOf({
      fhirVersion: 'Stu3',
      processingErrors: 'ignore',
      rules: [],
      fhirPathRules: [
        { path: 'Patient.name', method: 'mask' },
        { path: 'Patient.(', method: 'redact' },
        { path: 'Patient.name', method: 'redact', span: 1 },
        { path: 'Patient.name', method: 'substitute' },
        { path: 'Patient.multipleBirth', method: 'perturb', span: -1, roundTo: 29, rangeType: 'none' },
        { path: 'Patient.language', method: 'generalize', cases: { '$this =': '1' }, otherValues: 'drop' },
        { method: 'keep' },
        7
      ],
      parameters: {
        dateShiftScope: 'year',
        enablePartialAgesForRedact: 'yes',
        encryptKey: 'short',
        customSettings: {},
        restrictedZipCodeTabulationAreas: [36],
        kAnonymity: 1
      }
    })
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(':')))).to.deep.equal([
      '/rules',
      '/fhirVersion',
      '/processingErrors',
      '/fhirPathRules/0/method',
      '/fhirPathRules/1/path',
      '/fhirPathRules/2/span',
      '/fhirPathRules/3/replaceWith',
      '/fhirPathRules/4/span',
      '/fhirPathRules/4/roundTo',
      '/fhirPathRules/4/rangeType',
      '/fhirPathRules/5/otherValues',
      '/fhirPathRules/5/cases[0]',
      '/fhirPathRules/6/path',
      '/fhirPathRules/7',
      '/parameters/dateShiftScope',
      '/parameters/enablePartialAgesForRedact',
      '/parameters/encryptKey',
      '/parameters/customSettings',
      '/parameters/restrictedZipCodeTabulationAreas',
      '/parameters/kAnonymity'
    ])
  })

  it('no fault repeats a key', () => {
    const keys = { encryptKey: 'a-secret-of-the-wrong-length', cryptoHashKey: 17, dateShiftKey: ['another-secret'] }
    const faults = faultsOf({ fhirPathRules: [], parameters: keys })
    expect(faults).to.have.length(3)
    expect(faults.join()).not.to.match(/secret|17/)
  })

  it('names in any case, and an empty or absent version', () => {
    for (const fhirVersion of ['r4', 'R4', '', null])
      expect(
        faultsOf({
          FHIRVersion: fhirVersion,
          FhirPathRules: [{ path: 'Patient.id', method: 'CRYPTOhash' }],
          Parameters: { CRYPTOHASHKEY: 'k', dateshiftscope: 'File' }
        })
      ).to.deep.equal([])
  })

  for (const name of ['trace', 'resolve', 'memberOf', 'conformsTo', 'now', 'frobnicate', 'sallyportKeep'])
    it(`a path that calls ${name}() is refused: it prints, calls out, reads the clock, or is not there`, () => {
      expect(faultsOf(rule({ path: `Patient.name.where(family.${name}('x').exists())` })).join()).to.include(`calls ${name}()`)
    })

  it('long paths, many cases, many rules and large or deep files are refused', () => {
    expect(faultsOf(rule({ path: `Patient.${'a'.repeat(5000)}` })).join()).to.include('longer than')
    const cases = Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`$this = ${at}`, '1']))
    expect(faultsOf(rule({ method: 'generalize', cases })).join()).to.include('more than')
    expect(faultsOf({ fhirPathRules: new Array(5001).fill({}) }).join()).to.include('more than')
    const messages = [
      Buffer.alloc(5 * 1024 * 1024, 0x20),
      Buffer.from('['.repeat(100)),
      Buffer.from([0xff]),
      Buffer.from('{"a":1,}'),
      Buffer.from('{"a":1,"a":2}')
    ].map((bytes) => {
      const read = readDocument(bytes)
      return 'faults' in read ? read.faults[0]?.message : 'read'
    })
    expect(messages).to.deep.equal([
      'is larger than 4 MiB',
      'is nested more than 32 deep',
      'is not UTF-8',
      'is not a JSON object (comments and commas before a closing bracket are not JSON)',
      'names a key twice in one object'
    ])
  })

  it('a byte order mark at the beginning is taken off', () => {
    expect(readDocument(Buffer.from('\ufeff{"fhirPathRules":[]}'))).to.deep.equal({ document: { fhirPathRules: [] } })
  })
})
