/**
 * Who is told why an agreement was stopped, and by whom a later version is out of reach: officers' words are for officers, and who signed a version between others
 * has no part in this one.
 */
import { expect } from 'chai'
import { canonicalJson, type Json } from '../../gateway/core/digest.ts'
import { UpstreamError } from '../../gateway/core/errors.ts'
import type { Registry } from '../../gateway/core/identity/registry.ts'
import { actOn } from '../../gateway/exchange/agreement/agreement-acts.ts'
import { openAgreements } from '../../gateway/exchange/agreement/agreement-door.ts'
import { takeOver } from '../../gateway/exchange/agreement/agreement-folder.ts'
import { propose, speak } from '../../gateway/exchange/agreement/agreements.ts'
import type { Caller } from '../../gateway/exchange/doors.ts'
import type { Officer } from '../../gateway/generated/policy.ts'
import { insertVersion, listVersions } from '../../gateway/store/agreements.ts'
import { keepPolicy } from '../../gateway/store/policies.ts'
import { refusal, useAgreements, WORD } from '../support/agreements.ts'
import { entriesIn } from '../support/entries.ts'
import { addParty } from '../support/house.ts'

describe('exchange/agreements: words, and versions between others', function () {
  this.timeout(60_000)
  const { url, pool, site, folder, write, draft, room, entry, said, approveAll } = useAgreements()

  async function approveAnew(id: string): Promise<void> {
    draft(id)
    expect(await approveAll(id)).to.match(/active$/)
  }

  it('what stops one is told to both sides, with who; why, and by which account, stands in an entry for officers and for the side that said it', async () => {
    const why = { officer: 'Test Officer', reason: 'words for nobody else', account: 'tester' }
    await approveAnew('worded')
    await actOn(room(), 'worded', 'suspend', { ...why, as: 'privacy-officer' })
    await actOn(room(), 'worded', 'resume', { ...why, as: 'privacy-officer' })
    await actOn(room(), 'worded', 'revoke', { officer: 'Test Officer', reason: why.reason, as: 'source', party: 'demo-hospital' })
    const own = (await entriesIn(url())).filter((told) => told['agreement'] === 'worded')
    const forRecipient = own.filter(({ readers }) => readers.includes('demo-insurer'))
    expect(forRecipient.slice(-3).map(({ kind, as }) => `${kind} ${as}`)).to.deep.equal([
      'agreement-suspended privacy-officer',
      'agreement-resumed privacy-officer',
      'agreement-revoked source'
    ])
    expect(JSON.stringify(forRecipient.slice(-3))).to.not.match(/words for nobody|tester|Test Officer/)
    const words = own.filter(({ kind }) => kind === 'agreement-reason')
    expect(words.map(({ act, reason, account, readers }) => [act, reason, account, readers])).to.deep.equal([
      ['suspend', why.reason, 'tester', []],
      ['resume', why.reason, 'tester', []],
      ['revoke', why.reason, undefined, ['demo-hospital']]
    ])
  })

  it('a signer whose name could forge a line of a history is none', async () => {
    draft('signed')
    await propose(room(), entry('signed'), said('signed', 'proposer'))
    for (const officer of ['Test\nOfficer', 'Test\u001b[1A', 'Test\u009b', 'Test\u202e'])
      expect(await refusal(() => speak(room(), said('signed', 'source', { officer })))).to.equal('approval-invalid')
  })

  it('an officer who is suspended, revoked, past the last day or no longer in the role signs nothing, whoever brings the word', async () => {
    draft('silenced')
    await propose(room(), entry('silenced'), said('silenced', 'proposer'))
    const known = room().registry
    const id = 'demo-privacy-officer'
    const own = known.officers.get(id) as Officer
    const as = (changes: Partial<Officer>): Registry => ({ ...known, officers: new Map([[id, { ...own, ...changes }]]) })
    for (const [rule, registry] of [
      ['suspended', { ...known, standings: new Map([[id, 'suspended' as const]]) }],
      ['revoked', { ...known, standings: new Map([[id, 'revoked' as const]]) }],
      ['past the last day', as({ until: '2020-01-01' })],
      ['another role', as({ roles: ['compliance-reviewer'] })],
      // what was granted for an hour signs nothing that stands for a year
      [
        'the role by break-glass alone',
        {
          ...as({ roles: ['compliance-reviewer'], sees: ['metadata'] }),
          emergencies: [{ id: 'e', officer: id, roles: ['privacy-officer'], sees: ['metadata'], until: new Date(Date.now() + 60_000) }]
        }
      ]
    ] as const) {
      const word = said('silenced', 'privacy-officer')
      expect(await refusal(() => speak({ ...room(), registry }, word)), rule).to.equal('not-an-approver')
      const door = openAgreements({ ...room(), registry } as Parameters<typeof openAgreements>[0])
      expect(await refusal(() => door.speak({ party: 'demo-hospital' } as Caller, 'silenced', word)), rule).to.equal('not-an-approver')
    }
    expect((await speak(room(), said('silenced', 'privacy-officer'))).state).to.equal('proposed')
  })

  it('a partner whose key server is slow keeps no other waiting behind the lock of agreements', async () => {
    draft('slow-side')
    draft('quick-side')
    await propose(room(), entry('slow-side'), said('slow-side', 'proposer'))
    await propose(room(), entry('quick-side'), said('quick-side', 'proposer'))
    const { keysOf } = room()
    const server = Promise.withResolvers<void>()
    const kept = new Set<string>()
    const slow: typeof keysOf = async (party, hint) => {
      // once it is fetched it is kept, as intake/reach/kept.ts does
      if (party === 'demo-insurer' && !kept.has(party)) await server.promise
      kept.add(party)
      return keysOf(party, hint)
    }
    const waiting = speak({ ...room(), keysOf: slow }, said('slow-side', 'recipient'))
    expect((await speak(room(), said('quick-side', 'source'))).state).to.equal('proposed')
    server.resolve()
    expect((await waiting).state).to.equal('proposed')
  })

  it('a side whose keys cannot be had keeps its own words waiting, not those of the other side', async () => {
    const away: ReturnType<typeof room>['keysOf'] = async (party, hint) => {
      if (party === 'demo-insurer') throw new UpstreamError('partner-unavailable')
      return room().keysOf(party, hint)
    }
    draft('one-away')
    await propose(room(), entry('one-away'), said('one-away', 'proposer'))
    expect((await speak({ ...room(), keysOf: away }, said('one-away', 'source'))).state).to.equal('proposed')
    expect(await refusal(() => speak({ ...room(), keysOf: away }, said('one-away', 'recipient')))).to.equal('partner-unavailable')
    expect((await speak(room(), said('one-away', 'recipient'))).state).to.equal('proposed')
  })

  it('a version between other parties needs another id: it is neither proposed nor taken over from the folder', async () => {
    addParty(site(), 'other-insurer', 'insurer')
    await approveAnew('moved')
    await actOn(room(), 'moved', 'revoke', WORD)
    write('moved', { version: 2, recipient: 'other-insurer', recipientKey: 'other-insurer-enc' })
    expect(await refusal(() => propose(room(), entry('moved'), said('moved', 'proposer')))).to.equal('agreement-of-others')
    expect(await takeOver(room(), folder())).to.deep.include({ agreement: 'moved', code: 'agreement-of-others' })
  })

  it('whoever signed an earlier version acts on no later one between others, should one stand there', async () => {
    const { agreement, hash } = entry('moved')
    const [older] = await listVersions(pool(), 'moved')
    await keepPolicy(pool(), { hash, kind: 'agreement', body: canonicalJson(agreement as unknown as Json) })
    const { id, version, source, recipient } = agreement
    await insertVersion(pool(), { hash, agreement: id, version, source, recipient, origin: 'live', state: 'proposed', since: new Date() })
    const word = { ...WORD, as: 'recipient' } as const
    expect(await refusal(() => actOn(room(), 'moved', 'revoke', { ...word, party: 'demo-insurer' }))).to.equal('out-of-state')
    expect(await refusal(() => actOn(room(), 'moved', 'revoke', { ...word, party: 'nobody' }))).to.equal('agreement-unknown')
    const door = openAgreements(room() as Parameters<typeof openAgreements>[0])
    const former = { party: 'demo-insurer' } as Caller
    expect(await refusal(() => door.speak(former, 'moved', said('moved', 'recipient')))).to.equal('approval-of-another')
    const told = JSON.stringify([await door.read(former, 'moved'), await door.list(former)])
    expect([told.includes(older?.hash ?? '-'), told.includes(hash), told.includes('other-insurer')]).to.deep.equal([true, false, false])
    expect((await actOn(room(), 'moved', 'revoke', { ...word, party: 'other-insurer' })).version).to.equal(2)
  })
})
