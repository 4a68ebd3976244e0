/**
 * A profile that declares its quasi-identifiers, whole: the gateway recodes a dataset, remembers what the recipient knows of whom, and the next release
 * makes nobody known more precisely. Officers see levels and risks, and nobody's traits.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { certifiedOften, EXPERT, OFTEN, OTHERS } from '../support/expert.ts'
import { until } from '../support/gateway.ts'
import { faultsOf, officer, query, useGateway } from '../support/house.ts'
import { miscounted, Party } from '../support/journey.ts'
import { receiver } from '../support/receive.ts'
import { ndjson, patient } from '../support/records.ts'

const RISK = { maxProsecutorRisk: 0.34, population: 1000 } as const

interface Opened {
  readonly birthDate?: string
  readonly _birthDate?: { readonly extension: readonly { readonly url: string; readonly valuePeriod?: object }[] }
}

interface Gate {
  readonly recoded: Record<string, string>
  readonly nodes: readonly number[][]
  readonly smallestGroup: number
  readonly risk: {
    readonly before: { readonly sampleUniques: number }
    readonly after: { readonly k: number; readonly population: object }
  }
}

/** No shift moves the last day of a year into an earlier band of five. */
const born = (prefix: string, years: readonly number[]): ReturnType<typeof patient>[] =>
  years.map((year, n) => patient(`${prefix}${n}`, { birthDate: `${year}-12-31` }))
const SIXTIES = [1961, 1961, 1963, 1963, 1964, 1964]

describe('global recoding', function () {
  this.timeout(120_000)
  const house = useGateway({ ...OTHERS, [EXPERT]: { ...OFTEN, risk: RISK } }, {}, certifiedOften)

  it('all leave at the levels that cost least; the next release keeps who is known at theirs, and new people at their own', async () => {
    const { site, gateway, database } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const insurer = receiver(gateway, site, 'demo-analytics', EXPERT)
    const pulled = new Set<string>()

    async function released(lines: readonly object[]): Promise<{ patients: Opened[]; gate: Gate }> {
      const ended = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(lines as ReturnType<typeof patient>[]) }))
      expect(miscounted(ended)).to.deep.equal([])
      expect(ended.agreements.map(({ state }) => state)).to.deep.equal(['ready'])
      const ran = await insurer.run('--json')
      expect(ran.code, ran.err).to.equal(0)
      const dataset = insurer.opened().find((name) => !pulled.has(name)) ?? ''
      pulled.add(dataset)
      const text = readFileSync(join(insurer.out, dataset, 'Patient.ndjson'), 'utf8').trim()
      const [row] = await query<{ gate: Gate }>(database, 'SELECT gate FROM disclosure WHERE id = $1', [dataset])
      return { patients: text.split('\n').map((line) => JSON.parse(line) as Opened), gate: row?.gate as Gate }
    }

    const first = await released(born('a', SIXTIES))
    expect(first.gate.recoded).to.deep.equal({ birth: '5 years' })
    expect([first.gate.smallestGroup, first.gate.risk.after.k]).to.deep.equal([6, 6])
    expect(first.gate.risk.after.population).to.have.keys('journalist', 'marketer', 'uniques', 'model')
    expect(first.patients.map(periodOf)).to.deep.equal(SIXTIES.map(() => ({ start: '1960', end: '1964' })))

    const second = await released([...born('a', SIXTIES), ...born('b', [1972, 1972, 1972])])
    expect(second.gate.recoded, 'of those who are new').to.deep.equal({})
    expect(second.patients.filter(({ birthDate }) => birthDate?.startsWith('1972'))).to.have.length(3)
    expect(second.patients.flatMap((one) => periodOf(one) ?? [])).to.have.length(6)
    expect(await faultsOf(database)).to.deep.equal([])
  })

  it('held: an officer sees levels and risks, and nobody’s traits', async () => {
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const ended = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(born('c', [1931, 1944, 1955, 1987])) }), ['held'])
    expect(ended.agreements.map(({ state }) => state)).to.deep.equal(['held'])
    const list = await officer(site, ['hold', 'list'])
    expect(list.out)
      .to.match(/made coarser: .*loss .* %\n/)
      .and.match(/before: smallest group 1, 4 alone, prosecutor risk 100\.0 % at most/)
    expect(list.out).not.to.match(/1931|1944|1955|1987|02139|female/)
  })
})

describe('belowK: refuse', function () {
  this.timeout(60_000)
  const house = useGateway({ ...OTHERS, [EXPERT]: { ...OFTEN, belowK: ['generalize', 'suppress', 'refuse'] } }, {}, certifiedOften)

  it('too many too few look like: the dataset is refused with an entry, and no officer is asked', async () => {
    const { site, gateway, database } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const ended = await hospital.ended(await hospital.send({ 'data.ndjson': ndjson(born('d', [1931, 1944, 1955, 1987])) }), ['refused'])
    expect(miscounted(ended)).to.deep.equal([])
    expect(ended.agreements.map(({ withheld }) => withheld)).to.deep.equal([{ 'too-few-like-them': 4 }])
    const text = "SELECT kind FROM log_entry WHERE kind LIKE 'dataset-%' ORDER BY index"
    const kinds = await until(async () => {
      const found = await query<{ kind: string }>(database, text)
      return found.length > 0 ? found : null
    })
    expect(kinds.map(({ kind }) => kind)).to.deep.equal(['dataset-refused'])
  })
})

function periodOf({ birthDate, _birthDate }: Opened): object | undefined {
  return birthDate === undefined ? _birthDate?.extension.find(({ url }) => url === 'urn:sallyport:period')?.valuePeriod : undefined
}
