/**
 * Id guessing across parties, at a real gateway with a real database: each object of one party asked for by another answers exactly as one that does not exist: the same status,
 * the same body, the same headers and, within noise, the same time. Every route with a parameter that a party may use is asked; a new one must be named here.
 */
import { expect } from 'chai'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { before } from 'mocha'
import { powerOf, type Who } from '../../gateway/core/identity/powers.ts'
import { ROUTES } from '../../gateway/http/routes.ts'
import { AT_ONCE, tokenFor, until } from '../support/gateway.ts'
import { addOfficer, addParty, query, useGateway, writeAgreement } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'

const TRIES = 40
const NONE = '00000000-0000-4000-8000-000000000000'
const AGREEMENT = 'demo-safe-harbor'

interface Manifest {
  readonly extension: {
    readonly sallyport: { readonly files: readonly { readonly url: string; readonly dataset: string }[] }
  }
}

/** What A has, by where it stands in an address; beside it what nobody has, written in the same form. */
interface Held {
  readonly real: string
  readonly none: string
}

interface Told {
  readonly status: number
  readonly text: string
  readonly headers: string
  readonly microseconds: number
}

/** The lower quartile: of a busy machine the quick answers are the even ones. */
function quick(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0
}

/** Who of B uses a row: the party of that kind, or its officer. */
const PARTIES_OF_B = ['other-hospital', 'other-insurer']
const ASKING = new Map<Who, string>([
  ['hospital', 'other-hospital'],
  ['insurer', 'other-insurer'],
  ['hospital-admin', 'keeper-hospital'],
  ['insurer-admin', 'keeper-insurer']
])
const OF_A_PARTY: ReadonlySet<string> = new Set(['own', 'side'])
const SCOPES: Readonly<Record<string, string>> = {
  'other-hospital': 'sallyport/keys system/*.cu system/AuditEvent.rs sallyport/agreements',
  'other-insurer': 'sallyport/keys system/*.rs sallyport/agreements',
  'keeper-hospital': 'sallyport/keys system/AuditEvent.rs sallyport/agreements',
  'keeper-insurer': 'sallyport/keys system/AuditEvent.rs sallyport/agreements'
}

/** What some routes want before they look. */
const BODIES: Readonly<Record<string, readonly [type: string, body: string]>> = {
  'POST /agreements/:id/approvals': ['application/jose', 'a.b.c'],
  'POST /agreements/:id/suspension': ['application/json', '{"officer":"Test Officer","reason":"a test"}'],
  'POST /disputes/:id/statements': ['application/json', '{"text":"a test"}'],
  'PUT /submissions/:id/files/:name': ['application/fhir+ndjson', '{"resourceType":"Patient"}\n'],
  'POST /submissions/:id/files/:name': ['application/fhir+ndjson', '{"resourceType":"Patient"}\n']
}

/** What lists there are for whom. */
function listsOf(who: string): readonly string[] {
  const all = ['/agreements', '/fhir/AuditEvent?_count=100', '/parties']
  return PARTIES_OF_B.includes(who) ? [...all, '/disputes'] : all
}

