/** `sallyport receive` as a party of a site runs it, into a folder of its own. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ran, sallyport } from './command.ts'
import type { Process, Site } from './gateway.ts'

/** What `receive --json` prints, as far as journeys look. */
export interface Received {
  readonly transactionTime: string
  readonly datasets: readonly {
    readonly dataset: string
    readonly records: number
    readonly sealedForm: string
    readonly verified: readonly string[]
  }[]
}

export interface Receiver {
  readonly out: string
  run(...more: readonly string[]): Promise<Ran>
  /** folders of opened datasets */
  opened(): string[]
}

export function receiver(gateway: Pick<Process, 'url'>, site: Site, party: string, agreement: string): Receiver {
  const folder = join(site.folder, `${party}-${agreement}`)
  const keys = site.parties.get(party)
  mkdirSync(folder, { recursive: true })
  for (const [name, value] of Object.entries({ 'sig.jwk': keys?.signing, 'enc.jwk': keys?.encryption, 'pins.json': site.pins })) {
    writeFileSync(join(folder, name), JSON.stringify(value))
  }
  const out = join(folder, 'out')
  const who = ['--server', gateway.url, '--party', party, '--key', join(folder, 'sig.jwk'), '--enc-key', join(folder, 'enc.jwk')]
  return {
    out,
    run: (...more) => sallyport(['receive', '--agreement', agreement, ...who, '--pins', join(folder, 'pins.json'), '--out', out, ...more]),
    opened: () => readdirSync(out).filter((name) => !name.startsWith('.'))
  }
}
