/**
 * The whole private path, HTTP in → recorded, sealed, ready to pull: resources a second, their share of the floor
 * (JSON.parse + JSON.stringify of the same lines on one thread), where the time goes by step, and the gateway's peak memory
 * for one size of input and for twice that. A real gateway on a real, embedded PostgreSQL; TLS off; two workers.
 */
import { once } from 'node:events'
import { closeSync, createReadStream, createWriteStream, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { houseOf, makeFeed } from '../../gateway/synthetic/feed.ts'
import { AT_ONCE, makeSite, type Process, type Site, startProcess, tokenFor, until } from '../../test/support/gateway.ts'

const SAMPLE_BYTES = 32 * 1024 * 1024

interface Feed {
  readonly path: string
  readonly bytes: number
  readonly resources: number
}

/** Patients until the file has `megabytes`; ids of each round differ, so that nothing is superseded. */
async function writeFeed(path: string, megabytes: number): Promise<Feed> {
  const out = createWriteStream(path)
  let resources = 0
  let bytes = 0
  const write = async (line: string): Promise<void> => {
    bytes += line.length
    resources += 1
    if (!out.write(line)) await once(out, 'drain')
  }
  const options = { seed: 'bench', patients: 10_000_000, at: '2026-06-30' }
  for (const resource of houseOf(options).resources) await write(`${JSON.stringify(resource)}\n`)
  for (const subject of makeFeed(options)) {
    for (const resource of subject.resources) await write(`${JSON.stringify(resource)}\n`)
    if (bytes >= megabytes * 1e6) break
  }
  out.end()
  await once(out, 'close')
  return { path, bytes: statSync(path).size, resources }
}

/** Resources a second of JSON.parse + JSON.stringify, one thread, on the first 32 MiB of the feed. */
function floorOf(path: string): number {
  const sample = Buffer.alloc(Math.min(SAMPLE_BYTES, statSync(path).size))
  const file = openSync(path, 'r')
  readSync(file, sample, 0, sample.length, 0)
  closeSync(file)
  const lines = sample.toString('utf8').split('\n').slice(0, -1)
  let best = 0
  for (let round = 0; round < 3; round += 1) {
    const started = performance.now()
    for (const line of lines) JSON.stringify(JSON.parse(line))
    best = Math.max(best, (lines.length * 1000) / (performance.now() - started))
  }
  return best
}

/** Peak resident memory in MiB, where /proc tells. */
function peakOf(pid: number): number | null {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return peak === undefined ? null : Math.round(Number(peak) / 1024)
  } catch {
    return null
  }
}

/** Processor seconds the gateway has used, all threads, where /proc tells: what it would take were nothing else running. */
function cpuOf(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return null
  }
}

async function put(url: string, token: string, path: string): Promise<{ readonly id: string }> {
  const sent = request(`${url}/submissions?close=true&agreement=demo-safe-harbor`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+ndjson', 'content-length': statSync(path).size }
  })
  const answered = once(sent, 'response')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), sent)
  const [response] = (await answered) as [import('node:http').IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString('utf8')
  if (response.statusCode !== 202) throw new Error(`the gateway answered ${response.statusCode}: ${body}`)
  return JSON.parse(body) as { id: string } // the 202 of our own gateway
}

interface View {
  readonly agreements: readonly { readonly state: string; readonly released: number }[]
}

interface Timing {
  readonly accept: number
  readonly release: number
  readonly released: number
  readonly peak: number | null
  readonly cpu: { readonly accept: number | null; readonly all: number | null }
  readonly steps: ReadonlyMap<string, { readonly n: number; readonly ms: number }>
}

function stepsOf(log: string): Map<string, { n: number; ms: number }> {
  const steps = new Map<string, { n: number; ms: number }>()
  for (const line of log.split('\n')) {
    if (!line.includes('"event":"step-done"')) continue
    const { kind, milliseconds } = JSON.parse(line) as { kind: string; milliseconds: number } // our own log line
    const step = steps.get(kind) ?? { n: 0, ms: 0 }
    steps.set(kind, { n: step.n + 1, ms: step.ms + milliseconds })
  }
  return steps
}

