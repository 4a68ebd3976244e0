/**
 * Reads FHIR JSON from files and folders for the leak scan: NDJSON, one resource or Bundle a line or a file, plain or gzip.
 * Own code on purpose: a fault of the gateway's reader must not blind the scan.
 */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value }
export type Entity = { [key: string]: Value }

const NAMES = /\.(ndjson|jsonl|json)(\.gz)?$/i
/**
 * Not records: manifests say when a release was and hold signatures in which any pattern may occur; data dictionaries are made of the profile
 * alone, the same for any data; hidden folders hold a client's notes.
 */
const PASSED_OVER = /(^|\/)((manifest|dictionary)\.json$|\.[^/.])/

/** Every file below the paths whose name looks like FHIR JSON, sorted. A path that is a file is taken whatever its name. */
export async function filesBelow(paths: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    if ((await stat(path)).isFile()) found.push(path)
    else {
      const entries = await readdir(path, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile() && NAMES.test(entry.name)).map((entry) => join(entry.parentPath, entry.name))
      found.push(...files.filter((file) => !PASSED_OVER.test(relative(path, file))))
    }
  }
  return found.sort()
}

function open(path: string): Readable {
  const raw = createReadStream(path, { highWaterMark: 1 << 20 })
  if (!path.endsWith('.gz')) return raw
  const clear = createGunzip()
  raw.on('error', (error) => clear.destroy(error))
  return raw.pipe(clear)
}

function isEntity(value: unknown): value is Entity {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of one document: the resources of a Bundle or of Parameters, however deep, or the object itself. */
function* unpack(value: unknown): Generator<Entity> {
  if (!isEntity(value)) return
  const parts = value['resourceType'] === 'Bundle' ? value['entry'] : value['resourceType'] === 'Parameters' ? value['parameter'] : null
  if (parts === null) yield value
  else yield* unpackParts(parts)
}

function* unpackParts(parts: Value | undefined): Generator<Entity> {
  for (const part of Array.isArray(parts) ? parts : []) {
    if (!isEntity(part)) continue
    if (isEntity(part['resource'])) yield* unpack(part['resource'])
    yield* unpackParts(part['part'])
  }
}

/** Every object of every file. Throws on a line that is not JSON: what cannot be read cannot be called clean. */
export async function* recordsOf(paths: readonly string[]): AsyncGenerator<Entity> {
  for (const path of await filesBelow(paths)) {
    if (/\.json(\.gz)?$/i.test(path)) yield* unpack(JSON.parse(await text(open(path))))
    else {
      for await (const line of createInterface({ input: open(path), crlfDelay: Number.POSITIVE_INFINITY })) {
        if (line.trim() !== '') yield* unpack(JSON.parse(line))
      }
    }
  }
}
