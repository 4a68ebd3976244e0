/** Bundles in Bundles and in Parameters: each resource inside is a record of its own, and nothing of what wraps it is kept. */
import { expect } from 'chai'
import { LIMITS, type Outcome, PATIENT, readAll } from './reading.ts'

const OUTER = 'urn:uuid:0f9d6b2c-0000-4000-8000-000000000001'
const INNER = 'urn:uuid:0f9d6b2c-0000-4000-8000-000000000002'
const ELSEWHERE = 'https://other.example/fhir'

type Json = Readonly<Record<string, unknown>>

function bundle(...entry: readonly Json[]): Json {
  return { resourceType: 'Bundle', type: 'collection', entry }
}

function parameters(...parameter: readonly Json[]): Json {
  return { resourceType: 'Parameters', parameter: parameter.map((one) => ({ name: 'demo', ...one })) }
}

const patient = (id: string): Json => ({ resourceType: 'Patient', id })
const condition = (id: string, reference: string): Json => ({ resourceType: 'Condition', id, subject: { reference } })

/** The body read as one line, and as a Bundle too large for one go, streamed by entry. Both must say the same, but for the line. */
function bothWays(body: Json): Outcome {
  const text = JSON.stringify(body)
  const line = readAll(text)
  const streamed = readAll(text, { ...LIMITS, bundleBytes: 100, partBytes: 10 }, 40)
  const known = ({ kept }: Outcome): object[] => kept.map(({ identity, belonging, text: kind }) => ({ identity, belonging, kind }))
  expect(known(streamed)).to.deep.equal(known(line))
  expect(streamed.refused.length).to.equal(line.refused.length)
  return line
}

const idsOf = ({ kept }: Outcome): string[] => kept.map(({ identity }) => `${identity.base}${identity.type}/${identity.id}`)
const ownersOf = ({ kept }: Outcome): string[] =>
  kept.map(({ belonging }) => (belonging.of === 'subject' ? `${belonging.subject.base}${belonging.subject.id}` : belonging.of))

describe('a resource inside nested Bundles and Parameters is a record of its own', () => {
  it('a Bundle in a Bundle entry: its entries are records, it is none', () => {
    const read = bothWays(bundle({ resource: patient('a') }, { resource: bundle({ resource: patient('b') }, { resource: patient('c') }) }))
    expect(idsOf(read)).to.deep.equal(['Patient/a', 'Patient/b', 'Patient/c'])
    expect(read.refused).to.deep.equal([])
  })

  it('Parameters.parameter.resource, that of a part, and of a part of a part, in order', () => {
    const deep = parameters(
      { part: [{ name: 'x', part: [{ name: 'y', resource: patient('a') }], valueString: undefined }] },
      { resource: patient('b') },
      { part: [{ name: 'x', resource: patient('c') }] },
      { valueString: 'Zqxv' }
    )
    const read = readAll(JSON.stringify(deep))
    expect([idsOf(read), read.refused]).to.deep.equal([['Patient/a', 'Patient/b', 'Patient/c'], []])
    expect(idsOf(bothWays(bundle({ resource: deep })))).to.deep.equal(idsOf(read))
  })

  it('a Bundle in Parameters in a Bundle', () => {
    expect(idsOf(bothWays(bundle({ resource: parameters({ resource: bundle({ resource: patient('a') }) }) })))).to.deep.equal(['Patient/a'])
  })

  it('pretty-printed, with the resource before its name, and the type last: the same', () => {
    const pretty = JSON.stringify(
      { parameter: [{ resource: { id: 'a', resourceType: 'Patient' }, name: 'demo' }], resourceType: 'Parameters' },
      null,
      2
    )
    expect(idsOf(readAll(pretty))).to.deep.equal(['Patient/a'])
  })

  it('numbers are kept as they were written', () => {
    const text =
      '{"resourceType":"Parameters","parameter":[{"name":"n","resource":{"resourceType":"Observation","id":"o","status":"final","code":{},"subject":{"reference":"Patient/a"},"valueQuantity":{"value":1.10}}}]}'
    expect(readAll(text).kept[0]?.text).to.contain('1.10')
  })

  it('Parameters that hold no resource are a record, and nobody’s', () => {
    expect(readAll(JSON.stringify(parameters({ valueString: 'Zqxv' }))).refused).to.deep.equal(['1 no-subject Parameters'])
    expect(bothWays(bundle({ resource: parameters({ valueString: 'Zqxv' }) })).refused).to.deep.equal([
      '1 no-subject Bundle.entry[0]: Parameters'
    ])
  })
})

