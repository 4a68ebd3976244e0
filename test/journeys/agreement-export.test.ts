/** An agreement that is in force, as FHIR: its state and who signed it are the gateway's, and that an officer read them is an entry. */
import { expect } from 'chai'
import { entriesIn } from '../support/entries.ts'
import { officer, useGateway } from '../support/house.ts'
import { r4Faults } from '../support/r4-faults.ts'

describe('agreement export, of what is in force', () => {
  const house = useGateway({ 'demo-transport-only': null })

  it('a Contract that four people signed, and a Consent that is active; what nobody has is refused', async function () {
    this.timeout(60_000)
    const { site, database } = house()
    const contract = await officer(site, ['agreement', 'export', 'demo-safe-harbor', '--as', 'contract'])
    expect(contract.code, contract.err).to.equal(0)
    const made = JSON.parse(contract.out)
    expect(r4Faults(made)).to.deep.equal([])
    expect(made.status).to.equal('executed')
    const types = made.signer.map(({ type }: { type: { code: string } }) => type.code)
    expect(types.sort()).to.deep.equal(['GRANTEE', 'GRANTOR', 'PRIMAUTH', 'VERF'])
    const [read] = await entriesIn(database, 'register-read')
    expect(read).to.deep.include({ what: 'agreements', agreement: 'demo-safe-harbor', rows: 4 })
    const consent = await officer(site, ['agreement', 'export', 'demo-safe-harbor', '--as', 'consent'])
    expect(r4Faults(JSON.parse(consent.out))).to.deep.equal([])
    expect(JSON.parse(consent.out).status).to.equal('active')
    expect((await officer(site, ['agreement', 'export', 'nobody', '--as', 'consent'])).code).to.equal(3)
  })
})
