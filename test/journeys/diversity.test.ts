/**
 * What no group may tell, and what events tell together, through the whole gateway: illnesses over two releases, rare diseases rolled up to their category,
 * visits in bands, and what a policy says of who lacks a trait.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { RiskRule } from '../../gateway/core/deidentify/profile/profile.ts'
import { certifiedOften, EXPERT, OFTEN, OTHERS } from '../support/expert.ts'
import { faultsOf, officer, query, useGateway } from '../support/house.ts'
import { miscounted, Party } from '../support/journey.ts'
import { receiver } from '../support/receive.ts'
import { condition, ndjson, patient } from '../support/records.ts'

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'
const RISK = { l: 2 } as const
/** What groups may not tell is sensitive: of what is not granted nothing would be there to tell. */
const GRANTED = { categories: { granted: ['behavioural', 'hiv', 'substance-use'] } } as const

type Line = ReturnType<typeof patient>

const ill = (of: string, code: string): Line => ({ ...condition(`${of}-${code}`, of), code: { coding: [{ system: ICD, code }] } })
const visit = (of: string, n: number): Line => ({
  resourceType: 'Encounter',
  id: `${of}-v${n}`,
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
  subject: { reference: `Patient/${of}` },
  period: { start: `2024-0${n}-03T10:00:00Z`, end: `2024-0${n}-03T11:00:00Z` }
})
/** No shift moves the last day of a year into an earlier band of five, nor that of a leap year into another year. */
const born = (prefix: string, count: number, year: number): Line[] =>
  Array.from({ length: count }, (_, n) => patient(`${prefix}${n}`, { birthDate: `${year}-12-31` }))

interface Gate {
  readonly recoded: Record<string, string>
  readonly suppressed: number
  readonly smallestGroup: number
  readonly risk: { readonly sensitive: Record<string, { readonly after: { readonly l: number | null } }> }
}

interface Journey {
  send(lines: readonly Line[], state?: 'ready' | 'held'): Promise<Gate>
  /** of the dataset that came last */
  opened(type: string): readonly object[]
}

function journeyOf(house: ReturnType<typeof useGateway>): Journey {
  const { site, gateway, database } = house()
  const hospital = new Party(gateway, site, 'demo-hospital')
  const insurer = receiver(gateway, site, 'demo-analytics', EXPERT)
  let dataset = ''
  return {
    send: async (lines, state = 'ready') => {
      const ended = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(lines) }), state === 'held' ? ['held'] : undefined)
      expect(miscounted(ended)).to.deep.equal([])
      expect(ended.agreements.map((each) => each.state)).to.deep.equal([state])
      const [agreement] = ended.agreements
      dataset = agreement?.dataset ?? ''
      if (state === 'ready') expect((await insurer.run('--json')).code).to.equal(0)
      const [row] = await query<{ gate: Gate }>(database, 'SELECT gate FROM disclosure WHERE id = $1', [dataset])
      return row?.gate as Gate
    },
    opened: (type) => {
      const text = readFileSync(join(insurer.out, dataset, `${type}.ndjson`), 'utf8').trim()
      return text.split('\n').map((line) => JSON.parse(line) as object)
    }
  }
}