describe('id guessing across parties', function () {
  this.timeout(180_000)
  const house = useGateway(
    { 'demo-transport-only': null, [AGREEMENT]: AT_ONCE },
    { SALLYPORT_LIMIT_REQUESTS_PER_MINUTE: '60000' },
    (site) => {
      let whole = addParty(addParty(site, 'other-hospital', 'hospital'), 'other-insurer', 'insurer')
      whole = addOfficer(whole, 'keeper-hospital', ['hospital-admin'], { party: 'other-hospital' })
      whole = addOfficer(whole, 'keeper-insurer', ['insurer-admin'], { party: 'other-insurer' })
      writeAgreement(whole, 'between-others', { source: 'other-hospital', recipient: 'other-insurer', recipientKey: 'other-insurer-enc' })
      return whole
    }
  )
  const held = new Map<string, Held>()
  const tokens = new Map<string, string>()
  let file = ''
  let ownJob = ''
  let key = ''

  before(async () => {
    const { gateway, site, database } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const insurer = new Party(gateway, site, 'demo-insurer')
    const submission = await hospital.send({ 'data.ndjson': ndjson(ward('guess', 9)) }, AGREEMENT)
    const dataset = (await hospital.ended(submission, ['ready'])).agreements[0]?.dataset ?? ''
    const open = await hospital.open(AGREEMENT)
    const job = await exportBy(insurer)
    const manifest = await until(async () => {
      const answer = await insurer.ask('GET', `/fhir/jobs/${job}`)
      return answer.status === 200 ? (JSON.parse(answer.text) as Manifest) : null
    })
    file = manifest.extension.sallyport.files[0]?.url.split('/').at(-1) ?? ''
    await insurer.ask('GET', `/datasets/${dataset}/manifest`)
    tokens.set('demo-insurer', await tokenFor(gateway.url, site, 'demo-insurer', 'system/*.rs sallyport/agreements'))
    const opened = await ask('demo-insurer', 'POST', '/disputes', [
      'application/json',
      JSON.stringify({ dataset, about: 'count', text: 'a test' })
    ])
    const dispute = (JSON.parse(opened.text) as { id: string }).id
    const [entry] = await until(async () => {
      const found = await query<{ index: string }>(database, "SELECT index FROM logged WHERE kind = 'dataset-released' LIMIT 1")
      return found.length === 0 ? null : found
    })
    for (const [place, real, none] of [
      ['/submissions/:id', open, NONE],
      ['/agreements/:id', AGREEMENT, 'nemo-safe-harbor'],
      ['/disputes/:id', dispute, NONE],
      ['/fhir/jobs/:id', job, NONE],
      ['/datasets/:id', dataset, NONE],
      ['/fhir/AuditEvent/:id', `entry-${entry?.index}`, 'entry-9999999'],
      ['/fhir/Group/:agreement', AGREEMENT, 'nemo-safe-harbor'],
      ['/parties/:id', 'demo-hospital', 'nemo-hospital']
    ] as const)
      held.set(place, { real, none })
    for (const who of ASKING.values()) tokens.set(who, await tokenFor(gateway.url, site, who, SCOPES[who]))
    const jwk = site.parties.get('demo-hospital')?.jwks.keys[0]
    key = await calculateJwkThumbprint(jwk as JWK)
    ownJob = await exportBy(new Party(gateway, site, 'other-insurer'), 'between-others')
  })

  async function exportBy(insurer: Party, agreement = AGREEMENT): Promise<string> {
    const kicked = await insurer.ask('GET', `/fhir/Group/${agreement}/$export`, undefined, { prefer: 'respond-async' })
    return new URL(kicked.headers.get('content-location') ?? '').pathname.split('/').at(-1) ?? ''
  }

  async function ask(who: string, method: string, path: string, sent?: readonly [type: string, body: string]): Promise<Told> {
    const started = process.hrtime.bigint()
    const response = await fetch(`${house().gateway.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens.get(who)}`,
        prefer: 'respond-async',
        ...(sent === undefined ? {} : { 'content-type': sent[0] })
      },
      ...(sent === undefined ? {} : { body: sent[1] })
    })
    const text = await response.text()
    const microseconds = Number(process.hrtime.bigint() - started) / 1000
    const headers = [...response.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date').join('\n')
    return { status: response.status, text, headers, microseconds }
  }

  /** Both asked for by turns, and told to be the same but in time: the quick ones of each, in microseconds. */
  async function round(
    who: string,
    method: string,
    paths: Held,
    sent?: readonly [type: string, body: string]
  ): Promise<Record<keyof Held, number>> {
    const times: Record<keyof Held, number[]> = { real: [], none: [] }
    for (let n = 0; n < TRIES; n++) {
      const told = new Map<keyof Held, Told>()
      for (const which of n % 2 === 0 ? (['real', 'none'] as const) : (['none', 'real'] as const)) {
        const answer = await ask(who, method, paths[which], sent)
        told.set(which, answer)
        times[which].push(answer.microseconds)
      }
      const [real, none] = [told.get('real'), told.get('none')]
      expect(real?.status, `${who} ${method} ${paths.real}: ${real?.text}`).to.equal(404)
      expect([real?.status, real?.text, real?.headers], `${who} ${method} ${paths.real}`).to.deep.equal([
        none?.status,
        none?.text,
        none?.headers
      ])
    }
    return { real: quick(times.real), none: quick(times.none) }
  }

  /** A machine that is busy differs by itself: what is different in each of three rounds, and in the same direction, is told. */
  async function compare(...asked: Parameters<typeof round>): Promise<void> {
    const seen: number[] = []
    for (let rounds = 0; rounds < 3; rounds++) {
      const { real, none } = await round(...asked)
      if (Math.abs(real - none) < Math.max(250, none / 8)) return
      seen.push(Math.round(real - none))
    }
    expect(new Set(seen.map(Math.sign)).size, `${asked.slice(0, 2).join(' ')} ${asked[2].real}: µs more: ${seen.join(', ')}`).to.equal(2)
  }

  const guessed = ROUTES.flatMap((row) => {
    if (row.power === null || !row.path.includes(':')) return []
    const { who } = powerOf(row.power)
    return [...ASKING].filter(([role]) => OF_A_PARTY.has(who.get(role) ?? '')).map(([, asking]) => ({ row, asking }))
  })

  for (const { row, asking } of guessed)
    it(`${row.method} ${row.path}: what is of others is not there for ${asking}`, async () => {
      const place = /^(?:\/fhir)?\/\w+\/:\w+/.exec(row.path)?.[0] ?? ''
      const ids = held.get(place)
      if (ids === undefined) throw new Error(`${place}: name what a party has there`)
      const at = (id: string): string => row.path.replace(place, place.replace(/:\w+/, id)).replace(':name', file).replace(':key', key)
      await compare(asking, row.method, { real: at(ids.real), none: at(ids.none) }, BODIES[`${row.method} ${row.path}`])
    })

  it('GET /fhir/jobs/:id/files/:name: a file of others is not in a job of one’s own', async () => {
    const of = (name: string): string => `/fhir/jobs/${ownJob}/files/${name}`
    await compare('other-insurer', 'GET', { real: of(file), none: of(file.replace(/^[0-9a-f-]{36}/, NONE)) })
  })

  it('POST /disputes and POST /submissions: what is of others, named in a body or a parameter, is not there', async () => {
    const { real = '', none = '' } = held.get('/datasets/:id') ?? {}
    for (const who of PARTIES_OF_B)
      for (const id of [real, none]) {
        const answer = await ask(who, 'POST', '/disputes', [
          'application/json',
          JSON.stringify({ dataset: id, about: 'count', text: 'a test' })
        ])
        expect([answer.status, answer.text.includes('not-found')], who).to.deep.equal([404, true])
      }
    const answers = await Promise.all(
      [AGREEMENT, 'nemo-safe-harbor'].map((id) => ask('other-hospital', 'POST', `/submissions?agreement=${id}`))
    )
    expect(answers.map(({ status, text }) => `${status} ${text}`)).to.deep.equal([...new Array(2)].map(() => `404 ${answers[1]?.text}`))
  })

  it('lists hold nothing of others', async () => {
    for (const who of ['other-hospital', 'other-insurer', 'keeper-hospital', 'keeper-insurer'])
      for (const path of listsOf(who)) {
        const { status, text } = await ask(who, 'GET', path)
        expect(status, `${who} ${path}: ${text}`).to.equal(200)
        for (const { real } of held.values()) expect(text.includes(`"${real}"`), `${who} ${path} ${real}`).to.equal(false)
        for (const word of ['demo-hospital', 'demo-insurer']) expect(text.includes(word), `${who} ${path} ${word}`).to.equal(false)
      }
  })
})
