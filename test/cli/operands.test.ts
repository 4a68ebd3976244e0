/** Names of keys that look like options: one thumbprint in 64 begins with a hyphen. */
import { expect } from 'chai'
import { thumbprintsLast } from '../../gateway/cli/operands.ts'
import { makeSite } from '../support/gateway.ts'
import { officer } from '../support/house.ts'
import { useDatabase } from '../support/postgres.ts'

const DASHED = `-${'Lx_-'.repeat(10)}Lx`

describe('cli: a key whose name begins with a hyphen', function () {
  this.timeout(30_000)
  const database = useDatabase()

  it('goes last, where nothing is an option; values of options, options and other words stay where they are', () => {
    for (const [words, expected] of [
      [`drop token ${DASHED} --lost`, `drop token --lost -- ${DASHED}`],
      [`drop token --lost ${DASHED}`, `drop token --lost -- ${DASHED}`],
      [`revoke-key x --of=y ${DASHED}`, `revoke-key x --of=y -- ${DASHED}`],
      [`revoke-key ${DASHED} ${DASHED}`, `revoke-key -- ${DASHED} ${DASHED}`],
      [`drop --of ${DASHED} x`, `drop --of ${DASHED} x`],
      [`drop token -- ${DASHED}`, `drop token -- ${DASHED}`],
      [`drop token ${DASHED}y --json -h`, `drop token ${DASHED}y --json -h`]
    ] as const)
      expect(thumbprintsLast(words.split(' '), (word) => word === '--of').join(' ')).to.equal(expected)
  })

  it('is a key, not an unknown option', async () => {
    const site = makeSite(database())
    try {
      for (const words of [
        ['token', DASHED],
        ['token', DASHED, '--lost'],
        ['token', '--lost', DASHED]
      ]) {
        const ran = await officer(site, ['keys', 'drop', ...words])
        expect(ran.err, words.join(' ')).to.include(`token ${DASHED}`).and.not.to.include('unknown option')
      }
    } finally {
      site.remove()
    }
  })
})
