/**
 * RELEASE, the manifest: made once a signed checkpoint covers the entry of a recorded dataset; before that the recipient cannot open
 * anything. Decides when a dataset is ready. Refuses a recipient without the registered key its agreement names.
 */
import { codeOf, IntegrityError } from '../../core/errors.ts'
import type { DatasetStatement } from '../../core/log/statement.ts'
import type { Agreement } from '../../generated/policy.ts'
import { buildManifest } from '../../seal/manifest.ts'
import { wrapForRecipient } from '../../seal/wrap.ts'
import { coveredDisclosures, type DisclosureRow, holdReleases, makeReady } from '../../store/disclosures.ts'
import { transaction } from '../../store/pool.ts'
import { datasetKeys } from '../dataset-keys.ts'
import type { House } from '../house.ts'
import { receiptFor } from '../log/log.ts'
import { policyDocuments } from '../policy-documents.ts'
import { recipientKey } from './recipient.ts'

async function wrappedKeys(house: House, disclosure: DisclosureRow, agreement: Agreement): Promise<string[]> {
  if (agreement.sealedForm !== 'c2sp') return []
  return [
    await wrapForRecipient(
      datasetKeys(house.ring, disclosure).data,
      await recipientKey(house, disclosure.recipient, agreement),
      disclosure.id
    )
  ]
}

async function makeManifest(house: House, disclosure: DisclosureRow & { index: bigint }): Promise<number> {
  if (disclosure.statement === null || disclosure.salt === null) throw new IntegrityError('internal', { dataset: disclosure.id })
  const { agreement } = await policyDocuments(house.pool, disclosure)
  const statement = JSON.parse(disclosure.statement) as DatasetStatement // committed by record()
  const receipt = await receiptFor(house.pool, disclosure.index)
  const keys = await wrappedKeys(house, disclosure, agreement)
  const manifest = await buildManifest(house.ring.manifest, { statement, salt: disclosure.salt, receipt, keys })
  const ready = await transaction(house.pool, async (client) => {
    await holdReleases(client)
    return makeReady(client, disclosure.id, manifest)
  })
  const withheld = Object.values(statement.counts.withheld).reduce((sum, n) => sum + n, 0)
  if (ready === 1)
    house.observe.datasetReady({ dataset: disclosure.id, agreement: disclosure.agreement, released: statement.counts.released, withheld })
  return ready
}

/**
 * Makes the manifests of recorded datasets that the checkpoint of `size` covers. How many became ready. One that cannot be made now (the
 * recipient's key server is away) keeps no other recipient waiting.
 */
export async function makeManifests(house: House, size: bigint): Promise<number> {
  let ready = 0
  for (const disclosure of await coveredDisclosures(house.pool, size)) {
    try {
      ready += await makeManifest(house, disclosure)
    } catch (error) {
      house.observe.stepFailed({ kind: 'manifest', target: disclosure.id, code: codeOf(error), attempts: 0, error })
    }
  }
  return ready
}