async function sendThrough(site: Site, gateway: Process, feed: Feed): Promise<Timing> {
  const token = await tokenFor(gateway.url, site, 'demo-hospital')
  const pid = gateway.child.pid ?? 0
  const started = performance.now()
  const { id } = await put(gateway.url, token, feed.path)
  const accepted = performance.now()
  const accept = cpuOf(pid)
  let fresh = token
  let asked = accepted
  const view = await until(async () => {
    if (performance.now() - asked > 200_000) {
      fresh = await tokenFor(gateway.url, site, 'demo-hospital')
      asked = performance.now()
    }
    const answer = await fetch(`${gateway.url}/submissions/${id}`, { headers: { authorization: `Bearer ${fresh}` } })
    const now = (await answer.json()) as View
    return now.agreements.every((one) => ['ready', 'held', 'refused', 'empty'].includes(one.state)) ? now : null
  }, 1200)
  const done = performance.now()
  const [disclosure] = view.agreements
  if (disclosure?.state !== 'ready') throw new Error(`the dataset is ${disclosure?.state}: ${gateway.log().slice(-1500)}`)
  return {
    accept: accepted - started,
    release: done - accepted,
    released: disclosure.released,
    peak: peakOf(pid),
    cpu: { accept, all: cpuOf(pid) },
    steps: stepsOf(gateway.log())
  }
}

async function measure(megabytes: number): Promise<void> {
  const site = makeSite(
    null,
    { 'demo-safe-harbor': { ...AT_ONCE, suppressionLimit: 1 }, 'demo-transport-only': null },
    { SALLYPORT_LOG_LEVEL: 'debug' }
  )
  let gateway: Process | null = null
  try {
    const feed = await writeFeed(join(site.folder, 'feed.ndjson'), megabytes)
    const floor = floorOf(feed.path)
    gateway = await startProcess(site)
    const timing = await sendThrough(site, gateway, feed)
    report(feed, floor, timing)
  } finally {
    await gateway?.stop()
    site.remove()
    rmSync(site.folder, { recursive: true, force: true })
  }
}

function report(feed: Feed, floor: number, timing: Timing): void {
  const seconds = (timing.accept + timing.release) / 1000
  const rate = feed.resources / seconds
  const n = (value: number): string => Math.round(value).toLocaleString('en-US')
  console.log(`\nprivate path: ${n(feed.bytes / 1e6)} MB, ${n(feed.resources)} resources, ${n(timing.released)} released`)
  console.log(
    `  accept ${(timing.accept / 1000).toFixed(1)} s, release ${(timing.release / 1000).toFixed(1)} s: ${n(rate)} resources/s (aim 25,000), ${(feed.bytes / 1e6 / seconds).toFixed(1)} MB/s`
  )
  console.log(
    `  floor (parse + stringify, one thread) ${n(floor)} resources/s: the whole path runs at ${(rate / floor).toFixed(2)} of it on two cores`
  )
  if (timing.cpu.all !== null) console.log(`  gateway processor time ${timing.cpu.accept} s to accept, ${timing.cpu.all} s in all`)
  for (const [kind, { n: times, ms }] of timing.steps)
    console.log(`  ${kind.padEnd(8)} ${n(times).padStart(5)} steps, ${(ms / 1000).toFixed(1).padStart(6)} s of thread time`)
  if (timing.peak !== null) console.log(`  gateway peak memory ${timing.peak} MiB (aim below 400)`)
}

const sizes = process.argv
  .slice(2)
  .map(Number)
  .filter((size) => size > 0)
for (const megabytes of sizes.length > 0 ? sizes : [700, 1400]) await measure(megabytes)
