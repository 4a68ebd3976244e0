/**
 * Downloads that go on where they were cut: bytes gather in `<name>.part`, and a Range request under If-Range asks for the rest. Decides
 * nothing about what the bytes mean: whoever opens them checks their hashes.
 */
import { createHash, type JsonWebKey } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperatorHint } from '../../core/errors.ts'
import { refusalOf } from './refusal.ts'
import type { Session } from './session.ts'
import type { Answer } from './transport.ts'

const TRIES = 6

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0
}

/** What to ask for: the rest of a part whose ETag is known, else the whole. */
async function resumeHeaders(part: string): Promise<Record<string, string>> {
  const etag = await readFile(`${part}.etag`, 'utf8').catch(() => '')
  const size = await sizeOf(part)
  return size === 0 || etag === '' ? {} : { range: `bytes=${size}-`, 'if-range': etag }
}

async function take(answer: Answer, part: string, passed: (bytes: number) => void): Promise<void> {
  const resumed = answer.status === 206
  if (!resumed) await writeFile(`${part}.etag`, answer.header('etag') ?? '')
  const expected = Number(answer.header('content-length') ?? Number.NaN)
  const before = resumed ? await sizeOf(part) : 0
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      passed(chunk.length)
      done(null, chunk)
    }
  })
  await pipeline(answer.body, counted, createWriteStream(part, { flags: resumed ? 'a' : 'w', mode: 0o600 }))
  if (!Number.isNaN(expected) && (await sizeOf(part)) - before !== expected)
    throw Object.assign(new Error('cut short'), { code: 'ECONNRESET' })
}

async function attempt(
  session: Session,
  url: string,
  part: string,
  encoding: 'gzip' | 'identity',
  passed: (bytes: number) => void
): Promise<void> {
  const headers = {
    accept: 'application/fhir+ndjson, application/octet-stream',
    'accept-encoding': encoding,
    ...(await resumeHeaders(part))
  }
  const answer = await session.attempt({ method: 'GET', url, headers })
  if (answer.status === 416) {
    // all of it is here already, or it is another file now: the hash will tell
    await answer.text()
    return
  }
  if (answer.status >= 400) throw await refusalOf(answer)
  await take(answer, part, passed)
}

function isCut(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|UND_ERR_.*|ERR_STREAM_PREMATURE_CLOSE)$/.test(code)
}

/** The file at `path`, whole; in `encoding` as it is kept (gzip) or unpacked by the server. A file that is there already is not fetched again. */
export async function download(
  session: Session,
  url: string,
  path: string,
  encoding: 'gzip' | 'identity',
  passed: (bytes: number) => void = () => undefined
): Promise<void> {
  if ((await stat(path).catch(() => null)) !== null) return
  const part = `${path}.part`
  for (let count = 1; ; count += 1) {
    try {
      await attempt(session, url, part, encoding, passed)
      break
    } catch (error) {
      if (!isCut(error) || count >= TRIES) throw error
      await sleep(300 * 2 ** count)
    }
  }
  await rename(part, path)
  await rm(`${part}.etag`, { force: true })
}

/** SHA-256 of a file, hex. */
export async function fileHash(path: string): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), digest)
  return digest.digest('hex')
}

/** A private JWK from a file. Throws OperatorHint. */
export async function readPrivateJwk(path: string): Promise<JsonWebKey> {
  try {
    const jwk: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof jwk === 'object' && jwk !== null && 'kty' in jwk && 'd' in jwk) return jwk as JsonWebKey // whoever uses it checks the rest
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new OperatorHint('--enc-key must be your private encryption key (JWK): sallyport keys generate --party makes one')
}