describe('illnesses that no group may tell', function () {
  this.timeout(120_000)
  const house = useGateway({ ...OTHERS, [EXPERT]: { ...OFTEN, ...GRANTED, risk: RISK } }, {}, certifiedOften)

  it('l-diversity over two releases: of three alike one was ill; that the two others are, too, is not told', async () => {
    const { send, opened } = journeyOf(house)
    const first = await send([...born('a', 3, 1949), ill('a0', 'B20')])
    expect(first.risk.sensitive['illness']?.after.l).to.equal(2)
    const second = await send([
      ...born('a', 3, 1949).slice(1),
      ill('a1', 'B20'),
      ill('a2', 'B20'),
      ...born('b', 9, 1979),
      ill('b0', 'F10.20')
    ])
    expect(second.suppressed, 'the two').to.equal(2)
    expect(opened('Patient')).to.have.length(9)
    expect(JSON.stringify(opened('Condition')))
      .to.include('F10.20')
      .and.not.include('B20')
  })

  it('of all in a group ill alike nobody leaves: an officer sees how many, and no illness', async () => {
    const { send } = journeyOf(house)
    const { site } = house()
    const gate = await send([...born('c', 3, 1935), ...['c0', 'c1', 'c2'].map((id) => ill(id, 'B20'))], 'held')
    expect(gate).to.deep.include({ suppressed: 3, smallestGroup: 0 })
    const list = await officer(site, ['hold', 'list'])
    expect(list.out)
      .to.match(/3 subjects in groups of 3, suppressed/)
      .and.match(/illness, worst group: before l 1, entropy l 1, t 0\.\d+; after l -, entropy l -, t -\n/)
    expect(list.out).not.to.match(/B20|hiv|1935/)
    const [dataset] = /^[0-9a-f-]{36}/m.exec(list.out) ?? []
    const word = ['--officer', 'Privacy Office', '--reason', 'too few']
    expect((await officer(site, ['hold', 'release', String(dataset), ...word])).code, 'nobody would be left').to.equal(2)
    expect((await officer(site, ['hold', 'refuse', String(dataset), ...word])).code).to.equal(0)
    expect((await officer(site, ['hold', 'list'])).out).to.equal('Nothing is held.\n')
    expect(await faultsOf(house().database)).to.deep.equal([])
  })
})

describe('events that tell who somebody is', function () {
  this.timeout(120_000)
  const grounds = { because: 'a test', source: 'a test' } as const
  const declare = (risk: RiskRule): RiskRule => ({
    ...risk,
    quasiIdentifiers: risk.quasiIdentifiers.map((row) => (row.name === 'area' ? { ...row, missing: 'suppress' } : row)),
    patterns: [...(risk.patterns ?? []), { ...grounds, name: 'visits', kind: 'visits', on: 'Encounter', edges: [3] }]
  })
  const house = useGateway({ ...OTHERS, [EXPERT]: OFTEN }, {}, (site) => certifiedOften(site, declare))
  const visits = (of: string, count: number): Line[] => Array.from({ length: count }, (_, n) => visit(of, n + 1))

  it('rare diseases leave as their category, and frequent ones as they are', async () => {
    const { send, opened } = journeyOf(house)
    const rare = ['E75.21', 'E75.22', 'E75.23'].map((code, n) => ill(`d${n}`, code))
    const gate = await send([...born('d', 6, 1949), ...rare, ill('d5', 'E11.9')])
    expect(gate.recoded, 'a year of shift parts the births').to.deep.include({ 'rare-disease': 'category' })
    const codes = opened('Condition').map((one) => /"code":"([A-Z][^"]+)"/.exec(JSON.stringify(one))?.[1])
    expect(codes.sort()).to.deep.equal(['E11.9', 'E75', 'E75', 'E75'])
  })

  it('visits are counted in bands: who alone came so often is suppressed; who lacks what must be there, too', async () => {
    const { send, opened } = journeyOf(house)
    const often = ['e0', 'e1', 'e2'].flatMap((id) => visits(id, 4))
    const { address: _, ...nowhere } = patient('g0', { birthDate: '1948-12-31' }) as Line & { readonly address: unknown }
    const gate = await send([...born('e', 12, 1948), ...often, ...visits('e3', 1), ...born('f', 1, 1948), nowhere])
    expect(gate).to.deep.include({ suppressed: 1, recoded: {} })
    expect(opened('Patient')).to.have.length(13)
    const again = await send([...born('e', 12, 1948).slice(0, 1), ...visits('e0', 4), ...born('h', 8, 1948)])
    expect(again.suppressed, 'alone with visits in both releases').to.equal(1)
    expect(opened('Patient')).to.have.length(8)
  })
})
