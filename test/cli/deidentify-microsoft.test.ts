import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { sallyport } from '../support/command.ts'

const PATIENT = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Demo' }], birthDate: '1960-05-04', telecom: [{ value: '555-0100' }] }

describe("sallyport deidentify with a configuration of Microsoft's tool", () => {
  let folder = ''
  const put = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const configuration = (name: string, rules: readonly object[], more: object = {}): string =>
    put(name, JSON.stringify({ fhirPathRules: rules, ...more }))
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('is followed in the order of the records; what it keeps for want of a rule is said loudly, and listed in the report; numbers stay as written', async () => {
    const theirs = configuration('theirs.json', [{ path: "nodesByType('HumanName')", method: 'redact' }], {
      parameters: { cryptoHashKey: 'a-key' }
    })
    const observation = '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}'
    const feed = put('feed.ndjson', `${observation}\r\n\r\n${JSON.stringify(PATIENT)}\n`)
    const report = join(folder, 'report.json')
    const ran = await sallyport(['deidentify', '--profile', theirs, '--report', report, feed])
    expect(ran.code).to.equal(0)
    const [first, second] = ran.out.trim().split('\n')
    expect(first).to.equal(observation)
    expect(JSON.parse(second ?? '')).to.deep.include({ id: 'p1', birthDate: '1960-05-04', telecom: [{ value: '555-0100' }] })
    expect(second).not.to.include('Demo')
    expect(ran.err).to.match(/WARNING: this is a deny-list .* KEPT as it came/)
    expect(ran.err).to.match(/KEPT because no rule names them: 6 values in 6 elements/)
    expect(ran.err).not.to.match(/555-0100|Demo|1960|a-key/)
    const { unmatched, rules } = JSON.parse(readFileSync(report, 'utf8'))
    expect(unmatched.map(({ path }: { path: string }) => path)).to.include.members([
      'Patient.telecom.value',
      'Observation.valueQuantity.value'.replace('valueQuantity', 'value')
    ])
    expect(rules).to.deep.equal([{ rule: 1, path: "nodesByType('HumanName')", method: 'redact', values: 1 }])
  })

  it('one document, pretty-printed or a Bundle, is one record and one context', async () => {
    const theirs = configuration('bundle.json', [
      { path: 'Bundle.entry.fullUrl', method: 'redact' },
      { path: 'Patient.name', method: 'redact' }
    ])
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'urn:x', resource: PATIENT }] }
    const ran = await sallyport(['deidentify', '--profile', theirs, put('bundle-in.json', JSON.stringify(bundle, null, 2))])
    expect(ran.out.trim().split('\n')).to.have.length(1)
    expect(JSON.parse(ran.out).entry[0].fullUrl).to.equal(undefined)
    expect(JSON.parse(ran.out).meta.security[0].code).to.equal('REDACTED')
  })

  const FAILS = { path: "nodesByType('HumanName').family", method: 'generalize', cases: { '$this>=0 and $this<20': '20' } }

  it('processingErrors raise: the run stops at the record, and says where; nothing of the record is printed', async () => {
    const ran = await sallyport([
      'deidentify',
      '--profile',
      configuration('raise.json', [FAILS]),
      put('one.ndjson', JSON.stringify(PATIENT))
    ])
    expect([ran.code, ran.out]).to.deep.equal([1, ''])
    expect(ran.err).to.match(/line 1, Patient\.name\.family: rule 1 \(generalize\) failed, and processingErrors is raise/)
    expect(ran.err).not.to.include('Demo')
  })

  it('processingErrors skip: the record is left out and counted, never written as an empty resource that looks like a result; exit code 1', async () => {
    const file = put('two.ndjson', `${JSON.stringify(PATIENT)}\n${JSON.stringify({ resourceType: 'Patient', id: 'p2' })}\n`)
    const ran = await sallyport(['deidentify', '--profile', configuration('skip.json', [FAILS], { processingErrors: 'Skip' }), file])
    expect(ran.code).to.equal(1)
    expect(ran.out).to.equal('{"resourceType":"Patient","id":"p2"}\n')
    expect(ran.err).to.match(/skipped {3}1 \(a rule failed/)
  })

  it('records that cannot be read are reported by line and place, and the rest goes on', async () => {
    const theirs = configuration('keep.json', [{ path: 'Patient.name', method: 'redact' }])
    const lines = [
      '{"resourceType":"Patient","ssn":"123-45-6789"}',
      '{"resourceType":"Nobody"}',
      'x',
      '{"resourceType":"Patient","id":"a","id":"b"}',
      JSON.stringify(PATIENT)
    ]
    const ran = await sallyport(['deidentify', '--profile', theirs, put('bad.ndjson', lines.join('\n'))])
    expect(ran.code).to.equal(1)
    expect(ran.out.trim().split('\n')).to.have.length(1)
    expect(ran.err).to.match(
      /line 1 Patient\.\?: not-fhir\n {2}line 2 \?: unknown-resource-type\n {2}line 3 : not-json\n {2}line 4 : duplicate-key/
    )
    expect(ran.err).not.to.include('123-45')
  })

  it('dateShiftScope file and folder take the names of the file and its folder; standard input has none and is refused with 2', async () => {
    const shift = [{ path: "nodesByType('date')", method: 'dateShift' }]
    const born = async (dateShiftScope: string, file: string): Promise<string> => {
      const theirs = configuration(`${dateShiftScope}.json`, shift, { parameters: { dateShiftKey: '123', dateShiftScope } })
      const ran = await sallyport(['deidentify', '--profile', theirs, '--at', '2026-01-31', file])
      return JSON.parse(ran.out).birthDate
    }
    // 'example' ‖ '123' is 41 days (patient-basic-target of that tool's functional tests)
    expect(await born('file', put('example', JSON.stringify(PATIENT)))).to.equal('1960-06-14')
    expect(await born('folder', join(folder, 'example'))).to.match(/^1960-0[3-6]/)
    const theirs = configuration('stdin.json', shift, { parameters: { dateShiftScope: 'file' } })
    const cli = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))
    const { status, stderr } = spawnSync(process.execPath, [cli, 'deidentify', '--profile', theirs], {
      input: JSON.stringify(PATIENT),
      encoding: 'utf8'
    })
    expect(status).to.equal(2)
    expect(stderr).to.include('name the file')
  })

  it('a configuration with faults is refused with 2 before a byte is read, all faults listed', async () => {
    const ran = await sallyport([
      'deidentify',
      '--profile',
      configuration('faulty.json', [{ path: 'Patient.(', method: 'mask' }]),
      'no-such-file'
    ])
    expect([ran.code, ran.out]).to.deep.equal([2, ''])
    expect(ran.err.match(/fhirPathRules/g)).to.have.length(2)
  })
})
