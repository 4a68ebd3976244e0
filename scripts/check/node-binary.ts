/**
 * The Node that the npm package `node` brings is fetched by an install script, outside the lock file's integrity: its SHA-256 must
 * be one of scripts/config/node.sha256, for this version and platform.
 */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** What is wrong, one sentence each. */
export async function nodeFaults(root: string): Promise<string[]> {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/node/package.json'), 'utf8')) as { version: string }
  const name = `node-v${version}-${process.platform}-${process.arch}`
  const rows = readFileSync(join(root, 'scripts/config/node.sha256'), 'utf8').split('\n')
  const known = rows.filter((row) => row.endsWith(`  ${name}`)).map((row) => row.split('  ')[0])
  if (known.length === 0) return [`scripts/config/node.sha256 has no line for ${name}: check the binary by another way, then add it`]
  const hash = createHash('sha256')
  await pipeline(createReadStream(join(root, 'node_modules/node/bin/node')), hash)
  return known.includes(hash.digest('hex')) ? [] : [`node_modules/node/bin/node is not the ${name} we know: do not run it`]
}
