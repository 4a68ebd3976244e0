/**
 * `npm run sbom -- FILE`: the software bill of materials (CycloneDX 1.5, made by npm from the lock file), the same bytes for the same lock file. Says how many packages it has, and its
 * SHA-256. Without FILE nothing is written, it is only made and held against the lock file. Refuses one that lacks a package, a hash or a licence, or names one too many. Ends with 1 then.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LockFile, nameAt, readLock } from './check/supply.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface Bill {
  readonly bomFormat?: string
  readonly specVersion?: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly components: readonly {
    readonly name: string
    readonly version: string
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
    readonly licenses?: readonly unknown[]
  }[]
}

/** npm's bill without the moment and with a number made of the lock file, so that it can be compared. */
function made(root: string): Bill {
  const ran = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2
  })
  if (ran.status !== 0) throw new Error(`npm sbom failed: ${ran.stderr.slice(0, 500)}`)
  const { timestamp: _moment, ...metadata } = (JSON.parse(ran.stdout) as Bill).metadata as { timestamp?: string }
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const uuid = `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
  return { ...(JSON.parse(ran.stdout) as Bill), serialNumber: `urn:uuid:${uuid}`, metadata } as Bill
}

/** What a bill and the lock file do not agree on. */
export function billFaults(bill: Bill, lock: LockFile): string[] {
  const hashes = new Map(
    bill.components.map(({ name, version, hashes: of }) => [`${name}@${version}`, of?.find(({ alg }) => alg === 'SHA-512')?.content])
  )
  const locked = Object.entries(lock.packages).filter(([place]) => place !== '')
  const names = new Set(locked.map(([place, { version }]) => `${nameAt(place)}@${version ?? ''}`))
  const form = bill.bomFormat === 'CycloneDX' && bill.specVersion === '1.5' ? [] : ['the bill is not CycloneDX 1.5']
  const absent = locked.flatMap(([place, { version, integrity }]) => {
    const name = `${nameAt(place)}@${version ?? ''}`
    const expected = Buffer.from((integrity ?? '').replace(/^sha512-/, ''), 'base64').toString('hex')
    if (!hashes.has(name)) return [`${name} is not in the bill`]
    return hashes.get(name) === expected ? [] : [`${name} has another hash in the bill`]
  })
  return [...form, ...absent, ...[...hashes.keys()].filter((name) => !names.has(name)).map((name) => `${name} is not in the lock file`)]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bill = made(ROOT)
  const faults = billFaults(bill, readLock(ROOT))
  const [file] = process.argv.slice(2)
  for (const fault of faults) process.stderr.write(`sbom: ${fault}\n`)
  const text = `${JSON.stringify(bill, null, 2)}\n`
  if (faults.length > 0) process.exitCode = 1
  else if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const hash = createHash('sha256').update(text).digest('hex')
  process.stdout.write(
    `sbom: ${bill.components.length} packages, ${faults.length} faults, sha256 ${hash}${file === undefined ? '' : `, ${file}`}\n`
  )
}
