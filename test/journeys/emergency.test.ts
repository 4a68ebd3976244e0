/** Break-glass at two running gateways: real HTTP, real signatures, one database. An operator reads the log for an hour by the word of two others, and everything of it is told. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { signEmergencyWord } from '../../gateway/seal/emergency-word.ts'
import { type Entry, entriesIn } from '../support/entries.ts'
import { type Process, startProcess, tokenFor, until } from '../support/gateway.ts'
import { addOfficer, officer, query, useGateway } from '../support/house.ts'

interface View {
  readonly id: string
  readonly hash: string
  readonly state: string
  readonly until: string | null
}

interface Told {
  readonly status: number
  readonly body: View & { readonly issue?: readonly { readonly details: { readonly coding: readonly { readonly code: string }[] } }[] }
}

const WORDS = 'sallyport/emergencies system/AuditEvent.rs sallyport/accountings'

describe('break-glass at two gateways', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': null, 'demo-transport-only': null }, {}, (site) => {
    const operator = addOfficer(site, 'op-one', ['operator'], {})
    const privacy = addOfficer(operator, 'priv-one', ['privacy-officer'])
    return addOfficer(privacy, 'author-one', ['proposer'])
  })
  let second: Process
  before(async () => {
    second = await startProcess(house().site)
  })
  after(() => second?.stop())

  async function ask(url: string, who: string, method: string, path: string, body?: unknown): Promise<Told> {
    const token = await tokenFor(url, house().site, who, WORDS)
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: response.status, body: (await response.json()) as Told['body'] }
  }
  const codeOf = ({ body }: Told): string => body.issue?.[0]?.details.coding[0]?.code ?? ''
  const reads = async (url: string): Promise<number> => (await ask(url, 'op-one', 'GET', '/fhir/AuditEvent')).status
  const urls = (): readonly string[] => [house().gateway.url, second.url]

  const told = (kind: string): Promise<Entry[]> => entriesIn(house().database, kind)

  function word(id: string, { id: emergency, hash }: View, at = new Date()): string {
    const key = JSON.parse(readFileSync(join(house().site.folder, `${id}-sig.jwk`), 'utf8'))
    return signEmergencyWord({ v: 1, emergency, hash, decision: 'approve', officer: id, at: at.toISOString() }, key)
  }

  async function asked(): Promise<View> {
    const made = await ask(second.url, 'op-one', 'POST', '/emergencies', {
      roles: ['compliance-reviewer'],
      reason: 'a wrong dataset went out'
    })
    expect(made.status).to.equal(201)
    return made.body
  }
  const approve = (url: string, who: string, { id }: View, body: unknown): Promise<Told> =>
    ask(url, who, 'POST', `/emergencies/${id}/approvals`, body)

  it('the operator reads nothing of the log; asked, approved by sign-in here and by a signed word there, reads it at both; ended by a privacy officer, at neither', async () => {
    const [here = '', there = ''] = urls()
    for (const url of urls()) expect(await reads(url)).to.equal(403)
    const view = await asked()
    expect(codeOf(await approve(here, 'op-one', view, { hash: view.hash }))).to.equal('emergency-own')
    expect((await approve(here, 'priv-one', view, { hash: view.hash })).body.state).to.equal('asked')
    expect(codeOf(await approve(there, 'priv-one', view, { word: word('priv-one', view) }))).to.equal('emergency-twice')
    for (const url of urls()) expect(await reads(url)).to.equal(403)
    // signed elsewhere, brought by another: whoever signs in speaks for him- or herself
    expect(codeOf(await approve(there, 'priv-one', view, { word: word('author-one', view) }))).to.equal('not-an-approver')
    const granted = await approve(there, 'author-one', view, { word: word('author-one', view) })
    expect(granted.body.state).to.equal('standing')
    for (const url of urls()) await until(async () => ((await reads(url)) === 200 ? true : null), 3)
    const used = await told('emergency-used')
    expect(used.every(({ emergency, account }) => emergency === view.id && account === 'op-one')).to.equal(true)
    expect(used.map(({ route }) => route)).to.include('/fhir/AuditEvent')
    expect((await ask(here, 'priv-one', 'POST', `/emergencies/${view.id}/end`)).body.state).to.equal('ended')
    for (const url of urls()) await until(async () => ((await reads(url)) === 403 ? true : null), 3)
  })

  it('both gateways alarm when it begins and tell when it ends, and a review names it', async () => {
    const { site } = house()
    for (const gateway of [house().gateway, second]) {
      const events = await until(async () => {
        const lines = gateway
          .log()
          .split('\n')
          .filter((line) => line.includes('"event":"emergency-'))
        return lines.length >= 2 ? lines.map((line) => JSON.parse(line) as Record<string, unknown>) : null
      }, 5)
      expect(events.map(({ event, level, officer: who }) => [event, level, who])).to.deep.equal([
        ['emergency-begun', 'error', 'op-one'],
        ['emergency-ended', 'warn', 'op-one']
      ])
    }
    const reviewed = await until(async () => {
      const { out } = await officer(site, ['review', 'emergencies'])
      return out.includes('1 times an officer') ? out : null
    }, 10)
    expect(reviewed).to.match(/and [1-9]\d* requests were made meanwhile/)
  })

  it('at the desk: asked, signed elsewhere, approved, listed and ended; a gateway that starts meanwhile knows of it', async () => {
    const { site } = house()
    const key = (id: string): string => join(site.folder, `${id}-sig.jwk`)
    const put = await officer(site, [
      'emergency',
      'ask',
      '--officer',
      'op-one',
      '--key',
      key('op-one'),
      '--roles',
      'compliance-reviewer',
      '--reason',
      'at the desk',
      '--json'
    ])
    expect(put.err).to.equal('')
    const view = JSON.parse(put.out) as View
    const own = await officer(site, ['emergency', 'approve', view.id, '--officer', 'op-one', '--key', key('op-one')])
    expect([own.code, own.err]).to.deep.equal([1, 'sallyport: [emergency-own] Nobody approves what he or she asked for.\n'])
    for (const who of ['priv-one', 'author-one'])
      expect((await officer(site, ['emergency', 'approve', view.id, '--officer', who, '--key', key(who)])).err).to.equal('')
    const third = await startProcess(site)
    try {
      expect(await reads(third.url)).to.equal(200)
    } finally {
      await third.stop()
    }
    const { out } = await officer(site, ['emergency', 'list'])
    expect(out).to.match(
      new RegExp(
        `${view.id}  standing until .*op-one: compliance-reviewer\\n  at the desk\\n.*approved by priv-one \\(privacy-officer\\); approved by author-one \\(another\\)`
      )
    )
    expect((await officer(site, ['emergency', 'end', view.id, '--officer', 'op-one'])).out).to.contain('ended by op-one')
    for (const url of urls()) await until(async () => ((await reads(url)) === 403 ? true : null), 3)
  })

  it('malformed, huge and strange bodies are refused at the door, and nothing is asked for', async () => {
    const bodies: readonly (readonly [unknown, number])[] = [
      [{}, 400],
      [{ roles: 'compliance-reviewer', reason: 'x' }, 400],
      [{ roles: ['compliance-reviewer', 'compliance-reviewer'], reason: 'x' }, 400],
      [{ roles: ['root'], reason: 'x' }, 400],
      [{ roles: ['compliance-reviewer'], reason: 'x', officer: 'priv-one' }, 400],
      [{ roles: ['compliance-reviewer'], hours: 9, reason: 'x' }, 400],
      [{ roles: ['compliance-reviewer'], hours: '1', reason: 'x' }, 400],
      [{ roles: ['compliance-reviewer'], reason: 'x'.repeat(20_000) }, 413],
      [[], 400],
      ['x', 400]
    ]
    for (const [body, status] of bodies)
      expect((await ask(second.url, 'op-one', 'POST', '/emergencies', body)).status, JSON.stringify(body).slice(0, 80)).to.equal(status)
    const [row] = await query<{ n: number }>(house().database, "SELECT count(*)::integer AS n FROM emergency WHERE state <> 'ended'")
    expect(row?.n).to.equal(0)
  })
})