describe('names in nested Bundles (R4 2.36.4.1)', () => {
  it('a name means what the innermost Bundle says, then the ones around it', () => {
    const read = bothWays(
      bundle(
        { fullUrl: OUTER, resource: patient('a') },
        {
          resource: bundle(
            { fullUrl: INNER, resource: patient('b') },
            { resource: condition('c', OUTER) },
            { resource: condition('d', INNER) }
          )
        }
      )
    )
    expect(ownersOf(read)).to.deep.equal([OUTER, INNER, OUTER, INNER].map((name) => name.slice(9)))
    expect(read.kept[2]?.text).to.contain(`"reference":"Patient/${OUTER.slice(9)}"`)
  })

  it('a name of an inner Bundle means nothing outside it: the record is nobody’s', () => {
    const read = bothWays(bundle({ resource: bundle({ fullUrl: INNER, resource: patient('b') }) }, { resource: condition('c', INNER) }))
    expect(read.refused).to.deep.equal(['1 no-subject Bundle.entry[1]: Condition'])
  })

  it('an inner Bundle that gives the name of a patient to something else makes a record nobody’s, not somebody’s', () => {
    const other = { resourceType: 'Organization', id: 'o' }
    const read = bothWays(
      bundle(
        { fullUrl: OUTER, resource: patient('a') },
        { resource: bundle({ fullUrl: OUTER, resource: other }, { resource: condition('c', OUTER) }) }
      )
    )
    expect(read.refused).to.deep.equal(['1 no-subject Bundle.entry[1]: Bundle.entry[1]: Condition'])
  })

  it('what another server’s Bundle holds is that server’s, unless it says otherwise', () => {
    const stored = bundle(
      { resource: patient('7') },
      { resource: condition('c', 'Patient/7') },
      { fullUrl: 'https://fhir.hospital.example/r4/Patient/8', resource: patient('8') }
    )
    const read = bothWays(bundle({ fullUrl: `${ELSEWHERE}/Bundle/5`, resource: stored }))
    expect(idsOf(read)).to.deep.equal([`${ELSEWHERE}Patient/7`, `${ELSEWHERE}Condition/c`, 'Patient/8'])
    expect(ownersOf(read)).to.deep.equal([`${ELSEWHERE}7`, `${ELSEWHERE}7`, '8'])
  })
})

describe('a nested wrapper is refused as a whole only for what stands around its records', () => {
  const inParameters = (rest: string): string => `{"resourceType":"Parameters","parameter":[{"name":"n","resource":${PATIENT}${rest}}]}`
  const deep = (wrap: (inner: Json) => Json, times: number): Json =>
    Array.from({ length: times }).reduce<Json>((inner) => wrap(inner), patient('a'))
  const inBundle = (inner: Json): Json => bundle({ resource: inner })

  it('four deep is read, five is nested-bundle; what stands beside it is read', () => {
    expect(idsOf(bothWays(deep(inBundle, 4)))).to.deep.equal(['Patient/a'])
    expect(idsOf(readAll(JSON.stringify(deep((inner) => parameters({ resource: inner }), 4))))).to.deep.equal(['Patient/a'])
    const read = bothWays(bundle({ resource: deep(inBundle, 4) }, { resource: patient('b') }))
    const at = 'Bundle.entry[0]: '.repeat(4)
    expect([idsOf(read), read.refused]).to.deep.equal([['Patient/b'], [`1 nested-bundle ${at}Bundle`]])
  })

  it('each record is refused by itself, by where it stands', () => {
    const bad = { resourceType: 'Patient', Zqxv: 1 }
    const read = bothWays(
      bundle(
        { resource: parameters({ resource: patient('a') }, { part: [{ name: 'x', resource: bad }] }) },
        { resource: bundle({ resource: bad }) }
      )
    )
    expect(idsOf(read)).to.deep.equal(['Patient/a'])
    expect(read.refused).to.deep.equal([
      '1 not-fhir Bundle.entry[0]: Parameters.parameter[1].part[0]: Patient.?',
      '1 not-fhir Bundle.entry[1]: Bundle.entry[0]: Patient.?'
    ])
  })

  const refused: readonly (readonly [what: string, body: string, refusal: string])[] = [
    ['a resource named twice', inParameters(`,"resource":${PATIENT}`), '1 duplicate-key'],
    ['a parameter with what FHIR does not have', inParameters(',"Zqxv":1'), '1 not-fhir Parameters.parameter.?'],
    ['a key written with an escape', inParameters(',"\\u006eame":"n"'), '1 not-fhir Parameters.?'],
    [
      'a modifierExtension of a parameter',
      inParameters(',"modifierExtension":[{"url":"urn:Zqxv"}]'),
      '1 unknown-modifier Parameters.parameter.modifierExtension'
    ],
    [
      'implicitRules of Parameters',
      `{"resourceType":"Parameters","implicitRules":"urn:Zqxv","parameter":[{"name":"n","resource":${PATIENT}}]}`,
      '1 implicit-rules Parameters.implicitRules'
    ],
    [
      'implicitRules of the inner Bundle',
      `{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Bundle","type":"batch","implicitRules":"urn:Zqxv","entry":[{"resource":${PATIENT}}]}}]}`,
      '1 implicit-rules Bundle.entry[0]: Bundle'
    ],
    [
      'a list of entries named twice in the inner Bundle',
      `{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Bundle","type":"batch","entry":[{"resource":${PATIENT}}],"entry":[{"resource":${PATIENT}}]}}]}`,
      '1 duplicate-key Bundle.entry[0]: Bundle'
    ],
    [
      'an inner Bundle in the place of an entry named twice',
      `{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Bundle","type":"batch"},"resource":${PATIENT}}]}`,
      '1 duplicate-key Bundle.entry[0]'
    ],
    [
      'parts nested 10,000 deep',
      inParameters(`,"part":${'[{"name":"n","part":'.repeat(5000)}[]${'}]'.repeat(5000)}`),
      '1 too-deep Parameters'
    ],
    [
      'a Bundle contained in a record of Parameters',
      `{"resourceType":"Parameters","parameter":[{"name":"n","resource":{"resourceType":"Patient","contained":[{"resourceType":"Bundle","type":"batch"}]}}]}`,
      '1 nested-bundle Parameters.parameter[0]: Patient.contained'
    ],
    [
      'a resource that is none',
      '{"resourceType":"Parameters","parameter":[{"name":"n","resource":[1]}]}',
      '1 not-json Parameters.parameter[0]'
    ],
    ['Parameters that end early', `{"resourceType":"Parameters","parameter":[{"name":"n","resource":${PATIENT}}`, '1 not-json']
  ]
  for (const [what, body, refusal] of refused)
    it(`${what} is refused`, () => {
      const read = readAll(`${body}\n${PATIENT}\n`)
      expect([read.refused, read.kept.map(({ line }) => line)]).to.deep.equal([[refusal], [2]])
    })
})

