/** A recipient is suspended, and at last revoked, between the steps of a release: where the dataset rests, and that nothing is lost or sealed meanwhile. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { AT_ONCE, until } from '../support/gateway.ts'
import { addOfficer, faultsOf, officer, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { ndjson, ward } from '../support/records.ts'
import { prepareStops, stopAt } from '../support/stops.ts'

const ID = 'demo-safe-harbor'

describe('a recipient suspended between the steps of a release', function () {
  this.timeout(90_000)
  const house = useGateway({ [ID]: AT_ONCE, 'demo-transport-only': null }, { SALLYPORT_WORKERS: '1' }, (site) =>
    addOfficer(site, 'first-operator', ['operator'], {})
  )
  let hospital: Party
  before(async () => {
    await prepareStops(house().database)
    hospital = new Party(house().gateway, house().site, 'demo-hospital')
  })

  async function party(act: string): Promise<void> {
    const ran = await officer(house().site, ['party', act, 'demo-insurer', '--reason', 'unspecified', '--officer', 'first-operator'])
    expect([ran.code, ran.err]).to.deep.equal([0, ''])
  }
  async function stateOf(id: string): Promise<string | undefined> {
    return (await hospital.view(id)).agreements[0]?.state
  }

  it('before the record: the dataset rests there, and goes on when the recipient is resumed', async () => {
    const stopped = await stopAt(
      house().database,
      { table: 'disclosure', event: 'UPDATE', when: "NEW.state = 'recording'" },
      'in the middle'
    )
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('resting', 4)) }, ID)
    await stopped.reached()
    await party('suspend')
    await stopped.release()
    await pause(3000)
    expect(await stateOf(id)).to.not.be.oneOf(['ready', 'refused', 'recorded'])
    await party('resume')
    const done = (await hospital.ended(id, ['ready', 'refused'])).agreements[0]
    expect([done?.state, done?.released]).to.deep.equal(['ready', 8])
  })

  it('while it is recorded: the suspension waits for that commit; then no manifest is made before the recipient is resumed', async () => {
    const stopped = await stopAt(
      house().database,
      { table: 'disclosure', event: 'UPDATE', when: "NEW.state = 'recorded'" },
      'in the middle'
    )
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('recorded', 4)) }, ID)
    await stopped.reached()
    const suspended = { done: false }
    const suspending = party('suspend').then(() => {
      suspended.done = true
    })
    await pause(4000)
    expect(suspended.done, 'what is in force is held until the commit').to.equal(false)
    await stopped.release()
    await suspending
    await pause(3000)
    expect(await stateOf(id)).to.equal('recorded')
    await party('resume')
    expect((await hospital.ended(id, ['ready', 'refused'])).agreements[0]?.state).to.equal('ready')
    expect(await faultsOf(house().database)).to.deep.equal([])
  })

  it('revoked before the record: the dataset is refused, for nobody of that id comes back', async () => {
    const stopped = await stopAt(
      house().database,
      { table: 'disclosure', event: 'UPDATE', when: "NEW.state = 'recording'" },
      'in the middle'
    )
    const id = await hospital.send({ 'data.ndjson': ndjson(ward('refused', 4)) }, ID)
    await stopped.reached()
    await party('revoke')
    await stopped.release()
    expect((await hospital.ended(id, ['ready', 'refused'])).agreements[0]?.state).to.equal('refused')
    await until(async () => ((await hospital.ask('POST', `/submissions?agreement=${ID}`)).status === 403 ? true : null), 5)
    expect(await faultsOf(house().database)).to.deep.equal([])
  })
})
