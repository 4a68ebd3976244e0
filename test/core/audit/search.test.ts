/** A search for AuditEvents, read with strict handling (FHIR R4 3.1.1): what is not offered or not of its type is refused, never left out. */
import { expect } from 'chai'
import { kindsWith } from '../../../gateway/core/audit/balp.ts'
import { askedText, type Known, readAuditSearch } from '../../../gateway/core/audit/search.ts'
import { codeOf } from '../../../gateway/core/errors.ts'

function read(text: string, where: 'address' | 'body' = 'address') {
  const parameters = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(text)) parameters.set(name, [...(parameters.get(name) ?? []), value])
  return readAuditSearch(parameters, where)
}

function refusal(text: string, where: 'address' | 'body' = 'address'): string {
  try {
    read(text, where)
    return 'read'
  } catch (error) {
    return codeOf(error)
  }
}

const DATASET = '6f1c0000-0000-4000-8000-000000000001'

describe('core/audit: a search', () => {
  it('date is the span it names (R4 3.1.1.4.7): a year, a month, a day of UTC, a minute, a second, a millisecond', () => {
    for (const [text, from, until] of [
      ['2026', '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
      ['2026-12', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
      ['2026-01-31', '2026-01-31T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
      ['2026-01-31T08:00Z', '2026-01-31T08:00:00.000Z', '2026-01-31T08:01:00.000Z'],
      ['2026-01-31T08:00:00-05:00', '2026-01-31T13:00:00.000Z', '2026-01-31T13:00:01.000Z'],
      ['2026-01-31T08:00:00.5Z', '2026-01-31T08:00:00.500Z', '2026-01-31T08:00:00.501Z']
    ] as const) {
      const query = read(`date=${encodeURIComponent(text)}`)
      expect([query.from?.toISOString(), query.until?.toISOString()], text).to.deep.equal([from, until])
    }
  })

  it('ge, gt, le and lt bound it, and two of them a span: the narrower counts', () => {
    const query = read('date=gt2026-01-31&date=le2026-02-02')
    expect([query.from?.toISOString(), query.until?.toISOString()]).to.deep.equal(['2026-02-01T00:00:00.000Z', '2026-02-03T00:00:00.000Z'])
    expect(read('date=ge2026&date=ge2026-05').from?.toISOString()).to.equal('2026-05-01T00:00:00.000Z')
    expect(read('date=lt2026-01-31').until?.toISOString()).to.equal('2026-01-31T00:00:00.000Z')
  })

  it('dates without a zone, of no calendar, of other comparisons and other things are refused', () => {
    for (const date of [
      '2026-01-31T08:00:00',
      'ge2026-01-31T08:00',
      '2026-01-31Z',
      '2026-02-30',
      '2026-02-30T08:00:00Z',
      '2026-13-01',
      '2026-01-01T25:00:00Z',
      'ap2026',
      'ne2026',
      '20260131',
      'yesterday',
      '',
      "2026'; DROP TABLE log_entry; --"
    ])
      expect(refusal(`date=${encodeURIComponent(date)}`), date).to.equal('bad-request')
    expect(refusal('date=2026&date=2027&date=2028')).to.equal('bad-request')
  })

  it('no PHI in addresses: a patient named there is refused with a code of its own, in whatever parameter', () => {
    for (const text of [
      'patient=123',
      'patient.identifier=mrn|123',
      'patient:identifier=123',
      'entity=Patient/123',
      'entity=urn:sallyport:patient|123',
      'agent=Patient/123',
      'entity:Patient=123',
      'entity.what=Patient/1',
      'person=1'
    ])
      expect(refusal(text), text).to.equal('patient-in-address')
    expect(read('patient=Patient/123', 'body').patient).to.equal('Patient/123')
    for (const text of ['patient=a b', `patient=${'x'.repeat(301)}`, 'patient=a&patient=b', 'patient='])
      expect(refusal(text, 'body'), text).to.equal('bad-request')
  })

  it('a parameter that is not offered is refused, also with a modifier, a chain or another case', () => {
    for (const text of [
      'site=x',
      'date:missing=true',
      'Date=2026',
      'agent.name=x',
      '_include=*',
      '_elements=id',
      '_offset=5',
      'party=demo-insurer',
      '__proto__=x'
    ])
      expect(refusal(text), text).to.equal('unsupported-parameter')
  })

  it('a value that is not of its type, twice where it may stand once, or of SQL is refused', () => {
    for (const text of [
      "type=110106' OR '1'='1",
      'type=110106&type=110107',
      'type=',
      'outcome=0,,8',
      'subtype=|disclose',
      `type=${Array(51).fill('a').join(',')}`,
      `type=${'a'.repeat(65)}`,
      "agent=demo-insurer'--",
      'agent=Demo',
      'agent=Organization/../x',
      'entity=1',
      `entity=${DATASET.toUpperCase()}`,
      'entity=6f1c000000004000800000000000000000001',
      '_sort=recorded',
      '_sort=date,-date',
      '_summary=true',
      '_count=-1',
      '_count=1e3',
      '_count=10000000000',
      '_count=many'
    ])
      expect(refusal(text), text).to.equal('bad-request')
  })

  it('_count is cut to what one page holds; 0 asks for the count alone (R4 3.1.1.5.3)', () => {
    expect([read('').count, read('_count=7').count, read('_count=999999999').count]).to.deep.equal([50, 7, 500])
    expect([read('_count=0').summary, read('_summary=count').summary, read('_summary=false').summary]).to.deep.equal([
      'count',
      'count',
      null
    ])
  })

  it('an id that is none of ours names no event, and is no fault', () => {
    expect(read('_id=entry-3,entry-x,8').indices).to.deep.equal([3])
  })

  const KNOWN: Known = {
    size: 5,
    first: new Date('2026-01-10T00:00:00Z'),
    now: new Date('2026-03-01T00:00:00Z'),
    agent: true,
    entity: true
  }

  it('whatever else was written may be a patient’s number: it is told as *, and no search makes a long entry', () => {
    const told = (text: string, known: Partial<Known> = {}) => decodeURIComponent(askedText(read(text), { ...KNOWN, ...known }))
    expect(told('type=JOHNDOE19430201,rest&subtype=urn:SSN_123_45|disclose&action=Roe&outcome=19430201')).to.equal(
      'type=*,rest&subtype=disclose&action=*&outcome=*'
    )
    expect(told('agent=john-doe-19430201', { agent: false })).to.equal('agent=*')
    expect(told(`entity=${DATASET}`, { entity: false })).to.equal('entity=*')
    expect(told('_id=entry-4,entry-123456789,entry-987654321')).to.equal('_id=entry-4,*')
    expect(told('date=1943-02-01')).to.equal('date=ge*&date=lt*')
    expect(told('date=2026-02')).to.equal('date=ge2026-02-01T00:00:00.000Z&date=lt2026-03-01T00:00:00.000Z')
    const long = Array.from({ length: 50 }, (_, n) => `urn:${'x'.repeat(190)}${n}|rest`).join(',')
    expect(askedText(read(`type=${long}&subtype=${long}`, 'body'), KNOWN)).to.equal('type=rest&subtype=rest')
  })

  it('_tag is the kind of entry (R4 3.1.1.4.3, of all resources): by itself or with its system; of no kind and another system it finds nothing', () => {
    const kinds = (text: string): readonly string[] => {
      const { kinds: found, failing } = kindsWith(read(text))
      expect(failing).to.have.members(found)
      return found
    }
    expect(kinds('_tag=dataset-released')).to.deep.equal(['dataset-released'])
    expect(kinds('_tag=urn:sallyport:kind|file-delivered,dataset-released')).to.deep.equal(['dataset-released', 'file-delivered'])
    for (const none of [
      '_tag=nothing',
      '_tag=urn:sallyport:code|dataset-released',
      'subtype=dataset-released',
      '_tag=dataset-released&action=D'
    ])
      expect(kinds(none), none).to.deep.equal([])
    for (const wrong of ['_tag=', '_tag=a&_tag=b', "_tag=x' OR '1'='1", `_tag=${'a'.repeat(65)}`])
      expect(refusal(wrong), wrong).to.equal('bad-request')
    expect([refusal('tag=dataset-released'), refusal('_tag:not=log-read')]).to.deep.equal([
      'unsupported-parameter',
      'unsupported-parameter'
    ])
    expect(askedText(read('_tag=dataset-released,JOHNDOE'), KNOWN)).to.equal(`_tag=${encodeURIComponent('dataset-released,*')}`)
  })

  it('at the desk a patient is no parameter either, and the advice is another than by HTTP', () => {
    expect(() => readAuditSearch(new Map([['patient', ['1']]]), 'desk'))
      .to.throw()
      .with.property('hint')
      .that.contains('sallyport accounting')
  })

  it('what was asked is told in names and values of ours; of a patient, only that one was named', () => {
    const query = read(
      `date=ge2026&type=110106&agent=Organization/demo-insurer&entity=${DATASET}&patient=Patient/invented&_id=entry-3`,
      'body'
    )
    expect(decodeURIComponent(askedText(query, KNOWN))).to.equal(
      `date=ge2026-01-01T00:00:00.000Z&type=110106&agent=demo-insurer&entity=${DATASET}&patient=*&_id=entry-3`
    )
  })
})
