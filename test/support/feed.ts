/** A synthetic feed as NDJSON text: `patients` patients and the house they belong to. */
import { houseOf, makeFeed } from '../../gateway/synthetic/feed.ts'

export async function syntheticFeed(patients: number, seed = 'journey'): Promise<string> {
  const options = { seed, patients, at: '2026-06-30' }
  const lines = houseOf(options).resources.map((resource) => JSON.stringify(resource))
  for (const subject of makeFeed(options)) for (const resource of subject.resources) lines.push(JSON.stringify(resource))
  return `${lines.join('\n')}\n`
}
