import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { Spool } from '../../gateway/exchange/agreement/spool.ts'
import { sallyport } from '../support/command.ts'

const PATIENT = {
  resourceType: 'Patient',
  id: 'p1',
  name: [{ family: 'Example' }],
  birthDate: '1960-05-04',
  gender: 'female'
}
const CONDITION = {
  resourceType: 'Condition',
  id: 'c1',
  subject: { reference: 'Patient/p1' },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003' }] },
  recordedDate: '2015-02-03'
}

function lines(text: string): { [key: string]: unknown }[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('sallyport deidentify', () => {
  let folder = ''
  const put = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('a feed in, released records out: dates of both passes agree on the subject, whatever the order of its lines', async () => {
    const file = put('feed.ndjson', [CONDITION, PATIENT].map((record) => JSON.stringify(record)).join('\r\n'))
    const ran = await sallyport(['deidentify', '--profile', 'safe-harbor', '--at', '2026-01-31', file])
    expect(ran.code).to.equal(0)
    const [condition, patient] = lines(ran.out)
    expect(patient).to.deep.include({
      resourceType: 'Patient',
      birthDate: '1960',
      gender: 'female'
    })
    expect(condition).to.deep.include({
      resourceType: 'Condition',
      recordedDate: '2015',
      subject: { reference: `Patient/${String(patient?.['id'])}` }
    })
    expect(ran.out + ran.err).not.to.match(/Example|p1|2015-02/)
  })

  it('45 CFR 164.514(b)(1): nothing is made under a certificate on the day it expires; on its last day it is', async () => {
    const file = put('certified.ndjson', JSON.stringify(PATIENT))
    const over = await sallyport(['deidentify', '--profile', 'expert-determination', '--at', '2031-01-15', file])
    expect(over.code).to.equal(3)
    expect(over.out).to.equal('')
    expect(over.err).to.match(/certificate-expired/)
    const last = await sallyport(['deidentify', '--profile', 'expert-determination', '--at', '2031-01-14T23:59:59Z', file])
    expect(last.code).to.equal(0)
    expect(lines(last.out)).to.have.length(1)
  })

  it('a Bundle with urn:uuid references, gzipped: one graph', async () => {
    const uuid = 'urn:uuid:6c5d9ca9-54d7-42f5-bfae-a7c19cd217f2'
    const entry = [
      { fullUrl: uuid, resource: { ...PATIENT, id: uuid.slice(9) } },
      {
        fullUrl: 'urn:uuid:00000000-54d7-42f5-bfae-a7c19cd217f2',
        resource: {
          ...CONDITION,
          id: '00000000-54d7-42f5-bfae-a7c19cd217f2',
          subject: { reference: uuid }
        }
      }
    ]
    const file = put('bundle.json.gz', gzipSync(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }, null, 2)))
    const ran = await sallyport(['deidentify', '--profile', 'safe-harbor', file])
    const [patient, condition] = lines(ran.out)
    expect(condition?.['subject']).to.deep.equal({
      reference: `Patient/${String(patient?.['id'])}`
    })
  })

  it('45 CFR 164.514(c): two runs cannot be linked', async () => {
    const file = put('one.ndjson', JSON.stringify(PATIENT))
    const [one, two] = await Promise.all([0, 1].map(() => sallyport(['deidentify', '--profile', 'safe-harbor', file])))
    expect(lines(one?.out ?? '')[0]?.['id']).not.to.equal(lines(two?.out ?? '')[0]?.['id'])
  })

  it('a record that cannot be read is told by line and code, never by value, and ends with 1; the others are written', async () => {
    const file = put('bad.ndjson', `${JSON.stringify(PATIENT)}\n{"resourceType":"Patient","gender":"secret"}\nnot json\n`)
    const ran = await sallyport(['deidentify', '--profile', 'safe-harbor', file])
    expect(ran.code).to.equal(1)
    expect(lines(ran.out)).to.have.length(1)
    expect(ran.err)
      .to.match(/line 2 Patient\.gender: not-fhir/)
      .and.match(/line 3: not-json/)
      .and.not.match(/secret/)
  })

  it('the report says which texts and attachments did not leave, and why; never what they say', async () => {
    const document = (id: string, attachment: object): object => ({
      resourceType: 'DocumentReference',
      id,
      status: 'current',
      subject: { reference: 'Patient/p1' },
      content: [{ attachment }]
    })
    const data = Buffer.from('Example slept').toString('base64')
    const records = [
      PATIENT,
      document('d1', { contentType: 'application/pdf', data, title: 'secret' }),
      document('d2', { contentType: 'application/pdf', data }),
      document('d3', { contentType: 'text/plain', url: 'Binary/secret' }),
      document('d4', { contentType: 'text/plain; charset=utf-7', data }),
      document('d5', { contentType: 'text/plain', data })
    ]
    const file = put('documents.ndjson', records.map((record) => JSON.stringify(record)).join('\n'))
    const target = join(folder, 'documents.json')
    const ran = await sallyport(['deidentify', '--profile', 'expert-determination', '--at', '2026-06-01', '--report', target, file])
    expect(ran.code, ran.err).to.equal(0)
    expect(lines(ran.out)).to.have.length(6)
    const text = readFileSync(target, 'utf8')
    const { refusedTexts } = JSON.parse(text) as { refusedTexts: { path: string; reason: string; says: string; count: number }[] }
    expect(refusedTexts.map(({ path, reason, count }) => `${path} ${reason} ${count}`)).to.have.members([
      'DocumentReference.content.attachment pdf 2',
      'DocumentReference.content.attachment no-data 1',
      'DocumentReference.content.attachment charset 1'
    ])
    expect(refusedTexts.every(({ says }) => says.length > 10)).to.equal(true)
    expect(text + ran.err).not.to.match(/secret|Example|utf-7/)
  })

  it('the findings say of each text line, element, offsets, class and rule; never what stood there, and nothing of what does not leave', async () => {
    const report = (id: string, conclusion: string): object => ({
      resourceType: 'DiagnosticReport',
      id,
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '24323-8' }] },
      subject: { reference: 'Patient/p1' },
      conclusion
    })
    const data = Buffer.from('<p>Seen: Ms. <b>Exa</b>mple</p>').toString('base64')
    const notes = {
      resourceType: 'DocumentReference',
      id: 'd1',
      status: 'current',
      subject: { reference: 'Patient/p1' },
      content: ['text/html', 'application/pdf', 'text/html'].map((contentType) => ({ attachment: { contentType, data } }))
    }
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: notes }, { resource: report('r2', 'Nothing') }] }
    const stranger = { ...report('r3', 'Example, born 1960-05-04'), subject: { reference: 'Organization/o1' } }
    const records = [PATIENT, report('r1', 'Ms. Example fell on 3/14/2021.'), bundle, stranger]
    const file = put('noted.ndjson', records.map((record) => JSON.stringify(record)).join('\n'))
    const target = join(folder, 'findings.ndjson')
    const ran = await sallyport(['deidentify', '--profile', 'expert-determination', '--at', '2026-06-01', '--findings', target, file])
    const told = readFileSync(target, 'utf8')
    expect(lines(told)).to.deep.equal([
      {
        line: 2,
        path: 'DiagnosticReport.conclusion',
        text: 0,
        findings: [
          { start: 0, end: 11, class: 'NAME', rule: 'name-title', replacement: '[NAME]' },
          { start: 20, end: 29, class: 'DATE', rule: 'date-numeric', replacement: '[DATE]' }
        ]
      },
      ...[0, 1].map((text) => ({
        line: 3,
        path: 'Bundle.entry[0]: DocumentReference.content.attachment',
        text,
        findings: [{ start: 8, end: 19, class: 'NAME', rule: 'name-title', replacement: '[NAME]' }]
      }))
    ])
    expect(statSync(target).mode & 0o777).to.equal(0o600)
    expect(told + ran.err).not.to.match(/Example|2021/)
  })

  it('findings are of profiles that scrub: a configuration of others is refused before a byte is read', async () => {
    const config = put('theirs.json', JSON.stringify({ fhirVersion: 'R4', fhirPathRules: [{ path: 'Patient.name', method: 'redact' }] }))
    const target = join(folder, 'none.ndjson')
    const ran = await sallyport(['deidentify', '--profile', config, '--findings', target, put('empty.ndjson', '')])
    expect(ran.code).to.equal(2)
    expect(existsSync(target)).to.equal(false)
  })

  it('the report adds up, says what each rule did, what matched nothing and what no rule covers', async () => {
    const file = put('report.ndjson', [PATIENT, CONDITION].map((record) => JSON.stringify(record)).join('\n'))
    const target = join(folder, 'report.json')
    const ran = await sallyport(['deidentify', '--profile', 'safe-harbor', '--report', target, file])
    expect(ran.code).to.equal(0)
    const report = JSON.parse(readFileSync(target, 'utf8'))
    expect(report).to.include({ received: 2, released: 2, subjects: 1 })
    expect(report.rules.find((row: { path: string }) => row.path === 'Patient.birthDate')).to.include({
      seen: 1,
      changed: 1,
      rule: 'Patient.birthDate'
    })
    expect(report.unmatched).to.include('Patient.deceasedDateTime')
    expect(report.uncovered).to.deep.equal([{ path: 'Patient.name', count: 1 }])
  })

  it('the report counts stripped extensions by URL, and names none that HL7 does not publish', async () => {
    const published = 'http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName'
    const own = { url: 'http://demo-hospital.example/secret', valueString: 'secret' }
    const extended = { ...PATIENT, extension: [{ url: published, valueString: 'secret' }, own], _gender: { extension: [own] } }
    const file = put('extended.ndjson', JSON.stringify(extended))
    const target = join(folder, 'report.json')
    await sallyport(['deidentify', '--profile', 'safe-harbor', '--report', target, file])
    const text = readFileSync(target, 'utf8')
    expect(JSON.parse(text).stripped).to.deep.equal([
      { url: '?', count: 2 },
      { url: published, count: 1 }
    ])
    expect(text).not.to.include('secret')
  })

  it('a profile with a fault is refused before a byte is read', async () => {
    const file = put('profile.json', JSON.stringify({ name: 'x', mode: 'safe-harbor' }))
    const ran = await sallyport(['deidentify', '--profile', file, file])
    expect(ran.code).to.equal(2)
    expect(ran.out).to.equal('')
    expect(ran.err)
      .to.match(/\[policy-invalid\]/)
      .and.match(/title: is missing/)
  })

  it('what waits on disk comes back whole, subject by subject, and is not readable there', async () => {
    const spool = new Spool(100)
    for (let n = 0; n < 50; n++) await spool.add(`subject ${n % 5}`, `${n % 5} line ${n}`)
    expect(spool.spilled).to.equal(true)
    const buckets: (readonly string[])[] = []
    for await (const bucket of spool.buckets()) buckets.push(bucket)
    await spool.close()
    expect(buckets.flat()).to.have.length(50)
    for (const bucket of buckets) {
      for (const subject of new Set(bucket.map((line) => line.charAt(0)))) {
        const own = bucket.filter((line) => line.startsWith(subject)).map((line) => Number(line.slice(7)))
        expect(own).to.have.length(10)
        expect(own).to.deep.equal([...own].sort((a, b) => a - b))
      }
    }
  })
})