describe('what stands around a record in a Bundle is never kept', () => {
  const PLANTED = 'Zqxv'
  const planted: readonly (readonly [element: string, entry: Json, around?: Json])[] = [
    ['fullUrl', { fullUrl: `https://other.example/${PLANTED}/Zqxv-not-a-type/1` }],
    ['request.url', { request: { method: 'PUT', url: `Patient?identifier=${PLANTED}` } }],
    ['request.ifNoneExist', { request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=${PLANTED}` } }],
    ['request.ifMatch', { request: { method: 'PUT', url: 'Patient/a', ifMatch: `W/"${PLANTED}"` } }],
    ['request.ifNoneMatch', { request: { method: 'GET', url: 'Patient/a', ifNoneMatch: `W/"${PLANTED}"` } }],
    ['response.location', { response: { status: '201', location: `Patient/${PLANTED}/_history/1` } }],
    ['response.etag', { response: { status: '201', etag: `W/"${PLANTED}"` } }],
    [
      'response.outcome',
      {
        response: {
          status: '400',
          outcome: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid', diagnostics: PLANTED }] }
        }
      }
    ],
    ['search', { search: { extension: [{ url: `urn:${PLANTED}` }] } }],
    ['link of the entry', { link: [{ relation: 'self', url: `https://other.example/${PLANTED}` }] }],
    ['link of the Bundle', {}, { link: [{ relation: 'self', url: `https://other.example/Patient?name=${PLANTED}` }] }],
    ['id, meta, identifier, signature of the Bundle', {}, { id: PLANTED, meta: { source: PLANTED }, identifier: { value: PLANTED } }]
  ]
  for (const [element, entry, around] of planted)
    it(`Bundle ${element}`, () => {
      const one = { ...bundle({ resource: patient('a'), ...entry }), ...around }
      for (const body of [
        one,
        bundle({ resource: one }),
        parameters({ resource: one }),
        bundle({ resource: parameters({ resource: one }) })
      ]) {
        const read = readAll(JSON.stringify(body))
        expect(read.refused).to.deep.equal([])
        expect(read.kept.map(({ text }) => text)).to.deep.equal(['{"resourceType":"Patient","id":"a"}'])
        expect(JSON.stringify(read)).not.to.contain(PLANTED)
      }
    })

  it('the other parameters, their names and values', () => {
    const body = parameters(
      { name: PLANTED, resource: patient('a') },
      { valueHumanName: { family: PLANTED } },
      { part: [{ name: PLANTED, valueString: PLANTED }] }
    )
    const read = readAll(JSON.stringify(body))
    expect(idsOf(read)).to.deep.equal(['Patient/a'])
    expect(JSON.stringify(read)).not.to.contain(PLANTED)
  })
})
