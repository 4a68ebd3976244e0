/** What a file may be called: the sender's word is printed only where it can name nobody. */
import { expect } from 'chai'
import { labelOf } from '../../gateway/exchange/labels.ts'

describe('exchange/labels', () => {
  it('a resource type with the number of a part is kept; longer numbers may be a patient’s (45 CFR 164.514(b)(2)(i)(H)) and are covered', () => {
    for (const [name, label] of [
      ['Patient.ndjson', 'Patient.ndjson'],
      ['Patient.000.ndjson.gz', 'Patient.000.ndjson.gz'],
      ['Observation-7.json', 'Observation-7.json'],
      ['Patient-483920.json', 'Patient-*.json'],
      ['Patient_483.json', 'Patient_*.json'],
      ['Patient.0483.ndjson', 'Patient.*.ndjson'],
      ['bundle_19430201.json', 'file'],
      ['data.194302.json', 'data.*.json'],
      ['smith_john.ndjson', 'file'],
      ['Patient.1.2.ndjson', 'file'],
      ['', 'file']
    ] as const)
      expect(labelOf(name), name).to.equal(label)
  })
})
