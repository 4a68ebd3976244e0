/** A version whose parties or profile are others than when it was signed comes into force by no way, and what is in force is not any more. */
import { expect } from 'chai'
import { actOn } from '../../gateway/exchange/agreement/agreement-acts.ts'
import { keepDays, propose, speak, withTexts } from '../../gateway/exchange/agreement/agreements.ts'
import { policiesNow } from '../../gateway/exchange/policy-live.ts'
import type { Party } from '../../gateway/generated/policy.ts'
import { listVersions } from '../../gateway/store/agreements.ts'
import { refusal, useAgreements, WORD } from '../support/agreements.ts'

describe('exchange/agreement-faults', function () {
  this.timeout(60_000)
  const { pool, folder, draft, room, entry, said, approveAll } = useAgreements()

  /** The recipient is a hospital by now. */
  function changed(): { readonly parties: ReadonlyMap<string, Party> } {
    const { parties } = folder()
    const insurer = parties.get('demo-insurer')
    if (insurer === undefined) throw new Error('no such party')
    return { parties: new Map([...parties, [insurer.id, { ...insurer, role: 'hospital' } as const]]) }
  }
  const afterwards = (): ReturnType<typeof room> => ({ ...room(), policies: { ...folder(), ...changed() } })
  const stateAmong = async (id: string): Promise<string | undefined> =>
    (await policiesNow(pool(), { ...folder(), ...changed() }, new Date())).agreements.get(id)?.state

  it('the third approval is refused, and the version stays proposed', async () => {
    draft('late')
    await propose(room(), entry('late'), said('late', 'proposer'))
    for (const as of ['source', 'recipient'] as const) await speak(room(), said('late', as))
    const last = said('late', 'privacy-officer')
    expect(await refusal(() => speak(afterwards(), last))).to.equal('agreement-invalid')
    expect((await listVersions(pool(), 'late')).map(({ state }) => state)).to.deep.equal(['proposed'])
    expect((await speak(room(), last)).state).to.equal('active')
  })

  it('what is in force is a draft at the next start, and is not resumed; as it was, it is in force again', async () => {
    draft('kept')
    expect(await approveAll('kept')).to.match(/active$/)
    expect(await stateAmong('kept')).to.equal('draft')
    await actOn(room(), 'kept', 'suspend', WORD)
    expect(await refusal(() => actOn(afterwards(), 'kept', 'resume', WORD))).to.equal('agreement-invalid')
    expect((await actOn(room(), 'kept', 'resume', WORD)).state).to.equal('active')
    expect((await policiesNow(pool(), folder(), new Date())).agreements.get('kept')?.state).to.equal('active')
  })

  it('approved before its first day: that day does not bring it into force, its last one ends it', async () => {
    const day = (n: number): string => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10)
    draft('dated', { effective: day(2), expires: day(4) })
    expect(await approveAll('dated')).to.match(/approved$/)
    const faulty = async () =>
      (await withTexts(pool(), await listVersions(pool(), 'dated'))).map((one) => ({ ...one, fault: 'agreement-invalid' }) as const)
    const onDay = (n: number): ReturnType<typeof room> => ({ ...room(), now: () => new Date(Date.now() + n * 86_400_000) })
    expect(await keepDays(onDay(2), await faulty())).to.equal(0)
    expect(await keepDays(onDay(4), await faulty())).to.equal(1)
    expect((await listVersions(pool(), 'dated')).map(({ state }) => state)).to.deep.equal(['expired'])
  })
})
