/** Finds the data folder that may stand beside the repository; tests over it are skipped, and say so, where it is absent. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const FOLDER = fileURLToPath(new URL('../../../shared/data/', import.meta.url))

/** The path of a folder of shared data; where it is absent, prints so and skips the running test. */
export function sharedData(test: Mocha.Context, name: string): string {
  if (!existsSync(`${FOLDER}${name}`)) {
    console.log('    skipped: no ../shared/data')
    test.skip()
  }
  return `${FOLDER}${name}/`
}

/** The bytes of each file that ends so, gunzipped. */
export function filesOf(folder: string, ending: string): { readonly name: string; readonly bytes: Buffer }[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending))
  return names.map((name) => {
    const bytes = readFileSync(`${folder}${name}`)
    return { name, bytes: name.endsWith('.gz') ? gunzipSync(bytes) : bytes }
  })
}
