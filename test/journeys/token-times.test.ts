/** How long a refusal at the token endpoint takes, by what was wrong, in a running gateway with its floor, its lock-outs and its database: it must not tell who is registered here, or how. */
import { request } from 'node:http'
import { expect } from 'chai'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { addOfficer, addParty, officer, useGateway } from '../support/house.ts'
import { assertionOf, claimsFor, formOf } from '../support/token-gateway.ts'

const TRIES = 10
/** http/app.ts waits to multiples of this (failureFloorMs). */
const STEP_MS = 25
const STRANGER = generatePartyKeys('ec', 'a-stranger').signing

interface Told {
  readonly status: number
  readonly text: string
  readonly ms: number
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0
}

describe('the time of a refusal at the token endpoint', function () {
  this.timeout(120_000)
  const house = useGateway({ 'demo-safe-harbor': {} }, {}, (site) =>
    addOfficer(addParty(addParty(site, 'other-hospital', 'hospital'), 'other-insurer', 'insurer'), 'first-operator', ['operator'], {})
  )
  /** Each from another address of this machine: no lock, and no bound of an address, is what is measured. */
  const used = { addresses: 1, names: 0 }
  let spent: string

  before(async () => {
    const ran = await officer(house().site, [
      'party',
      'suspend',
      'other-hospital',
      '--reason',
      'unspecified',
      '--officer',
      'first-operator'
    ])
    expect([ran.code, ran.err]).to.deep.equal([0, ''])
    spent = await made('demo-insurer', 'own key')
    expect((await ask(spent, '127.0.0.1')).status).to.equal(200)
  })

  function made(party: string, how: 'own key' | 'wrong key' | 'unknown kid'): Promise<string> {
    const own = house().site.parties.get(party)?.signing ?? STRANGER
    const kid = how === 'unknown kid' ? 'another' : String(own['kid'])
    return assertionOf(how === 'wrong key' ? STRANGER : own, claimsFor(party, house().gateway.url), { kid })
  }

  function ask(assertion: string, localAddress: string): Promise<Told> {
    const body = new URLSearchParams(formOf(assertion)).toString()
    return new Promise((resolve, reject) => {
      const started = performance.now()
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
      const asked = request(`${house().gateway.url}/oauth/token`, { method: 'POST', headers, agent: false, localAddress }, (res) => {
        const told = (chunks: unknown[]): Told => {
          const text = Buffer.concat(chunks as Buffer[]).toString()
          return { status: res.statusCode ?? 0, text, ms: performance.now() - started }
        }
        res.toArray().then((chunks) => resolve(told(chunks)), reject)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }

  const KINDS: Readonly<Record<string, () => Promise<string> | string>> = {
    'a party that nobody is': () => {
      used.names += 1
      return made(`nobody-${used.names}`, 'wrong key')
    },
    'a signature of another': () => made('demo-hospital', 'wrong key'),
    'a kid that is not registered': () => made('other-insurer', 'unknown kid'),
    'an assertion that was spent': () => spent,
    'a party that is suspended': () => made('other-hospital', 'own key')
  }

  /** Of each kind the times, by turns, each round beginning with another. */
  async function round(): Promise<ReadonlyMap<string, readonly number[]>> {
    const times = new Map(Object.keys(KINDS).map((kind): [string, number[]] => [kind, []]))
    const texts = new Set<string>()
    for (let n = 0; n < TRIES; n++) {
      const kinds = Object.entries(KINDS)
      used.addresses += 1
      for (const [kind, make] of [...kinds.slice(n % kinds.length), ...kinds.slice(0, n % kinds.length)]) {
        const { status, text, ms } = await ask(await make(), `127.0.0.${used.addresses}`)
        times.get(kind)?.push(ms)
        texts.add(`${status} ${text}`)
        expect(ms, kind).to.be.at.least(STEP_MS - 1)
      }
    }
    expect(texts.size, [...texts].join()).to.equal(1)
    return times
  }

  /** A busy machine differs by itself: what is later by half a step in each of three rounds is told. */
  it('is the same for a party nobody is, another’s signature, an unknown kid, a replay and a suspended party (median and quartiles by turns)', async () => {
    const later = new Map<string, number>()
    for (let rounds = 0; rounds < 3; rounds++) {
      const times = await round()
      const all = [...times.values()].flat()
      for (const [kind, of] of times) {
        const off = Math.abs(quantile(of, 0.5) - quantile(all, 0.5)) >= STEP_MS / 2
        const apart = quantile(of, 0.25) > quantile(all, 0.75) || quantile(of, 0.75) < quantile(all, 0.25)
        if (off && apart) later.set(kind, (later.get(kind) ?? 0) + 1)
      }
    }
    expect([...later].filter(([, times]) => times === 3)).to.deep.equal([])
  })
})
