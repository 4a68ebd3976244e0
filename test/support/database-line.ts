/** The line between a gateway and its database, in the test's hands: it can be cut, hushed, kept down and put up again, while the database itself goes on. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface DatabaseLine {
  /** The same database, reached over this line. */
  readonly url: string
  /** Cuts every connection; new ones are taken. */
  cut(): void
  /** Nothing passes on the connections there are any more, either way, and nothing is said; new ones are taken. */
  hush(): void
  /** Cuts every connection and takes no new ones until `up`. */
  down(): void
  up(): void
  stop(): Promise<void>
}

export async function openLine(url: string): Promise<DatabaseLine> {
  const target = new URL(url)
  const folder = target.searchParams.get('host')
  const state = { down: false }
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    if (state.down) {
      near.destroy()
      return
    }
    const far =
      folder === null ? connect(Number(target.port || 5432), target.hostname) : connect(`${folder}/.s.PGSQL.${target.port || 5432}`)
    for (const [one, other] of [
      [near, far],
      [far, near]
    ] as const) {
      sockets.add(one)
      one
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(one)
          other.destroy()
        })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const over = new URL(url)
  over.searchParams.delete('host')
  over.hostname = '127.0.0.1'
  over.port = String((server.address() as AddressInfo).port)
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: over.href,
    cut,
    hush() {
      for (const socket of sockets) socket.unpipe().pause()
    },
    down() {
      state.down = true
      cut()
    },
    up() {
      state.down = false
    },
    stop() {
      cut()
      return new Promise((resolve) => server.close(() => resolve()))
    }
  }
}
