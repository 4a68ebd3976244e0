/** The public read side of a log on loopback, as a gateway serves it; a test may put another log in its place, or other answers. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestLog } from './log.ts'

export interface LogServer {
  readonly url: string
  /** what is served; null: no checkpoint yet */
  log: TestLog | null
  /** answers in place of the log's: true when it has answered */
  instead: (path: string, answer: ServerResponse) => boolean
  /** paths asked for */
  readonly asked: string[]
  stop(): Promise<void>
}

/** What a gateway answers: a body, or null for 404. */
export function answerOf(log: TestLog | null, path: string): string | null {
  const { pathname, searchParams } = new URL(path, 'http://localhost')
  if (log === null || log.size === 0) return null
  if (pathname === '/log/checkpoint') return log.checkpoint()
  const [from, to] = [Number(searchParams.get('from')), Number(searchParams.get('to'))]
  if (pathname !== '/log/proof/consistency' || to > log.size || from > to) return null
  return log
    .consistency(from, to)
    .map((hash) => `${hash.toString('base64')}\n`)
    .join('')
}

export async function serveLog(log: TestLog | null): Promise<LogServer> {
  const served: { log: TestLog | null; instead: LogServer['instead']; readonly asked: string[] } = { log, instead: () => false, asked: [] }
  const server = createServer((request, answer) => {
    const path = request.url ?? ''
    served.asked.push(path)
    if (served.instead(path, answer)) return
    const body = answerOf(served.log, path)
    answer.writeHead(body === null ? 404 : 200, { 'content-type': 'text/plain; charset=utf-8' }).end(body ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return Object.assign(served, {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  })
}
