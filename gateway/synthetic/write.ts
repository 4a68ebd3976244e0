/** Writes a synthetic feed: one NDJSON file a resource type, plus the opt-out list; or everything to one stream. Memory stays flat. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type FeedOptions, makeFeed } from './feed.ts'

export interface FeedSummary {
  readonly patients: number
  readonly resources: number
  readonly byType: Readonly<Record<string, number>>
  readonly optedOut: number
  readonly files: readonly string[]
}

export interface FolderOptions {
  readonly folder: string
  readonly compress: 'gzip' | 'none'
}

/** Enough text that a write is worth its call. */
const BATCH = 1 << 18

interface Sink {
  readonly path: string
  readonly into: PassThrough
  readonly done: Promise<void>
  waiting: string[]
  size: number
}

function openSink(folder: string, name: string, compress: 'gzip' | 'none'): Sink {
  const path = join(folder, compress === 'gzip' ? `${name}.ndjson.gz` : `${name}.ndjson`)
  const into = new PassThrough({ highWaterMark: 1 << 20 })
  const out = createWriteStream(path)
  const done = compress === 'gzip' ? pipeline(into, createGzip({ level: 1 }), out) : pipeline(into, out)
  done.catch(() => into.destroy()) // reported by finish(), which awaits the same promise
  return { path, into, done, waiting: [], size: 0 }
}

async function flush(sink: Sink): Promise<void> {
  const text = sink.waiting.join('')
  sink.waiting = []
  sink.size = 0
  if (text !== '' && !sink.into.write(text)) await Promise.race([once(sink.into, 'drain'), sink.done])
}

async function finish(sink: Sink): Promise<void> {
  await flush(sink)
  sink.into.end()
  await sink.done
}

/** A folder of `<Type>.ndjson` files and `optouts.ndjson`, whose lines are `{"patient":"<id>"}`. */
export async function writeFolder(feed: FeedOptions, options: FolderOptions): Promise<FeedSummary> {
  await mkdir(options.folder, { recursive: true })
  const sinks = new Map<string, Sink>()
  const counts = new Map<string, number>()
  const optOuts = openSink(options.folder, 'optouts', 'none')
  let optedOut = 0
  for (const subject of makeFeed(feed)) {
    if (subject.optedOut) {
      optedOut += 1
      optOuts.waiting.push(`${JSON.stringify({ patient: subject.id })}\n`)
    }
    for (const resource of subject.resources) {
      const type = resource.resourceType
      const sink = sinks.get(type) ?? openSink(options.folder, type, options.compress)
      sinks.set(type, sink)
      counts.set(type, (counts.get(type) ?? 0) + 1)
      const line = `${JSON.stringify(resource)}\n`
      sink.waiting.push(line)
      sink.size += line.length
      if (sink.size > BATCH) await flush(sink)
    }
  }
  for (const sink of sinks.values()) await finish(sink)
  await finish(optOuts)
  return summary(feed, counts, optedOut, [...[...sinks.values()].map((sink) => sink.path), optOuts.path])
}

/** All lines into one stream (the opt-out list is left out: it is not FHIR). Does not end the stream. */
export async function writeStream(feed: FeedOptions, out: Writable): Promise<FeedSummary> {
  const counts = new Map<string, number>()
  let optedOut = 0
  for (const subject of makeFeed(feed)) {
    if (subject.optedOut) optedOut += 1
    for (const { resourceType } of subject.resources) counts.set(resourceType, (counts.get(resourceType) ?? 0) + 1)
    const text = subject.resources.map((resource) => `${JSON.stringify(resource)}\n`).join('')
    if (!out.write(text)) await once(out, 'drain')
  }
  return summary(feed, counts, optedOut, [])
}

function summary(feed: FeedOptions, counts: ReadonlyMap<string, number>, optedOut: number, files: readonly string[]): FeedSummary {
  const resources = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return { patients: feed.patients, resources, byType: Object.fromEntries(counts), optedOut, files }
}
