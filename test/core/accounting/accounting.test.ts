/** What an accounting of disclosures lists, by 45 CFR 164.528, and how it is handled. */
import { expect } from 'chai'
import { type Disclosed, handlingOf, linesOf, periodOf } from '../../../gateway/core/accounting/accounting.ts'
import { groundOf } from '../../../gateway/core/accounting/grounds.ts'
import { AT, accountingOf, disclosed } from '../../support/accounting.ts'

const PUBLIC_HEALTH = { mode: 'identified', purposeOfUse: 'PUBHLTH' }
const INCIDENT = '2026-05-01T00:00:00.000Z'

function dated(months: readonly number[], changes: Partial<Disclosed> = {}): Disclosed[] {
  return months.map((month) => disclosed({ dataset: `d-${month}`, at: `2026-0${month}-01T12:00:00.000Z`, ...changes }))
}

describe('core/accounting/grounds', () => {
  const ground = (mode: string, purposeOfUse: string, incident: string | null = null): string => {
    const found = groundOf({ mode, purposeOfUse, incident })
    return `${found.class} ${found.cite}`
  }

  it('164.502(d)(2): Safe Harbor and Expert Determination datasets are no protected health information', () => {
    expect(ground('safe-harbor', 'HRESCH')).to.equal('not-phi 45 CFR 164.502(d)(2), 164.514(b)(2)')
    expect(ground('expert-determination', 'HRESCH')).to.equal('not-phi 45 CFR 164.502(d)(2), 164.514(b)(1)')
  })

  it('164.528(a)(1): a limited data set (viii), treatment, payment and operations (i), the patient itself (ii), persons involved (v) are exempt', () => {
    expect(ground('limited-data-set', 'PUBHLTH')).to.equal('exempt 45 CFR 164.528(a)(1)(viii)')
    for (const purpose of ['TREAT', 'HPAYMT', 'HOPERAT', 'HOUTCOMS'])
      expect(ground('other', purpose)).to.equal('exempt 45 CFR 164.528(a)(1)(i)')
    expect(ground('other', 'PATRQT')).to.equal('exempt 45 CFR 164.528(a)(1)(ii)')
    expect(ground('other', 'FAMRQT')).to.equal('exempt 45 CFR 164.528(a)(1)(v)')
  })

  it('what no table names is accountable; so is every disclosure found impermissible, whatever its mode', () => {
    for (const purpose of ['PUBHLTH', 'HRESCH', 'HMARKT', 'NEVERHEARD', 'constructor'])
      expect(ground('other', purpose)).to.match(/^accountable/)
    for (const mode of ['safe-harbor', 'expert-determination', 'limited-data-set', 'other'])
      expect(ground(mode, 'TREAT', INCIDENT)).to.match(/^accountable/)
  })
})

describe('core/accounting', () => {
  it('only what must be listed is, unless all is asked for; the rest then stands apart', () => {
    const all = [disclosed(), disclosed({ dataset: 'b', ...PUBLIC_HEALTH })]
    const required = accountingOf(all, 'required')
    expect([required.required.length, required.voluntary.length]).to.deep.equal([1, 0])
    const whole = accountingOf(all, 'all')
    expect(whole.required.map(({ first }) => first.dataset)).to.deep.equal(['b'])
    expect(whole.voluntary.map(({ first }) => first.ground.class)).to.deep.equal(['not-phi'])
  })

  it('(b)(3): repeated disclosures to one recipient for one purpose are one entry, the first in full, in the order of time', () => {
    const [entry, ...more] = accountingOf(dated([4, 2, 3], PUBLIC_HEALTH)).required
    expect(more).to.deep.equal([])
    expect(entry?.first.dataset).to.equal('d-2')
    expect(entry?.others.map(({ dataset }) => dataset)).to.deep.equal(['d-3', 'd-4'])
  })

  it('(b)(3) is for permitted disclosures: each impermissible one stands by itself, and another purpose or recipient is another entry', () => {
    expect(accountingOf(dated([2, 3], { incident: INCIDENT })).required).to.have.length(2)
    const recipient = { id: 'x', name: 'x', address: 'x' }
    const several = [
      ...dated([2], PUBLIC_HEALTH),
      ...dated([3], { ...PUBLIC_HEALTH, purposeOfUse: 'HRESCH' }),
      ...dated([4], { ...PUBLIC_HEALTH, recipient })
    ]
    expect(accountingOf(several).required).to.have.length(3)
  })

  it('(a)(1): six years back and no more; from and to are days, both included', () => {
    expect(periodOf({ from: null, to: null, received: AT.slice(0, 10), at: AT })).to.deep.equal({
      from: '2020-06-15T00:00:00.000Z',
      to: AT
    })
    expect(periodOf({ from: '2001-01-01', to: '2026-03-01', received: AT.slice(0, 10), at: AT })).to.deep.equal({
      from: '2020-06-15T00:00:00.000Z',
      to: '2026-03-02T00:00:00.000Z'
    })
    const told = { at: AT, scope: 'all' as const, suspensions: [] }
    const on = (from: string, to: string): number =>
      linesOf([disclosed()], { ...told, period: periodOf({ from, to, received: AT.slice(0, 10), at: AT }) }).voluntary.length
    expect([on('2026-03-01', '2026-03-01'), on('2026-03-02', '2026-03-31'), on('2026-02-01', '2026-02-28')]).to.deep.equal([1, 0, 0])
  })

  it('(a)(2): while it is suspended a disclosure is neither listed nor counted; on the day after it is', () => {
    const lines = (last: string): ReturnType<typeof linesOf> =>
      linesOf(dated([2], PUBLIC_HEALTH), {
        at: AT,
        period: periodOf({ from: null, to: null, received: AT.slice(0, 10), at: AT }),
        scope: 'required',
        suspensions: [{ recipient: 'demo-insurer', first: '2026-06-01', last }]
      })
    expect(lines('2026-06-15')).to.deep.equal({ required: [], voluntary: [], suspended: 1 })
    expect(lines('2026-06-14').required).to.have.length(1)
    const other = linesOf(dated([2], PUBLIC_HEALTH), {
      at: AT,
      period: periodOf({ from: null, to: null, received: AT.slice(0, 10), at: AT }),
      scope: 'required',
      suspensions: [{ recipient: 'somebody-else', first: '2026-06-01', last: '2026-06-30' }]
    })
    expect([other.required.length, other.suspended]).to.deep.equal([1, 0])
  })

  it('(c): owed within 60 days, one extension of 30; the first in twelve months is free', () => {
    const handling = (madeBefore: string[]): ReturnType<typeof handlingOf> => handlingOf({ received: '2026-06-01', at: AT, madeBefore })
    expect(handling([])).to.deep.equal({ due: '2026-07-31', extended: '2026-08-30', fee: 'free' })
    expect(handling(['2025-06-15T09:59:59.000Z']).fee, 'more than a year ago').to.equal('free')
    expect(handling(['2025-06-15T10:00:01.000Z']).fee).to.equal('may be charged')
  })
})
