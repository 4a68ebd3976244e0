/**
 * `npm run verify:build`: makes sallyport-verify.mjs, the single file with which an auditor checks receipts, manifests, exports and accountings on any Node from 20 on,
 * without this project. The same sources give the same bytes on every machine (esbuild, in the exact version of the lock file, nothing minified), so
 * that anyone can build it again and compare the SHA-256 that is printed. Refuses to write a file that would import anything but Node itself.
 */
import { writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { sha256 } from '../gateway/core/digest.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const BANNER = `#!/usr/bin/env node
// Verifies receipts, manifests, exports and accountings of a Sallyport log: node sallyport-verify.mjs FILE --key KEY
// Made from gateway/cli/verify/alone.ts by npm run verify:build; formats: gateway/core/log/VERIFY.md. Apache-2.0.`

/** The bytes of the file. */
export async function buildVerifier(): Promise<Uint8Array> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['gateway/cli/verify/alone.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: BANNER },
    metafile: true,
    write: false,
    logLevel: 'silent'
  })
  const imported = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  const foreign = imported.filter((path) => !isBuiltin(path))
  const [file] = outputFiles
  if (file === undefined || foreign.length > 0) throw new Error(`the file would not stand alone: ${foreign.join(', ')}`)
  return file.contents
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'sallyport-verify.mjs' } } })
  const bytes = await buildVerifier()
  writeFileSync(values.out, bytes, { mode: 0o755 })
  process.stdout.write(`${sha256(bytes).toString('hex')}  ${values.out}\n`)
}
